//! What others need for the same books, for `cargo xtask bench`: prints one line of JSON, MB of text a second.
//!
//! `gutenberg-peers strip|inflate DIR`, with DIR a mirror tree of real books.

use std::error::Error;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, dir] = &arguments[..] else { return Err("gutenberg-peers strip|inflate DIR".into()) };
    let zips = zips(Path::new(dir))?;
    let texts = zips.iter().map(|zip| inflate(zip)).collect::<Outcome<Vec<_>>>()?;
    let n_bytes: usize = texts.iter().map(Vec::len).sum();
    let texts: Vec<String> = texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let mut fastest = f64::INFINITY;
    for _ in 0..5 {
        let mine = texts.clone();
        let start = Instant::now();
        let mut kept = 0;
        if case == "strip" {
            kept += mine.into_iter().map(|text| gutenberg_rs::text_get::strip_headers(text).len()).sum::<usize>();
        } else {
            for zip in &zips {
                kept += inflate(zip)?.len();
            }
        }
        fastest = fastest.min(start.elapsed().as_secs_f64());
        std::hint::black_box(kept);
    }
    println!("{}", serde_json::json!({"unit": "MB/s", "value": n_bytes as f64 / 1e6 / fastest}));
    Ok(())
}

/// The first member of an archive; the crate checks the sum at its end.
fn inflate(zip: &[u8]) -> Outcome<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip))?;
    let mut member = archive.by_index(0)?;
    let mut text = Vec::with_capacity(member.size() as usize);
    member.read_to_end(&mut text)?;
    Ok(text)
}

/// Every archive of the tree, in order of path.
fn zips(dir: &Path) -> Outcome<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Outcome<_>>()?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(zips(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "zip") {
            found.push(std::fs::read(path)?);
        }
    }
    Ok(found)
}

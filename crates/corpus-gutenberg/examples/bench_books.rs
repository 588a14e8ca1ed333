//! Times real books and prints one line of JSON, MB of text a second: what `cargo xtask bench` calls.
//!
//! `bench_books strip|inflate DIR`, with DIR a mirror tree of real books.
#![expect(clippy::print_stdout, reason = "the result of the program")]

use anyhow::{Context as _, Result, bail};
use corpus_gutenberg::strip::strip;
use corpus_gutenberg::unpack::Inflater;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, dir] = &arguments[..] else { bail!("bench_books strip|inflate DIR") };
    let zips =
        zips(Path::new(dir)).with_context(|| format!("{dir}: a mirror tree of real books is needed"))?;
    let mut inflater = Inflater::new();
    let texts: Vec<Vec<u8>> =
        zips.iter().map(|zip| Ok(inflater.unpack(zip, "book")?.bytes.to_vec())).collect::<Result<_>>()?;
    let n_bytes: usize = texts.iter().map(Vec::len).sum();
    let texts: Vec<String> = texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let mut fastest = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let mut kept = 0;
        if case == "strip" {
            kept += texts.iter().map(|text| strip(text).text.len()).sum::<usize>();
        } else {
            for zip in &zips {
                kept += inflater.unpack(zip, "book")?.bytes.len();
            }
        }
        fastest = fastest.min(start.elapsed().as_secs_f64());
        std::hint::black_box(kept);
    }
    println!("{}", serde_json::json!({"unit": "MB/s", "value": n_bytes as f64 / 1e6 / fastest}));
    Ok(())
}

/// Every archive of the tree, in order of path.
fn zips(dir: &Path) -> Result<Vec<Vec<u8>>> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
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

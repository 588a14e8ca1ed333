//! Times real pages and prints one line of JSON, pages a second: what `cargo xtask bench` calls.
//!
//! `bench_pages general|papers DIR`, with DIR a folder of saved pages, `.html.gz`.
#![expect(clippy::print_stdout, reason = "the result of the program")]

use anyhow::{Context as _, Result, bail};
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, dir] = &arguments[..] else { bail!("bench_pages general|papers DIR") };
    let listed =
        std::fs::read_dir(dir).with_context(|| format!("{dir}: a folder of saved pages is needed"))?;
    let mut paths: Vec<PathBuf> = listed.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    paths.sort();
    let mut pages = Vec::new();
    for path in paths {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_end(&mut bytes)?;
        pages.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let mut fastest = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        for page in &pages {
            if case == "general" {
                std::hint::black_box(corpus_nyt::extract_general(page, None));
            } else {
                std::hint::black_box(corpus_nyt::extract_str(page, None));
            }
        }
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    println!("{}", serde_json::json!({"unit": "pages/s", "value": pages.len() as f64 / fastest}));
    Ok(())
}

//! What others need for the same pages, for `cargo xtask bench`: prints one line of JSON, pages a second.
//!
//! `page-peers trafilatura|dom_smoothie DIR`, with DIR a folder of saved pages, `.html.gz`.

use std::error::Error;
use std::io::Read;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tool, dir] = &arguments[..] else { return Err("page-peers trafilatura|dom_smoothie DIR".into()) };
    let mut paths: Vec<_> = std::fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    paths.sort();
    let mut pages = Vec::new();
    for path in paths {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_end(&mut bytes)?;
        pages.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let options = trafilatura::Options::default();
    let mut fastest = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        let mut n_bytes = 0;
        for page in &pages {
            n_bytes += if tool == "trafilatura" {
                trafilatura::extract(page, &options).map_or(0, |article| article.content_text.len())
            } else {
                let parsed = dom_smoothie::Readability::new(page.as_str(), None, None).and_then(|mut page| page.parse());
                parsed.map_or(0, |article| article.text_content.len())
            };
        }
        fastest = fastest.min(start.elapsed().as_secs_f64());
        std::hint::black_box(n_bytes);
    }
    println!("{}", serde_json::json!({"unit": "pages/s", "value": pages.len() as f64 / fastest}));
    Ok(())
}

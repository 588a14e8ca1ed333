//! Scores cleaned books against the lines that a careful reader marked: what `cargo xtask bench --quality` calls.
//!
//! `score_books GOLD.tsv RAW_DIR CLEANED_DIR`: the archives of `RAW_DIR` are unpacked and decoded here, by other means than
//! the crate's own, and compared with what `corpus-gutenberg clean --out CLEANED_DIR` wrote. A book is *exact* when its
//! lines that are not blank are those of the marked range, or of its other boundaries where a reader could choose; its
//! *recall* is the share of the shortest such range's lines that are there. Prints one line of JSON, and the books that are
//! not exact on stderr.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the result of the program")]

use anyhow::{Context as _, Result, bail, ensure};
use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [gold, raw, cleaned] = &arguments[..] else { bail!("score_books GOLD.tsv RAW_DIR CLEANED_DIR") };
    let table = std::fs::read_to_string(gold).with_context(|| gold.clone())?;
    let mut rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let heading = rows.next().unwrap_or_default();
    let mut recalls = Vec::new();
    let mut n_exact = 0;
    for row in rows {
        let cell = |name: &str| {
            let at = heading.iter().position(|field| *field == name);
            at.and_then(|at| row.get(at)).copied().with_context(|| format!("{gold}: no `{name}`"))
        };
        let bounds = |name: &str, other: &str| -> Result<Vec<usize>> {
            // A zero says that there is no other boundary.
            let one = |name: &str| Ok::<_, anyhow::Error>(cell(name)?.parse::<usize>().unwrap_or(0));
            Ok([one(name)?, one(other)?].into_iter().filter(|line| *line > 0).collect())
        };
        let file = cell("file")?;
        let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        let source = decoded(&unzipped(&Path::new(raw).join(format!("{stem}.zip")))?);
        let source: Vec<String> = lines(&source);
        let written = std::fs::read(Path::new(cleaned).join(format!("{stem}.txt"))).unwrap_or_default();
        let written = lines(&decoded(&written));
        let found = solid(&written);
        let (starts, ends) = (bounds("start_line", "start_alt")?, bounds("end_line", "end_alt")?);
        let ranges = starts.iter().flat_map(|start| ends.iter().map(move |end| (*start, *end)));
        let truths: Vec<Vec<&str>> = ranges
            .map(|(start, end)| solid(&source[(start - 1).min(source.len())..end.min(source.len())]))
            .collect();
        let shortest = truths.iter().min_by_key(|truth| truth.len());
        recalls.push(recall(&found, shortest.with_context(|| format!("{file}: no range"))?));
        if truths.contains(&found) {
            n_exact += 1;
        } else {
            eprintln!("not exact: {file}");
        }
    }
    ensure!(!recalls.is_empty(), "{gold}: no book");
    let (n, least) = (recalls.len(), recalls.iter().copied().fold(1.0, f64::min));
    let emptied = recalls.iter().filter(|recall| **recall < 0.5).count();
    println!(
        "{{\"books\": {n}, \"exact\": {n_exact}, \"recall\": {}, \"least_recall\": {least}, \"emptied\": {emptied}}}",
        recalls.iter().sum::<f64>() / n as f64
    );
    Ok(())
}

/// The share of `truth`'s lines that are in `found`, each as often as it stands there.
fn recall(found: &[&str], truth: &[&str]) -> f64 {
    let mut have: HashMap<&str, usize> = HashMap::new();
    for line in found {
        *have.entry(line).or_default() += 1;
    }
    let mut hits = 0;
    for line in truth {
        if let Some(left) = have.get_mut(line).filter(|left| **left > 0) {
            *left -= 1;
            hits += 1;
        }
    }
    f64::from(hits) / truth.len().max(1) as f64
}

fn unzipped(path: &Path) -> Result<Vec<u8>> {
    let named = || path.display().to_string();
    let file = std::fs::File::open(path).with_context(named)?;
    let mut archive = zip::ZipArchive::new(file).with_context(named)?;
    let mut bytes = Vec::new();
    archive.by_index(0).with_context(named)?.read_to_end(&mut bytes).with_context(named)?;
    Ok(bytes)
}

fn decoded(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let is_text = std::str::from_utf8(bytes).map(str::to_owned);
    is_text.unwrap_or_else(|_| encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned())
}

/// Lines after any of the three line ends, each run of white space one space.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn solid(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect()
}

//! Times real books and prints one line of JSON, MB of text a second: what `cargo xtask bench` calls.
//!
//! - `bench_books strip|inflate|libdeflate DIR`, with DIR a mirror tree of real books: decoded text stripped; archives
//!   unpacked, checksums and all; libdeflate alone on the same members, the floor of any way through an archive.
//! - `bench_books chain DIR THREADS [OUT]`: the import of a tree of 1.5 GB of text made from DIR's books under new
//!   numbers, exactly as `corpus-gutenberg download --tree` does it: list, unzip, decode, strip, BLAKE3, one `.txt` a
//!   book, synced in groups before the ledger says done. OUT is where the tree and the books go: memory (`/dev/shm`)
//!   where there is such a place, so that what is measured is the program and not the disk.
#![expect(clippy::print_stdout, reason = "the result of the program")]

use anyhow::{Context as _, Result, bail, ensure};
use corpus_gutenberg::strip::strip;
use corpus_gutenberg::unpack::Inflater;
use corpus_gutenberg::{Job, Source};
use libdeflater::Decompressor;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Text in the tree of `chain`, in bytes.
const CHAIN_BYTES: usize = 1_500_000_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["chain", dir, threads] => chain(Path::new(dir), threads.parse()?, &place()),
        ["chain", dir, threads, out] => chain(Path::new(dir), threads.parse()?, Path::new(out)),
        [case, dir] => small(case, Path::new(dir)),
        _ => bail!("bench_books strip|inflate|libdeflate DIR, or bench_books chain DIR THREADS [OUT]"),
    }
}

fn show(n_bytes: usize, seconds: f64) {
    println!("{}", serde_json::json!({"unit": "MB/s", "value": n_bytes as f64 / 1e6 / seconds}));
}

/// The fastest of five passes over all books, in memory.
fn small(case: &str, dir: &Path) -> Result<()> {
    let zips = zips(dir)?;
    let mut inflater = Inflater::new();
    let texts: Vec<Vec<u8>> =
        zips.iter().map(|zip| Ok(inflater.unpack(zip, "book")?.bytes.to_vec())).collect::<Result<_>>()?;
    let n_bytes: usize = texts.iter().map(Vec::len).sum();
    let texts: Vec<String> = texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let members = zips.iter().map(|zip| first_member(zip)).collect::<Result<Vec<_>>>()?;
    let mut decompressor = Decompressor::new();
    let mut buffer = vec![0; texts.iter().map(String::len).max().unwrap_or(0) * 2];
    let mut fastest = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let mut kept = 0;
        match case {
            "strip" => kept += texts.iter().map(|text| strip(text).text.len()).sum::<usize>(),
            "inflate" => {
                for zip in &zips {
                    kept += inflater.unpack(zip, "book")?.bytes.len();
                }
            }
            "libdeflate" => {
                for (packed, size) in &members {
                    kept += decompressor.deflate_decompress(packed, &mut buffer[..*size])?;
                }
            }
            _ => bail!("{case}: strip, inflate, libdeflate or chain"),
        }
        fastest = fastest.min(start.elapsed().as_secs_f64());
        std::hint::black_box(kept);
    }
    show(n_bytes, fastest);
    Ok(())
}

/// The packed bytes of an archive's first member, and how long its text is.
fn first_member(zip: &[u8]) -> Result<(&[u8], usize)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip))?;
    let member = archive.by_index_raw(0)?;
    let start = member.data_start().context("a member without data")? as usize;
    Ok((&zip[start..start + member.compressed_size() as usize], member.size() as usize))
}

fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.join("bench_books") } else { std::env::temp_dir().join("bench_books") }
}

/// The import of a large tree.
fn chain(dir: &Path, threads: usize, place: &Path) -> Result<()> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let tree = place.join("tree");
    make_tree(dir, &tree)?;
    let out = place.join("out");
    let _ = std::fs::remove_dir_all(&out);
    let mut job = Job::new(&out);
    job.source = Source::Tree(tree);
    let start = Instant::now();
    let listed = job.collect()?;
    let report = job.download(|_| {})?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(report.items == listed.chosen && report.failed.is_empty(), "not all books came: {report:?}");
    std::fs::remove_dir_all(&out)?;
    show(report.bytes as usize, seconds);
    Ok(())
}

/// A mirror tree of copies of the books under new numbers, kept for the next run.
fn make_tree(dir: &Path, tree: &Path) -> Result<()> {
    let whole = tree.join("whole");
    if whole.exists() {
        return Ok(());
    }
    let zips = zips(dir)?;
    let sizes = zips.iter().map(|zip| Ok(first_member(zip)?.1)).collect::<Result<Vec<_>>>()?;
    let mut n_bytes = 0;
    for (id, at) in (100_000..).zip((0..zips.len()).cycle()) {
        if n_bytes >= CHAIN_BYTES {
            break;
        }
        let folder = tree.join(format!("{}/{}/{id}", id / 10_000, id / 100 % 100));
        std::fs::create_dir_all(&folder)?;
        corpus_fetch::write_whole(&folder.join(format!("{id}.zip")), &zips[at])?;
        n_bytes += sizes[at];
    }
    corpus_fetch::write_whole(&whole, b"")?;
    Ok(())
}

/// Every archive of the tree, in order of path.
fn zips(dir: &Path) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    walk(dir, &mut found)
        .with_context(|| format!("{}: a mirror tree of real books is needed", dir.display()))?;
    Ok(found)
}

fn walk(dir: &Path, found: &mut Vec<Vec<u8>>) -> Result<()> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "zip") {
            found.push(std::fs::read(path)?);
        }
    }
    Ok(())
}

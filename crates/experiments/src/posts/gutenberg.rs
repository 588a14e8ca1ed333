//! The post `gutenberg`: the list, the books one by one, their texts without header and licence.

use super::Findings;
use super::sites::{fetched_again, in_mirror, is_live, start};
use crate::context::{Context, Mode};
use anyhow::{Context as _, Result};
use corpus_gutenberg::{Entry, Job, Listed, Report};
use corpus_text::counts::Counts;
use corpus_text::plain::SentenceWriter;
use corpus_text::{Paragraphs, TokenOptions, tokens};
use demo_sites::gutenberg::{BookTruth, Config, Demo, FileKind, FileTruth, Mirror};
use demo_sites::{Server, Site};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The pages show so many books.
const N_SHOWN: usize = 25;
/// What a text takes on disk is counted in these.
const BLOCK_BYTES: u64 = 4096;

/// The site of a run, and what it says is right.
enum Shelf {
    Demo(Arc<Demo>, Server),
    Mirror(Arc<Mirror>, Server),
    Live,
}

/// What the site says is right.
struct Truth {
    listed: usize,
    items: usize,
    failed: usize,
    bytes: Option<u64>,
    disk_bytes: Option<u64>,
}

/// The corpus file that the books of this run make, a sentence a line.
pub(super) fn corpus_path(context: &Context) -> Result<PathBuf> {
    Ok(context.level("corpus")?.join("gutenberg.txt"))
}

/// Downloads, strips and counts.
pub(super) fn run(context: &Context) -> Result<Findings> {
    let shelf = Shelf::open(context)?;
    let job = shelf.job(context)?;
    let (listed, report) = download(&job, context)?;
    let books = Books::read(&job, context)?;
    let truth = shelf.truth(context.settings.n_books);

    let mut found = Findings::default();
    let failed = report.failed.len() + report.deferred as usize;
    found.compare("gutenberg.listed", listed.files, truth.as_ref().map(|truth| truth.listed));
    found.compare("gutenberg.items", report.items, truth.as_ref().map(|truth| truth.items));
    found.compare("gutenberg.bytes", report.bytes, truth.as_ref().and_then(|truth| truth.bytes));
    found.compare("gutenberg.disk", report.disk_bytes, truth.as_ref().and_then(|truth| truth.disk_bytes));
    found.compare("gutenberg.failed", failed, truth.as_ref().map(|truth| truth.failed));
    found.measure("gutenberg.zips", report.zips);
    if let Shelf::Demo(demo, _) = &shelf {
        found.measure("gutenberg.exact", exact(&job, demo)?);
    }
    if let Some(server) = shelf.server() {
        let n_before = server.requests().len();
        download(&job, context)?;
        let complete: Vec<String> = books.entries.iter().map(|entry| entry.url.clone()).collect();
        found.measure("gutenberg.again", fetched_again(server, n_before, &complete));
    }
    found.data = books.data(&report);
    Ok(found)
}

impl Shelf {
    fn open(context: &Context) -> Result<Self> {
        let settings = &context.settings;
        Ok(match settings.mode {
            Mode::Demo => {
                let demo = Demo::new(Config { seed: settings.seed, ..Config::default() });
                let server = start(Arc::clone(&demo) as Arc<dyn Site>)?;
                Self::Demo(demo, server)
            }
            Mode::Mirror => {
                let mirror = Mirror::open(&in_mirror(context, "gutenberg/mirror")?)?;
                let server = start(Arc::clone(&mirror) as Arc<dyn Site>)?;
                Self::Mirror(mirror, server)
            }
            Mode::Live => Self::Live,
        })
    }

    fn server(&self) -> Option<&Server> {
        match self {
            Self::Demo(_, server) | Self::Mirror(_, server) => Some(server),
            Self::Live => None,
        }
    }

    fn job(&self, context: &Context) -> Result<Job> {
        let mut job = Job::new(&context.level("gutenberg")?);
        job.first = context.settings.n_books;
        job.contact.clone_from(&context.settings.contact);
        if let Some(server) = self.server() {
            job.played_by = Some(server.base_url());
            job.pace = Duration::ZERO;
        }
        if is_live(context) {
            job.stop.on_ctrl_c()?;
        }
        Ok(job)
    }

    fn truth(&self, n_books: Option<usize>) -> Option<Truth> {
        match self {
            Self::Demo(demo, _) => Some(demo_truth(demo.truth(), n_books.unwrap_or(usize::MAX))),
            Self::Mirror(mirror, _) => {
                let folder = |path: &String| path.rsplit('/').nth(1).map(str::to_owned);
                let ids: BTreeSet<String> = mirror.paths().iter().filter_map(folder).collect();
                let items = ids.len().min(n_books.unwrap_or(usize::MAX));
                Some(Truth { listed: mirror.paths().len(), items, failed: 0, bytes: None, disk_bytes: None })
            }
            Self::Live => None,
        }
    }
}

fn demo_truth(books: &[BookTruth], n_books: usize) -> Truth {
    let listed = books.iter().map(|book| book.files.len()).sum();
    let books = &books[..books.len().min(n_books)];
    let best: Vec<&FileTruth> = books.iter().filter_map(best_text).collect();
    let bytes = |file: &&FileTruth| file.raw_bytes as u64;
    Truth {
        listed,
        items: best.len(),
        failed: books.len() - best.len(),
        bytes: Some(best.iter().map(bytes).sum()),
        disk_bytes: Some(best.iter().map(|file| bytes(file).div_ceil(BLOCK_BYTES) * BLOCK_BYTES).sum()),
    }
}

/// A book's text in the encoding that loses least.
fn best_text(book: &BookTruth) -> Option<&FileTruth> {
    let rank =
        |file: &&FileTruth| ["UTF-8", "ISO-8859-1", "ASCII"].iter().position(|name| *name == file.encoding);
    book.files.iter().filter(|file| file.kind == FileKind::Text).min_by_key(rank)
}

fn download(job: &Job, context: &Context) -> Result<(Listed, Report)> {
    let listed = job.collect()?;
    if is_live(context) {
        context.say(&format!("gutenberg: {}", corpus_fetch::Estimate::new(listed.pending, job.pace)));
    }
    let report = job.download(|progress| {
        if is_live(context) {
            context.say(&format!("gutenberg: {} of {} books", progress.completed, progress.total));
        }
    })?;
    Ok((listed, report))
}

/// The share of the site's books whose stripped text is the truth, byte for byte.
fn exact(job: &Job, demo: &Demo) -> Result<f64> {
    let files = demo.truth().iter().flat_map(|book| &book.files);
    let truth: HashMap<&str, &str> = files.map(|file| (file.url_path.as_str(), file.text.as_str())).collect();
    let (mut n_books, mut n_exact) = (0_u32, 0_u32);
    job.books(|entry, text| {
        let path = entry.url.find(".org/").map_or("", |at| &entry.url[at + 4..]);
        n_books += 1;
        n_exact += u32::from(truth.get(path).is_some_and(|truth| truth.trim_end() == text.trim_end()));
        Ok(())
    })?;
    Ok(f64::from(n_exact) / f64::from(n_books))
}

/// What the books in place are like.
struct Books {
    entries: Vec<Entry>,
    counts: Counts,
}

impl Books {
    /// Reads every book once: for the corpus file and for the counts.
    fn read(job: &Job, context: &Context) -> Result<Self> {
        let mut books = Self { entries: Vec::new(), counts: Counts::new() };
        let path = corpus_path(context)?;
        let mut corpus = SentenceWriter::create(&path, Paragraphs::BlankLines, TokenOptions::FOR_VECTORS)?;
        job.books(|entry, text| {
            corpus.write(&text)?;
            for token in tokens(&text, TokenOptions::FOR_VECTORS) {
                books.counts.add(&token);
            }
            books.entries.push(entry);
            Ok(())
        })?;
        corpus.commit().with_context(|| path.display().to_string())?;
        Ok(books)
    }

    fn data(&self, report: &Report) -> Value {
        let mut encodings: BTreeMap<&str, u64> = BTreeMap::new();
        let mut languages: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in &self.entries {
            *encodings.entry(&entry.about.encoding).or_default() += 1;
            *languages.entry(entry.about.language.as_deref().unwrap_or("not stated")).or_default() += 1;
        }
        let book = |entry: &Entry| {
            json!({"key": entry.key, "title": entry.about.title, "author": entry.about.author,
                "bytes": entry.about.bytes_in, "text": entry.about.bytes_out, "why": entry.why})
        };
        let ranked = self.counts.ranked();
        // Ranks in steps that are even on a logarithmic scale: the curve needs no more.
        let mut ranks: Vec<usize> = (0..80).map(|n| 1.25_f64.powi(n) as usize).collect();
        ranks.retain(|rank| *rank <= ranked.len());
        ranks.dedup();
        let growth = self.counts.growth();
        json!({
            "books": self.entries.iter().take(N_SHOWN).map(book).collect::<Vec<_>>(),
            "bytesText": report.bytes_text,
            "encodings": encodings,
            "languages": languages,
            "failed": report.failed,
            "tokens": self.counts.n_tokens(),
            "types": self.counts.n_types(),
            "zipf": ranks.iter().map(|rank| (*rank, ranked[rank - 1].1)).collect::<Vec<_>>(),
            "heaps": growth.iter().map(|point| (point.tokens, point.types)).collect::<Vec<_>>(),
            "zipfExponent": self.counts.zipf().map(|law| law.exponent),
            "heapsExponent": self.counts.heaps().map(|law| law.exponent),
        })
    }
}

//! The post `gutenberg`: the list, the books one by one, their texts without header and licence.

use super::Findings;
use super::sites::{fetched_again, in_mirror, is_live, start};
use crate::context::{Context, Mode};
use anyhow::{Context as _, Result};
use corpus_gutenberg::{Book, Entry, Header, Job, Listed, Report};
use corpus_text::counts::Counts;
use corpus_text::plain::SentenceWriter;
use corpus_text::{Paragraphs, TokenOptions, tokens};
use demo_sites::faults::{Fault, FaultPlan, Faulty};
use demo_sites::gutenberg::{BookTruth, Config, Demo, FileKind, FileTruth, Mirror};
use demo_sites::{Server, Site};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The pages show so many books.
const N_SHOWN: usize = 25;
/// What a text takes on disk is counted in these.
const BLOCK_BYTES: u64 = 4096;

/// The share of a demo's zips whose first answers are spoilt.
const SPOILT: f64 = 0.25;
/// A header stands within so many bytes of the front.
const FRONT_BYTES: usize = 32 * 1024;
/// Text lines of a file that a page shows at each cut.
const N_LINES_SHOWN: usize = 6;

/// The site of a run, and what it says is right.
enum Shelf {
    Demo(Arc<Faulty<Arc<Demo>>>, Server),
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
    let mut survived = Vec::new();
    if let Shelf::Demo(demo, _) = &shelf {
        found.measure("gutenberg.exact", exact(&job, demo.site())?);
        survived = faults_survived(demo, &books.entries);
        let counts = || survived.iter().map(|(_, n, n_whole)| (*n, *n_whole));
        let (n, n_whole) = counts().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        found.compare("gutenberg.faults", n_whole, Some(n));
    }
    if let Some(server) = shelf.server() {
        let n_before = server.requests().len();
        download(&job, context)?;
        let complete: Vec<String> = books.entries.iter().map(|entry| entry.url.clone()).collect();
        found.measure("gutenberg.again", fetched_again(server, n_before, &complete));
    }
    found.measure("gutenberg.largest-cut", books.cuts.largest_share);
    found.data = books.data(&report, &survived);
    Ok(found)
}

/// Faults that a client which keeps trying gets over, at a share of the zips.
fn passing_faults(seed: u64) -> FaultPlan {
    let faults = Fault::ALL.into_iter().filter(|fault| !fault.is_lasting()).collect();
    FaultPlan { seed, share: SPOILT, faults, only_suffix: ".zip".to_owned(), ..FaultPlan::default() }
}

/// By the kind of fault: the files in the list whose first answers were spoilt so, and those of them in place.
///
/// A file that was never asked for, for the run took another form of its book, is not counted.
fn faults_survived(demo: &Faulty<Arc<Demo>>, entries: &[Entry]) -> Vec<(&'static str, usize, usize)> {
    let in_place: BTreeSet<&str> = entries.iter().map(|entry| path_of(&entry.url)).collect();
    let mut counts: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    for file in demo.site().truth().iter().flat_map(|book| &book.files) {
        let asked = demo.attempts(&file.url_path) > 0 || in_place.contains(file.url_path.as_str());
        if let (Some(planned), true, FileKind::Text) = (demo.planned(&file.url_path), asked, file.kind) {
            let count = counts.entry(fault_name(planned.fault)).or_default();
            count.0 += 1;
            count.1 += usize::from(in_place.contains(file.url_path.as_str()));
        }
    }
    counts.into_iter().map(|(name, (n, n_whole))| (name, n, n_whole)).collect()
}

/// A passing fault in words.
fn fault_name(fault: Fault) -> &'static str {
    match fault {
        Fault::Disconnect => "the connection breaks within the file",
        Fault::Stall => "the file comes late",
        Fault::TruncatedLength => "the file ends before its stated length",
        Fault::TooManyRequests => "429, with the seconds to wait",
        Fault::TooManyRequestsUntil => "429, with the date to wait for",
        Fault::ServerError => "500",
        Fault::Unavailable => "503, with the seconds to wait",
        Fault::ChangedOnResume => "the connection breaks, and the file is another by the next attempt",
        _ => "another fault",
    }
}

/// An address without scheme and host.
fn path_of(url: &str) -> &str {
    url.find(".org/").map_or("", |at| &url[at + 4..])
}

impl Shelf {
    fn open(context: &Context) -> Result<Self> {
        let settings = &context.settings;
        Ok(match settings.mode {
            Mode::Demo => {
                let demo = Demo::new(Config { seed: settings.seed, ..Config::default() });
                let demo = Arc::new(Faulty::new(demo, passing_faults(settings.seed)));
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
            Self::Demo(demo, _) => Some(demo_truth(demo.site().truth(), n_books.unwrap_or(usize::MAX))),
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
        n_books += 1;
        n_exact += u32::from(
            truth.get(path_of(&entry.url)).is_some_and(|truth| truth.trim_end() == text.trim_end()),
        );
        Ok(())
    })?;
    Ok(f64::from(n_exact) / f64::from(n_books))
}

/// What the books in place are like.
#[derive(Default)]
struct Books {
    entries: Vec<Entry>,
    counts: Counts,
    cuts: Cuts,
    /// Books by the year in which the library released them, as their headers state it.
    years: BTreeMap<u16, u64>,
    /// Books by the size of their text: `sizes[n]` have from `2^n` to under `2^(n+1)` KiB, the first less than 2.
    sizes: BTreeMap<u32, u64>,
}

/// What was cut off the books, and why.
#[derive(Default)]
struct Cuts {
    /// By the reason: books, lines.
    by_reason: BTreeMap<String, (u64, u64)>,
    /// The largest share of a file's lines that was cut.
    largest_share: f64,
    /// A book's file around its cuts, for the page: the book, and its passages.
    shown: Option<(String, Vec<Passage>)>,
}

/// Some lines of a file in a row, with what became of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Passage {
    /// `null` where the lines are the book's.
    reason: Option<String>,
    first_line: usize,
    last_line: usize,
    /// Only the ends of a long passage; `…` stands for what is between.
    lines: Vec<String>,
}

impl Books {
    /// Reads every book once: for the corpus file, for the counts, and for what was cut.
    fn read(job: &Job, context: &Context) -> Result<Self> {
        let mut books = Self { counts: Counts::new(), ..Self::default() };
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
        books.look_at_the_files(job)?;
        Ok(books)
    }

    /// What only the files as they came can tell: the years, and the cuts with their reasons.
    fn look_at_the_files(&mut self, job: &Job) -> Result<()> {
        for entry in &self.entries {
            *self.sizes.entry((entry.about.bytes_out / 1024).max(1).ilog2()).or_default() += 1;
            let path = job.dir.join("raw").join(format!("{}.txt", entry.key));
            let raw = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let front = String::from_utf8_lossy(&raw[..raw.len().min(FRONT_BYTES)]);
            if let Some(year) = Header::parse(&front).release.as_deref().and_then(year) {
                *self.years.entry(year).or_default() += 1;
            }
            let book = corpus_gutenberg::clean(&raw, &format!("{}.txt", entry.key))?;
            self.cuts.add(entry, &raw, &book);
        }
        Ok(())
    }

    fn data(&self, report: &Report, survived: &[(&'static str, usize, usize)]) -> Value {
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
            "bytes": report.bytes,
            "bytesText": report.bytes_text,
            "encodings": encodings,
            "languages": languages,
            "years": self.years,
            "sizes": self.sizes.iter().collect::<Vec<_>>(),
            "cuts": self.cuts.by_reason,
            "cutShown": self.cuts.shown.as_ref().map(|(title, passages)| json!({"title": title, "passages": passages})),
            "survived": survived,
            "replaced": report.replaced,
            "failed": report.failed,
            "tokens": self.counts.n_tokens(),
            "types": self.counts.n_types(),
            "frequent": ranked.iter().take(10).collect::<Vec<_>>(),
            "zipf": ranks.iter().map(|rank| (*rank, ranked[rank - 1].1)).collect::<Vec<_>>(),
            "heaps": growth.iter().map(|point| (point.tokens, point.types)).collect::<Vec<_>>(),
            "zipfExponent": self.counts.zipf().map(|law| law.exponent),
            "heapsExponent": self.counts.heaps().map(|law| law.exponent),
        })
    }
}

impl Cuts {
    fn add(&mut self, entry: &Entry, raw: &[u8], book: &Book) {
        let mut reasons = BTreeSet::new();
        let mut n_cut = 0;
        for cut in &book.cuts {
            let n_lines = cut.last_line + 1 - cut.first_line;
            n_cut += n_lines;
            let reason = cut.reason.to_string();
            let count = self.by_reason.entry(reason.clone()).or_default();
            count.0 += u64::from(reasons.insert(reason));
            count.1 += n_lines as u64;
        }
        let n_kept = (book.about.end_line + 1).saturating_sub(book.about.start_line);
        self.largest_share = self.largest_share.max(n_cut as f64 / (n_cut + n_kept) as f64);
        // The first book with the most different reasons shows most.
        let n_shown = self.shown.as_ref().map_or(0, |(_, passages)| passages.len());
        if book.cuts.len() + 1 > n_shown && n_shown < 6 {
            let title = entry.about.title.clone().unwrap_or_else(|| entry.key.clone());
            self.shown = Some((title, passages(raw, entry, book)));
        }
    }
}

/// A file from top to bottom: what was cut, with its reason, and the book between.
fn passages(raw: &[u8], entry: &Entry, book: &Book) -> Vec<Passage> {
    let text = corpus_text::decode(raw, Some(&entry.about.encoding)).text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.lines().collect();
    let mut bounds: Vec<(usize, usize, Option<String>)> =
        book.cuts.iter().map(|cut| (cut.first_line, cut.last_line, Some(cut.reason.to_string()))).collect();
    bounds.push((book.about.start_line, book.about.end_line, None));
    bounds.sort_by_key(|(first, ..)| *first);
    let shown = |first: usize, last: usize| -> Vec<String> {
        let lines = lines.get(first.saturating_sub(1)..last.min(lines.len())).unwrap_or_default();
        let filled: Vec<&str> =
            lines.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
        if filled.len() <= N_LINES_SHOWN {
            return filled.into_iter().map(str::to_owned).collect();
        }
        let half = N_LINES_SHOWN / 2;
        let ends =
            filled[..half].iter().copied().chain(["…"]).chain(filled[filled.len() - half..].iter().copied());
        ends.map(str::to_owned).collect()
    };
    let passage = |(first_line, last_line, reason)| Passage {
        reason,
        first_line,
        last_line,
        lines: shown(first_line, last_line),
    };
    bounds.into_iter().map(passage).collect()
}

/// The year in a header's date of release: `June 25, 2008 [EBook #11]`.
fn year(stated: &str) -> Option<u16> {
    let date = stated.split('[').next().unwrap_or(stated);
    let numbers = date.split(|letter: char| !letter.is_ascii_digit());
    numbers.filter_map(|number| number.parse().ok()).find(|number| (1971..2100).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_found_in_every_form_of_a_release_date() {
        assert_eq!(year("June 25, 2008 [EBook #11]"), Some(2008));
        assert_eq!(year("March, 1994 [Etext #113]"), Some(1994));
        assert_eq!(year("July, 1998 [Etext #1998]"), Some(1998));
        assert_eq!(year("[EBook #2001]"), None);
    }
}

//! The whole way of the library: a list, the files of it that are wanted, their texts in a directory.
//!
//! The directory holds `ledger.sqlite`, the only truth about what is done; `raw/`, the texts as they were packed; and
//! `text/`, the books cut out of them, UTF-8. No zip ever lies there: an archive is unpacked in memory, both files are
//! synced, and only then does the ledger say that the book is done. A tree on this machine is its own raw level.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use corpus_fetch::{
    Disk, DownloadOptions, Ended, Fetched, Fetcher, Files, Item, Ledger, NewItem, Progress, SafePath, Seams,
    State, Stop, Store, Validators, Verdict,
};
use corpus_text::Document;
use serde::{Deserialize, Serialize};

use crate::book::{About, clean};
use crate::catalogue::{self, Catalogue, Filter};
use crate::harvest::{FIRST_PAGE, read_harvest_page};
use crate::name::{Choice, Keep, Link, Name, choose};
use crate::shelf::GROUP;
use crate::{Error, Result};

/// Hosts that serve the library's files.
const HOSTS: [&str; 3] = ["www.gutenberg.org", ".gutenberg.org", ".pglaf.org"];

/// What the post waited between two downloads.
const PACE: Duration = Duration::from_secs(2);

/// The first wait before a damaged file is asked for again on loopback.
const LOOPBACK_BACKOFF: Duration = Duration::from_millis(5);

/// The block of the usual file systems, for what a text takes on disk.
const BLOCK_BYTES: u64 = 4096;

/// Rows of the ledger that are in memory together.
const ROWS: usize = 256;

/// The catalogue's place in the directory.
const CATALOGUE: &str = "pg_catalog.csv.gz";

/// The manifest's place in the directory.
const MANIFEST: &str = "manifest.jsonl";

/// Where the list of files comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The harvest pages, as in the post: English texts, no filter.
    Harvest,
    /// The catalogue, with a filter.
    Catalogue(Filter),
    /// A directory tree with zips or texts, as a mirror has them; nothing is fetched.
    Tree(PathBuf),
}

/// A download directory and what is wanted there. The same job run again goes on where it was.
#[derive(Clone)]
pub struct Job {
    /// Ledger, raw texts and books lie here.
    pub dir: PathBuf,
    /// Where the list comes from.
    pub source: Source,
    /// The catalogue, or RDF records, on this machine; none: the site's, or the one that lies in a tree.
    pub catalogue_file: Option<PathBuf>,
    /// Which books of a tree are wanted; needs a catalogue.
    pub tree_filter: Filter,
    /// What is kept of a book in several forms.
    pub keep: Keep,
    /// Take only so many of the list, from its beginning.
    pub first: Option<usize>,
    /// Read the list again, though it was read before.
    pub refresh: bool,
    /// A loopback server (`http://127.0.0.1:PORT`) that plays all hosts: the demo, a mirror. None: the real hosts.
    pub played_by: Option<String>,
    /// Mean time between requests to one host.
    pub pace: Duration,
    /// Who asks: an e-mail or web address, sent with each request. Needed for the real hosts.
    pub contact: String,
    /// End a run after so many books.
    pub max_items: Option<u64>,
    /// End a run when so many bytes were fetched.
    pub max_bytes: Option<u64>,
    /// Begin no book after this time.
    pub until: Option<SystemTime>,
    /// Archives longer than this go to disk while they come, and are continued there by a later run.
    pub spill_bytes: usize,
    /// Files of a tree that are made, synced and reported together. A kill costs at most three groups, which are done
    /// again, and as many files are open.
    pub group: usize,
    /// Raised to end a run cleanly.
    pub stop: Stop,
    /// Another network, clock, disk and ledger than the machine's own: a simulation.
    pub seams: Option<Seams>,
}

/// What the list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Pages of the list that this run fetched.
    pub pages: u64,
    /// Files that the list names.
    pub files: u64,
    /// Files chosen among them.
    pub chosen: u64,
    /// Chosen files that the ledger did not know.
    pub new: u64,
    /// Files that are still to be fetched.
    pub pending: u64,
}

/// Where a job stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Books in place.
    pub items: u64,
    /// Bytes of their texts as they were packed.
    pub bytes: u64,
    /// What those take on disk in blocks of 4,096 bytes.
    pub disk_bytes: u64,
    /// Bytes of the books cut out of them.
    pub bytes_text: u64,
    /// Zips in the directory.
    pub zips: u64,
    /// Files that cannot be had and have no other form, with the reason.
    pub failed: Vec<(String, String)>,
    /// Files that cannot be had, for which another form of the book stands in.
    pub replaced: u64,
    /// Files that could not be had this time.
    pub deferred: u64,
    /// Those files, with the reason; the next run asks for them again.
    pub postponed: Vec<(String, String)>,
    /// Files not asked for yet.
    pub pending: u64,
    /// Requests sent by this run, robots.txt included.
    pub requests: u64,
    /// Whether this run came to its end: not interrupted, no limit hit.
    pub done: bool,
    /// Whether it was interrupted, or the site would not go on; a limit that was set is neither.
    pub broken_off: bool,
    /// Why it ended before its end, in words.
    pub why: Option<String>,
}

/// What the ledger remembers of a file before it is fetched.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Plan {
    pub(crate) why: String,
    pub(crate) others: Vec<Link>,
}

/// A book in place: a line of the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The file's name without its extension: the texts are `raw/KEY.txt` and `text/KEY.txt`.
    #[serde(default)]
    pub key: String,
    /// Where it came from.
    #[serde(default)]
    pub url: String,
    /// Why this file of the book's.
    pub why: String,
    /// What is known about the book.
    #[serde(flatten)]
    pub about: About,
    /// BLAKE3 of `raw/KEY.txt`; empty for a book out of a tree, which is its own raw level.
    pub raw_blake3: String,
    /// BLAKE3 of `text/KEY.txt`.
    pub text_blake3: String,
}

/// A book that is about to be placed.
struct Made {
    raw: Vec<u8>,
    text: String,
    note: String,
}

impl Job {
    /// A job on the real hosts, by the post's list and at its pace.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            source: Source::Harvest,
            catalogue_file: None,
            tree_filter: Filter::default(),
            keep: Keep::Best,
            first: None,
            refresh: false,
            played_by: None,
            pace: PACE,
            contact: String::new(),
            max_items: None,
            max_bytes: None,
            until: None,
            spill_bytes: DownloadOptions::default().spill_bytes,
            group: GROUP,
            stop: Stop::new(),
            seams: None,
        }
    }

    /// Reads the list, chooses among its files, and puts the choices into the ledger.
    ///
    /// Pages of the list that were read before are not asked for again, unless [`refresh`](Self::refresh) says so.
    ///
    /// # Errors
    ///
    /// When the list cannot be had or is none, or the ledger is in use or broken.
    pub fn collect(&self) -> Result<Listed> {
        let ledger = self.ledger()?;
        let (mut listed, items) = self.read_list(&ledger)?;
        listed.new = ledger.enqueue(&items)? as u64;
        let counts = ledger.counts()?;
        listed.pending = counts.pending + counts.deferred;
        Ok(listed)
    }

    /// As [`collect`](Self::collect), but no file is put into the ledger: a later download with another filter brings
    /// what it asks for and no more. `pending` counts the chosen files that are neither in place nor given up.
    ///
    /// # Errors
    ///
    /// As [`collect`](Self::collect).
    pub fn list(&self) -> Result<Listed> {
        let ledger = self.ledger()?;
        let (mut listed, items) = self.read_list(&ledger)?;
        for item in &items {
            let state = ledger.item(&item.key)?.map(|known| known.state);
            listed.new += u64::from(state.is_none());
            listed.pending += u64::from(!matches!(state, Some(State::Complete | State::Failed)));
        }
        Ok(listed)
    }

    /// The list, chosen from.
    fn read_list(&self, ledger: &Ledger) -> Result<(Listed, Vec<NewItem>)> {
        let mut listed = Listed::default();
        let mut choices = match &self.source {
            Source::Harvest => self.choose_from(&self.harvest(ledger, &mut listed)?, &mut listed),
            Source::Catalogue(filter) => self.choose_from_catalogue(ledger, filter, &mut listed)?,
            Source::Tree(root) => self.choose_from(&self.tree_links(root)?, &mut listed),
        };
        choices.truncate(self.first.unwrap_or(usize::MAX));
        listed.chosen = choices.len() as u64;
        let items = choices.into_iter().map(new_item).collect::<Result<Vec<_>>>()?;
        Ok((listed, items))
    }

    fn choose_from(&self, links: &[Link], listed: &mut Listed) -> Vec<Choice> {
        listed.files = links.len() as u64;
        choose(links, self.keep)
    }

    fn harvest(&self, ledger: &Ledger, listed: &mut Listed) -> Result<Vec<Link>> {
        let fetcher = self.fetcher()?;
        let mut links: Vec<Link> = Vec::new();
        let mut keys = HashSet::new();
        let mut seen = HashSet::new();
        let mut url = FIRST_PAGE.to_owned();
        loop {
            if !seen.insert(url.clone()) {
                return Err(Error::list(format!("{url}: the list comes back to this page")));
            }
            let name = format!("list {url}");
            let known = if self.refresh { None } else { ledger.meta(&name)? };
            let (page_links, next): (Vec<Link>, Option<String>) = if let Some(page) = known {
                from_json(&page, &name)?
            } else {
                let page = fetcher.get(&url)?;
                let read = read_harvest_page(&url, &page.text())?;
                listed.pages += 1;
                // The last page grows with the library: it is asked for again by the next run.
                if read.next.is_some() {
                    ledger.set_meta(&name, &to_json(&(&read.links, &read.next))?)?;
                }
                (read.links, read.next)
            };
            links.extend(page_links.into_iter().filter(|link| keys.insert(link.key.clone())));
            match next {
                Some(next) => url = next,
                None => return Ok(links),
            }
        }
    }

    fn choose_from_catalogue(
        &self,
        ledger: &Ledger,
        filter: &Filter,
        listed: &mut Listed,
    ) -> Result<Vec<Choice>> {
        let catalogue = self.catalogue(ledger, listed)?;
        let choices: Vec<Choice> = catalogue.select(filter).map(catalogue::Record::choice).collect();
        listed.files = choices.iter().map(|choice| 1 + choice.others.len() as u64).sum();
        if choices.is_empty() {
            return Err(Error::list(
                "no book in the catalogue is like this: try fewer words, and `corpus-gutenberg search` to look around",
            ));
        }
        Ok(choices)
    }

    /// The catalogue, from the directory, or fetched into it.
    fn catalogue(&self, ledger: &Ledger, listed: &mut Listed) -> Result<Catalogue> {
        if let Some(path) = &self.catalogue_file {
            return Catalogue::read(path);
        }
        let (place, name) = (SafePath::new(CATALOGUE)?, self.dir.join(CATALOGUE).display().to_string());
        let mut store = self.store(ledger)?;
        let is_here = store.exists(&place)?;
        if is_here && !self.refresh {
            return Catalogue::parse(&store.read(&place)?, &name);
        }
        let known = ledger.meta(CATALOGUE)?.filter(|_| is_here);
        let (etag, last_modified) =
            known.map(|known| from_json(&known, CATALOGUE)).transpose()?.unwrap_or_default();
        let page = self.fetcher()?.get_if_changed(catalogue::ADDRESS, &Validators { etag, last_modified })?;
        let Some(page) = page else {
            return Catalogue::parse(&store.read(&place)?, &name);
        };
        listed.pages += 1;
        // What is no catalogue must not stay behind as one.
        let catalogue = Catalogue::parse(&page.body, catalogue::ADDRESS)?;
        store.write(&place, &page.body)?;
        store.commit(&[])?;
        // After the file: a crash between the two costs a download, the other way round an old catalogue for ever.
        let Validators { etag, last_modified } = page.validators();
        ledger.set_meta(CATALOGUE, &to_json(&(etag, last_modified))?)?;
        Ok(catalogue)
    }

    /// Brings every listed file that is not there yet, unpacks it, cuts the book out, and puts both in place.
    ///
    /// Where a file cannot be had, the book's next form is tried. What is no book, or a damaged one, is asked for
    /// once more: when the very same bytes come again, that is what the site has, and the file is given up.
    ///
    /// # Errors
    ///
    /// When the ledger is in use or broken, or the disk is full. A file's own trouble is no error: it is in the report.
    pub fn download(&self, mut progress: impl FnMut(&Progress)) -> Result<Report> {
        let ledger = self.ledger()?;
        let mut store = self.store(&ledger)?;
        let mut report = Report::default();
        if let Source::Tree(_) = self.source {
            self.import(&ledger, &mut store)?;
            report.broken_off = self.stop.is_requested();
            report.done = !report.broken_off;
            report.why = reason_to_end(Ended::Interrupted).filter(|_| report.broken_off).map(str::to_owned);
        } else {
            self.fetch(&ledger, &mut store, &mut report, &mut progress)?;
        }
        drop(store);
        self.fill(&ledger, &mut report)?;
        Ok(report)
    }

    fn fetch(
        &self,
        ledger: &Ledger,
        store: &mut Store,
        report: &mut Report,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<()> {
        let fetcher = self.fetcher()?;
        let mut options = DownloadOptions {
            max_items: self.max_items,
            max_bytes: self.max_bytes,
            until: self.until,
            spill_bytes: self.spill_bytes,
            ..DownloadOptions::default()
        };
        // Digests of bodies that came to nothing once.
        let mut doubted = HashMap::new();
        let mut place = |item: &Item, fetched: &Fetched, store: &mut Store| {
            let error = match make(item, &fetched.bytes()?) {
                Ok(made) => {
                    made.stage(&item.key, store)?;
                    return Ok(Verdict::Keep { note: made.note });
                }
                Err(error) => error,
            };
            let reason = told(item, &error);
            if doubted.get(&item.key).is_some_and(|digest| digest == fetched.blake3()) {
                return Ok(Verdict::Refuse { reason: format!("{reason}; the same came twice") });
            }
            doubted.insert(item.key.clone(), fetched.blake3().to_owned());
            Ok(Verdict::Again { reason })
        };
        loop {
            let summary =
                corpus_fetch::download(&fetcher, ledger, store, &options, &mut place, &mut *progress)?;
            report.requests = fetcher.n_requests();
            report.done = summary.ended == Ended::Done;
            report.broken_off =
                matches!(summary.ended, Ended::Interrupted | Ended::DayBudget | Ended::HostDown);
            report.why = summary.why.or_else(|| reason_to_end(summary.ended).map(str::to_owned));
            options.max_items = options.max_items.map(|left| left.saturating_sub(summary.completed));
            options.max_bytes = options.max_bytes.map(|left| left.saturating_sub(summary.bytes));
            if !report.done || try_other_forms(ledger)? == 0 {
                return Ok(());
            }
        }
    }

    /// Where the job stands, without a request; works beside a running download.
    ///
    /// # Errors
    ///
    /// When there is no ledger or it is broken.
    pub fn report(&self) -> Result<Report> {
        let mut report = Report::default();
        self.fill(&self.ledger_to_read()?, &mut report)?;
        Ok(report)
    }

    fn fill(&self, ledger: &Ledger, report: &mut Report) -> Result<()> {
        let counts = ledger.counts()?;
        (report.deferred, report.pending) = (counts.deferred, counts.pending);
        each_item(ledger, State::Complete, |item| {
            let entry = entry(&item)?;
            report.items += 1;
            report.bytes += entry.about.bytes_in;
            report.disk_bytes += entry.about.bytes_in.div_ceil(BLOCK_BYTES) * BLOCK_BYTES;
            report.bytes_text += entry.about.bytes_out;
            Ok(())
        })?;
        each_item(ledger, State::Failed, |item| {
            if plan(&item)?.others.is_empty() {
                report.failed.push((item.key, item.error.unwrap_or_default()));
            } else {
                report.replaced += 1;
            }
            Ok(())
        })?;
        each_item(ledger, State::Deferred, |item| {
            report.postponed.push((item.key, item.error.unwrap_or_default()));
            Ok(())
        })?;
        if self.seams.is_none() {
            report.zips = count_zips(&self.dir)?;
        }
        Ok(())
    }

    /// Writes `manifest.jsonl`: a line for each book in place.
    ///
    /// # Errors
    ///
    /// When the ledger is in use or broken, or the file cannot be written.
    pub fn write_manifest(&self) -> Result<()> {
        let ledger = self.ledger()?;
        let mut store = self.store(&ledger)?;
        store.write_with(&SafePath::new(MANIFEST)?, |out| {
            each_item(&ledger, State::Complete, |item| {
                let line = to_json(&entry(&item)?)? + "\n";
                out.write_all(line.as_bytes())
                    .map_err(|error| Error::file("write", &self.dir.join(MANIFEST), error))
            })
            .map_err(std::io::Error::other)
        })?;
        store.commit(&[])?;
        Ok(())
    }

    /// Hands over what is known of every book in place, in the order of the list, without reading a text.
    ///
    /// # Errors
    ///
    /// When there is no ledger or it is broken, or `each` fails.
    pub fn entries(&self, mut each: impl FnMut(Entry) -> Result<()>) -> Result<()> {
        each_item(&self.ledger_to_read()?, State::Complete, |item| each(entry(&item)?))
    }

    /// Hands over every book in place with its text, in the order of the list.
    ///
    /// # Errors
    ///
    /// When a text is missing, which [`verify`](Self::verify) finds and mends, or `each` fails.
    pub fn books(&self, mut each: impl FnMut(Entry, String) -> Result<()>) -> Result<()> {
        self.entries(|entry| {
            let path = self.dir.join(text_path(&entry.key));
            let text = self.files().read(&path).and_then(|bytes| {
                String::from_utf8(bytes).map_err(|error| std::io::Error::other(error.utf8_error()))
            });
            each(entry, text.map_err(|error| Error::file("read", &path, error))?)
        })
    }

    /// The books as documents.
    ///
    /// # Errors
    ///
    /// As [`books`](Self::books).
    pub fn documents(&self, mut each: impl FnMut(Document) -> Result<()>) -> Result<()> {
        self.books(|entry, text| each(entry.into_document(text, None)))
    }

    /// Checks every text against its checksum; gives the keys of the broken ones, which the next download fetches anew.
    ///
    /// # Errors
    ///
    /// When the ledger is in use or broken.
    pub fn verify(&self) -> Result<Vec<String>> {
        let ledger = self.ledger()?;
        let mut broken = Vec::new();
        let files = self.files();
        each_item(&ledger, State::Complete, |item| {
            let entry = entry(&item)?;
            let whole = |path: String, sum: &str| {
                let bytes = files.read(&self.dir.join(path));
                bytes.is_ok_and(|bytes| blake3::hash(&bytes).to_hex().as_str() == sum)
            };
            let has_raw = !entry.raw_blake3.is_empty();
            if has_raw && !whole(raw_path(&item.key), &entry.raw_blake3)
                || !whole(text_path(&item.key), &entry.text_blake3)
            {
                broken.push(item.key);
            }
            Ok(())
        })?;
        ledger.forget(&broken)?;
        Ok(broken)
    }

    fn ledger_path(&self) -> PathBuf {
        self.dir.join("ledger.sqlite")
    }

    fn ledger_to_read(&self) -> Result<Ledger> {
        match &self.seams {
            Some(seams) => Ok(seams.ledger.clone()),
            None => Ok(Ledger::open_read_only(&self.ledger_path())?),
        }
    }

    pub(crate) fn files(&self) -> Arc<dyn Files> {
        self.seams.as_ref().map_or_else(|| Arc::new(Disk) as _, |seams| Arc::clone(&seams.files))
    }

    fn store(&self, ledger: &Ledger) -> Result<Store> {
        Ok(Store::open_with(self.files(), &self.dir, ledger)?)
    }

    fn ledger(&self) -> Result<Ledger> {
        if let Some(seams) = &self.seams {
            return Ok(seams.ledger.clone());
        }
        std::fs::create_dir_all(&self.dir).map_err(|error| Error::file("make", &self.dir, error))?;
        Ok(Ledger::open(&self.ledger_path())?)
    }

    fn fetcher(&self) -> Result<Fetcher> {
        if self.played_by.is_none() && self.contact.is_empty() {
            return Err(Error::setting(
                "the real site is asked only with a contact that it can write to: give --contact YOU@EXAMPLE.ORG",
            ));
        }
        let mut config = corpus_fetch::Config {
            contact: self.contact.clone(),
            hosts: HOSTS.map(str::to_owned).to_vec(),
            pace: self.pace,
            played_by: self.played_by.clone(),
            ..corpus_fetch::Config::new(concat!("corpus-gutenberg/", env!("CARGO_PKG_VERSION")))
        };
        if self.played_by.is_some() {
            // A server on this machine needs no rest before it is asked again.
            config.backoff = LOOPBACK_BACKOFF;
        }
        let stop = self.stop.clone();
        Ok(match &self.seams {
            Some(seams) => {
                Fetcher::with_seams(config, stop, Arc::clone(&seams.transport), Arc::clone(&seams.clock))?
            }
            None => Fetcher::new(config, stop)?,
        })
    }
}

/// Why a run ended before its end, where there is no more to say.
fn reason_to_end(ended: Ended) -> Option<&'static str> {
    Some(match ended {
        Ended::Done => return None,
        Ended::Interrupted => "interrupted; the same command goes on from here",
        Ended::MaxItems => "so many books were asked for; the same command fetches the next ones",
        Ended::MaxBytes => "so many bytes were asked for; the same command goes on from here",
        Ended::Until => "the time is up; the same command goes on from here",
        Ended::DayBudget => "the budget of requests is spent",
        Ended::HostDown => "the site does not go on",
    })
}

fn raw_path(key: &str) -> String {
    format!("raw/{key}.txt")
}

pub(crate) fn text_path(key: &str) -> String {
    format!("text/{key}.txt")
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::list(format!("a note for the ledger: {error}")))
}

fn from_json<'a, T: Deserialize<'a>>(text: &'a str, name: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::list(format!("the ledger's note of {name}: {error}")))
}

fn new_item(choice: Choice) -> Result<NewItem> {
    let note = to_json(&Plan { why: choice.why, others: choice.others })?;
    Ok(NewItem { key: choice.link.key, url: choice.link.url, note })
}

pub(crate) fn plan(item: &Item) -> Result<Plan> {
    from_json(&item.note, &item.key)
}

fn entry(item: &Item) -> Result<Entry> {
    let entry: Entry = from_json(&item.note, &item.key)?;
    Ok(Entry { key: item.key.clone(), url: item.url.clone(), ..entry })
}

/// Hands over every item of a state, a few rows of the ledger at a time.
fn each_item(ledger: &Ledger, state: State, mut each: impl FnMut(Item) -> Result<()>) -> Result<()> {
    let mut after = 0;
    loop {
        let items = ledger.items_after(&[state], after, ROWS)?;
        let Some(last) = items.last() else { return Ok(()) };
        after = last.id;
        items.into_iter().try_for_each(&mut each)?;
    }
}

/// Lists the next form of each book whose last one cannot be had; gives how many are new.
pub(crate) fn try_other_forms(ledger: &Ledger) -> Result<usize> {
    let mut items = Vec::new();
    each_item(ledger, State::Failed, |item| {
        let mut others = plan(&item)?.others.into_iter();
        if let Some(link) = others.next() {
            let why = format!("stands in for {}, which cannot be had", item.key);
            let note = to_json(&Plan { why, others: others.collect() })?;
            items.push(NewItem { key: link.key, url: link.url, note });
        }
        Ok(())
    })?;
    Ok(ledger.enqueue(&items)?)
}

/// An error with the address before it, and the file's name not said twice.
fn told(item: &Item, error: &Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix(&item.key).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&text);
    format!("{}: {text}", item.url)
}

fn make(item: &Item, bytes: &[u8]) -> Result<Made> {
    let file = item.url.rsplit('/').next().unwrap_or(&item.url);
    let book = clean(bytes, file)?;
    if Name::parse(file).is_some_and(|name| name.packed) && !bytes.starts_with(b"PK") {
        return Err(Error::refused("the name says zip, and it is none"));
    }
    let entry = Entry {
        why: plan(item)?.why,
        about: book.about,
        raw_blake3: blake3::hash(&book.raw).to_hex().to_string(),
        text_blake3: blake3::hash(book.text.as_bytes()).to_hex().to_string(),
        ..Entry::default()
    };
    Ok(Made { note: to_json(&entry)?, raw: book.raw, text: book.text })
}

impl Made {
    fn stage(&self, key: &str, store: &mut Store) -> corpus_fetch::Result<()> {
        store.write(&SafePath::new(&raw_path(key))?, &self.raw)?;
        store.write(&SafePath::new(&text_path(key))?, self.text.as_bytes())
    }
}

fn count_zips(dir: &Path) -> Result<u64> {
    let mut n_zips = 0;
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| Error::file("read", &folder, error))? {
            let entry = entry.map_err(|error| Error::file("read", &folder, error))?;
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
                n_zips += 1;
            }
        }
    }
    Ok(n_zips)
}

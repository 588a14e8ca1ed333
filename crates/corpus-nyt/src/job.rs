//! The whole way of a paper: indexes to a list, list to raw pages, raw pages to documents.

use std::collections::{BTreeMap, HashSet};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use corpus_fetch::{
    Clock as _, DownloadOptions, Ended, Fetcher, Item, Ledger, NewItem, Progress, SafePath, State, Stop,
    Store, SystemClock, Verdict,
};
use corpus_text::Document;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::article::{Article, Extracted, NotArticle};
use crate::papers::Newspaper;
use crate::{Error, extract, warc};

/// A paper's download directory and what is wanted there. The same job run again goes on where it was.
#[derive(Clone)]
pub struct Job {
    /// Which paper.
    pub paper: &'static dyn Newspaper,
    /// Ledger and raw pages lie here.
    pub dir: PathBuf,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// A loopback server (`http://127.0.0.1:PORT`) that plays all hosts: the demo, a mirror. None: the real hosts.
    pub played_by: Option<String>,
    /// Mean time between requests to one host.
    pub pace: Duration,
    /// Who asks: an e-mail or web address, sent with each request. Needed for the real hosts.
    pub contact: String,
    /// The user has read [`Newspaper::terms`] and has the right to go on. Needed for the real hosts.
    pub terms_accepted: bool,
    /// End a download after so many pages.
    pub max_items: Option<u64>,
    /// Raised to end a run cleanly.
    pub stop: Stop,
}

/// What a search of the indexes found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Index pages read by this run.
    pub index_pages: u64,
    /// Index pages that are not there (an old index has an end).
    pub index_missing: u64,
    /// Articles' addresses that were new.
    pub new: u64,
    /// Articles' addresses in the ledger now.
    pub listed: u64,
}

/// Where a job stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Pages that are articles.
    pub articles: u64,
    /// Pages that are not, by kind.
    pub not_articles: BTreeMap<&'static str, u64>,
    /// Pages that cannot be had, with the reason.
    pub failed: Vec<(String, String)>,
    /// Pages that could not be had this time.
    pub deferred: u64,
    /// Pages not asked for yet.
    pub pending: u64,
    /// Bytes of all pages.
    pub bytes: u64,
    /// Requests sent by this run, robots.txt included.
    pub requests: u64,
    /// Whether this run came to its end (not interrupted, no limit hit).
    pub done: bool,
    /// Why it did not.
    pub why: Option<String>,
}

/// What the ledger remembers of a stored page.
#[derive(Debug, Deserialize, Serialize)]
struct Note {
    warc: String,
    at: u64,
    length: u64,
    /// `article`, or a [`NotArticle`]'s name.
    kind: String,
}

impl Job {
    /// A job with the paper's own pace, all its years up to `to`, on the real hosts.
    #[must_use]
    pub fn new(paper: &'static dyn Newspaper, dir: &Path, from: Date, to: Date) -> Self {
        Self {
            paper,
            dir: dir.to_owned(),
            from,
            to,
            played_by: None,
            pace: paper.pace(),
            contact: String::new(),
            terms_accepted: false,
            max_items: None,
            stop: Stop::new(),
        }
    }

    /// Reads the indexes and puts every article's address into the ledger.
    ///
    /// Index pages already read for the same days are not asked for again.
    ///
    /// # Errors
    ///
    /// When terms or contact are missing, the ledger is in use or broken, or a host is down.
    pub fn collect(&self) -> Result<Collected, Error> {
        let fetcher = self.fetcher()?;
        let ledger = self.ledger()?;
        let mut found = Collected::default();
        let mut queue: Vec<String> = self.paper.index_roots(self.from, self.to);
        queue.reverse();
        let mut seen: HashSet<String> = queue.iter().cloned().collect();
        while let Some(url) = queue.pop() {
            let name = format!("index {}..{} {url}", self.from, self.to);
            let pages = match ledger.meta(&name)? {
                Some(pages) => serde_json::from_str(&pages).map_err(|e| {
                    Error::malformed(format!("{}: note of {url}: {e}", self.ledger_path().display()))
                })?,
                None => self.read_index(&fetcher, &ledger, &name, &url, &mut found)?,
            };
            for page in pages.into_iter().rev() {
                if seen.insert(page.clone()) {
                    queue.push(page);
                }
            }
        }
        found.listed = ledger.counts()?.total();
        Ok(found)
    }

    fn read_index(
        &self,
        fetcher: &Fetcher,
        ledger: &Ledger,
        name: &str,
        url: &str,
        found: &mut Collected,
    ) -> Result<Vec<String>, Error> {
        let page = match fetcher.get(url) {
            Ok(page) => page,
            Err(error) if matches!(error.status(), Some(404 | 410)) => {
                found.index_missing += 1;
                ledger.set_meta(name, "[]")?;
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        found.index_pages += 1;
        let listed = self.paper.read_index(url, &page.text(), self.from, self.to);
        let items: Vec<NewItem> = listed
            .articles
            .iter()
            .map(|u| NewItem { key: key_of(u), url: u.clone(), note: String::new() })
            .collect();
        let pages =
            serde_json::to_string(&listed.pages).map_err(|e| Error::malformed(format!("{url}: {e}")))?;
        // The list and the mark that it is done are one commit: a crash between them cannot lose an address.
        found.new += ledger.enqueue_with_meta(&items, name, &pages)? as u64;
        Ok(listed.pages)
    }

    /// Fetches every listed page that is not there yet into the raw store, and says what each is.
    ///
    /// # Errors
    ///
    /// When terms or contact are missing, the ledger is in use or broken, or the disk is full. A page's own
    /// trouble is no error: it is in the report.
    pub fn download(&self, mut progress: impl FnMut(&Progress)) -> Result<Report, Error> {
        let fetcher = self.fetcher()?;
        let ledger = self.ledger()?;
        let mut store = Store::open(&self.dir, &ledger)?;
        let clock = SystemClock::new();
        let options =
            DownloadOptions { max_items: self.max_items, accept_gzip: true, ..DownloadOptions::default() };
        let summary = corpus_fetch::download(
            &fetcher,
            &ledger,
            &mut store,
            &options,
            |item, fetched, store| {
                let body = fetched.bytes()?;
                let headers: Vec<_> =
                    fetched.headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
                let date = timestamp(clock.now());
                let raw = warc::RawPage {
                    url: &item.url,
                    date: &date,
                    status: fetched.status,
                    headers: &headers,
                    body: &body,
                };
                let path = month_file(&item.url);
                let safe = SafePath::new(&path)?;
                if !store.exists(&safe)? {
                    store.append(&safe, &warc::info_member(&date)?)?;
                }
                let member = warc::response_member(&raw)?;
                let at = store.append(&safe, &member)?;
                let kind = match extract(&body, Some(&item.url), charset(&headers).as_deref()) {
                    Extracted::Article(_) => "article",
                    Extracted::NotArticle(kind) => kind.as_str(),
                };
                let note = Note { warc: path, at, length: member.len() as u64, kind: kind.to_owned() };
                Ok(Verdict::Keep { note: serde_json::to_string(&note)? })
            },
            &mut progress,
        )?;
        let mut report = report_of(&ledger)?;
        report.requests = summary.requests;
        report.done = summary.ended == Ended::Done;
        report.why = summary.why;
        Ok(report)
    }

    /// Where the job stands, without a request; works beside a running download.
    ///
    /// # Errors
    ///
    /// When there is no ledger or it is broken.
    pub fn report(&self) -> Result<Report, Error> {
        report_of(&Ledger::open_read_only(&self.ledger_path())?)
    }

    /// Reads every stored article anew from the raw store, in the order of listing, and hands over each.
    ///
    /// # Errors
    ///
    /// When a raw file is missing or broken (named), or `each` fails.
    pub fn articles(&self, mut each: impl FnMut(Article, &Item) -> Result<(), Error>) -> Result<(), Error> {
        let ledger = Ledger::open_read_only(&self.ledger_path())?;
        let mut after = 0;
        loop {
            let items = ledger.items_after(&[State::Complete], after, 500)?;
            let Some(last) = items.last() else { return Ok(()) };
            after = last.id;
            for item in &items {
                let record = self.record(item)?;
                if let Extracted::Article(article) =
                    extract(&record.body, Some(&item.url), record.charset.as_deref())
                {
                    each(*article, item)?;
                }
            }
        }
    }

    /// The stored articles as documents.
    ///
    /// # Errors
    ///
    /// As [`Job::articles`].
    pub fn documents(&self, mut each: impl FnMut(Document) -> Result<(), Error>) -> Result<(), Error> {
        self.articles(|article, item| each(document(self.paper.id(), &item.key, article)))
    }

    /// Checks every stored page against the ledger's checksum; gives the keys of broken ones, which are then
    /// asked for again by the next download.
    ///
    /// # Errors
    ///
    /// When the ledger is in use or broken.
    pub fn verify(&self) -> Result<Vec<String>, Error> {
        let ledger = self.ledger()?;
        let mut broken = Vec::new();
        for item in ledger.items(State::Complete)? {
            let whole = self.record(&item).is_ok_and(|r| {
                item.blake3.as_deref().is_none_or(|sum| blake3::hash(&r.body).to_hex().as_str() == sum)
            });
            if !whole {
                broken.push(item.key);
            }
        }
        ledger.forget(&broken)?;
        Ok(broken)
    }

    fn record(&self, item: &Item) -> Result<warc::Record, Error> {
        let note: Note = serde_json::from_str(&item.note)
            .map_err(|e| Error::malformed(format!("{}: its note: {e}", item.url)))?;
        let safe = SafePath::new(&note.warc)?;
        let path = self.dir.join(safe.as_str());
        let failed = |e| Error::file(&path, e);
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        file.seek(std::io::SeekFrom::Start(note.at)).map_err(failed)?;
        let mut packed = Vec::new();
        file.take(note.length).read_to_end(&mut packed).map_err(failed)?;
        warc::read_record(&path, &packed)
    }

    fn ledger_path(&self) -> PathBuf {
        self.dir.join("ledger.sqlite")
    }

    fn ledger(&self) -> Result<Ledger, Error> {
        std::fs::create_dir_all(&self.dir).map_err(|e| Error::file(&self.dir, e))?;
        Ok(Ledger::open(&self.ledger_path())?)
    }

    fn fetcher(&self) -> Result<Fetcher, Error> {
        if self.from > self.to {
            return Err(Error::usage(format!(
                "the first day, {}, is after the last, {}",
                self.from, self.to
            )));
        }
        if self.played_by.is_none() && (!self.terms_accepted || self.contact.is_empty()) {
            return Err(Error::terms(format!(
                "{}'s own hosts are asked only with a contact and the terms accepted (--contact, --accept-terms). {}",
                self.paper.name(),
                self.paper.terms()
            )));
        }
        let config = corpus_fetch::Config {
            contact: self.contact.clone(),
            hosts: self.paper.hosts().iter().map(|&h| h.to_owned()).collect(),
            pace: self.pace,
            played_by: self.played_by.clone(),
            ..corpus_fetch::Config::new(concat!("corpus-nyt/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Fetcher::new(config, self.stop.clone())?)
    }
}

fn report_of(ledger: &Ledger) -> Result<Report, Error> {
    let counts = ledger.counts()?;
    let mut report = Report {
        deferred: counts.deferred,
        pending: counts.pending,
        bytes: counts.bytes,
        ..Report::default()
    };
    for item in ledger.items(State::Complete)? {
        let kind = serde_json::from_str::<Note>(&item.note).map(|n| n.kind).unwrap_or_default();
        match NotArticle::ALL.iter().find(|k| k.as_str() == kind) {
            Some(kind) => *report.not_articles.entry(kind.as_str()).or_default() += 1,
            None => report.articles += 1,
        }
    }
    for item in ledger.items(State::Failed)? {
        report.failed.push((item.url, item.error.unwrap_or_default()));
    }
    Ok(report)
}

/// An article as a document.
#[must_use]
pub fn document(source: &str, id: &str, article: Article) -> Document {
    let mut document = Document::new(id, source, article.text());
    document.url = article.url;
    document.title = article.title;
    document.authors = article.authors;
    document.language = article.language;
    document.published = article.published;
    document.section = article.section;
    document
}

/// An address without its scheme: `http` and `https` are one page.
fn key_of(url: &str) -> String {
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}

/// The raw file of a page: by the month in its address, one file a month.
fn month_file(url: &str) -> String {
    let parts: Vec<&str> = url.split('/').collect();
    let number = |p: &str, n: usize| p.len() == n && p.bytes().all(|b| b.is_ascii_digit());
    let month =
        parts.windows(2).find(|p| number(p[0], 4) && number(p[1], 2)).map(|p| format!("{}-{}", p[0], p[1]));
    format!("raw/{}.warc.gz", month.as_deref().unwrap_or("undated"))
}

fn charset(headers: &[(String, String)]) -> Option<String> {
    let (_, value) = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("content-type"))?;
    Some(value.split_once("charset=")?.1.trim_matches(['"', ' ', ';']).to_owned())
}

/// `2026-11-24T10:00:00Z`.
fn timestamp(now: SystemTime) -> String {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    jiff::Timestamp::from_second(seconds as i64).unwrap_or_default().to_string()
}

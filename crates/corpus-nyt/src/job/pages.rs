//! Articles' pages: found in the paper's indexes, fetched into the raw store.

use std::collections::{BTreeMap, HashSet};

use corpus_fetch::{DownloadOptions, Ended, Fetcher, Ledger, NewItem, Progress, State, Verdict};
use serde::Serialize;

use super::raw::{self, Note, key_of, month_file, timestamp};
use super::{Job, Part};
use crate::article::{Extracted, NotArticle};
use crate::{Error, extract, warc};

/// What a search of the indexes found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Index pages read by this run.
    pub index_pages: u64,
    /// Index pages that are not there (an old index has an end).
    pub index_missing: u64,
    /// Index pages that could not be had or read, with the reason; the next run asks for them again.
    pub index_failed: Vec<(String, String)>,
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

impl Job {
    /// Reads the indexes and puts every article's address into the ledger.
    ///
    /// Index pages already read for the same days are not asked for again, unless they were read before their days
    /// were over.
    ///
    /// # Errors
    ///
    /// When terms or contact are missing, an index is not one of the paper's, the ledger is in use or broken, or a
    /// host is down. A single page's trouble is no error: it is listed in the result.
    pub fn collect(&self) -> Result<Collected, Error> {
        let fetcher = self.page_fetcher()?;
        let mut queue: Vec<String> = self.index_roots()?;
        let ledger = self.ledger(Part::Pages)?;
        let mut found = Collected::default();
        queue.reverse();
        let mut seen: HashSet<String> = queue.iter().cloned().collect();
        while let Some(url) = queue.pop() {
            let name = self.index_mark(&url);
            let pages = match ledger.meta(&name)? {
                Some(pages) => serde_json::from_str(&pages).map_err(|e| {
                    Error::malformed(format!(
                        "{}: note of {url}: {e}",
                        self.ledger_path(Part::Pages).display()
                    ))
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

    /// The first pages of the chosen indexes.
    pub(super) fn index_roots(&self) -> Result<Vec<String>, Error> {
        let all = self.paper.indexes();
        if let Some(wrong) = self.indexes.iter().find(|id| !all.iter().any(|index| index.id == **id)) {
            let known: Vec<&str> = all.iter().map(|index| index.id).collect();
            let message =
                format!("{} has no index {wrong:?}: it has {}", self.paper.name(), known.join(", "));
            return Err(Error::usage(message));
        }
        let chosen = all
            .iter()
            .filter(|index| self.indexes.is_empty() || self.indexes.iter().any(|id| id == index.id));
        Ok(chosen.flat_map(|index| (index.roots)(self.from, self.to, &self.sections)).collect())
    }

    /// The name under which the ledger remembers that an index page was read: with the days that were looked for in
    /// it, so that a later run for more days reads no old day's page again, and with the day of reading where its
    /// own days were not over then.
    fn index_mark(&self, url: &str) -> String {
        let (first, last) = self.paper.index_days(url).unwrap_or((self.from, self.to));
        let (from, to) = (first.max(self.from), last.min(self.to));
        let today = raw::today(self.seams.clock.now());
        let day = if to.to_string() >= today { format!(" on {today}") } else { String::new() };
        let sections =
            if self.sections.is_empty() { String::new() } else { format!(" of {}", self.sections.join(",")) };
        format!("index {from}..{to}{sections}{day} {url}")
    }

    fn read_index(
        &self,
        fetcher: &Fetcher,
        ledger: &Ledger,
        name: &str,
        url: &str,
        found: &mut Collected,
    ) -> Result<Vec<String>, Error> {
        let mut failed = |reason: String| {
            found.index_failed.push((url.to_owned(), reason));
            Ok(Vec::new())
        };
        let page = match fetcher.get(url) {
            Ok(page) => page,
            Err(error) if matches!(error.status(), Some(404 | 410)) => {
                found.index_missing += 1;
                ledger.set_meta(name, "[]")?;
                return Ok(Vec::new());
            }
            // One page's trouble; a host that is down, a spent budget or an interruption ends the run.
            Err(error) if error.is_permanent() || error.status().is_some() => return failed(error.chain()),
            Err(error) => return Err(error.into()),
        };
        let body = match warc::unpacked(std::path::Path::new(url), page.body) {
            Ok(body) => body,
            Err(error) => return failed(error.to_string()),
        };
        let listed = self.paper.read_index(url, &String::from_utf8_lossy(&body), self.from, self.to);
        let mut listed = match listed {
            Ok(listed) => listed,
            Err(error) => return failed(error.to_string()),
        };
        found.index_pages += 1;
        listed.articles.retain(|url| self.wants_section(url));
        let pages =
            serde_json::to_string(&listed.pages).map_err(|e| Error::malformed(format!("{url}: {e}")))?;
        // The list and the mark that it is done are one commit: a crash between them cannot lose an address.
        found.new += ledger.enqueue_with_meta(&new_items(&listed.articles), name, &pages)? as u64;
        Ok(listed.pages)
    }

    /// Puts the addresses that stored answers of the paper's interface name into the ledger of pages; gives what is
    /// new and what is listed now. No request is made.
    ///
    /// # Errors
    ///
    /// When the ledger is in use or broken, or a stored answer is.
    pub fn collect_from_answers(&self) -> Result<Collected, Error> {
        let mut urls = Vec::new();
        self.listed(|listed| {
            let url = listed.article.url.unwrap_or_default();
            // A list also names pages of hosts that are not the paper's.
            let is_own = crate::papers::paper_of(&url).is_some_and(|paper| paper.id() == self.paper.id());
            if is_own && self.wants_section(&url) {
                urls.push(url);
            }
            Ok(())
        })?;
        let ledger = self.ledger(Part::Pages)?;
        let new = ledger.enqueue(&new_items(&urls))? as u64;
        Ok(Collected { new, listed: ledger.counts()?.total(), ..Collected::default() })
    }

    /// Fetches every listed page that is not there yet into the raw store, and says what each is.
    ///
    /// # Errors
    ///
    /// When terms or contact are missing, the ledger is in use or broken, or the disk is full. A page's own
    /// trouble is no error: it is in the report.
    pub fn download(&self, mut progress: impl FnMut(&Progress)) -> Result<Report, Error> {
        let fetcher = self.page_fetcher()?;
        let ledger = self.ledger(Part::Pages)?;
        let mut store = self.store(Part::Pages, &ledger)?;
        let options =
            DownloadOptions { max_items: self.max_items, accept_gzip: true, ..DownloadOptions::default() };
        // Pages without their end are asked for once more; what comes twice alike is the page.
        let mut torn: HashSet<(String, String)> = HashSet::new();
        let summary = corpus_fetch::download(
            &fetcher,
            &ledger,
            &mut store,
            &options,
            |item, fetched, store| {
                let body = fetched.bytes()?;
                if !has_end(&body) && torn.insert((item.key.clone(), fetched.blake3().to_owned())) {
                    let reason = "the page has no end (no </html>): cut off on the way, perhaps".to_owned();
                    return Ok(Verdict::Again { reason });
                }
                let headers: Vec<_> =
                    fetched.headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
                let date = timestamp(self.seams.clock.now());
                let member = warc::response_member(&warc::RawPage {
                    url: &item.url,
                    date: &date,
                    status: fetched.status,
                    headers: &headers,
                    body: &body,
                })?;
                let place = raw::put(store, month_file(self.paper.day_of(&item.url)), &date, &member)?;
                let charset = fetched.headers.get("content-type").and_then(warc::charset_in);
                let kind = match extract(&body, Some(&item.url), charset.as_deref()) {
                    Extracted::Article(_) => "article",
                    Extracted::NotArticle(kind) => kind.as_str(),
                };
                Ok(Verdict::Keep { note: Note { kind: kind.to_owned(), ..place }.write()? })
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
        match self.ledger_to_read(Part::Pages)? {
            Some(ledger) => report_of(&ledger),
            None => Ok(Report::default()),
        }
    }
}

fn new_items(urls: &[String]) -> Vec<NewItem> {
    urls.iter().map(|u| NewItem { key: key_of(u), url: u.clone(), note: String::new() }).collect()
}

/// Whether the page's last element is closed, near its end.
fn has_end(body: &[u8]) -> bool {
    let tail = body[body.len().saturating_sub(4096)..].to_ascii_lowercase();
    tail.windows(6).any(|part| part == b"</html")
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
        let kind = Note::read(&item.note).kind;
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

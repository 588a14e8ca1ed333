//! Answers of the paper's interface: asked within its budgets, kept in the raw store as they came.

use std::time::SystemTime;

use corpus_fetch::{DownloadOptions, Ended, Fetched, Item, Ledger, NewItem, Progress, State, Store, Verdict};
use serde::Serialize;

use super::raw::{self, Note, key_of, month_file, timestamp, today};
use super::{Job, Part};
use crate::api::Api;
use crate::{Error, warc};

/// Where the requests to a paper's interface stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// Answers in the store, saved ones that were imported included.
    pub answers: u64,
    /// Articles in them, each as often as it is listed.
    pub articles: u64,
    /// Those that have text.
    pub texts: u64,
    /// Requests not answered yet.
    pub pending: u64,
    /// Requests that were refused or failed, with the reason; the next run makes them again.
    pub failed: Vec<(String, String)>,
    /// Bytes of the answers.
    pub bytes: u64,
    /// Requests sent by this run.
    pub requests: u64,
    /// Whether this run came to its end (not interrupted, no budget spent).
    pub done: bool,
    /// Why it did not.
    pub why: Option<String>,
    /// When the budget has room again, in RFC 3339, if that is why.
    pub again_at: Option<String>,
}

impl Job {
    /// Asks the paper's interface for every answer that is not there yet.
    ///
    /// The budgets are kept in the ledger, so that neither a restart nor a crash forgets a request. A spent day's
    /// budget ends the run, unless [`Job::wait`] is set.
    ///
    /// # Errors
    ///
    /// When the paper has no interface, or key, contact or terms are missing; when the ledger is in use or broken,
    /// or the disk is full. A request's own trouble is no error: it is in the result.
    pub fn answers(&self, mut progress: impl FnMut(&Progress)) -> Result<Answers, Error> {
        let api = self.api()?;
        let ledger = self.ledger(Part::Answers)?;
        let fetcher = self.api_fetcher(api, &ledger)?;
        self.enqueue_requests(api, &ledger)?;
        let mut store = self.store(Part::Answers, &ledger)?;
        let options = DownloadOptions {
            max_items: self.max_items,
            accept_gzip: true,
            // A refused key is refused for every request; asking on would only spend the budget.
            give_up_after: 1,
            ..DownloadOptions::default()
        };
        let summary = corpus_fetch::download(
            &fetcher,
            &ledger,
            &mut store,
            &options,
            |item, fetched, store| self.keep_answer(api, &ledger, item, fetched, store),
            &mut progress,
        )?;
        let mut report = answers_of(&ledger)?;
        report.requests = summary.requests;
        report.done = summary.ended == Ended::Done;
        report.why = summary.why;
        if summary.ended == Ended::DayBudget {
            let now = self.seams.clock.now();
            let url = format!("https://{}/", api.host);
            let budget = ledger.budget(&url, self.api_limit, now)?;
            // The second is not over before its end.
            let at = timestamp(now + budget.wait + std::time::Duration::from_secs(1));
            let n = self.api_limit.per_day.unwrap_or_default();
            report.why = Some(format!(
                "the {}'s budget of {n} requests a day is spent: run the same command again after {at}, or with --wait",
                api.name
            ));
            report.again_at = Some(at);
        }
        Ok(report)
    }

    /// Puts the requests for the job's days into the ledger. Those that failed are to be made again, and those that
    /// were answered before their days were over, once a day.
    fn enqueue_requests(&self, api: &Api, ledger: &Ledger) -> Result<(), Error> {
        let requests = (api.requests)(self.from, self.to, &self.sections);
        let item = |request: &crate::api::ApiRequest| -> Result<NewItem, Error> {
            let note = Note { to: request.to.to_string(), ..Note::default() }.write()?;
            Ok(NewItem { key: key_of(&request.url), url: request.url.clone(), note })
        };
        let items: Vec<NewItem> = requests.iter().map(item).collect::<Result<_, _>>()?;
        ledger.enqueue(&items)?;
        ledger.reset_failed()?;
        let today = today(self.seams.clock.now());
        let early = |item: &Item| {
            let note = Note::read(&item.note);
            note.kind == "answer" && note.on <= note.to && note.on < today
        };
        let keys: Vec<String> =
            ledger.items(State::Complete)?.into_iter().filter(early).map(|item| item.key).collect();
        ledger.forget(&keys)?;
        Ok(())
    }

    fn keep_answer(
        &self,
        api: &Api,
        ledger: &Ledger,
        item: &Item,
        fetched: &Fetched,
        store: &mut Store,
    ) -> Result<Verdict, corpus_fetch::BoxError> {
        let key = self.api_key.as_deref().unwrap_or_default();
        let came = fetched.bytes()?;
        let body = without_key(&came, key);
        let answer = match (api.read)(&item.url, &String::from_utf8_lossy(&body)) {
            Ok(answer) => answer,
            Err(error) => return Ok(Verdict::Again { reason: error.to_string() }),
        };
        let to = Note::read(&item.note).to;
        let note = Note { to: to.clone(), ..Note::default() }.write()?;
        let further: Vec<NewItem> = answer
            .further
            .iter()
            .map(|url| NewItem { key: key_of(url), url: url.clone(), note: note.clone() })
            .collect();
        // Before the answer itself is complete: a crash between the two asks for it again, and loses no page.
        ledger.enqueue(&further)?;
        let headers: Vec<_> = fetched
            .headers
            .iter()
            .filter(|(_, value)| key.is_empty() || !value.contains(key))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        let now = self.seams.clock.now();
        let date = timestamp(now);
        let member = warc::response_member(&warc::RawPage {
            url: &item.url,
            date: &date,
            status: fetched.status,
            headers: &headers,
            body: &body,
        })?;
        let place = raw::put(store, month_file(to.parse().ok()), &date, &member)?;
        let note = Note {
            kind: "answer".to_owned(),
            to,
            on: today(now),
            articles: answer.articles.len() as u64,
            texts: answer.articles.iter().filter(|a| !a.article.paragraphs.is_empty()).count() as u64,
            blake3: (came != body).then(|| blake3::hash(&body).to_hex().to_string()),
            ..place
        };
        Ok(Verdict::Keep { note: note.write()? })
    }

    /// Where the requests stand, without one; works beside a running download.
    ///
    /// # Errors
    ///
    /// When the ledger is broken.
    pub fn answers_report(&self) -> Result<Answers, Error> {
        match self.ledger_to_read(Part::Answers)? {
            Some(ledger) => answers_of(&ledger),
            None => Ok(Answers::default()),
        }
    }
}

/// A body in which no server can hand the key back to be stored.
fn without_key<'b>(body: &'b [u8], key: &str) -> std::borrow::Cow<'b, [u8]> {
    let key = key.as_bytes();
    if key.is_empty() || !body.windows(key.len()).any(|part| part == key) {
        return body.into();
    }
    let mut clean = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.windows(key.len()).position(|part| part == key) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(b"hidden");
        rest = &rest[at + key.len()..];
    }
    clean.extend_from_slice(rest);
    clean.into()
}

fn answers_of(ledger: &Ledger) -> Result<Answers, Error> {
    let counts = ledger.counts()?;
    let mut report = Answers { pending: counts.pending, bytes: counts.bytes, ..Answers::default() };
    for item in ledger.items(State::Complete)? {
        let note = Note::read(&item.note);
        report.answers += 1;
        report.articles += note.articles;
        report.texts += note.texts;
    }
    for item in ledger.items_after(&[State::Deferred, State::Failed], 0, usize::MAX)? {
        report.failed.push((item.url, item.error.unwrap_or_default()));
    }
    Ok(report)
}

/// For a plan: the time as the ledger counts it.
pub(super) fn budget_of(
    job: &Job,
    api: &Api,
    ledger: &Ledger,
    now: SystemTime,
) -> Result<corpus_fetch::Budget, Error> {
    Ok(ledger.budget(&format!("https://{}/", api.host), job.api_limit, now)?)
}

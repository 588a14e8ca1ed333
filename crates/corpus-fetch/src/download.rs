//! The loop: pending items, one by one, fetched, placed and committed in groups.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use url::Url;

use crate::address;
use crate::error::{BoxError, Error, Kind, Result};
use crate::fetcher::{Answer, Fetcher, Want};
use crate::files::{Files, OpenFile};
use crate::ledger::{Change, Counts, Item, Ledger, State};
use crate::manners;
use crate::store::Store;
use crate::transport::Headers;

/// Items read from the ledger at a time: enough to make the query cheap, little enough to hold.
const BATCH: usize = 256;

/// A group that has waited this long is committed, so that a kill costs a moment's work at most.
const GROUP_AGE_MAX: Duration = Duration::from_millis(200);

/// Before a wait longer than this, the group is committed: waiting is the likeliest time to be killed.
const WAIT_WORTH_A_COMMIT: Duration = Duration::from_millis(20);

/// How far to go.
#[derive(Debug, Clone)]
pub struct DownloadOptions {
    /// End after so many completed items.
    pub max_items: Option<u64>,
    /// End when so many bytes of bodies have been fetched; the item that passes the mark is the last.
    pub max_bytes: Option<u64>,
    /// Begin no item after this time.
    pub until: Option<SystemTime>,
    /// Let the server compress (pages); otherwise bytes come as they are (archives), and a broken
    /// transfer can be continued.
    pub accept_gzip: bool,
    /// Commit at the latest after so many items.
    pub group_items: usize,
    /// Bodies longer than this go to disk while they come, synced every so many bytes; shorter ones
    /// stay in memory.
    pub spill_bytes: usize,
    /// End when so many items in a row failed by network, server or refusal: the host is down, or has
    /// had enough of us.
    pub give_up_after: u32,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self {
            max_items: None,
            max_bytes: None,
            until: None,
            accept_gzip: false,
            group_items: 128,
            spill_bytes: 8 << 20,
            give_up_after: 20,
        }
    }
}

/// What the caller makes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its files are staged; the item is complete with the next commit.
    Keep {
        /// Replaces the item's note, unless empty.
        note: String,
    },
    /// It is not what was wanted and never will be. What was staged for it is taken back.
    Refuse {
        /// Recorded in the ledger.
        reason: String,
    },
    /// It came damaged: fetch it again, within the retries. What was staged for it is taken back.
    Again {
        /// Recorded in the ledger when the retries are used up.
        reason: String,
    },
}

/// A body as it came.
#[derive(Debug)]
pub struct Fetched {
    /// 200, mostly.
    pub status: u16,
    /// The address after redirects, without keys.
    pub url: String,
    /// As they came.
    pub headers: Headers,
    body: Body,
    len: u64,
    blake3: String,
}

enum Body {
    Memory(Vec<u8>),
    File(PathBuf, Arc<dyn Files>),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(bytes) => write!(f, "{} bytes in memory", bytes.len()),
            Self::File(path, _) => write!(f, "{}", path.display()),
        }
    }
}

impl Fetched {
    /// The bytes; for a long body, all of it is read from disk.
    ///
    /// # Errors
    ///
    /// When the temporary cannot be read.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>> {
        match &self.body {
            Body::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
            Body::File(path, files) => {
                files.read(path).map(Cow::Owned).map_err(|error| Error::file("read", path, error))
            }
        }
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// BLAKE3 of the bytes, in hex.
    #[must_use]
    pub fn blake3(&self) -> &str {
        &self.blake3
    }

    /// The media type without its parameters, in lower case.
    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        let value = self.headers.get("content-type")?;
        Some(value.split(';').next()?.trim().to_ascii_lowercase())
    }
}

/// Where the run stands, after each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Completed in this run.
    pub completed: u64,
    /// Failed in this run.
    pub failed: u64,
    /// Deferred in this run.
    pub deferred: u64,
    /// Items this run set out to fetch.
    pub total: u64,
    /// Bytes of bodies fetched.
    pub bytes: u64,
    /// Time since the start.
    pub elapsed: Duration,
    /// Time left at the speed so far; `None` before the first item.
    pub remaining: Option<Duration>,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is left that this run could do.
    Done,
    /// The stop flag was raised.
    Interrupted,
    /// [`DownloadOptions::max_items`].
    MaxItems,
    /// [`DownloadOptions::max_bytes`].
    MaxBytes,
    /// [`DownloadOptions::until`].
    Until,
    /// A budget of requests is spent for longer than a run should wait.
    DayBudget,
    /// The host does not answer, refuses everything, asks for a long rest, or hides its robots.txt.
    HostDown,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Completed in this run.
    pub completed: u64,
    /// Failed for good in this run.
    pub failed: u64,
    /// Left for the next run.
    pub deferred: u64,
    /// Bytes of bodies fetched.
    pub bytes: u64,
    /// Bytes that need not be fetched again, since a broken transfer was continued.
    pub resumed_bytes: u64,
    /// Requests sent by the fetcher in this run.
    pub requests: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Why it ended.
    pub ended: Ended,
    /// More about that, where there is more to say.
    pub why: Option<String>,
    /// The whole ledger afterwards.
    pub counts: Counts,
}

/// Fetches every pending or deferred item, one after the other in the order of enqueueing.
///
/// For each, `on_item` gets the body and stages files in the store; the item is complete when the
/// group's commit has synced them and told the ledger. `on_progress` is called after each item.
/// A second run finds in the ledger what is left.
///
/// # Errors
///
/// When `on_item` fails, or the disk or the ledger does. Items finished before are committed if that
/// is still possible. An item's own trouble is no error: it is recorded and counted.
pub fn download(
    fetcher: &Fetcher,
    ledger: &Ledger,
    store: &mut Store,
    options: &DownloadOptions,
    mut on_item: impl FnMut(&Item, &Fetched, &mut Store) -> Result<Verdict, BoxError>,
    mut on_progress: impl FnMut(&Progress),
) -> Result<Summary> {
    let mut run = Run::new(fetcher, ledger, store, options)?;
    let outcome = run.all(&mut on_item, &mut on_progress);
    // Whatever ended the run, what is finished stays finished. After a failed commit this fails too,
    // and the first error is the one that tells.
    let committed = run.commit();
    let ended = outcome?;
    committed?;
    run.summary(ended)
}

struct Run<'a> {
    fetcher: &'a Fetcher,
    ledger: &'a Ledger,
    store: &'a mut Store,
    options: &'a DownloadOptions,
    changes: Vec<Change>,
    group_items: usize,
    group_since: Option<Duration>,
    start: Duration,
    requests_before: u64,
    total: u64,
    completed: u64,
    failed: u64,
    deferred: u64,
    bytes: u64,
    resumed_bytes: u64,
    in_a_row: u32,
    why: Option<String>,
    /// Partial files to remove once their items are committed.
    spilled: Vec<PathBuf>,
}

type OnItem<'f> = &'f mut dyn FnMut(&Item, &Fetched, &mut Store) -> Result<Verdict, BoxError>;

impl<'a> Run<'a> {
    fn new(
        fetcher: &'a Fetcher,
        ledger: &'a Ledger,
        store: &'a mut Store,
        options: &'a DownloadOptions,
    ) -> Result<Self> {
        let counts = ledger.counts()?;
        let total = (counts.pending + counts.deferred).min(options.max_items.unwrap_or(u64::MAX));
        Ok(Self {
            fetcher,
            ledger,
            store,
            options,
            changes: Vec::new(),
            group_items: 0,
            group_since: None,
            start: fetcher.clock().elapsed(),
            requests_before: fetcher.n_requests(),
            total,
            completed: 0,
            failed: 0,
            deferred: 0,
            bytes: 0,
            resumed_bytes: 0,
            in_a_row: 0,
            why: None,
            spilled: Vec::new(),
        })
    }

    fn all(&mut self, on_item: OnItem, on_progress: &mut dyn FnMut(&Progress)) -> Result<Ended> {
        let mut after = 0;
        loop {
            let batch = self.ledger.items_after(&[State::Pending, State::Deferred], after, BATCH)?;
            let Some(last) = batch.last() else { return Ok(Ended::Done) };
            after = last.id;
            for item in &batch {
                if let Some(ended) = self.spent() {
                    return Ok(ended);
                }
                if self.fetcher.wait_before(&item.url) > WAIT_WORTH_A_COMMIT {
                    self.commit()?;
                }
                if let Some(ended) = self.one(item, on_item)? {
                    return Ok(ended);
                }
                self.commit_when_due()?;
                on_progress(&self.progress());
            }
        }
    }

    /// Which of the run's own limits is reached.
    fn spent(&self) -> Option<Ended> {
        if self.fetcher.stop().is_requested() {
            return Some(Ended::Interrupted);
        }
        if self.options.max_items.is_some_and(|max| self.completed >= max) {
            return Some(Ended::MaxItems);
        }
        if self.options.max_bytes.is_some_and(|max| self.bytes >= max) {
            return Some(Ended::MaxBytes);
        }
        if self.options.until.is_some_and(|until| self.fetcher.clock().now() >= until) {
            return Some(Ended::Until);
        }
        if self.options.give_up_after > 0 && self.in_a_row >= self.options.give_up_after {
            return Some(Ended::HostDown);
        }
        None
    }

    /// Fetches and places one item; `Some` when the run must end with it.
    fn one(&mut self, item: &Item, on_item: OnItem) -> Result<Option<Ended>> {
        let mut partial = Partial::of(item, self.store)?;
        let mut made = 0;
        let result = self.attempts(item, on_item, &mut partial, &mut made);
        self.group_items += 1;
        self.group_since.get_or_insert_with(|| self.fetcher.clock().elapsed());
        if made > 0 {
            self.changes.push(Change::Attempts {
                key: item.key.clone(),
                made,
                etag: partial.etag.clone(),
                last_modified: partial.last_modified.clone(),
            });
        }
        let key = item.key.clone();
        match result {
            Ok(Placed { bytes, blake3, note }) => {
                self.completed += 1;
                self.in_a_row = 0;
                self.changes.push(Change::Complete { key, bytes, blake3, note });
                self.spilled.extend(partial.path_if_spilled());
                Ok(None)
            }
            Err(error) => self.refused(key, &partial, error),
        }
    }

    fn refused(&mut self, key: String, partial: &Partial, error: Error) -> Result<Option<Ended>> {
        let reason = error.chain();
        let ended = match error.kind() {
            Kind::Stopped => Some(Ended::Interrupted),
            Kind::Budget(_) => Some(Ended::DayBudget),
            Kind::RobotsUnknown | Kind::Wait(_) => Some(Ended::HostDown),
            _ => None,
        };
        if ended.is_some() {
            // Not the item's fault: it stays as it was.
            self.why = Some(reason);
            return Ok(ended);
        }
        if matches!(error.kind(), Kind::Network | Kind::Status(401 | 402 | 403 | 408 | 425 | 429 | 500.., _))
        {
            self.in_a_row += 1;
            self.why = Some(format!("{} items in a row failed, the last one: {reason}", self.in_a_row));
        } else {
            self.in_a_row = 0;
        }
        if error.is_permanent() {
            self.failed += 1;
            self.changes.push(Change::Failed { key, error: reason });
            self.spilled.extend(partial.path_if_spilled());
            Ok(None)
        } else if error.is_transient() {
            self.deferred += 1;
            self.changes.push(Change::Deferred { key, error: reason });
            Ok(None)
        } else {
            Err(error)
        }
    }

    /// Fetches until the body is whole and the caller content, within the retries.
    fn attempts(
        &mut self,
        item: &Item,
        on_item: OnItem,
        partial: &mut Partial,
        made: &mut u32,
    ) -> Result<Placed> {
        let address = address::parse(&item.url)?;
        let mut attempt = 0;
        loop {
            let error = match self.attempt(item, &address, on_item, partial, made) {
                Ok(placed) => return Ok(placed),
                Err(error) => error,
            };
            let hopeless = matches!(error.kind(), Kind::Budget(_) | Kind::Wait(_));
            if !error.is_transient() || hopeless || attempt >= self.fetcher.config().retries {
                return Err(error);
            }
            self.commit()?;
            self.fetcher.back_off(attempt, error.retry_after())?;
            attempt += 1;
        }
    }

    fn attempt(
        &mut self,
        item: &Item,
        address: &Url,
        on_item: OnItem,
        partial: &mut Partial,
        made: &mut u32,
    ) -> Result<Placed> {
        let fetched = self.fetch(item, address, partial, made)?;
        self.bytes += fetched.len;
        let mark = self.store.mark();
        match on_item(item, &fetched, self.store) {
            Ok(Verdict::Keep { note }) => Ok(Placed { bytes: fetched.len, blake3: fetched.blake3, note }),
            Ok(Verdict::Refuse { reason }) => {
                self.store.roll_back(&mark)?;
                Err(Error::new(Kind::Malformed, reason))
            }
            Ok(Verdict::Again { reason }) => {
                self.store.roll_back(&mark)?;
                partial.reset(self.store, self.ledger, item)?;
                Err(Error::new(Kind::Network, reason))
            }
            Err(cause) => {
                self.store.roll_back(&mark)?;
                let message = format!("could not place what {} gave", self.fetcher.show(&item.url));
                Err(Error::new(Kind::Caller, message).because(cause))
            }
        }
    }

    fn fetch(
        &mut self,
        item: &Item,
        address: &Url,
        partial: &mut Partial,
        made: &mut u32,
    ) -> Result<Fetched> {
        let have = partial.len();
        let mut want = Want { gzip: self.options.accept_gzip, headers: Vec::new() };
        match &partial.validator {
            Some(validator) if have > 0 => {
                want.headers.push(("range", format!("bytes={have}-")));
                want.headers.push(("if-range", validator.clone()));
            }
            _ => partial.reset(self.store, self.ledger, item)?,
        }
        let ranged = !want.headers.is_empty();
        *made += 1;
        let mut answer = self.fetcher.request(address, &want)?;
        let status = answer.reply.status;
        if ranged && (status == 416 || (status == 206 && !partial.is_continued_by(&answer.reply.headers))) {
            // The server has something else now: from the start, at the next attempt.
            partial.reset(self.store, self.ledger, item)?;
            let message = format!("{}: cannot be continued at byte {have}", self.fetcher.show(&item.url));
            return Err(Error::new(Kind::Network, message));
        }
        self.fetcher.check_status(&answer)?;
        if !ranged && status == 206 {
            let message = format!("{}: a part where the whole was asked for", self.fetcher.show(&item.url));
            return Err(Error::new(Kind::Malformed, message));
        }
        if ranged && status != 206 {
            partial.reset(self.store, self.ledger, item)?;
        }
        if self.options.accept_gzip {
            let body = self.fetcher.read_body(&mut answer.reply, &answer.url)?;
            partial.note_validators(&answer.reply.headers);
            return Ok(in_memory(answer, body));
        }
        if ranged && status == 206 {
            self.resumed_bytes += have;
        } else {
            partial.begin(&answer.reply.headers);
        }
        self.receive(item, &mut answer, partial)?;
        Ok(partial.finish(answer, self.store))
    }

    /// Reads the rest of the body into the partial one.
    fn receive(&mut self, item: &Item, answer: &mut Answer, partial: &mut Partial) -> Result<()> {
        if let Some(encoding) =
            answer.reply.headers.get("content-encoding").filter(|encoding| *encoding != "identity")
        {
            let message =
                format!("{}: content encoding {encoding:?} was not asked for", self.fetcher.show(&item.url));
            return Err(Error::new(Kind::Malformed, message));
        }
        let cap = self.fetcher.config().wire_bytes_max;
        let mut buffer = vec![0; 1 << 16];
        loop {
            // A body that drips slowly must not outlast Ctrl-C.
            self.fetcher.stop().check()?;
            let n = match answer.reply.body.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.fetcher.broken_body(&answer.url, error)),
            };
            if partial.len() + n as u64 > cap {
                partial.reset(self.store, self.ledger, item)?;
                return Err(self.fetcher.too_large(&answer.url, cap));
            }
            partial.push(&buffer[..n]);
            if partial.memory.len() >= self.options.spill_bytes {
                partial.spill(self.store, self.ledger, item)?;
            }
        }
        if let Some(total) = partial.total.filter(|total| *total != partial.len()) {
            let have = partial.len();
            if have > total {
                partial.reset(self.store, self.ledger, item)?;
            }
            let message = format!("{}: {have} of {total} bytes came", self.fetcher.show(&answer.url));
            return Err(Error::new(Kind::Network, message));
        }
        if partial.spilled > 0 {
            partial.spill(self.store, self.ledger, item)?;
        }
        Ok(())
    }

    fn commit_when_due(&mut self) -> Result<()> {
        let age = self
            .group_since
            .map_or(Duration::ZERO, |since| self.fetcher.clock().elapsed().saturating_sub(since));
        if self.group_items >= self.options.group_items || age >= GROUP_AGE_MAX {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        if !self.changes.is_empty() {
            self.store.commit(&self.changes)?;
            self.changes.clear();
        }
        for path in std::mem::take(&mut self.spilled) {
            self.store.files().remove(&path).map_err(|error| Error::file("remove", &path, error))?;
        }
        self.group_items = 0;
        self.group_since = None;
        Ok(())
    }

    fn progress(&self) -> Progress {
        let elapsed = self.fetcher.clock().elapsed().saturating_sub(self.start);
        let handled = self.completed + self.failed + self.deferred;
        let left = self.total.saturating_sub(handled);
        let remaining = (handled > 0).then(|| elapsed.mul_f64(left as f64 / handled as f64));
        Progress {
            completed: self.completed,
            failed: self.failed,
            deferred: self.deferred,
            total: self.total,
            bytes: self.bytes,
            elapsed,
            remaining,
        }
    }

    fn summary(self, ended: Ended) -> Result<Summary> {
        let telling = matches!(ended, Ended::DayBudget | Ended::HostDown);
        Ok(Summary {
            completed: self.completed,
            failed: self.failed,
            deferred: self.deferred,
            bytes: self.bytes,
            resumed_bytes: self.resumed_bytes,
            requests: self.fetcher.n_requests() - self.requests_before,
            elapsed: self.fetcher.clock().elapsed().saturating_sub(self.start),
            ended,
            why: self.why.filter(|_| telling),
            counts: self.ledger.counts()?,
        })
    }
}

struct Placed {
    bytes: u64,
    blake3: String,
    note: String,
}

/// A body on its way: the first `spilled` bytes synced on disk and known to the ledger, the rest in memory.
struct Partial {
    path: PathBuf,
    file: Option<Box<dyn OpenFile>>,
    spilled: u64,
    /// Whether a file may lie at `path`, even one that was given up.
    on_disk: bool,
    memory: Vec<u8>,
    hasher: blake3::Hasher,
    /// What `If-Range` may name.
    validator: Option<String>,
    etag: Option<String>,
    last_modified: Option<String>,
    total: Option<u64>,
}

impl Partial {
    /// Takes up what an earlier run left, as far as the ledger vouches for it.
    fn of(item: &Item, store: &Store) -> Result<Self> {
        let path = store.partial_path(&item.key);
        let mut partial = Self {
            path,
            file: None,
            spilled: 0,
            on_disk: false,
            memory: Vec::new(),
            hasher: blake3::Hasher::new(),
            validator: None,
            etag: None,
            last_modified: None,
            total: None,
        };
        if item.partial == 0 {
            return Ok(partial);
        }
        partial.on_disk = true;
        let failed = |error| Error::file("continue", &partial.path, error);
        let len = store.files().len(&partial.path).map_err(failed)?.unwrap_or(0);
        if len >= item.partial {
            let mut file = store.files().open(&partial.path, false).map_err(failed)?;
            file.truncate(item.partial).map_err(failed)?;
            let bytes = store.files().read(&partial.path).map_err(failed)?;
            partial.hasher.update(&bytes);
            partial.file = Some(file);
            partial.spilled = item.partial;
            partial.etag.clone_from(&item.etag);
            partial.last_modified.clone_from(&item.last_modified);
            // A partial body is recorded with a strong validator only: the tag, or else the date.
            let strong = item.etag.clone().filter(|etag| etag.starts_with('"'));
            partial.validator = strong.or_else(|| item.last_modified.clone());
        }
        Ok(partial)
    }

    fn len(&self) -> u64 {
        self.spilled + self.memory.len() as u64
    }

    /// Notes what a body belongs to, at its beginning.
    fn begin(&mut self, headers: &Headers) {
        self.validator = manners::strong_validator(headers);
        self.total = headers.get("content-length").and_then(|length| length.trim().parse().ok());
        self.note_validators(headers);
    }

    fn note_validators(&mut self, headers: &Headers) {
        self.etag = headers.get("etag").map(str::to_owned);
        self.last_modified = headers.get("last-modified").map(str::to_owned);
    }

    /// Whether a 206 goes on exactly where this body ends. Notes the total.
    fn is_continued_by(&mut self, headers: &Headers) -> bool {
        let Some(range) = headers.get("content-range").and_then(read_content_range) else { return false };
        let same_total = match (self.total, range.total) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        self.total = self.total.or(range.total).or(Some(range.last + 1));
        range.first == self.len() && same_total
    }

    fn push(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.memory.extend_from_slice(bytes);
    }

    /// Moves memory to the disk, syncs, and then tells the ledger how far it may be trusted.
    fn spill(&mut self, store: &Store, ledger: &Ledger, item: &Item) -> Result<()> {
        if self.memory.is_empty() {
            return Ok(());
        }
        let failed = |path: &std::path::Path, error| Error::file("write", path, error);
        if self.file.is_none() {
            self.on_disk = true;
            self.file =
                Some(store.files().open(&self.path, true).map_err(|error| failed(&self.path, error))?);
            if let Some(dir) = self.path.parent() {
                store.files().sync_dir(dir).map_err(|error| failed(dir, error))?;
            }
        }
        if let Some(file) = &mut self.file {
            file.append_all(&self.memory)
                .and_then(|()| file.sync())
                .map_err(|error| failed(&self.path, error))?;
        }
        self.spilled += self.memory.len() as u64;
        self.memory.clear();
        if let Some(validator) = &self.validator {
            let is_etag = validator.starts_with('"');
            let (etag, modified) =
                if is_etag { (Some(&**validator), None) } else { (None, Some(&**validator)) };
            ledger.set_partial(&item.key, self.spilled, etag, modified)?;
        }
        Ok(())
    }

    /// Forgets what came so far.
    fn reset(&mut self, store: &Store, ledger: &Ledger, item: &Item) -> Result<()> {
        if self.on_disk {
            ledger.set_partial(&item.key, 0, None, None)?;
            self.file = None;
            store.files().remove(&self.path).map_err(|error| Error::file("remove", &self.path, error))?;
            self.on_disk = false;
        }
        self.spilled = 0;
        self.memory.clear();
        self.hasher.reset();
        self.validator = None;
        self.total = None;
        Ok(())
    }

    fn finish(&mut self, answer: Answer, store: &Store) -> Fetched {
        let len = self.len();
        let body = if self.spilled > 0 {
            Body::File(self.path.clone(), Arc::clone(store.files()))
        } else {
            Body::Memory(std::mem::take(&mut self.memory))
        };
        Fetched {
            status: answer.reply.status,
            url: answer.url,
            headers: answer.reply.headers,
            body,
            len,
            blake3: self.hasher.finalize().to_hex().to_string(),
        }
    }

    fn path_if_spilled(&self) -> Option<PathBuf> {
        self.on_disk.then(|| self.path.clone())
    }
}

fn in_memory(answer: Answer, body: Vec<u8>) -> Fetched {
    Fetched {
        status: answer.reply.status,
        url: answer.url,
        headers: answer.reply.headers,
        len: body.len() as u64,
        blake3: blake3::hash(&body).to_hex().to_string(),
        body: Body::Memory(body),
    }
}

struct ContentRange {
    first: u64,
    last: u64,
    total: Option<u64>,
}

/// `bytes 100-199/200`, the total perhaps `*`.
fn read_content_range(value: &str) -> Option<ContentRange> {
    let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    let range = ContentRange { first: first.parse().ok()?, last: last.parse().ok()?, total };
    (range.first <= range.last && range.total.is_none_or(|total| range.last < total)).then_some(range)
}

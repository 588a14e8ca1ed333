//! The ledger: one SQLite file that is the only truth about what is done.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};

use crate::error::{Error, Kind, Result};
use crate::store::SafePath;

/// The layout that this version writes; an older one would be brought forward at open.
const SCHEMA: i64 = 1;

const TABLES: &str = "
    CREATE TABLE item (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        url TEXT NOT NULL,
        state INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        etag TEXT,
        last_modified TEXT,
        bytes INTEGER NOT NULL DEFAULT 0,
        blake3 TEXT,
        error TEXT,
        partial INTEGER NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX item_state ON item (state, id);
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE appended (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE request (host TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
    CREATE INDEX request_host ON request (host, at_ms);
";

const COLUMNS: &str =
    "id, key, url, state, attempts, etag, last_modified, bytes, blake3, error, note, partial";

/// How far an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Not fetched yet.
    Pending = 0,
    /// Given up for this run after faults that may pass; the next run tries again.
    Deferred = 1,
    /// Its files are in place and synced.
    Complete = 2,
    /// Cannot be had, with its reason; [`Ledger::reset_failed`] gives it another chance.
    Failed = 3,
}

impl State {
    fn from_number(number: i64) -> Result<Self> {
        match number {
            0 => Ok(Self::Pending),
            1 => Ok(Self::Deferred),
            2 => Ok(Self::Complete),
            3 => Ok(Self::Failed),
            _ => {
                Err(Error::new(Kind::Ledger, format!("the ledger has an item in the unknown state {number}")))
            }
        }
    }
}

/// Something to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// Its name, unique in the ledger.
    pub key: String,
    /// Its address, without any key.
    pub url: String,
    /// The caller's own words about it, JSON perhaps.
    pub note: String,
}

/// What the ledger knows of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the order of enqueueing.
    pub id: i64,
    /// Its name.
    pub key: String,
    /// Its address.
    pub url: String,
    /// How far it is.
    pub state: State,
    /// Requests made for it so far, over all runs, as far as they were recorded.
    pub attempts: u32,
    /// The server's validators, for a conditional or resumed request.
    pub etag: Option<String>,
    /// See [`Item::etag`].
    pub last_modified: Option<String>,
    /// Length of the body as fetched.
    pub bytes: u64,
    /// BLAKE3 of the body as fetched, in hex.
    pub blake3: Option<String>,
    /// Why it was deferred or failed.
    pub error: Option<String>,
    /// The caller's note.
    pub note: String,
    /// Bytes of a partial file that are synced and may be continued.
    pub(crate) partial: u64,
}

/// Items by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not fetched yet.
    pub pending: u64,
    /// To be tried again by the next run.
    pub deferred: u64,
    /// In place.
    pub complete: u64,
    /// Cannot be had.
    pub failed: u64,
    /// Fetched bytes of the complete ones.
    pub bytes: u64,
}

impl Counts {
    /// All items.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.pending + self.deferred + self.complete + self.failed
    }
}

/// One line of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The item's files are placed.
    Complete {
        /// Which item.
        key: String,
        /// Length of the body as fetched.
        bytes: u64,
        /// BLAKE3 of the body as fetched, in hex.
        blake3: String,
        /// Replaces the item's note, unless empty.
        note: String,
    },
    /// The item cannot be had.
    Failed {
        /// Which item.
        key: String,
        /// Why.
        error: String,
    },
    /// The item could not be had today.
    Deferred {
        /// Which item.
        key: String,
        /// Why.
        error: String,
    },
    /// Requests were made for the item.
    Attempts {
        /// Which item.
        key: String,
        /// How many.
        made: u32,
        /// The validators of the last answer.
        etag: Option<String>,
        /// See `etag`.
        last_modified: Option<String>,
    },
}

/// How many requests a host may get in any minute and in any 24 hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// In any 60 seconds.
    pub per_minute: Option<u32>,
    /// In any 24 hours.
    pub per_day: Option<u32>,
}

type Gate = Box<dyn Fn() -> std::io::Result<()> + Send + Sync>;

struct Inner {
    connection: Mutex<Connection>,
    /// Asked before each commit; the simulation fails and crashes here.
    gate: Mutex<Option<Gate>>,
    /// Given back after the connection is closed, as fields are dropped in this order.
    _lock: Option<Lock>,
}

/// A locked file.
struct Lock(fs::File);

impl Drop for Lock {
    fn drop(&mut self) {
        // To close the file would not do: a process that another thread has just forked off, to start a program, has a
        // copy of it, and with it of the lock, until that program begins. To unlock it is to unlock the copies too.
        // Where that fails, closing is all that is left.
        let _ = self.0.unlock();
    }
}

/// The record of what is to do and what is done. Clones share one connection.
///
/// A commit survives a power cut: write-ahead log with `synchronous=FULL`.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

impl Ledger {
    /// Opens or makes the ledger and locks it: a second process is refused.
    ///
    /// # Errors
    ///
    /// When another process holds it ([`Error::is_locked`]), when a newer version wrote it, or when
    /// the file cannot be opened or is no ledger.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| Error::file("open the ledger", path, error);
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let message =
                    format!("another process is at work with {}: wait for it or stop it", path.display());
                return Err(Error::new(Kind::Locked, message));
            }
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let lock = Lock(lock);
        Self::with_connection(Connection::open(path), Some(lock)).map_err(|error| name_file(error, path))
    }

    /// Opens for reading, also while another process is at work with it.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it is no ledger.
    pub fn open_read_only(path: &Path) -> Result<Self> {
        // Reading a write-ahead log needs to write its index beside it, so no SQLITE_OPEN_READ_ONLY.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> Result<Self> {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            connection.pragma_update(None, "query_only", true)?;
            let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
            check_version(version)?;
            Ok(Self::new(connection, None))
        };
        open().map_err(|error| name_file(error, path))
    }

    /// A ledger that ends with its last clone, for tests and dry runs.
    ///
    /// # Errors
    ///
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self> {
        Self::with_connection(Connection::open_in_memory(), None)
    }

    fn with_connection(connection: rusqlite::Result<Connection>, lock: Option<Lock>) -> Result<Self> {
        let mut connection = connection?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = connection.transaction()?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            let tables: i64 =
                transaction.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
            if tables > 0 {
                return Err(Error::new(Kind::Ledger, "the file is a database, but no ledger"));
            }
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", SCHEMA)?;
        } else {
            check_version(version)?;
        }
        transaction.commit()?;
        Ok(Self::new(connection, lock))
    }

    fn new(connection: Connection, lock: Option<Lock>) -> Self {
        connection.set_prepared_statement_cache_capacity(32);
        Self(Arc::new(Inner { connection: Mutex::new(connection), gate: Mutex::new(None), _lock: lock }))
    }

    /// Asks `gate` before each commit; its error undoes the commit. This is how a simulation fails or
    /// crashes the ledger at a given operation.
    pub fn set_gate(&self, gate: impl Fn() -> std::io::Result<()> + Send + Sync + 'static) {
        *self.0.gate.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(gate));
    }

    /// Adds items at the end of the order and returns how many were new. A known key is left as it is.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn enqueue(&self, items: &[NewItem]) -> Result<usize> {
        self.write(|transaction| insert(transaction, items))
    }

    /// [`Ledger::enqueue`] and [`Ledger::set_meta`] in one commit: a page of a list and the place to go on.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn enqueue_with_meta(&self, items: &[NewItem], name: &str, value: &str) -> Result<usize> {
        self.write(|transaction| {
            put_meta(transaction, name, value)?;
            insert(transaction, items)
        })
    }

    /// A value that a caller left here.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn meta(&self, name: &str) -> Result<Option<String>> {
        Ok(self
            .connection()
            .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// Leaves a value, such as the next page of a list.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn set_meta(&self, name: &str, value: &str) -> Result<()> {
        self.write(|transaction| put_meta(transaction, name, value))
    }

    /// Items by state.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn counts(&self) -> Result<Counts> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached("SELECT state, count(*), sum(bytes) FROM item GROUP BY state")?;
        let mut counts = Counts::default();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let n = row.get::<_, i64>(1)? as u64;
            match State::from_number(row.get(0)?)? {
                State::Pending => counts.pending = n,
                State::Deferred => counts.deferred = n,
                State::Failed => counts.failed = n,
                State::Complete => {
                    counts.complete = n;
                    counts.bytes = row.get::<_, i64>(2)? as u64;
                }
            }
        }
        Ok(counts)
    }

    /// One item by its key.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn item(&self, key: &str) -> Result<Option<Item>> {
        let connection = self.connection();
        let mut statement =
            connection.prepare_cached(&format!("SELECT {COLUMNS} FROM item WHERE key = ?1"))?;
        let mut rows = statement.query([key])?;
        rows.next()?.map(read_item).transpose()
    }

    /// All items of a state, in the order of enqueueing.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn items(&self, state: State) -> Result<Vec<Item>> {
        self.items_after(&[state], 0, usize::MAX)
    }

    /// Up to `limit` items in any of these states whose `id` is greater than `after`, in the order of
    /// enqueueing: the way to walk a long list with little memory.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn items_after(&self, states: &[State], after: i64, limit: usize) -> Result<Vec<Item>> {
        let connection = self.connection();
        // Numbers of our own enum, so nothing foreign goes into the statement.
        let list = states.iter().map(|state| (*state as i64).to_string()).collect::<Vec<_>>().join(",");
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM item WHERE state IN ({list}) AND id > ?1 ORDER BY id LIMIT ?2"
        ))?;
        let mut rows = statement.query(params![after, i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(read_item(row)?);
        }
        Ok(items)
    }

    /// Makes failed and deferred items pending again and returns how many.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn reset_failed(&self) -> Result<usize> {
        self.write(|transaction| {
            Ok(transaction.execute("UPDATE item SET state = 0, error = NULL WHERE state IN (1, 3)", [])?)
        })
    }

    /// Makes complete items pending again, as their files were found missing or broken; returns how many.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn forget<K: AsRef<str>>(&self, keys: &[K]) -> Result<usize> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE item SET state = 0, bytes = 0, blake3 = NULL, etag = NULL, last_modified = NULL, partial = 0
                 WHERE key = ?1 AND state = 2",
            )?;
            let mut n = 0;
            for key in keys {
                n += statement.execute([key.as_ref()])?;
            }
            Ok(n)
        })
    }

    /// Commits changes and the lengths of appended files together.
    pub(crate) fn commit(&self, changes: &[Change], appended: &[(SafePath, u64)]) -> Result<()> {
        if changes.is_empty() && appended.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            for change in changes {
                apply(transaction, change)?;
            }
            let mut statement =
                transaction.prepare_cached("INSERT OR REPLACE INTO appended VALUES (?1, ?2)")?;
            for (path, bytes) in appended {
                statement.execute(params![path.as_str(), *bytes as i64])?;
            }
            Ok(())
        })
    }

    /// Records that the first `bytes` of an item's partial file are synced, and what they belong to.
    pub(crate) fn set_partial(
        &self,
        key: &str,
        bytes: u64,
        etag: Option<&str>,
        last_modified: Option<&str>,
    ) -> Result<()> {
        self.write(|transaction| {
            transaction
                .prepare_cached("UPDATE item SET partial = ?2, etag = ?3, last_modified = ?4 WHERE key = ?1")?
                .execute(params![key, bytes as i64, etag, last_modified])?;
            Ok(())
        })
    }

    /// Items whose partial file may be continued.
    pub(crate) fn partial_keys(&self) -> Result<Vec<String>> {
        let connection = self.connection();
        let mut statement =
            connection.prepare("SELECT key FROM item WHERE state IN (0, 1) AND partial > 0")?;
        let keys = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(keys)
    }

    /// The committed length of an appended file; `None` where the ledger knows no such file.
    pub(crate) fn appended(&self, path: &SafePath) -> Result<Option<u64>> {
        let bytes: Option<i64> = self
            .connection()
            .prepare_cached("SELECT bytes FROM appended WHERE path = ?1")?
            .query_row([path.as_str()], |row| row.get(0))
            .optional()?;
        Ok(bytes.map(|bytes| bytes as u64))
    }

    /// Takes one request from the host's budget, or says how long there is none. Windows slide, so
    /// that no minute and no day sees more than its number, wherever it begins.
    pub(crate) fn take_request(&self, host: &str, limit: Limit, now: SystemTime) -> Result<Option<Duration>> {
        let now_ms = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
        self.write(|transaction| {
            let mut wait_ms = 0;
            for (allowed, window_ms) in [(limit.per_minute, 60_000), (limit.per_day, 86_400_000)] {
                let Some(allowed) = allowed else { continue };
                // The request that must leave the window before the next may enter. Times in the future,
                // from a clock that was put back, count as spent now.
                let blocking: Option<i64> = transaction
                    .prepare_cached("SELECT at_ms FROM request WHERE host = ?1 AND at_ms > ?2 ORDER BY at_ms DESC LIMIT 1 OFFSET ?3")?
                    .query_row(params![host, now_ms - window_ms, i64::from(allowed) - 1], |row| row.get(0))
                    .optional()?;
                if let Some(at_ms) = blocking {
                    wait_ms = wait_ms.max(at_ms.min(now_ms) + window_ms - now_ms);
                }
            }
            if wait_ms > 0 {
                return Ok(Some(Duration::from_millis(wait_ms as u64)));
            }
            transaction
                .prepare_cached("DELETE FROM request WHERE host = ?1 AND at_ms <= ?2")?
                .execute(params![host, now_ms - 86_400_000])?;
            transaction.prepare_cached("INSERT INTO request VALUES (?1, ?2)")?.execute(params![host, now_ms])?;
            Ok(None)
        })
    }

    pub(crate) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        if let Some(gate) = &*self.0.gate.lock().unwrap_or_else(PoisonError::into_inner) {
            gate().map_err(|error| {
                Error::new(Kind::Ledger, "the ledger could not be written").because(error)
            })?;
        }
        transaction.commit()?;
        Ok(value)
    }
}

fn check_version(version: i64) -> Result<()> {
    if version == SCHEMA {
        return Ok(());
    }
    let message =
        format!("its layout is number {version}, this program knows {SCHEMA}: use the program that made it");
    Err(Error::new(Kind::Ledger, message))
}

fn name_file(error: Error, path: &Path) -> Error {
    Error::new(error.kind(), format!("cannot use {} as a ledger", path.display())).because(error)
}

fn insert(transaction: &Transaction, items: &[NewItem]) -> Result<usize> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO item (key, url, note) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING",
    )?;
    let mut n_new = 0;
    for item in items {
        n_new += statement.execute(params![item.key, item.url, item.note])?;
    }
    Ok(n_new)
}

fn put_meta(transaction: &Transaction, name: &str, value: &str) -> Result<()> {
    transaction.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?.execute([name, value])?;
    Ok(())
}

fn apply(transaction: &Transaction, change: &Change) -> Result<()> {
    let n = match change {
        Change::Complete { key, bytes, blake3, note } => transaction
            .prepare_cached(
                "UPDATE item SET state = 2, bytes = ?2, blake3 = ?3, error = NULL, partial = 0,
                 note = CASE WHEN ?4 = '' THEN note ELSE ?4 END WHERE key = ?1",
            )?
            .execute(params![key, *bytes as i64, blake3, note])?,
        Change::Failed { key, error } => transaction
            .prepare_cached("UPDATE item SET state = 3, error = ?2, partial = 0 WHERE key = ?1")?
            .execute(params![key, error])?,
        Change::Deferred { key, error } => transaction
            .prepare_cached("UPDATE item SET state = 1, error = ?2 WHERE key = ?1")?
            .execute(params![key, error])?,
        Change::Attempts { key, made, etag, last_modified } => transaction
            .prepare_cached(
                "UPDATE item SET attempts = attempts + ?2, etag = coalesce(?3, etag),
                 last_modified = coalesce(?4, last_modified) WHERE key = ?1",
            )?
            .execute(params![key, made, etag, last_modified])?,
    };
    if n == 1 {
        return Ok(());
    }
    let (Change::Complete { key, .. }
    | Change::Failed { key, .. }
    | Change::Deferred { key, .. }
    | Change::Attempts { key, .. }) = change;
    Err(Error::new(Kind::Usage, format!("the ledger has no item {key:?}: enqueue it first")))
}

fn read_item(row: &Row) -> Result<Item> {
    Ok(Item {
        id: row.get(0)?,
        key: row.get(1)?,
        url: row.get(2)?,
        state: State::from_number(row.get(3)?)?,
        attempts: row.get(4)?,
        etag: row.get(5)?,
        last_modified: row.get(6)?,
        bytes: row.get::<_, i64>(7)? as u64,
        blake3: row.get(8)?,
        error: row.get(9)?,
        note: row.get(10)?,
        partial: row.get::<_, i64>(11)? as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::used_underscore_binding,
        reason = "the program only holds it; the test plays a child's copy"
    )]
    fn a_copy_of_the_lock_in_a_forked_child_locks_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        let ledger = Ledger::open(&path).unwrap();
        // What a child has between fork and exec: the same open file.
        let copy = ledger.0._lock.as_ref().unwrap().0.try_clone().unwrap();
        assert!(Ledger::open(&path).err().unwrap().is_locked());
        drop(ledger);
        let again = Ledger::open(&path).unwrap();
        // Nor does the end of the child give away the lock of the next one.
        drop(copy);
        assert!(Ledger::open(&path).err().unwrap().is_locked());
        drop(again);
    }
}

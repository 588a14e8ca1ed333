//! The raw store: pages and answers in WARC files, one a month, and what the ledger remembers of each.

use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::time::SystemTime;

use corpus_fetch::{Item, SafePath, Store};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Error, warc};

/// What the ledger remembers of a stored page or answer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Note {
    /// The file, and where in it the record's gzip member lies.
    pub(super) warc: String,
    pub(super) at: u64,
    pub(super) length: u64,
    /// `article`, a [`NotArticle`](crate::NotArticle)'s name, `answer`, or `import` for saved answers.
    pub(super) kind: String,
    /// Of an answer: the last day that it covers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) to: String,
    /// Of an answer: the day on which it came.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) on: String,
    /// Of an answer: the articles in it, and those of them that have text.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) articles: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) texts: u64,
    /// The checksum of what is stored, where that is not what came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) blake3: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Note {
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn write(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|e| Error::malformed(format!("a note: {e}")))
    }
}

/// Appends a record, after the file's own first one; its place is in the note.
///
/// # Errors
///
/// When the file cannot be written.
pub(super) fn put(
    store: &mut Store,
    path: String,
    date: &str,
    member: &[u8],
) -> Result<Note, corpus_fetch::BoxError> {
    let safe = SafePath::new(&path)?;
    // An empty record tells where the next begins: a crash may have left a file that has to be begun anew.
    if store.append(&safe, &[])? == 0 {
        store.append(&safe, &warc::info_member(date)?)?;
    }
    let at = store.append(&safe, member)?;
    Ok(Note { warc: path, at, length: member.len() as u64, ..Note::default() })
}

/// Reads an item's record from the raw store below `dir`.
///
/// # Errors
///
/// When the file or the record is missing or broken.
pub(super) fn record(dir: &Path, item: &Item) -> Result<warc::Record, Error> {
    let note: Note = serde_json::from_str(&item.note)
        .map_err(|e| Error::malformed(format!("{}: its note: {e}", item.url)))?;
    let safe = SafePath::new(&note.warc)?;
    let path = dir.join(safe.as_str());
    let failed = |e| Error::file(&path, e);
    let mut file = std::fs::File::open(&path).map_err(failed)?;
    file.seek(std::io::SeekFrom::Start(note.at)).map_err(failed)?;
    let mut packed = Vec::new();
    file.take(note.length).read_to_end(&mut packed).map_err(failed)?;
    warc::read_record(&path, &packed)
}

/// Whether an item's record is there and is what was stored.
pub(super) fn is_whole(dir: &Path, item: &Item) -> bool {
    let stored = Note::read(&item.note).blake3;
    let sum = stored.as_ref().or(item.blake3.as_ref());
    record(dir, item).is_ok_and(|r| sum.is_none_or(|sum| blake3::hash(&r.body).to_hex().as_str() == sum))
}

/// The file of a day: one a month.
pub(super) fn month_file(day: Option<Date>) -> String {
    match day {
        Some(day) => format!("raw/{:04}-{:02}.warc.gz", day.year(), day.month()),
        None => "raw/undated.warc.gz".to_owned(),
    }
}

/// An address without its scheme: `http` and `https` are one page.
pub(super) fn key_of(url: &str) -> String {
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}

/// `2026-11-24T10:00:00Z`.
pub(super) fn timestamp(now: SystemTime) -> String {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    jiff::Timestamp::from_second(seconds as i64).unwrap_or_default().to_string()
}

/// The day of it in UTC, `2026-11-24`.
pub(super) fn today(now: SystemTime) -> String {
    timestamp(now)[..10].to_owned()
}

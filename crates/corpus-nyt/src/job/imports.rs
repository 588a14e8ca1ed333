//! Saved and licensed material, put into the same store as what is fetched. No request is made.

use std::path::{Path, PathBuf};

use corpus_fetch::{Change, Ledger, NewItem, State, Store};
use serde::Serialize;

use super::raw::{self, Note, key_of, month_file, timestamp};
use super::{Job, Part};
use crate::article::Extracted;
use crate::nitf::nitf;
use crate::saved::{Form, Piece, files_in, is_nitf, pieces};
use crate::{Error, extract, import, warc};

/// Pieces whose commits are shared.
const GROUP: usize = 128;

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Pages put into the store.
    pub pages: u64,
    /// Answers of papers' interfaces put into the store.
    pub answers: u64,
    /// What was there already.
    pub known: u64,
    /// Files that could not be read, with the reason.
    pub failed: Vec<(PathBuf, String)>,
}

/// One of the two stores, open, with what is staged in it.
struct Open {
    ledger: Ledger,
    store: Store,
    changes: Vec<Change>,
}

impl Job {
    /// Reads files and folders (pages of HTML, licensed articles in NITF, WARC, JSON answers of the papers' interfaces; each also gzipped) into
    /// the store. What was imported before is known by its address, answers by their content.
    ///
    /// # Errors
    ///
    /// When a ledger is in use or broken, or the disk is full. A file's own trouble is no error: it is in the result.
    pub fn import(&self, paths: &[PathBuf]) -> Result<Imported, Error> {
        let (mut pages, mut answers) = (self.open(Part::Pages)?, self.open(Part::Answers)?);
        let mut done = Imported::default();
        for path in paths {
            let files = match files_in(path) {
                Ok(files) => files,
                Err(error) => {
                    done.failed.push((path.clone(), error.to_string()));
                    continue;
                }
            };
            for file in files {
                if self.stop.is_requested() {
                    break;
                }
                if let Err(error) = self.import_file(&file, &mut pages, &mut answers, &mut done) {
                    if !error.is_malformed() && !error.is_file() {
                        return Err(error);
                    }
                    done.failed.push((file, error.to_string()));
                }
            }
        }
        pages.commit()?;
        answers.commit()?;
        Ok(done)
    }

    fn open(&self, part: Part) -> Result<Open, Error> {
        let ledger = self.ledger(part)?;
        let store = self.store(part, &ledger)?;
        Ok(Open { ledger, store, changes: Vec::new() })
    }

    fn import_file(
        &self,
        file: &Path,
        pages: &mut Open,
        answers: &mut Open,
        done: &mut Imported,
    ) -> Result<(), Error> {
        for piece in pieces(file)? {
            let piece = piece?;
            let (is_new, count) = match piece.form {
                Form::Json => (self.import_answer(&piece, answers)?, &mut done.answers),
                Form::Page => (self.import_page(&piece, pages)?, &mut done.pages),
            };
            *if is_new { count } else { &mut done.known } += 1;
        }
        Ok(())
    }

    fn import_answer(&self, piece: &Piece, to: &mut Open) -> Result<bool, Error> {
        let articles = import::answer(&String::from_utf8_lossy(&piece.body))?;
        let key = format!("import/{}", blake3::hash(&piece.body).to_hex());
        let last = articles.iter().filter_map(|a| a.article.published.as_deref()?.get(..10)).max();
        let note = Note {
            kind: "import".to_owned(),
            to: last.unwrap_or_default().to_owned(),
            articles: articles.len() as u64,
            texts: articles.iter().filter(|a| !a.article.paragraphs.is_empty()).count() as u64,
            ..Note::default()
        };
        let day = note.to.parse().ok();
        self.place(&key, &piece.address(), month_file(day), "application/json", &piece.body, note, to)
    }

    fn import_page(&self, piece: &Piece, to: &mut Open) -> Result<bool, Error> {
        let is_licensed = is_nitf(&piece.body);
        if is_licensed {
            // A page may be odd; a licensed article that breaks off is not whole, and is not stored as if it were.
            let decoded = corpus_text::decode(&piece.body, piece.charset.as_deref());
            nitf(&decoded.text)?;
        }
        let page = extract(&piece.body, piece.url.as_deref(), piece.charset.as_deref());
        let (own_url, published, kind) = match page {
            Extracted::Article(article) => (article.url, article.published, "article"),
            Extracted::NotArticle(kind) => (None, None, kind.as_str()),
        };
        // Many a saved page is called `index.html`: without an address of its own, its content tells it apart.
        let by_content = || {
            let hash = blake3::hash(&piece.body).to_hex();
            piece.address().replacen("file:///", &format!("file:///{}/", &hash[..16]), 1)
        };
        let url = piece.url.clone().or(own_url).unwrap_or_else(by_content);
        let day = self.paper.day_of(&url).or_else(|| published?.get(..10)?.parse().ok());
        let media = if is_licensed { "application/xml" } else { "text/html" };
        let content_type = match &piece.charset {
            Some(charset) => format!("{media}; charset={charset}"),
            None => media.to_owned(),
        };
        let note = Note { kind: kind.to_owned(), ..Note::default() };
        let file = month_file(day);
        self.place(&key_of(&url), &url, file, &content_type, &piece.body, note, to)
    }

    /// Stages a record and its item; false where a complete one has the key.
    fn place(
        &self,
        key: &str,
        url: &str,
        file: String,
        content_type: &str,
        body: &[u8],
        note: Note,
        to: &mut Open,
    ) -> Result<bool, Error> {
        let staged =
            to.changes.iter().any(|change| matches!(change, Change::Complete { key: k, .. } if k == key));
        if staged || to.ledger.item(key)?.is_some_and(|item| item.state == State::Complete) {
            return Ok(false);
        }
        to.ledger.enqueue(&[NewItem { key: key.to_owned(), url: url.to_owned(), note: String::new() }])?;
        let date = timestamp(self.seams.clock.now());
        let member = warc::resource_member(url, &date, content_type, body)
            .map_err(|e| Error::malformed(format!("{url}: {e}")))?;
        let place = raw::put(&mut to.store, file, &date, &member).map_err(Error::from_box)?;
        let note = Note { warc: place.warc, at: place.at, length: place.length, ..note };
        to.changes.push(Change::Complete {
            key: key.to_owned(),
            bytes: body.len() as u64,
            blake3: blake3::hash(body).to_hex().to_string(),
            note: note.write()?,
        });
        if to.changes.len() >= GROUP {
            to.commit()?;
        }
        Ok(true)
    }
}

impl Open {
    fn commit(&mut self) -> Result<(), Error> {
        self.store.commit(&self.changes)?;
        self.changes.clear();
        Ok(())
    }
}

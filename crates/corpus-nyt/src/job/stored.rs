//! What is stored, read again: articles, documents, lists, and whether all of it is whole.

use std::collections::HashSet;

use corpus_fetch::{Item, State};
use corpus_text::Document;
use jiff::civil::Date;

use super::raw::{self, Note, key_of};
use super::{Job, Part};
use crate::api::{Answer, ApiArticle};
use crate::article::{Article, Extracted};
use crate::{Error, extract, import};

/// Where a stored article comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its name, unique in the directory: its address without the scheme.
    pub key: String,
    /// Its address.
    pub url: String,
}

impl Job {
    /// Reads every stored article of the job's days anew from the raw store and hands over each, once: those that
    /// the paper's interface gave with their text, day by day, then those of pages, in the order of listing.
    ///
    /// # Errors
    ///
    /// When a raw file is missing or broken (named), or `each` fails.
    pub fn articles(&self, mut each: impl FnMut(Article, &Origin) -> Result<(), Error>) -> Result<(), Error> {
        let mut seen = HashSet::new();
        self.each_answer(|answer| {
            for ApiArticle { article, .. } in answer.articles {
                let Some(url) = article.url.clone().filter(|_| !article.paragraphs.is_empty()) else {
                    continue;
                };
                let key = key_of(&url);
                if self.wants_day(&article) && seen.insert(digest(&key)) {
                    each(article, &Origin { key, url })?;
                }
            }
            Ok(())
        })?;
        self.each_page(|item| {
            if seen.contains(&digest(&item.key)) {
                return Ok(());
            }
            let record = raw::record(&self.root(Part::Pages), item)?;
            match extract(&record.body, Some(&item.url), record.charset.as_deref()) {
                Extracted::Article(article) if self.wants_day(&article) => {
                    each(*article, &Origin { key: item.key.clone(), url: item.url.clone() })
                }
                _ => Ok(()),
            }
        })
    }

    /// The stored articles as documents.
    ///
    /// # Errors
    ///
    /// As [`Job::articles`].
    pub fn documents(&self, mut each: impl FnMut(Document) -> Result<(), Error>) -> Result<(), Error> {
        self.articles(|article, origin| each(document(self.paper.id(), &origin.key, article)))
    }

    /// Hands over each article of the job's days that stored answers of the paper's interface name, once, with text
    /// or without.
    ///
    /// # Errors
    ///
    /// As [`Job::articles`].
    pub fn listed(&self, mut each: impl FnMut(ApiArticle) -> Result<(), Error>) -> Result<(), Error> {
        let mut seen = HashSet::new();
        self.each_answer(|answer| {
            for listed in answer.articles {
                let key = key_of(listed.article.url.as_deref().unwrap_or_default());
                if self.wants_day(&listed.article) && seen.insert(digest(&key)) {
                    each(listed)?;
                }
            }
            Ok(())
        })
    }

    /// Checks every stored page and answer against the ledger's checksum; gives the keys of broken ones, which are
    /// then asked for again by the next download.
    ///
    /// # Errors
    ///
    /// When a ledger is in use or broken.
    pub fn verify(&self) -> Result<Vec<String>, Error> {
        let mut all = Vec::new();
        for part in [Part::Pages, Part::Answers] {
            if self.ledger_to_read(part)?.is_none() {
                continue;
            }
            let ledger = self.ledger(part)?;
            let root = self.root(part);
            let mut broken = Vec::new();
            for item in ledger.items(State::Complete)? {
                if !raw::is_whole(&root, &item) {
                    broken.push(item.key);
                }
            }
            ledger.forget(&broken)?;
            all.extend(broken);
        }
        Ok(all)
    }

    /// The stored answers, in the order of the days that they cover.
    fn each_answer(&self, mut each: impl FnMut(Answer) -> Result<(), Error>) -> Result<(), Error> {
        let (Some(ledger), Some(api)) = (self.ledger_to_read(Part::Answers)?, self.paper.api()) else {
            return Ok(());
        };
        let mut items: Vec<(Note, Item)> =
            ledger.items(State::Complete)?.into_iter().map(|item| (Note::read(&item.note), item)).collect();
        items.sort_by(|(a, x), (b, y)| (&a.to, &x.url).cmp(&(&b.to, &y.url)));
        for (note, item) in items {
            let record = raw::record(&self.root(Part::Answers), &item)?;
            let text = String::from_utf8_lossy(&record.body);
            each(if note.kind == "import" {
                Answer { articles: import::answer(&text)?, further: Vec::new() }
            } else {
                (api.read)(&item.url, &text)?
            })?;
        }
        Ok(())
    }

    /// The complete items of the pages' ledger, in the order of listing.
    fn each_page(&self, mut each: impl FnMut(&Item) -> Result<(), Error>) -> Result<(), Error> {
        let Some(ledger) = self.ledger_to_read(Part::Pages)? else { return Ok(()) };
        let mut after = 0;
        loop {
            let items = ledger.items_after(&[State::Complete], after, 500)?;
            let Some(last) = items.last() else { return Ok(()) };
            after = last.id;
            for item in &items {
                each(item)?;
            }
        }
    }

    /// Whether the article's day is one of the job's; an undated one is.
    fn wants_day(&self, article: &Article) -> bool {
        let day = article.published.as_deref().and_then(|at| at.get(..10)?.parse::<Date>().ok());
        day.is_none_or(|day| (self.from..=self.to).contains(&day))
    }
}

/// Enough of a hash to tell millions of keys apart, and much shorter than they are.
fn digest(key: &str) -> u128 {
    let hash = blake3::hash(key.as_bytes());
    hash.as_bytes()[..16].iter().fold(0, |sum, &byte| sum << 8 | u128::from(byte))
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

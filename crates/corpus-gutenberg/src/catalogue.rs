//! The catalogue `pg_catalog.csv`: what books there are, and which of them are wanted.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::name::{Choice, Link};
use crate::rdf;
use crate::{Error, Result};

/// Where the catalogue is.
pub(crate) const ADDRESS: &str = "https://www.gutenberg.org/cache/epub/feeds/pg_catalog.csv.gz";

/// The most that a packed catalogue may unpack to, in bytes: a dozen times today's.
const BYTES_MAX: u64 = 256 << 20;

/// A book of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The book's number.
    #[serde(rename(deserialize = "Text#"))]
    pub id: u32,
    /// `Text`, `Sound`, ...
    #[serde(rename(deserialize = "Type"))]
    pub kind: String,
    /// The day of its release, `2004-05-31`.
    #[serde(rename(deserialize = "Issued"))]
    pub issued: String,
    /// Title and subtitle, a line each.
    #[serde(rename(deserialize = "Title"))]
    pub title: String,
    /// Codes between `; `.
    #[serde(rename(deserialize = "Language"))]
    pub language: String,
    /// Surname, given name, years; several between `; `.
    #[serde(rename(deserialize = "Authors"))]
    pub authors: String,
    /// Between `; `.
    #[serde(rename(deserialize = "Subjects"))]
    pub subjects: String,
    /// Classes of the Library of Congress, between `; `.
    #[serde(rename(deserialize = "LoCC"))]
    pub classes: String,
    /// Between `; `.
    #[serde(rename(deserialize = "Bookshelves"))]
    pub bookshelves: String,
    /// `Public domain in the USA.` or another; only RDF records say it.
    #[serde(rename(deserialize = "Rights"), default)]
    pub rights: String,
}

impl Record {
    /// The year of its release.
    #[must_use]
    pub fn year(&self) -> Option<u16> {
        self.issued.get(..4)?.parse().ok()
    }

    /// The files that the book may have on a mirror, best first: which of them exist, only the mirror knows.
    pub(crate) fn choice(&self) -> Choice {
        let id = self.id;
        let digits = id.to_string();
        let folder = if digits.len() == 1 {
            format!("0/{id}")
        } else {
            let above: Vec<String> = digits[..digits.len() - 1].chars().map(String::from).collect();
            format!("{}/{id}", above.join("/"))
        };
        let packed = |suffix: &str| Link {
            key: format!("{id}{suffix}"),
            url: format!("https://www.gutenberg.org/{folder}/{id}{suffix}.zip"),
        };
        let generated = Link {
            key: format!("pg{id}"),
            url: format!("https://www.gutenberg.org/cache/epub/{id}/pg{id}.txt"),
        };
        Choice {
            link: packed("-0"),
            id: Some(id),
            why: "from the catalogue; UTF-8 is asked for first".to_owned(),
            others: vec![packed("-8"), packed(""), generated],
        }
    }
}

/// Which books are wanted; what is not set does not matter. Words are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// A language's code; a book in several language counts for each.
    pub language: Option<String>,
    /// All these words are in the authors' names.
    pub author: Option<String>,
    /// All these words are in the title.
    pub title: Option<String>,
    /// All these words are in the subjects.
    pub subject: Option<String>,
    /// All these words are in the bookshelves.
    pub bookshelf: Option<String>,
    /// A class of the Library of Congress, or how it begins.
    pub class: Option<String>,
    /// All these words are in what is said about the rights.
    pub rights: Option<String>,
    /// Years of release.
    pub years: Option<RangeInclusive<u16>>,
    /// These numbers and no others.
    pub ids: Option<BTreeSet<u32>>,
}

impl Filter {
    /// Whether it says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a book is wanted.
    #[must_use]
    pub fn accepts(&self, record: &Record) -> bool {
        let has_words = |wanted: &Option<String>, text: &str| {
            let text = text.to_lowercase();
            wanted
                .as_ref()
                .is_none_or(|words| words.to_lowercase().split_whitespace().all(|word| text.contains(word)))
        };
        let listed = |wanted: &Option<String>, text: &str, fits: fn(&str, &str) -> bool| {
            let parts = || text.split(';').map(|part| part.trim().to_lowercase());
            wanted.as_ref().is_none_or(|one| parts().any(|part| fits(&part, &one.to_lowercase())))
        };
        has_words(&self.author, &record.authors)
            && has_words(&self.title, &record.title)
            && has_words(&self.subject, &record.subjects)
            && has_words(&self.bookshelf, &record.bookshelves)
            && has_words(&self.rights, &record.rights)
            && listed(&self.language, &record.language, |part, one| part == one)
            && listed(&self.class, &record.classes, |part, one| part.starts_with(one))
            && self.years.as_ref().is_none_or(|years| record.year().is_some_and(|year| years.contains(&year)))
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&record.id))
    }
}

/// The catalogue, read.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Its books, in its order.
    pub records: Vec<Record>,
}

impl Catalogue {
    /// Reads a catalogue from a file, or from a folder whose `.rdf` files are looked for at any depth.
    ///
    /// # Errors
    ///
    /// When it cannot be read; [`Error::is_list`] when it is none.
    pub fn read(path: &Path) -> Result<Self> {
        let read = |path: &Path| std::fs::read(path).map_err(|error| Error::file("read", path, error));
        if !path.is_dir() {
            return Self::parse(&read(path)?, &path.display().to_string());
        }
        let mut records = Vec::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).map_err(|error| Error::file("read", &folder, error))? {
                let entry = entry.map_err(|error| Error::file("read", &folder, error))?;
                let path = entry.path();
                // A link is not followed: it may lead back up.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rdf") {
                    records.push(rdf::parse(&read(&path)?, &path.display().to_string())?);
                }
            }
        }
        if records.is_empty() {
            return Err(Error::list(format!("{}: no .rdf file below this folder", path.display())));
        }
        records.sort_by_key(|record| record.id);
        Ok(Self { records })
    }

    /// Reads a catalogue, packed by gzip or not, or an RDF record, or the tar of them, packed by bzip2 or gzip or not;
    /// `name` is what an error calls it.
    ///
    /// # Errors
    ///
    /// [`Error::is_list`], with the line or the record, when it is none of these.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self> {
        // A tar of all records unpacks to more than a gigabyte, so it is read as it unpacks.
        if bytes.starts_with(b"BZh") {
            return Ok(Self { records: rdf::parse_tar(bzip2::read::MultiBzDecoder::new(bytes), name)? });
        }
        if is_tar(bytes) {
            return Ok(Self { records: rdf::parse_tar(bytes, name)? });
        }
        if bytes.trim_ascii_start().starts_with(b"<?xml") {
            return Ok(Self { records: vec![rdf::parse(bytes, name)?] });
        }
        if bytes.starts_with(GZIP) {
            let mut front = Vec::new();
            // What is wrong with it is said when it is read in earnest.
            let _ = flate2::read::MultiGzDecoder::new(bytes).take(1024).read_to_end(&mut front);
            if is_tar(&front) {
                return Ok(Self { records: rdf::parse_tar(flate2::read::MultiGzDecoder::new(bytes), name)? });
            }
        }
        let bytes =
            if bytes.starts_with(GZIP) { Cow::Owned(gunzip(bytes, name)?) } else { Cow::Borrowed(bytes) };
        let text = String::from_utf8_lossy(&bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let malformed = |error: csv::Error| {
            Error::list(format!("{name}: {error}; it must be a catalogue with the columns of pg_catalog.csv"))
        };
        let records = reader.deserialize().collect::<std::result::Result<_, _>>().map_err(malformed)?;
        Ok(Self { records })
    }

    /// The texts among the books that a filter accepts.
    pub fn select<'a>(&'a self, filter: &'a Filter) -> impl Iterator<Item = &'a Record> {
        self.records.iter().filter(|record| record.kind == "Text" && filter.accepts(record))
    }
}

const GZIP: &[u8] = &[0x1f, 0x8b];

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

fn gunzip(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(BYTES_MAX + 1).read_to_end(&mut unpacked);
    read.map_err(|error| Error::list(format!("{name}: not whole: {error}")))?;
    if unpacked.len() as u64 > BYTES_MAX {
        return Err(Error::list(format!(
            "{name}: unpacks to more than {BYTES_MAX} bytes; this is no catalogue"
        )));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "Text#,Type,Issued,Title,Language,Authors,Subjects,LoCC,Bookshelves\n\
        1342,Text,1998-06-01,Pride and Prejudice,en,\"Austen, Jane, 1775-1817\",England -- Fiction,PR,Best Books\n\
        2,Text,1972-12-01,\"The Bill\nTen Amendments\",en; la,United States,Law,JK; KF,Politics\n\
        7,Sound,2003-01-01,Noise,en,Nobody,,,\n";

    fn ids(filter: &Filter) -> Vec<u32> {
        Catalogue::parse(CSV.as_bytes(), "x.csv").unwrap().select(filter).map(|record| record.id).collect()
    }

    #[test]
    fn filters_choose_and_sound_is_left_out() {
        assert_eq!(ids(&Filter::default()), [1342, 2]);
        assert_eq!(ids(&Filter { author: Some("jane austen".into()), ..Filter::default() }), [1342]);
        assert_eq!(ids(&Filter { language: Some("LA".into()), ..Filter::default() }), [2]);
        assert_eq!(ids(&Filter { subject: Some("england fiction".into()), ..Filter::default() }), [1342]);
        assert_eq!(ids(&Filter { bookshelf: Some("best".into()), ..Filter::default() }), [1342]);
        assert_eq!(ids(&Filter { class: Some("k".into()), ..Filter::default() }), [2]);
        assert_eq!(ids(&Filter { years: Some(1990..=2000), ..Filter::default() }), [1342]);
        assert_eq!(ids(&Filter { ids: Some([2, 7].into()), ..Filter::default() }), [2]);
        assert!(ids(&Filter { title: Some("pride bill".into()), ..Filter::default() }).is_empty());
    }

    #[test]
    fn rights_are_known_from_records_and_from_a_table_that_has_them() {
        let csv = CSV
            .replace("Bookshelves\n", "Bookshelves,Rights\n")
            .replace("PR,Best Books\n", "PR,Best Books,Copyrighted. Read the notice.\n")
            .replace(",Politics\n", ",Politics,\n")
            .replace("Nobody,,,\n", "Nobody,,,,\n");
        let filter = Filter { rights: Some("copyrighted".into()), ..Filter::default() };
        let catalogue = Catalogue::parse(csv.as_bytes(), "x.csv").unwrap();
        assert_eq!(catalogue.select(&filter).map(|record| record.id).collect::<Vec<_>>(), [1342]);
        assert!(ids(&filter).is_empty());
    }

    #[test]
    fn a_book_lies_where_the_mirror_has_it() {
        let record = |id| Record { id, ..Record::default() };
        assert!(record(1342).choice().link.url.ends_with("gutenberg.org/1/3/4/1342/1342-0.zip"));
        assert!(record(7).choice().others[1].url.ends_with("/0/7/7.zip"));
        assert_eq!(record(7).choice().others.len(), 3);
    }

    #[test]
    fn what_is_no_catalogue_is_refused_with_its_name() {
        let error = Catalogue::parse(b"<html>\n<p>a,b</p>\n", "pg_catalog.csv").unwrap_err();
        assert!(error.is_list() && error.to_string().starts_with("pg_catalog.csv"), "{error}");
        assert!(Catalogue::parse(b"\x1f\x8bgarbage", "x.gz").unwrap_err().is_list());
    }
}

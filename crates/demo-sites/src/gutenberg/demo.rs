//! The generated site: its books in several encodings, and the truth about each file.

use super::books::{self, Book};
use super::frame::{Era, frame};
use super::planted::CLASSES;
use super::shelf::Shelf;
use crate::server::{Reply, Request, Site};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::Arc;
use zip::write::SimpleFileOptions;

/// What is generated.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The same seed gives the same site, byte for byte.
    pub seed: u64,
    /// Number of books; each has one to three files.
    pub n_books: usize,
    /// Sentences a book.
    pub n_sentences: usize,
    /// Whether the list also has a few files that cannot be had: see [`FileKind::Broken`].
    pub broken: bool,
}

impl Default for Config {
    /// 60 books of 400 sentences, enough for an embedding to find the planted classes.
    fn default() -> Self {
        Self { seed: 42, n_books: 60, n_sentences: 400, broken: true }
    }
}

/// What a listed file turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A book's text.
    Text,
    /// A text beside a book (an annex, an index), under an odd name.
    Supplement,
    /// A good zip without any text in it.
    NotText,
    /// A file that cannot be had, and why.
    Broken(&'static str),
}

/// What is true of one listed file.
#[derive(Clone, Debug)]
pub struct FileTruth {
    /// `/1/0/0/1/10017/10017-8.zip`.
    pub url_path: String,
    /// What it turns out to be.
    pub kind: FileKind,
    /// `ASCII`, `ISO-8859-1` or `UTF-8`.
    pub encoding: &'static str,
    /// Bytes of the zip as it is served.
    pub zip_bytes: usize,
    /// Bytes of the text in the zip as it was packed, with header and licence.
    pub raw_bytes: usize,
    /// What must remain when header and licence are cut, in UTF-8 with `\n` line ends.
    pub text: String,
}

/// What is true of one book.
#[derive(Clone, Debug)]
pub struct BookTruth {
    /// The number in the catalogue.
    pub id: u32,
    /// Its title.
    pub title: String,
    /// Its author.
    pub author: String,
    /// Its files in the order of the list.
    pub files: Vec<FileTruth>,
}

/// A generated site of Project Gutenberg's shape.
pub struct Demo {
    shelf: Shelf,
    zips: HashMap<String, Vec<u8>>,
    truth: Vec<BookTruth>,
}

/// The numbers of the generated books begin here and leave gaps, as real numbers do.
const FIRST_ID: u32 = 10_001;

impl Demo {
    /// Generates the site.
    #[must_use]
    pub fn new(config: Config) -> Arc<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let mut demo = Self {
            shelf: Shelf { paths: Vec::new(), catalogue: Vec::new() },
            zips: HashMap::new(),
            truth: Vec::new(),
        };
        for n in 0..config.n_books {
            let id = FIRST_ID + 3 * n as u32;
            let plan = PLANS[n % PLANS.len()];
            let book = books::write(&mut rng, id, config.n_sentences, plan.accented);
            demo.add(n, id, &book, plan);
        }
        if config.broken {
            demo.add_broken(FIRST_ID + 3 * config.n_books as u32);
        }
        demo.shelf.catalogue = catalogue(&demo.truth).into_bytes();
        Arc::new(demo)
    }

    /// What is true of each book, in the order of the list.
    #[must_use]
    pub fn truth(&self) -> &[BookTruth] {
        &self.truth
    }

    /// The planted classes: name, and twelve words each.
    #[must_use]
    pub fn planted_classes() -> Vec<(&'static str, [&'static str; 12])> {
        CLASSES.iter().map(|class| (class.name, class.words)).collect()
    }

    fn add(&mut self, n: usize, id: u32, book: &Book, plan: Plan) {
        let era = [Era::Today, Era::TwoThousands, Era::Nineties][n % 3];
        let files = plan.files.iter().map(|file| self.pack(id, book, era, *file)).collect();
        self.truth.push(BookTruth { id, title: book.title.clone(), author: book.author.clone(), files });
    }

    fn pack(&mut self, id: u32, book: &Book, era: Era, file: File) -> FileTruth {
        let text = match file.encoding {
            "ASCII" => books::without_accents(&book.text),
            _ => book.text.clone(),
        };
        let whole = frame(era, id, &book.title, &book.author, file.encoding, &text).replace('\n', "\r\n");
        let raw = if file.encoding == "ISO-8859-1" { latin1(&whole) } else { whole.into_bytes() };
        let stem = format!("{id}{}", file.suffix);
        // Some archives of the real site hold a directory.
        let member = if file.nested {
            format!("{stem}/{stem}{}", file.extension)
        } else {
            format!("{stem}{}", file.extension)
        };
        let zip = zip_of(&member, &raw);
        let truth = FileTruth {
            url_path: url_path(id, &stem),
            kind: file.kind,
            encoding: file.encoding,
            zip_bytes: zip.len(),
            raw_bytes: raw.len(),
            text,
        };
        self.serve(&truth.url_path, zip);
        truth
    }

    /// Four files that are listed and cannot be had.
    fn add_broken(&mut self, first_id: u32) {
        let good = zip_of("text.txt", "A text that never arrives whole.\r\n".repeat(40).as_bytes());
        let mut wrong_crc = good.clone();
        // The middle of the compressed data, far from the headers.
        let middle = wrong_crc.len() / 2 - 20;
        wrong_crc[middle] ^= 0x55;
        let page = b"<!doctype html><title>Not here</title><p>Please look elsewhere.</p>".to_vec();
        let cases = [
            ("missing on the site", None),
            ("a page in place of the zip", Some(page)),
            ("cut short", Some(good[..good.len() / 2].to_vec())),
            ("damaged", Some(wrong_crc)),
        ];
        for (n, (reason, body)) in cases.into_iter().enumerate() {
            let id = first_id + 3 * n as u32;
            let url_path = url_path(id, &id.to_string());
            let file = FileTruth {
                url_path: url_path.clone(),
                kind: FileKind::Broken(reason),
                encoding: "ASCII",
                zip_bytes: body.as_ref().map_or(0, Vec::len),
                raw_bytes: 0,
                text: String::new(),
            };
            match body {
                Some(body) => self.serve(&url_path, body),
                None => self.shelf.paths.push(url_path),
            }
            let title = format!("A Book That Cannot Be Had, Number {id}");
            self.truth.push(BookTruth { id, title, author: "Nobody".to_owned(), files: vec![file] });
        }
    }

    fn serve(&mut self, url_path: &str, body: Vec<u8>) {
        self.shelf.paths.push(url_path.to_owned());
        self.zips.insert(url_path.to_owned(), body);
    }
}

impl Site for Demo {
    fn reply(&self, request: &Request) -> Reply {
        if let Some(page) = self.shelf.page(request) {
            return page;
        }
        match self.zips.get(&request.path) {
            Some(zip) => Reply::bytes("application/zip", zip.clone()).with_etag(request),
            None => Reply::not_found(),
        }
    }
}

#[derive(Clone, Copy)]
struct File {
    suffix: &'static str,
    extension: &'static str,
    encoding: &'static str,
    kind: FileKind,
    nested: bool,
}

#[derive(Clone, Copy)]
struct Plan {
    accented: bool,
    files: &'static [File],
}

const fn text(suffix: &'static str, encoding: &'static str) -> File {
    File { suffix, extension: ".txt", encoding, kind: FileKind::Text, nested: false }
}

const PLAIN: File = text("", "ASCII");
const EIGHT: File = text("-8", "ISO-8859-1");
const UTF8: File = text("-0", "UTF-8");
const NESTED: File = File { nested: true, ..PLAIN };
const ANNEX: File = File { kind: FileKind::Supplement, ..text("-AnnexI", "ASCII") };
const INDEX: File = File { kind: FileKind::Supplement, ..text("-index", "ASCII") };
const UNICODE: File = text("-u", "UTF-8");
const TEX: File = File { extension: ".tex", kind: FileKind::NotText, ..text("-tex", "ASCII") };

/// Which files a book comes in: the combinations of the real list, with its odd names.
const PLANS: &[Plan] = &[
    Plan { accented: false, files: &[PLAIN] },
    Plan { accented: true, files: &[PLAIN, EIGHT] },
    Plan { accented: true, files: &[EIGHT] },
    Plan { accented: false, files: &[NESTED] },
    Plan { accented: true, files: &[UTF8] },
    Plan { accented: true, files: &[PLAIN, EIGHT, UTF8] },
    Plan { accented: false, files: &[PLAIN, ANNEX] },
    Plan { accented: true, files: &[UNICODE] },
    Plan { accented: false, files: &[PLAIN, TEX] },
    Plan { accented: false, files: &[PLAIN, INDEX] },
];

/// `/1/0/0/1/10017/STEM.zip`: the digits of the number but for the last, then the number.
fn url_path(id: u32, stem: &str) -> String {
    let digits = id.to_string();
    let folders: String = digits[..digits.len() - 1].chars().flat_map(|digit| [digit, '/']).collect();
    format!("/{folders}{id}/{stem}.zip")
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

/// A zip with one member and the format's earliest date, so that it is the same every time.
fn zip_of(member: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let written = zip
        .start_file(member, SimpleFileOptions::default().last_modified_time(zip::DateTime::default()))
        .and_then(|()| Ok(zip.write_all(bytes)?))
        .and_then(|()| zip.finish());
    // Writing to memory does not fail; were it to, the tests over the truth would see an empty zip.
    written.map(Cursor::into_inner).unwrap_or_default()
}

fn catalogue(truth: &[BookTruth]) -> String {
    let mut csv = "Text#,Type,Issued,Title,Language,Authors,Subjects,LoCC,Bookshelves\n".to_owned();
    for (n, book) in truth.iter().enumerate() {
        let (given, family) = book.author.split_once(' ').unwrap_or(("", &book.author));
        let author = if given.is_empty() { family.to_owned() } else { format!("{family}, {given}") };
        // A line break in a title, as the real catalogue has them.
        let title = if n % 4 == 3 { book.title.replace(": ", ":\n") } else { book.title.clone() };
        let year = 1971 + n % 50;
        // Writing to a String cannot fail.
        let _ = writeln!(
            csv,
            "{},Text,{year}-05-04,\"{title}\",en,\"{author}\",Demonstrations -- Fiction,PR,Generated books",
            book.id
        );
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn small() -> Arc<Demo> {
        Demo::new(Config { n_books: 20, n_sentences: 30, ..Config::default() })
    }

    fn get(demo: &Demo, path: &str) -> Reply {
        demo.reply(&Request { path: path.to_owned(), ..Request::default() })
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let (one, two) = (small(), small());
        assert_eq!(one.zips, two.zips);
        let other = Demo::new(Config { seed: 7, n_books: 20, n_sentences: 30, broken: true });
        assert_ne!(one.zips, other.zips);
    }

    #[test]
    fn every_good_file_unpacks_to_its_framed_text() {
        let demo = small();
        for file in demo.truth().iter().flat_map(|book| &book.files) {
            if matches!(file.kind, FileKind::Broken(_)) {
                continue;
            }
            let reply = get(&demo, &file.url_path);
            assert_eq!((reply.status, reply.body.len()), (200, file.zip_bytes));
            let mut archive = zip::ZipArchive::new(Cursor::new(reply.body)).expect("a zip");
            let mut raw = Vec::new();
            archive.by_index(0).expect("one member").read_to_end(&mut raw).expect("its bytes");
            assert_eq!(raw.len(), file.raw_bytes);
            let decoded = match file.encoding {
                "ISO-8859-1" => raw.iter().map(|byte| char::from(*byte)).collect(),
                _ => String::from_utf8(raw).expect("UTF-8"),
            };
            assert!(decoded.replace("\r\n", "\n").contains(&file.text), "{}", file.url_path);
        }
    }

    #[test]
    fn the_broken_files_are_broken() {
        let demo = small();
        let broken: Vec<_> = demo
            .truth()
            .iter()
            .flat_map(|book| &book.files)
            .filter(|file| matches!(file.kind, FileKind::Broken(_)))
            .collect();
        assert_eq!(broken.len(), 4);
        for file in broken {
            let reply = get(&demo, &file.url_path);
            let whole = zip::ZipArchive::new(Cursor::new(reply.body)).and_then(|mut archive| {
                let mut raw = Vec::new();
                archive.by_index(0)?.read_to_end(&mut raw)?;
                Ok(raw)
            });
            assert!(reply.status == 404 || whole.is_err(), "{}", file.url_path);
        }
    }

    #[test]
    fn planted_words_belong_to_one_class_each() {
        let mut words: Vec<_> =
            CLASSES.iter().flat_map(|class| class.words.iter().chain(&class.verbs)).collect();
        let n = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), n);
        assert!(CLASSES.len() >= 8);
    }
}

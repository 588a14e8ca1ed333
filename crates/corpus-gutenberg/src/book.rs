//! From the bytes of one file to the book in it: unpack, decode, strip, read the header.

use corpus_text::{decode, normalise_lines};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::header::Header;
use crate::name::Name;
use crate::strip::{Cut, strip};
use crate::unpack::{Inflater, Unpacked, unpack_with};

/// A book and how it was got out of its file.
#[derive(Debug, Clone)]
pub struct Book {
    /// The stripped text, UTF-8, lines ended by `\n`.
    pub text: String,
    /// The text's bytes before decoding, out of the zip.
    pub raw: Vec<u8>,
    /// What is known about it.
    pub about: About,
    /// What was cut.
    pub cuts: Vec<Cut>,
}

/// What is known about a book once it has been cleaned; a line of `clean --json` has these fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The book's number, from the header or the file's name.
    pub id: Option<u32>,
    /// From the header.
    pub title: Option<String>,
    /// From the header.
    pub author: Option<String>,
    /// From the header, as stated.
    pub language: Option<String>,
    /// What the bytes were decoded as.
    pub encoding: String,
    /// Malformed sequences that became U+FFFD.
    pub replacements: usize,
    /// First line of the book in the decoded text, from 1.
    pub start_line: usize,
    /// Last line, inclusive.
    pub end_line: usize,
    /// Bytes of the text before decoding.
    pub bytes_in: u64,
    /// Bytes of the stripped text.
    pub bytes_out: u64,
    /// Next to nothing was left by the rules, so all was kept.
    pub kept_whole: bool,
    /// The text's name in its archive.
    pub member: String,
    /// What else the archive held.
    pub left: Vec<String>,
}

/// Turns the bytes of a file, a zip or a text, into the book. `file` is its name, from which the number and a hint at
/// the encoding come.
///
/// # Errors
///
/// When the archive is refused or damaged; see [`unpack`](crate::unpack::unpack).
pub fn clean(bytes: &[u8], file: &str) -> Result<Book> {
    clean_with(bytes, file, &mut Inflater::new())
}

/// As [`clean`], with an inflater that is used again and again.
///
/// # Errors
///
/// As [`clean`].
pub fn clean_with(bytes: &[u8], file: &str, inflater: &mut Inflater) -> Result<Book> {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let Unpacked { bytes: raw, member, left } = unpack_with(bytes, stem, inflater)?;
    let name = Name::parse(base);
    // A header is ASCII whatever the body is, so what it declares can be read before decoding.
    let front = String::from_utf8_lossy(&raw[..raw.len().min(32 * 1024)]);
    let declared = Header::parse(&front).encoding;
    let hint = declared.as_deref().or_else(|| name.as_ref().and_then(Name::encoding));
    let decoded = decode(&raw, hint);
    let lines = normalise_lines(&decoded.text);
    let stripped = strip(&lines);
    let header = Header::parse(&lines[..stripped.header_bytes]);
    let about = About {
        id: name.and_then(|name| name.id).or(header.id),
        title: header.title,
        author: header.author,
        language: header.language,
        encoding: decoded.encoding.to_owned(),
        replacements: decoded.replacements,
        start_line: stripped.start_line,
        end_line: stripped.end_line,
        bytes_in: raw.len() as u64,
        bytes_out: stripped.text.len() as u64,
        kept_whole: stripped.kept_whole,
        member,
        left,
    };
    let (text, cuts) = (stripped.text.to_owned(), stripped.cuts);
    Ok(Book { text, raw, about, cuts })
}

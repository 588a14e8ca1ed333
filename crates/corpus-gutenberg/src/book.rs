//! From the bytes of one file to the book in it: unpack, decode, strip, read the header.

use std::borrow::Cow;

use corpus_text::decode;
use corpus_text::decode::{normalise_lines_into, remove_soft_hyphens};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::header::Header;
use crate::name::Name;
use crate::strip::{Cut, strip};
use crate::unpack::{Inflater, Text};

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
    /// The day or month of release, from the header, as stated.
    #[serde(default)]
    pub released: Option<String>,
    /// What the header says about copyright.
    #[serde(default)]
    pub rights: Option<String>,
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

/// What is done to a text beside decoding and stripping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanOptions {
    /// End every line with `\n`; else `\r\n` stays where the file has it.
    pub unix_lines: bool,
    /// Remove soft hyphens, which mark where a word might be divided.
    pub remove_soft_hyphens: bool,
}

impl Default for CleanOptions {
    /// Lines end in `\n`, soft hyphens stay: they are the transcriber's.
    fn default() -> Self {
        Self { unix_lines: true, remove_soft_hyphens: false }
    }
}

/// Turns the bytes of a file, a zip or a text, into the book. `file` is its name, from which the number and a hint at
/// the encoding come.
///
/// # Errors
///
/// When the archive is refused or damaged; see [`unpack`](crate::unpack::unpack).
pub fn clean(bytes: &[u8], file: &str) -> Result<Book> {
    let mut bench = Workbench::new(CleanOptions::default());
    let Cleaned { text, raw, about, cuts } = bench.clean(bytes, file)?;
    Ok(Book { text: text.into_owned(), raw: raw.to_vec(), about, cuts })
}

/// What cleaning needs again and again: an inflater and buffers. One for each thread.
#[derive(Debug)]
pub struct Workbench {
    options: CleanOptions,
    inflater: Inflater,
    /// The decoded text with its lines normalised.
    lines: String,
}

/// A book that lies in the buffers of a [`Workbench`]; else as [`Book`].
#[derive(Debug)]
pub struct Cleaned<'a> {
    /// The stripped text, UTF-8.
    pub text: Cow<'a, str>,
    /// The text's bytes before decoding, out of the zip.
    pub raw: &'a [u8],
    /// What is known about it.
    pub about: About,
    /// What was cut.
    pub cuts: Vec<Cut>,
}

impl Workbench {
    /// An empty one.
    #[must_use]
    pub fn new(options: CleanOptions) -> Self {
        Self { options, inflater: Inflater::new(), lines: String::new() }
    }

    /// As [`clean`], in the buffers of this bench.
    ///
    /// # Errors
    ///
    /// As [`clean`].
    pub fn clean<'a>(&'a mut self, bytes: &'a [u8], file: &str) -> Result<Cleaned<'a>> {
        let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        let Text { bytes: raw, member, left } = self.inflater.unpack(bytes, stem)?;
        let name = Name::parse(base);
        // A header is ASCII whatever the body is, so what it declares can be read before decoding.
        let front = String::from_utf8_lossy(&raw[..raw.len().min(32 * 1024)]);
        let declared = Header::parse(&front).encoding;
        let hint = declared.as_deref().or_else(|| name.as_ref().and_then(Name::encoding));
        let decoded = decode(raw, hint);
        self.lines.clear();
        normalise_lines_into(&mut self.lines, &decoded.text);
        let stripped = strip(&self.lines);
        let header = Header::parse(&self.lines[..stripped.header_bytes]);
        let (start_line, end_line) = (stripped.start_line, stripped.end_line);
        let text = if self.options.unix_lines {
            Cow::Borrowed(stripped.text)
        } else {
            Cow::Owned(lines_of(&decoded.text, start_line, end_line).to_owned())
        };
        let text = if self.options.remove_soft_hyphens { without_soft_hyphens(text) } else { text };
        let about = About {
            id: name.and_then(|name| name.id).or(header.id),
            title: header.title,
            author: header.author,
            language: header.language,
            released: header.release,
            rights: header.rights,
            encoding: decoded.encoding.to_owned(),
            replacements: decoded.replacements,
            start_line,
            end_line,
            bytes_in: raw.len() as u64,
            bytes_out: text.len() as u64,
            kept_whole: stripped.kept_whole,
            member,
            left,
        };
        Ok(Cleaned { text, raw, about, cuts: stripped.cuts })
    }
}

fn without_soft_hyphens(text: Cow<'_, str>) -> Cow<'_, str> {
    match remove_soft_hyphens(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shorter) => Cow::Owned(shorter),
    }
}

/// Lines `start..=end` of a text, from 1, with the line ends that it has: `\r\n`, `\n` or `\r`.
fn lines_of(text: &str, start: usize, end: usize) -> &str {
    if start == 0 {
        return "";
    }
    let bytes = text.as_bytes();
    let is_end = |at: usize| bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    let mut ends = (0..bytes.len()).filter(|&at| is_end(at)).map(|at| at + 1);
    let from = if start == 1 { 0 } else { ends.nth(start - 2).unwrap_or(text.len()) };
    let to = ends.nth(end - start).unwrap_or(text.len());
    &text[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "The Project Gutenberg eBook of X\r\n\r\nTitle: X\r\n\r\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\r\n\r\nre\u{ad}member\r\n\r\nthe end\r\n*** END OF THE PROJECT GUTENBERG EBOOK X ***\r\n";

    fn text(file: &str, options: CleanOptions) -> String {
        Workbench::new(options).clean(file.as_bytes(), "9-0.txt").unwrap().text.into_owned()
    }

    #[test]
    fn line_ends_and_soft_hyphens_are_options() {
        let options = CleanOptions::default();
        assert_eq!(text(FILE, options), "re\u{ad}member\n\nthe end\n");
        let bare = CleanOptions { remove_soft_hyphens: true, ..options };
        assert_eq!(text(FILE, bare), "remember\n\nthe end\n");
        let as_found = CleanOptions { unix_lines: false, ..options };
        assert_eq!(text(FILE, as_found), "re\u{ad}member\r\n\r\nthe end\r\n");
        let old_macintosh = FILE.replace("\r\n", "\r");
        assert_eq!(text(&old_macintosh, options), "re\u{ad}member\n\nthe end\n");
        assert_eq!(text(&old_macintosh, as_found), "re\u{ad}member\r\rthe end\r");
    }

    #[test]
    fn a_bench_used_before_leaves_no_trace() {
        let mut bench = Workbench::new(CleanOptions::default());
        let long = FILE.replace("the end", &"a long book\r\n".repeat(1000));
        assert!(bench.clean(long.as_bytes(), "8.txt").unwrap().text.len() > 11_000);
        let short = bench.clean(FILE.as_bytes(), "9.txt").unwrap();
        assert_eq!((short.text.as_ref(), short.raw), ("re\u{ad}member\n\nthe end\n", FILE.as_bytes()));
    }
}

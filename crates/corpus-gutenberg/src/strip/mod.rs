//! Where a book begins and ends in a Project Gutenberg file.
//!
//! The result is a run of whole lines of the file, borrowed from it, so that nothing is copied. What is cut: the
//! project's header, small print and licence, credits of producers and transcribers, "End of ..." lines, second headers,
//! World Library's notices at the ends. What stays: title page, contents, dedications, notes about the text.

#[cfg(test)]
mod eras;
mod head;
mod tail;
mod words;
mod zone;

use std::fmt;

use memchr::memchr_iter;
use serde::Serialize;
use zone::Zone;

/// A book shorter than this share of its file (in bytes) was not found: the whole file is kept. Project Gutenberg's
/// shortest texts, a page below 25 KB of small print, make up 4 %.
const LEAST_SHARE: f64 = 0.015;

/// The book within a file.
#[derive(Debug, Clone)]
pub struct Stripped<'a> {
    /// The book's lines, as they stand in the file, from the first that is not blank to the last.
    pub text: &'a str,
    /// The first line of `text` in the file, from 1; 0 when there is none.
    pub start_line: usize,
    /// The last line of `text` in the file, from 1, inclusive; 0 when there is none.
    pub end_line: usize,
    /// What was cut, from top to bottom.
    pub cuts: Vec<Cut>,
    /// The rules left next to nothing, so everything was kept; [`cuts`](Self::cuts) then lists what they wanted.
    pub kept_whole: bool,
    /// Bytes above the book: the header, for [`Header::parse`](crate::Header::parse).
    pub header_bytes: usize,
}

/// A run of lines that was cut, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// First line, from 1.
    pub first_line: usize,
    /// Last line, inclusive.
    pub last_line: usize,
    /// Why.
    pub reason: Reason,
}

/// Why lines were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// All down to a line `*** START OF ... PROJECT GUTENBERG EBOOK`.
    StartMarker,
    /// All down to the line that ends the small print.
    SmallPrint,
    /// A header that no marker ends.
    UnmarkedHeader,
    /// A second header below the first.
    SecondHeader,
    /// Who produced, prepared, scanned, transcribed or proofread the file.
    Credit,
    /// Where the book's other forms and pages' images are.
    OtherForms,
    /// World Library's notice.
    WorldLibrary,
    /// The director's letter about the text.
    Letter,
    /// A short paragraph about the file itself.
    Notice,
    /// A line `*** END OF ...` and all below.
    EndMarker,
    /// A footer that no marker opens.
    UnmarkedFooter,
    /// "End of Project Gutenberg's ...".
    EndLine,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StartMarker => "header, down to its START marker",
            Self::SmallPrint => "header, down to the end of the small print",
            Self::UnmarkedHeader => "header without a marker at its end",
            Self::SecondHeader => "second header",
            Self::Credit => "credit of producers or transcribers",
            Self::OtherForms => "about other forms of this book",
            Self::WorldLibrary => "World Library's notice",
            Self::Letter => "the project director's letter",
            Self::Notice => "about the file itself",
            Self::EndMarker => "END marker and licence",
            Self::UnmarkedFooter => "footer without a marker above it",
            Self::EndLine => "\"End of Project Gutenberg's ...\"",
        })
    }
}

/// Finds the book in the decoded text of a file, whose lines end in `\n` or `\r\n`.
///
/// Only the ends of the text are read closely; its middle is passed over once, to count lines.
#[must_use]
pub fn strip(text: &str) -> Stripped<'_> {
    let head_zone = Zone::head(text);
    let head_cuts = head::find(&head_zone);
    let from = head_cuts.last().map_or(0, |cut| head_zone.offset(cut.end));
    let tail_zone = Zone::tail(text, from);
    let tail_cuts = tail::find(&tail_zone);
    let to = tail_cuts.first().map_or(text.len(), |cut| tail_zone.offset(cut.first)).max(from);

    let zone_line = line_at(text, 0, tail_zone.offset(0));
    let n_lines = zone_line - 1 + tail_zone.n_lines();
    let mut cuts: Vec<Cut> = head_cuts
        .iter()
        .map(|cut| Cut { first_line: cut.first + 1, last_line: cut.end, reason: cut.reason })
        .collect();
    let stops = tail_cuts.iter().skip(1).map(|cut| zone_line + cut.first - 1).chain([n_lines]);
    cuts.extend(tail_cuts.iter().zip(stops).map(|(cut, last_line)| Cut {
        first_line: zone_line + cut.first,
        last_line,
        reason: cut.reason,
    }));

    let kept_bytes = text[from..to].trim().len();
    let kept_whole = !cuts.is_empty() && (kept_bytes as f64) < LEAST_SHARE * text.len() as f64;
    let (from, to) = if kept_whole { (0, text.len()) } else { (from, to) };
    let (from, to) = whole_lines(text, from, to);
    let is_empty = from == to;
    Stripped {
        text: &text[from..to],
        start_line: if is_empty { 0 } else { line_at(text, 0, from) },
        end_line: if is_empty { 0 } else { end_line(text, to, &tail_zone, zone_line) },
        cuts,
        kept_whole,
        header_bytes: if kept_whole { 0 } else { from },
    }
}

/// The same range without the blank lines at its ends. The first line keeps its indentation, the last its line end.
fn whole_lines(text: &str, from: usize, to: usize) -> (usize, usize) {
    let body = &text[from..to];
    let solid = body.len() - body.trim_start().len();
    if solid == body.len() {
        return (from, from);
    }
    let start = memchr::memrchr(b'\n', &body.as_bytes()[..solid]).map_or(0, |at| at + 1);
    let last = body.trim_end().len();
    let end = memchr::memchr(b'\n', &body.as_bytes()[last..]).map_or(body.len(), |at| last + at + 1);
    (from + start, from + end)
}

/// The number, from 1, of the line that begins at `to`, when line 1 begins at `from`.
fn line_at(text: &str, from: usize, to: usize) -> usize {
    1 + memchr_iter(b'\n', &text.as_bytes()[from..to]).count()
}

/// The line that ends at `to`, counted from the tail's first line where that is above it.
fn end_line(text: &str, to: usize, tail: &Zone, zone_line: usize) -> usize {
    let inside = &text.as_bytes()[..to];
    let last_byte = if inside.ends_with(b"\n") { to - 1 } else { to };
    if tail.offset(0) <= last_byte {
        zone_line + line_at(text, tail.offset(0), last_byte) - 1
    } else {
        line_at(text, 0, last_byte)
    }
}

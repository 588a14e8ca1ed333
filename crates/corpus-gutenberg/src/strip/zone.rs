//! An end of a book as lines and paragraphs, in lower case, so that rules can be short.
//!
//! Boilerplate lies at the ends. A book may have megabytes between them that no rule looks at, so only the ends are
//! copied, lowered and cut into lines. ASCII lowering keeps every offset.

use memchr::{memchr_iter, memrchr};

/// The longest header and the longest footer that is looked for, in bytes. The longest small print seen has 25 KB.
const ZONE_BYTES: usize = 96 * 1024;

/// A run of whole lines of a text.
pub(super) struct Zone {
    /// The lines, with ASCII letters in lower case.
    lower: String,
    /// Offset of the zone in the text.
    base: usize,
    /// Where each line starts, and where it starts and ends without its outer spaces; offsets in `lower`.
    lines: Vec<Span>,
}

#[derive(Clone, Copy)]
struct Span {
    start: u32,
    from: u32,
    to: u32,
}

/// Lines `first..end` of a zone, none of them blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paragraph {
    pub(super) first: usize,
    pub(super) end: usize,
}

impl Paragraph {
    pub(super) fn n_lines(self) -> usize {
        self.end - self.first
    }
}

impl Zone {
    /// The lines at the beginning of a text.
    pub(super) fn head(text: &str) -> Self {
        let end = if text.len() <= ZONE_BYTES {
            text.len()
        } else {
            memrchr(b'\n', &text.as_bytes()[..ZONE_BYTES]).map_or(text.len(), |at| at + 1)
        };
        Self::new(text, 0, end)
    }

    /// The lines at the end of a text, none of them before `from`, which is the start of a line.
    pub(super) fn tail(text: &str, from: usize) -> Self {
        let wanted = text.len().saturating_sub(ZONE_BYTES).max(from);
        let start = if wanted == from {
            from
        } else {
            memchr::memchr(b'\n', &text.as_bytes()[wanted..]).map_or(from, |at| wanted + at + 1)
        };
        Self::new(text, start, text.len())
    }

    fn new(text: &str, base: usize, end: usize) -> Self {
        let lower = text[base..end].to_ascii_lowercase();
        let mut lines = Vec::with_capacity(lower.len() / 40);
        let mut start = 0;
        for stop in memchr_iter(b'\n', lower.as_bytes()).chain([lower.len()]) {
            if stop == lower.len() && start == stop {
                break;
            }
            let line = &lower[start..stop];
            let from = start + (line.len() - line.trim_start().len());
            let to = from + line.trim().len();
            lines.push(Span { start: start as u32, from: from as u32, to: to as u32 });
            start = stop + 1;
        }
        Self { lower, base, lines }
    }

    pub(super) fn n_lines(&self) -> usize {
        self.lines.len()
    }

    /// A line without its outer spaces, in lower case.
    pub(super) fn line(&self, idx: usize) -> &str {
        let span = self.lines[idx];
        &self.lower[span.from as usize..span.to as usize]
    }

    pub(super) fn is_blank(&self, idx: usize) -> bool {
        let span = self.lines[idx];
        span.from == span.to
    }

    /// Where a line starts in the text; past the last line, where the zone ends.
    pub(super) fn offset(&self, idx: usize) -> usize {
        self.base + self.lines.get(idx).map_or(self.lower.len(), |span| span.start as usize)
    }

    /// The first paragraph that starts at `from` or later.
    pub(super) fn paragraph_after(&self, from: usize) -> Option<Paragraph> {
        let first = (from..self.n_lines()).find(|&i| !self.is_blank(i))?;
        let end = (first..self.n_lines()).find(|&i| self.is_blank(i)).unwrap_or(self.n_lines());
        Some(Paragraph { first, end })
    }

    /// The last paragraph among the lines before `before`.
    pub(super) fn paragraph_before(&self, before: usize) -> Option<Paragraph> {
        let last = (0..before.min(self.n_lines())).rev().find(|&i| !self.is_blank(i))?;
        let first = (0..=last).rev().take_while(|&i| !self.is_blank(i)).last()?;
        Some(Paragraph { first, end: last + 1 })
    }

    /// A paragraph as one line, single spaces between words, without the brackets and stars around it.
    pub(super) fn joined(&self, paragraph: Paragraph) -> String {
        let mut text = String::new();
        for idx in paragraph.first..paragraph.end {
            for word in self.line(idx).split_whitespace() {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(word);
            }
        }
        text.trim_matches(|c: char| "*[](){}<>|+-=_~#\"'“”‘’ ".contains(c)).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_paragraphs_keep_their_places() {
        let text = "One\r\n\r\n  Two words \nthree\n\n\nFOUR";
        let zone = Zone::head(text);
        assert_eq!(zone.n_lines(), 7);
        assert_eq!((zone.line(2), zone.line(6)), ("two words", "four"));
        let second = zone.paragraph_after(1).unwrap();
        assert_eq!(second, Paragraph { first: 2, end: 4 });
        assert_eq!(zone.joined(second), "two words three");
        assert_eq!(zone.paragraph_before(6), Some(second));
        assert_eq!(zone.offset(3), text.find("three").unwrap());
        assert_eq!(zone.offset(7), text.len());
        assert_eq!(zone.offset(2), text.find("  Two").unwrap());
        assert_eq!(zone.paragraph_after(7), None);
        assert_eq!(zone.paragraph_before(0), None);
    }

    #[test]
    fn a_tail_begins_with_a_whole_line() {
        let text = "é line\n".repeat(40_000);
        let zone = Zone::tail(&text, 0);
        assert!(zone.offset(0) > 0);
        assert_eq!(zone.line(0), "é line");
        assert_eq!(Zone::head(&text).offset(0), 0);
        assert_eq!(Zone::tail("a\nb\n", 2).line(0), "b");
        assert_eq!(Zone::head("").n_lines(), 0);
    }
}

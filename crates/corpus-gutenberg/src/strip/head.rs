//! The front: markers, headers, small print, credits.
//!
//! A header has had four shapes since 1971: none; a letter with the "small print" that ends in `*END*`; a few lines that
//! end in `*** START OF`; and both, one below the other. Below it stand credits. What follows a credit is the book.

use super::Reason;
use super::words::{
    CREDIT_STARTS, CREDIT_WORDS, HEADER_STARTS, LEGAL_WORDS, OTHER_FORMS, WEAK_CREDIT_STARTS,
};
use super::zone::{Paragraph, Zone};

/// A header, counted from the line where it begins, is never longer than this: the longest seen has 420 lines.
const HEADER_LINES: usize = 700;

/// A credit, in lines. Long ones list the libraries whose scans were used.
const CREDIT_LINES: usize = 16;

/// A run of lines to be cut, and why.
pub(super) struct HeadCut {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) reason: Reason,
}

/// Finds the lines to cut at the front: consecutive runs from line 0 on.
pub(super) fn find(zone: &Zone) -> Vec<HeadCut> {
    let mut cuts = Cuts { runs: Vec::new(), at: 0 };
    if let Some(marker) = marker_after(zone, 0) {
        cuts.push(marker.end, marker.reason);
    } else if let Some(end) = unmarked_header(zone) {
        cuts.push(end, Reason::UnmarkedHeader);
    }
    let below_marker = !cuts.runs.is_empty();
    if cuts.runs.last().is_some_and(|run| run.reason == Reason::UnmarkedHeader) {
        cut_rule(zone, &mut cuts);
    }
    cut_paragraphs(zone, &mut cuts, below_marker);
    cuts.runs
}

struct Cuts {
    runs: Vec<HeadCut>,
    at: usize,
}

impl Cuts {
    fn push(&mut self, end: usize, reason: Reason) {
        match self.runs.last_mut() {
            Some(last) if last.reason == reason => last.end = end,
            _ => self.runs.push(HeadCut { first: self.at, end, reason }),
        }
        self.at = end;
    }
}

/// A rule below a header that has no marker, or below a notice, is theirs: it sets them off from the book.
fn cut_rule(zone: &Zone, cuts: &mut Cuts) {
    let rule = zone.paragraph_after(cuts.at).filter(|&paragraph| zone.joined(paragraph).is_empty());
    if let (Some(rule), Some(run)) = (rule, cuts.runs.last()) {
        let reason = run.reason;
        cuts.push(rule.end, reason);
    }
}

/// Goes down paragraph by paragraph and stops at the first that belongs to the book.
fn cut_paragraphs(zone: &Zone, cuts: &mut Cuts, below_marker: bool) {
    let mut at = cuts.at;
    let mut first = below_marker;
    while let Some(paragraph) = zone.paragraph_after(at) {
        let text = zone.joined(paragraph);
        let (end, reason) = match classify(zone, paragraph, &text, first) {
            Class::Book => return,
            // A rule between two credits goes with them; one above the book is the book's.
            Class::Rule => {
                at = paragraph.end;
                continue;
            }
            Class::Cut(reason) => (paragraph.end, reason),
            Class::Header => match marker_after(zone, paragraph.first) {
                Some(marker) => (marker.end, Reason::SecondHeader),
                None => (paragraph.end, Reason::SecondHeader),
            },
            Class::Letter(end) => (end, Reason::Letter),
        };
        cuts.push(end, reason);
        if reason == Reason::Notice {
            cut_rule(zone, cuts);
        }
        at = cuts.at;
        first = false;
    }
}

enum Class {
    Book,
    Rule,
    Cut(Reason),
    /// Another header begins here.
    Header,
    /// The director's letter, which ends before this line.
    Letter(usize),
}

fn classify(zone: &Zone, paragraph: Paragraph, text: &str, first: bool) -> Class {
    if text.is_empty() {
        return Class::Rule;
    }
    if is_other_form(text) {
        return Class::Cut(Reason::OtherForms);
    }
    if is_note(text) {
        return Class::Book;
    }
    if is_world_library(text) {
        return Class::Cut(Reason::WorldLibrary);
    }
    if text.starts_with("executive director") {
        return letter_end(zone, paragraph).map_or(Class::Book, Class::Letter);
    }
    if is_credit(text, paragraph.n_lines(), first) {
        return Class::Cut(Reason::Credit);
    }
    if HEADER_STARTS.iter().any(|start| text.starts_with(start)) {
        return Class::Header;
    }
    if is_notice(text, paragraph.n_lines()) {
        return Class::Cut(Reason::Notice);
    }
    Class::Book
}

/// A note about the text is kept, whoever wrote it.
pub(super) fn is_note(text: &str) -> bool {
    let opening: String = text.chars().take(48).collect();
    let who = [
        "transcriber",
        "transcribers",
        "preparer",
        "scanner",
        "redactor",
        "producer",
        "proofreader",
        "compiler",
    ];
    let named = who.iter().any(|who| opening.contains(who)) && opening.contains("note");
    named
        || opening.starts_with("note")
        || opening.starts_with("tn:")
        || opening.starts_with("a note on")
        || text.contains("extensive research did not uncover")
}

pub(super) fn is_world_library(text: &str) -> bool {
    text.starts_with("this electronic version of the complete works")
        || (text.contains("world library") && text.contains("library of the future"))
        || text.starts_with("the library of the future complete works")
}

/// What a file says about its other forms and editions; the book itself does not know of them.
pub(super) fn is_other_form(text: &str) -> bool {
    let is_about = OTHER_FORMS.iter().any(|words| text.contains(words));
    is_about
        && text.len() < 1200
        && (["note", "see ", "images", "there is", "project gutenberg", "pg has", "this ebook", "#"]
            .iter()
            .any(|start| text.starts_with(start))
            || text.contains("gutenberg")
            || text.contains("-h.htm"))
        && !text.starts_with("transcriber")
        || text.starts_with("images of the original pages")
        || text.starts_with("note: images of")
}

pub(super) fn is_credit(text: &str, n_lines: usize, first: bool) -> bool {
    if n_lines > CREDIT_LINES || text.len() > 1500 {
        return false;
    }
    let starts = |list: &[&str]| list.iter().any(|start| text.starts_with(start));
    let has_address =
        text.contains('@') || text.contains("http://") || text.contains("https://") || text.contains("www.");
    let is_weak = starts(WEAK_CREDIT_STARTS) && (first || has_address) && n_lines <= 6;
    let is_address = has_address && n_lines <= 2 && text.len() < 120;
    starts(CREDIT_STARTS)
        || is_weak
        || is_address
        || (n_lines <= 10 && CREDIT_WORDS.iter().any(|w| text.contains(w)))
}

/// A short paragraph that speaks of the file: its number, its permission.
fn is_notice(text: &str, n_lines: usize) -> bool {
    let numbered =
        ["[etext #", "[ebook #", "[e-text #", "etext number", "etext no."].iter().any(|w| text.contains(w));
    let permission = text.starts_with("this etext is")
        || text.starts_with("this ebook is")
        || text.starts_with("this e-text is");
    // Books in other languages came in two versions in the 1990s, and told so, a paragraph each.
    let version = [
        "this etext is in ",
        "this ebook is in ",
        "this e-text is in ",
        "we are releasing two versions",
        "we have released two versions",
        "this is the 7-bit version",
        "this is the 8-bit version",
        "this is a 7-bit version",
        "this is an 8-bit version",
    ]
    .iter()
    .any(|start| text.starts_with(start));
    let personal =
        permission && ["copyright", "private use", "public domain"].iter().any(|w| text.contains(w));
    (numbered && n_lines <= 3)
        || (version && n_lines <= 8)
        || (names_project(text) && n_lines <= 8)
        || (personal && n_lines <= 12)
}

/// The project, or one of its sisters, by its name.
pub(super) fn names_project(text: &str) -> bool {
    ["project gutenberg", "gutenberg etext", "gutenberg ebook", "gutenberg projekt", "projekt gutenberg"]
        .iter()
        .any(|name| text.contains(name))
}

/// The letter above the First Folio's plays ends with the director's name and title, or with a row of stars.
fn letter_end(zone: &Zone, paragraph: Paragraph) -> Option<usize> {
    let signed = (paragraph.first + 1..zone.n_lines().min(paragraph.first + 150))
        .find(|&i| zone.line(i).starts_with("michael s. hart"))?;
    let mut end = zone.paragraph_after(signed)?.end;
    if let Some(next) = zone.paragraph_after(end).filter(|&p| zone.joined(p).is_empty()) {
        end = next.end;
    }
    Some(end)
}

struct Marker {
    end: usize,
    reason: Reason,
}

/// The first line at or below `from` that ends a header, if all from there to the line reads like one.
fn marker_after(zone: &Zone, from: usize) -> Option<Marker> {
    let limit = zone.n_lines().min(from + HEADER_LINES);
    for idx in from..limit {
        let line = zone.line(idx);
        // Early files have the small print at their end: it is not the end of a header.
        if super::tail::is_end_line(zone, idx) {
            return None;
        }
        if line.is_empty() || !b"*[-".contains(&line.as_bytes()[0]) && !line.contains("small print") {
            continue;
        }
        // A book without a header must not lose its text to the small print of its footer.
        if super::tail::is_end_marker(zone, idx) {
            return None;
        }
        if is_start_marker(zone, idx) {
            return Some(Marker { end: start_marker_end(zone, idx), reason: Reason::StartMarker });
        }
        if is_small_print_end(line) && is_legal(zone, from, idx) {
            return Some(Marker { end: idx + 1, reason: Reason::SmallPrint });
        }
    }
    None
}

fn is_start_marker(zone: &Zone, idx: usize) -> bool {
    let line = zone.line(idx);
    let words = line.trim_start_matches(['*', ' ', '-']);
    if !line.starts_with("**") || line.contains("small print") {
        return false;
    }
    let starts = words.starts_with("start of th")
        || words.starts_with("start of project")
        || words.starts_with("start: full");
    let named = |i: usize| {
        i < zone.n_lines() && (zone.line(i).contains("gutenberg") || zone.line(i).contains("ebook"))
    };
    starts && (named(idx) || named(idx + 1))
}

/// A long title runs on; the marker ends where its stars do.
fn start_marker_end(zone: &Zone, idx: usize) -> usize {
    let closes = |i: usize| zone.line(i).ends_with('*');
    let is_closed = closes(idx) && zone.line(idx).trim_end_matches('*').len() > 12;
    if is_closed {
        return idx + 1;
    }
    let last = (idx + 1..zone.n_lines().min(idx + 6)).take_while(|&i| !zone.is_blank(i)).find(|&i| closes(i));
    last.map_or(idx + 1, |i| i + 1)
}

fn is_small_print_end(line: &str) -> bool {
    let words = line.trim_start_matches(['*', ' ', '[', '"']);
    (line.starts_with('*')
        && words.starts_with("end")
        && (line.contains("small print") || words.starts_with("end*")))
        || (line.starts_with('[') && words.starts_with("small print") && words.contains("v."))
        // Some copies have lost their stars.
        || (line.starts_with("end") && line.contains("small print") && line.contains("ver."))
        || (line.starts_with('*') && words.starts_with("ende") && line.contains("kleingedruckte"))
}

/// Whether the solid lines of a range speak the language of licences. One line in seven does in the plainest header.
pub(super) fn is_legal(zone: &Zone, from: usize, to: usize) -> bool {
    let (mut n_solid, mut n_legal) = (0_usize, 0_usize);
    for idx in (from..to).filter(|&i| !zone.is_blank(i)) {
        n_solid += 1;
        n_legal += usize::from(LEGAL_WORDS.iter().any(|word| zone.line(idx).contains(word)));
    }
    n_legal * 7 >= n_solid
}

/// Where a header without a marker ends: below its last line that only a header has.
fn unmarked_header(zone: &Zone) -> Option<usize> {
    // A book may speak of the library; a header begins a paragraph with its name.
    let opens = (0..zone.n_lines()).filter(|&i| !zone.is_blank(i)).take(12).any(|i| {
        let line = zone.line(i);
        let begins = i == 0 || zone.is_blank(i - 1) || line.starts_with(['*', '[']);
        let words = line.trim_start_matches(['*', ' ', '[']);
        (begins && HEADER_STARTS.iter().any(|start| words.starts_with(start)))
            || line.contains("etext #")
            || line.contains("ebook #")
            || line.contains("plain vanilla")
    });
    if !opens {
        return None;
    }
    let is_header_line = |line: &str| {
        [
            "project gutenberg",
            "plain vanilla",
            "[etext",
            "[ebook",
            "etext #",
            "readable by both humans",
            "should be named",
            "small print",
            "character set encoding",
            "release date:",
            "language:",
        ]
        .iter()
        .any(|words| line.contains(words))
            || ["original publication:", "credits:", "most recently updated:", "date first posted:"]
                .iter()
                .any(|field| line.starts_with(field))
    };
    let mut end = 0;
    let mut at = 0;
    // A book's own words may name the project; a header does so again and again, so the gap between is short.
    while let Some(paragraph) = zone.paragraph_after(at) {
        if paragraph.first > end + 45
            || paragraph.first > HEADER_LINES
            || super::tail::is_end_marker(zone, paragraph.first)
            || super::tail::is_end_line(zone, paragraph.first)
        {
            break;
        }
        at = paragraph.end;
        let text = zone.joined(paragraph);
        if is_note(&text) && !is_other_form(&text) {
            break;
        }
        if (paragraph.first..paragraph.end).any(|i| is_header_line(zone.line(i))) {
            end = paragraph.end;
        }
    }
    (end > 0).then_some(end)
}

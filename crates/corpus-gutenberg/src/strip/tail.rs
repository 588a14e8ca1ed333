//! The back: the end marker and the licence below it, the "End of ..." lines and credits above it.

use super::Reason;
use super::head::{is_credit, is_legal, is_note, is_world_library, names_project};
use super::zone::{Paragraph, Zone};

/// The lines from `first` to the next cut, or to the end, and why they are cut.
pub(super) struct TailCut {
    pub(super) first: usize,
    pub(super) reason: Reason,
}

/// How far above the end of a file without a marker its "End of ..." line is looked for. The longest licence seen below
/// one has 400 lines.
const FOOTER_LINES: usize = 700;

/// Finds where to cut at the back; the cuts are in the order of the lines, and the first of them is where the book
/// ends.
pub(super) fn find(zone: &Zone) -> Vec<TailCut> {
    let mut cuts = Vec::new();
    let mut end = zone.n_lines();
    if let Some(first) = end_marker(zone) {
        end = first;
        cuts.push(TailCut { first, reason: Reason::EndMarker });
    } else if let Some(first) = unmarked_footer(zone) {
        end = first;
        cuts.push(TailCut { first, reason: Reason::UnmarkedFooter });
    }
    let mut at = end;
    while let Some(paragraph) = zone.paragraph_before(at) {
        let text = zone.joined(paragraph);
        if text.is_empty() {
            // A rule between two lines of the footer; whether it is one shows the paragraph above.
            at = paragraph.first;
            continue;
        }
        let Some((first, reason)) = classify(zone, paragraph, &text) else { break };
        cuts.push(TailCut { first, reason });
        at = first;
    }
    cuts.reverse();
    cuts
}

fn classify(zone: &Zone, paragraph: Paragraph, text: &str) -> Option<(usize, Reason)> {
    if let Some(first) = (paragraph.first..paragraph.end).find(|&i| is_end_line(zone, i)) {
        // "End of ..." stands directly below the last line of some books.
        let rest = paragraph.end - first;
        return (rest <= 6).then_some((first, Reason::EndLine));
    }
    if is_world_library(text) {
        return Some((paragraph.first, Reason::WorldLibrary));
    }
    let above = zone.paragraph_before(paragraph.first).map(|p| zone.joined(p)).unwrap_or_default();
    if is_note(text) || (is_note(&above) && above.len() < 60) {
        return None;
    }
    // Canada's last line, below which there is nothing: "[End of Title, by Author]".
    let is_last = zone.paragraph_after(paragraph.end).is_none();
    let raw = zone.line(paragraph.first);
    if is_last && raw.starts_with("[end of ") && text.contains(" by ") && paragraph.n_lines() <= 3 {
        return Some((paragraph.first, Reason::EndLine));
    }
    if names_project(text) && paragraph.n_lines() <= 4 && text.len() < 300 {
        return Some((paragraph.first, Reason::Notice));
    }
    let by = text.contains(" by ") || text.contains("gutenberg") || text.contains("pgdp");
    (by && is_tail_credit(text) && is_credit(text, paragraph.n_lines(), false) && paragraph.n_lines() <= 6)
        .then_some((paragraph.first, Reason::Credit))
}

/// Fewer words than at the front are believed here: a book may end with who printed, typed or scanned something.
fn is_tail_credit(text: &str) -> bool {
    [
        "produced by",
        "e-text prepared",
        "etext prepared",
        "this etext was prepared by",
        "this etext was produced by",
        "this ebook was prepared by",
        "this ebook was produced by",
        "transcribed from the",
        "html version by",
        "text file produced by",
        "html file produced by",
        "typed by",
        "scanned by",
        "text prepared by",
    ]
    .iter()
    .any(|start| text.starts_with(start))
        || text.contains("pgdp.net")
        || text.contains("online distributed proofread")
}

/// `*** END OF ...`, and `***START OF FULL LICENSE` where the first was lost.
pub(super) fn is_end_marker(zone: &Zone, idx: usize) -> bool {
    let line = zone.line(idx);
    if !line.starts_with("**") || line.contains("small print") {
        return false;
    }
    let words = line.trim_start_matches(['*', ' ', '-']);
    let ends =
        words.starts_with("end of th") || words.starts_with("end of project") || words.starts_with("ende ");
    let named = |i: usize| {
        i < zone.n_lines() && (zone.line(i).contains("gutenberg") || zone.line(i).contains("ebook"))
    };
    ends && (named(idx) || named(idx + 1))
}

/// The first marker below which there is nothing but licence.
fn end_marker(zone: &Zone) -> Option<usize> {
    let mut found = None;
    for idx in (0..zone.n_lines()).rev() {
        if !zone.line(idx).starts_with("**") || !is_end_marker(zone, idx) {
            continue;
        }
        match found {
            // Two footers, one below the other, belong together only when no book lies between.
            Some(below) if !is_legal(zone, idx + 1, below) => break,
            _ => found = Some(idx),
        }
    }
    found
}

/// "End of (the, this) Project Gutenberg's ...", in the languages it was seen in.
pub(super) fn is_end_line(zone: &Zone, idx: usize) -> bool {
    let line = zone.line(idx).trim_start_matches(|c: char| "*[(-_ \"".contains(c));
    let opens = [
        "end of",
        "the end of",
        "end this",
        "end project",
        "ende d",
        "ende von",
        "fin d",
        "fine d",
        "fim d",
        "einde v",
        "slut p",
    ]
    .iter()
    .any(|start| line.starts_with(start));
    let names = |text: &str| {
        ["gutenberg", "etext", "e-text", "ebook", "e-book"].iter().any(|word| text.contains(word))
    };
    if opens && names(line) {
        return true;
    }
    // "End of the Project" / "Gutenberg EBook of ...".
    opens
        && (line.ends_with("project") || line.ends_with("the") || line.ends_with("this"))
        && idx + 1 < zone.n_lines()
        && names(zone.line(idx + 1))
}

/// Where the footer of a file without an end marker begins.
fn unmarked_footer(zone: &Zone) -> Option<usize> {
    let from = zone.n_lines().saturating_sub(FOOTER_LINES);
    (from..zone.n_lines()).filter(|&i| !zone.is_blank(i)).find(|&idx| {
        let line = zone.line(idx);
        let words = line.trim_start_matches(['*', ' ', '-']);
        let opens = is_end_line(zone, idx)
            || (words.starts_with("this file should be named") && line.contains(".txt"))
            || words.starts_with("start: full license")
            || words.starts_with("start of full license")
            || (line.starts_with('*') && words.starts_with("start") && line.contains("small print"))
            || (line.starts_with("***") && words.starts_with("end of"));
        opens && is_only_footer(zone, idx)
    })
}

fn is_only_footer(zone: &Zone, idx: usize) -> bool {
    let n_solid = (idx..zone.n_lines()).filter(|&i| !zone.is_blank(i)).count();
    n_solid <= 8 || is_legal(zone, idx, zone.n_lines())
}

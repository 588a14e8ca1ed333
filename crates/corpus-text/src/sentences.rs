//! English prose to sentences, by rules: where a full stop ends a sentence and where it ends an abbreviation.
//!
//! A model trained on news does worse on the prose of three centuries than a list of abbreviations and a look at the
//! next word, and it would have to be shipped. The rules, in the order in which they are asked, are in `is_end`.

use std::borrow::Cow;

/// What separates paragraphs; a sentence never crosses from one into the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paragraphs {
    /// Blank lines do, and lines are wrapped, as in books.
    BlankLines,
    /// Each line is a paragraph, as in articles.
    EachLine,
}

/// The sentences of `text`, in order: slices without white space at either end, never empty. A slice of a wrapped
/// text can hold line ends; [`one_line`] takes them out.
///
/// ```
/// use corpus_text::{Paragraphs, sentences};
///
/// let text = "Mr. Hale met Dr. J. R. Smith at 5 p.m. on Main St.\nHe was late.  \"Why?\" she asked.";
/// let found: Vec<_> = sentences(text, Paragraphs::BlankLines).collect();
/// assert_eq!(found, [
///     "Mr. Hale met Dr. J. R. Smith at 5 p.m. on Main St.",
///     "He was late.",
///     "\"Why?\" she asked.",
/// ]);
/// ```
#[must_use]
pub fn sentences(text: &str, paragraphs: Paragraphs) -> Sentences<'_> {
    Sentences { text, at: 0, paragraph_end: 0, paragraphs }
}

/// The iterator behind [`sentences()`].
#[derive(Debug, Clone)]
pub struct Sentences<'a> {
    text: &'a str,
    at: usize,
    paragraph_end: usize,
    paragraphs: Paragraphs,
}

impl<'a> Iterator for Sentences<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if self.at >= self.paragraph_end {
                if self.at >= self.text.len() {
                    return None;
                }
                self.paragraph_end = paragraph_end(self.text, self.at, self.paragraphs);
            }
            let paragraph = &self.text[self.at..self.paragraph_end];
            let end = first_end(paragraph);
            let sentence = paragraph[..end].trim();
            self.at += end;
            if !sentence.is_empty() {
                return Some(sentence);
            }
        }
    }
}

/// A sentence on one line: every run of white space is one space.
#[must_use]
pub fn one_line(sentence: &str) -> Cow<'_, str> {
    let bytes = sentence.as_bytes();
    let plain = bytes.iter().all(|&b| b >= b' ') && !sentence.contains("  ") && sentence.is_ascii();
    if plain {
        return Cow::Borrowed(sentence);
    }
    let mut line = String::with_capacity(sentence.len());
    for word in sentence.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    Cow::Owned(line)
}

/// Where the paragraph that begins at `at` ends, in bytes of `text`.
fn paragraph_end(text: &str, at: usize, paragraphs: Paragraphs) -> usize {
    let mut end = at;
    let mut has_words = false;
    for line in text[at..].split_inclusive('\n') {
        end += line.len();
        let blank = line.trim().is_empty();
        if (blank && has_words) || (!blank && paragraphs == Paragraphs::EachLine) {
            return end;
        }
        has_words |= !blank;
    }
    end
}

/// Where the first sentence of a paragraph ends, in bytes; the paragraph's length where it is one sentence.
fn first_end(paragraph: &str) -> usize {
    let bytes = paragraph.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|&b| matches!(b, b'.' | b'!' | b'?' | 0xe2)) {
        let mark = at + found;
        let end_of_marks = skip_marks(paragraph, mark);
        if end_of_marks == mark {
            // Another character whose first byte is that of the ellipsis.
            at = mark + 1;
            continue;
        }
        let end = skip_closers(paragraph, end_of_marks);
        if is_end(paragraph, mark, end_of_marks, end) {
            return end;
        }
        at = end;
    }
    paragraph.len()
}

/// The end of a run of `.`, `!`, `?` and ellipses, also where the dots stand apart: `. . .`.
fn skip_marks(text: &str, at: usize) -> usize {
    let mut end = at;
    loop {
        let rest = &text[end..];
        if let Some(c) = rest.chars().next().filter(|&c| is_mark(c)) {
            end += c.len_utf8();
        } else if end > at
            && (rest.starts_with(" .") || rest.starts_with("\n."))
            && !rest[2..].starts_with(|c: char| c.is_alphanumeric())
        {
            end += 2;
        } else {
            return end;
        }
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '\u{2026}')
}

/// Quotation marks, brackets and the like that close with the sentence.
fn skip_closers(text: &str, at: usize) -> usize {
    let closers = text[at..].find(|c| {
        !matches!(c, '"' | '\'' | ')' | ']' | '}' | '\u{201d}' | '\u{2019}' | '\u{bb}' | '_' | '*')
    });
    closers.map_or(text.len(), |n| at + n)
}

/// Whether the marks in `mark..marks_end`, closed at `end`, end a sentence.
fn is_end(text: &str, mark: usize, marks_end: usize, end: usize) -> bool {
    let after = &text[end..];
    let next = after.trim_start();
    if next.is_empty() {
        return true;
    }
    // "3.14", "e.g.this", "?--": nothing ends without white space behind it, but for a quotation that opens at once.
    if next.len() == after.len() {
        return false;
    }
    let opened = next.trim_start_matches(['"', '\'', '(', '[', '\u{201c}', '\u{2018}', '\u{ab}', '_', '*']);
    let Some(first) = opened.chars().next() else { return true };
    // What goes on in lower case, or with a dash or a comma, is the same sentence: "Why?" she asked.
    if first.is_lowercase() || matches!(first, ',' | ';' | ':' | '-' | '\u{2013}' | '\u{2014}' | '&') {
        return false;
    }
    let marks = &text[mark..marks_end];
    if end > marks_end && marks != "." && is_speech_tag(opened) {
        return false;
    }
    if marks != "." || end > marks_end && !text[marks_end..end].starts_with(['_', '*']) {
        return true;
    }
    let word = word_before(text, mark);
    !is_abbreviation(word, opened)
}

/// "Mary said", "Mr. Hale cried": after "What?" these belong to it.
fn is_speech_tag(next: &str) -> bool {
    let mut words = next.split_whitespace().map(|w| w.trim_end_matches([',', '.', ';', ':']));
    let Some(name) = words.next() else { return false };
    let verb = if TITLES.contains(&name) { words.nth(1) } else { words.next() };
    name.starts_with(char::is_uppercase) && verb.is_some_and(|verb| SPEECH.contains(&verb))
}

/// The run of letters and inner dots in front of a full stop.
fn word_before(text: &str, mark: usize) -> &str {
    let head = &text[..mark];
    let start = head
        .char_indices()
        .rev()
        .take_while(|&(_, c)| c.is_alphanumeric() || matches!(c, '.' | '\'' | '\u{2019}' | '&'))
        .last()
        .map_or(mark, |(at, _)| at);
    head[start..].trim_start_matches('.')
}

/// Whether the full stop behind `word` is the word's own and the sentence goes on with `next`.
fn is_abbreviation(word: &str, next: &str) -> bool {
    let next_word = next.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
    let bare_next = next_word.trim_end_matches(|c: char| !c.is_alphanumeric());
    let mut letters = word.chars();
    if let (Some(only), None) = (letters.next(), letters.next()) {
        // An initial, "J. Smith", but not the pronoun: "So did I. He went on."
        if only.is_uppercase() {
            return !(only == 'I' && is_starter(bare_next));
        }
    }
    if TITLES.contains(&word) {
        return true;
    }
    let lower = word.to_lowercase();
    if BEFORE_NUMBER.contains(&lower.as_str()) {
        return next_word.starts_with(|c: char| c.is_ascii_digit()) || is_roman(bare_next);
    }
    if NEVER_LAST.contains(&lower.as_str()) {
        return true;
    }
    // "U.S.", "p.m.", "A.D.": letters with dots between. They end a sentence only before a word that opens one.
    let dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() <= 2);
    (dotted || MAYBE_LAST.contains(&lower.as_str())) && !is_starter(bare_next)
}

fn is_roman(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|b| matches!(b.to_ascii_uppercase(), b'I' | b'V' | b'X' | b'L' | b'C' | b'D' | b'M'))
}

/// Whether a capitalised word is one that sentences open with rather than a name.
fn is_starter(word: &str) -> bool {
    STARTERS.contains(&word)
}

/// Titles that stand before a name and therefore never at a sentence's end.
const TITLES: &[&str] = &[
    "Mr", "Mrs", "Ms", "Messrs", "Mme", "Mmes", "Mlle", "Dr", "Drs", "Prof", "Rev", "Revd", "Hon", "Gen",
    "Col", "Capt", "Lieut", "Lt", "Maj", "Sergt", "Sgt", "Corp", "Cpl", "Pvt", "Adm", "Cmdr", "Comdr", "Gov",
    "Sen", "Rep", "Pres", "Supt", "Insp", "Bp", "Fr", "Sr", "Sra", "Srta", "Mgr", "Msgr", "Brig", "Cmdt",
    "Ven", "Hr", "Atty",
];

/// Abbreviations after which a sentence always goes on.
const NEVER_LAST: &[&str] = &[
    "e.g", "i.e", "viz", "cf", "vs", "v", "ca", "approx", "esp", "al", "dept", "univ", "mt", "ft", "gen",
    "capt", "col", "bros", "ed", "eds", "trans", "transl", "illus", "incl", "lat", "lit", "obs", "orig",
    "pseud", "publ", "q.v", "sc",
];

/// Abbreviations only in front of a number: "No. 5", "vol. ii"; "No." by itself is an answer.
const BEFORE_NUMBER: &[&str] = &[
    "no", "nos", "vol", "vols", "chap", "ch", "sec", "sect", "art", "fig", "figs", "p", "pp", "bk", "pt",
    "pl", "par", "v", "vv", "act", "sc", "ver", "l", "ll", "fol", "lib", "cap", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec", "circ", "op", "ex", "gen", "exod", "lev",
    "deut", "matt", "rom", "cor",
];

/// Abbreviations that may stand at the end of a sentence as well as inside one.
const MAYBE_LAST: &[&str] = &[
    "st", "etc", "jr", "sr", "esq", "inc", "ltd", "co", "corp", "bros", "ave", "blvd", "rd", "sq", "a.m",
    "p.m", "a.d", "b.c", "u.s", "u.k", "u.s.a", "d.c", "ph.d", "m.d", "b.a", "m.a", "m.p", "r.n", "n.y",
    "calif", "mass", "conn", "penn", "pa", "va", "ga", "fla", "ill", "ind", "mich", "minn", "mo", "tenn",
    "tex", "wis", "ky", "la", "md", "ore", "wash", "ariz", "ala", "ark", "colo", "okla", "nev", "mon",
    "tues", "wed", "thurs", "thur", "fri", "sat", "sun", "oz", "lb", "lbs", "in",
];

/// Verbs of speech, for "What?" Mary said.
const SPEECH: &[&str] = &[
    "said",
    "asked",
    "cried",
    "replied",
    "exclaimed",
    "answered",
    "shouted",
    "whispered",
    "murmured",
    "inquired",
    "enquired",
    "demanded",
    "repeated",
    "added",
    "continued",
    "called",
    "muttered",
    "returned",
    "retorted",
    "remarked",
    "observed",
    "screamed",
    "laughed",
    "roared",
    "gasped",
    "says",
    "asks",
    "cries",
    "began",
    "sighed",
    "echoed",
];

/// Words that open a sentence when they are capitalised.
const STARTERS: &[&str] = &[
    "The",
    "A",
    "An",
    "This",
    "That",
    "These",
    "Those",
    "He",
    "She",
    "It",
    "They",
    "We",
    "You",
    "I",
    "His",
    "Her",
    "Its",
    "Their",
    "Our",
    "My",
    "Your",
    "There",
    "Here",
    "Then",
    "When",
    "While",
    "Where",
    "What",
    "Who",
    "Why",
    "How",
    "And",
    "But",
    "Or",
    "Nor",
    "So",
    "Yet",
    "If",
    "As",
    "At",
    "In",
    "On",
    "By",
    "For",
    "From",
    "With",
    "To",
    "Of",
    "After",
    "Before",
    "Now",
    "No",
    "Not",
    "Yes",
    "Some",
    "Many",
    "Most",
    "All",
    "Each",
    "Every",
    "One",
    "Two",
    "However",
    "Although",
    "Though",
    "Because",
    "Since",
    "Until",
    "Once",
    "Such",
    "Both",
    "Neither",
    "Either",
    "Nothing",
    "Even",
    "Perhaps",
    "Thus",
    "Hence",
    "Therefore",
    "Meanwhile",
    "Later",
    "Other",
    "Others",
    "Another",
    "During",
    "Under",
    "Upon",
    "Oh",
    "Ah",
    "Well",
    "Was",
    "Were",
    "Is",
    "Are",
    "Did",
    "Do",
    "Does",
    "Had",
    "Has",
    "Have",
    "Could",
    "Would",
    "Should",
    "Shall",
    "Will",
    "May",
    "Might",
    "Must",
    "Can",
    "Let",
    "Never",
    "Only",
    "Still",
    "Soon",
    "Just",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &[&str]) {
        let joined = expected.join(" ");
        let found: Vec<_> = sentences(&joined, Paragraphs::BlankLines).collect();
        assert_eq!(found, expected);
        // The same text wrapped at every space has the same sentences.
        let wrapped = joined.replace(' ', "\n");
        let found: Vec<_> =
            sentences(&wrapped, Paragraphs::BlankLines).map(|s| one_line(s).into_owned()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn plain_prose() {
        check(&["It rained.", "Did it stop?", "No!", "It went on, and on..."]);
        check(&["One sentence without an end"]);
    }

    #[test]
    fn titles_and_initials() {
        check(&["Mr. and Mrs. Hale called on Dr. J. R. R. Smith.", "He was out."]);
        check(&["Gen. Grant met Col. Lee at St. Louis.", "They talked."]);
        check(&["So did I.", "He went on."]);
        check(&["George W. Bush spoke.", "He left."]);
    }

    #[test]
    fn abbreviations() {
        check(&["Apples, pears, etc. were sold.", "He bought some, etc.", "The rest stayed."]);
        check(&["See No. 5 and vol. ii, p. 12.", "No.", "It was not there."]);
        check(&["He came at 5 p.m. on Monday.", "She left at 6 p.m.", "He stayed."]);
        check(&["The U.S. Army came to Washington, D.C.", "It left."]);
        check(&["Smith, Jr. was there, i.e. Thomas, not Smith vs. Brown."]);
        check(&["It cost 3.14 dollars.", "Pi!"]);
    }

    #[test]
    fn speech() {
        check(&["\"What?\" he said.", "\"Nothing,\" said she."]);
        check(&["\"Stop!\" Mary cried.", "\"Never!\"", "\"Then go,\" said Mr. Hale."]);
        check(&[
            "\u{201c}Why?\u{201d} Mr. Hale asked.",
            "\u{201c}Because.\u{201d}",
            "\u{201c}Oh . . . well . . .\u{201d} he began.",
        ]);
        check(&["(He was wrong.)", "She knew it."]);
    }

    #[test]
    fn paragraphs_end_sentences() {
        let text = "CHAPTER I\n\n\nThe Beginning\n\nIt was\nnight. Dark\nnight.\n  \nEnd";
        let found: Vec<_> =
            sentences(text, Paragraphs::BlankLines).map(|s| one_line(s).into_owned()).collect();
        assert_eq!(found, ["CHAPTER I", "The Beginning", "It was night.", "Dark night.", "End"]);
        let found: Vec<_> = sentences("A line. Two\nnew par", Paragraphs::EachLine).collect();
        assert_eq!(found, ["A line.", "Two", "new par"]);
        assert_eq!(sentences(" \n\n \n", Paragraphs::BlankLines).count(), 0);
    }

    #[test]
    fn one_line_squeezes() {
        assert_eq!(one_line("a\n  b\u{a0}c"), "a b c");
        assert!(matches!(one_line("a b"), Cow::Borrowed(_)));
    }
}

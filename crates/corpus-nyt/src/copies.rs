//! Copies: articles that share most of their text with an earlier one, and texts of news agencies.

use corpus_text::near::{NearDuplicates, NearOptions};
use serde::Serialize;

use corpus_text::Document;

/// A mark on a document that is not, or not only, the paper's own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// The document's id.
    pub id: String,
    /// The earlier document that it is nearest to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
    /// How near: the share of runs of five words that the two have in common, as estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f64>,
    /// The news agency that the text comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wire: Option<&'static str>,
}

/// Marks documents as they come.
pub struct Copies {
    near: NearDuplicates,
    ids: Vec<String>,
}

impl Default for Copies {
    fn default() -> Self {
        Self { near: NearDuplicates::new(NearOptions::default()), ids: Vec::new() }
    }
}

impl Copies {
    /// No documents yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The mark of the next document, if it needs one.
    pub fn mark(&mut self, document: &Document) -> Option<Mark> {
        let nearest = self.near.add(&document.text).into_iter().next();
        self.ids.push(document.id.clone());
        let wire = wire(&document.authors, &document.text);
        if nearest.is_none() && wire.is_none() {
            return None;
        }
        Some(Mark {
            id: document.id.clone(),
            near: nearest.map(|pair| self.ids[pair.first].clone()),
            similarity: nearest.map(|pair| pair.similarity),
            wire,
        })
    }
}

/// News agencies: the name, the forms of it in bylines, and the sign in a dateline (`PARIS (AP) -`).
const AGENCIES: [(&str, &[&str], &str); 8] = [
    ("The Associated Press", &["the associated press", "associated press", "ap"], "(AP)"),
    ("Reuters", &["reuters", "thomson reuters"], "(Reuters)"),
    ("Agence France-Presse", &["agence france-presse", "agence france presse", "afp"], "(AFP)"),
    ("United Press International", &["united press international", "upi"], "(UPI)"),
    ("Bloomberg", &["bloomberg news", "bloomberg"], "(Bloomberg)"),
    ("PA Media", &["press association", "pa media", "the press association"], "(PA)"),
    ("Australian Associated Press", &["australian associated press", "aap"], "(AAP)"),
    ("The Canadian Press", &["the canadian press", "canadian press"], "(CP)"),
];

/// A dateline's sign stands within so many bytes of the text.
const DATELINE_BYTES: usize = 100;

/// The agency that a text comes from, by its byline, its dateline, or a last line that is its name.
#[must_use]
pub fn wire(authors: &[String], text: &str) -> Option<&'static str> {
    let in_byline = |forms: &[&str]| {
        authors.iter().any(|author| {
            let author = author.to_lowercase();
            forms.iter().any(|form| author == *form)
        })
    };
    let first = text.lines().next().unwrap_or_default();
    let in_dateline = |sign: &str| {
        first.find(sign).is_some_and(|at| {
            // Behind it stands a dash; before it a place, in capitals and perhaps with a day, or at least nothing long.
            let (place, rest) = (&first[..at], first[at + sign.len()..].trim_start());
            let word = place.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            let in_capitals = word.len() > 1 && word.chars().all(char::is_uppercase);
            let is_place = if in_capitals { at <= DATELINE_BYTES } else { at <= 40 && !place.contains(". ") };
            is_place && rest.starts_with(['-', '\u{2013}', '\u{2014}'])
        })
    };
    let last = text.lines().next_back().unwrap_or_default().trim_matches(['.', ' ', '(', ')', '\u{2014}']);
    let is_credit = |forms: &[&str]| last.len() > 4 && forms.contains(&last.to_lowercase().as_str());
    AGENCIES
        .iter()
        .find(|(_, forms, sign)| in_byline(forms) || in_dateline(sign) || is_credit(forms))
        .map(|(name, _, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agencies_by_byline_dateline_and_credit() {
        let by = |author: &str| wire(&[author.to_owned()], "Text.");
        assert_eq!(by("The Associated Press"), Some("The Associated Press"));
        assert_eq!(by("Agence France-Presse"), Some("Agence France-Presse"));
        assert_eq!(by("Ap Herbert"), None);
        assert_eq!(wire(&[], "PARIS, Jan. 1 (Reuters) - A thing happened."), Some("Reuters"));
        assert_eq!(wire(&[], "WASHINGTON (AP) \u{2014} A thing happened."), Some("The Associated Press"));
        assert_eq!(wire(&[], "He said. Then the agency (AP) wrote it down."), None);
        assert_eq!(
            wire(&[], "A thing happened.\nUnited Press International"),
            Some("United Press International")
        );
        assert_eq!(wire(&[], ""), None);
    }

    #[test]
    fn a_second_printing_is_marked_with_the_first() {
        let text = |end: &str| {
            let words: Vec<String> = (0..200).map(|n| format!("word{n}")).collect();
            format!("{} {end}", words.join(" "))
        };
        let mut copies = Copies::new();
        let document = |id: &str, text: String| Document::new(id, "nyt", text);
        assert_eq!(copies.mark(&document("a", text("early edition"))), None);
        assert_eq!(
            copies.mark(&document("b", "Another text that shares no run of words with it.".to_owned())),
            None
        );
        let mark = copies.mark(&document("c", text("late edition"))).expect("near");
        assert_eq!(mark.near.as_deref(), Some("a"));
        assert!(mark.similarity.is_some_and(|s| s > 0.9));
    }
}

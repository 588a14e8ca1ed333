//! Books that are there more than once: in several encodings, in several editions, or under other names.

use std::collections::BTreeMap;

use corpus_text::near::{NearDuplicates, NearOptions, NearPair, Signature, groups};
use serde::Serialize;

use crate::job::Entry;

/// Groups of books, each by the keys of its members, first come first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Duplicates {
    /// The very same text.
    pub same_text: Vec<Vec<String>>,
    /// The same number: a book in several encodings or forms.
    pub same_number: Vec<Vec<String>>,
    /// The same title and author under several numbers: editions.
    pub same_title: Vec<Vec<String>>,
    /// Texts that share most of their runs of words, by `MinHash`.
    pub near: Vec<Near>,
}

/// A group of near-duplicates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Near {
    /// Its members.
    pub keys: Vec<String>,
    /// The least similarity of the pairs that hold it together, 0 to 1.
    pub similarity: f64,
}

/// Takes books one at a time, and knows which of them stand for another.
pub struct DuplicateFinder {
    near: NearDuplicates,
    pairs: Vec<NearPair>,
    keys: Vec<String>,
    by_text: BTreeMap<String, Vec<usize>>,
    by_number: BTreeMap<u32, Vec<usize>>,
    by_title: BTreeMap<String, Vec<usize>>,
}

impl Default for DuplicateFinder {
    fn default() -> Self {
        Self::new()
    }
}

impl DuplicateFinder {
    /// One that has seen no book.
    #[must_use]
    pub fn new() -> Self {
        Self {
            near: NearDuplicates::new(NearOptions::default()),
            pairs: Vec::new(),
            keys: Vec::new(),
            by_text: BTreeMap::new(),
            by_number: BTreeMap::new(),
            by_title: BTreeMap::new(),
        }
    }

    /// The signature of a text: the costly part, which many threads may do.
    #[must_use]
    pub fn signature(&self, text: &str) -> Signature {
        self.near.signature(text)
    }

    /// Adds a book; tells whether it is near to an earlier one.
    pub fn add(&mut self, entry: &Entry, signature: Signature) -> bool {
        let at = self.keys.len();
        self.keys.push(entry.key.clone());
        self.by_text.entry(entry.text_blake3.clone()).or_default().push(at);
        if let Some(id) = entry.about.id {
            self.by_number.entry(id).or_default().push(at);
        }
        if let Some(title) = same_words(entry) {
            self.by_title.entry(title).or_default().push(at);
        }
        let pairs = self.near.add_signature(signature);
        let is_near = !pairs.is_empty();
        self.pairs.extend(pairs);
        is_near
    }

    /// What was found.
    #[must_use]
    pub fn finish(&self) -> Duplicates {
        let number: BTreeMap<usize, u32> =
            self.by_number.iter().flat_map(|(id, all)| all.iter().map(|at| (*at, *id))).collect();
        let several_numbers = |all: &&Vec<usize>| all.iter().any(|at| number.get(at) != number.get(&all[0]));
        let near = groups(&self.pairs).into_iter().map(|group| {
            let inside = self.pairs.iter().filter(|pair| group.contains(&pair.first));
            let similarity = inside.map(|pair| pair.similarity).fold(1.0, f64::min);
            Near { keys: self.names(&group), similarity }
        });
        Duplicates {
            same_text: self.several(self.by_text.values()),
            same_number: self.several(self.by_number.values()),
            same_title: self.several(self.by_title.values().filter(several_numbers)),
            near: near.collect(),
        }
    }

    fn several<'a>(&self, all: impl Iterator<Item = &'a Vec<usize>>) -> Vec<Vec<String>> {
        let mut found: Vec<&Vec<usize>> = all.filter(|group| group.len() > 1).collect();
        found.sort_unstable();
        found.into_iter().map(|group| self.names(group)).collect()
    }

    fn names(&self, group: &[usize]) -> Vec<String> {
        group.iter().map(|&at| self.keys[at].clone()).collect()
    }
}

/// Title and author without case, marks and articles; nothing when there is no title or no author.
fn same_words(entry: &Entry) -> Option<String> {
    let words = |text: &str| {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !["the", "a", "an"].contains(word))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (title, author) = (words(entry.about.title.as_deref()?), words(entry.about.author.as_deref()?));
    (!title.is_empty() && !author.is_empty()).then(|| format!("{title} / {author}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::About;

    fn entry(key: &str, id: u32, title: &str, text: &str) -> Entry {
        let about = About {
            id: Some(id),
            title: Some(title.into()),
            author: Some("Jane Roe".into()),
            ..About::default()
        };
        let text_blake3 = blake3::hash(text.as_bytes()).to_hex().to_string();
        Entry { key: key.into(), about, text_blake3, ..Entry::default() }
    }

    fn story(seed: u64) -> String {
        let words: Vec<String> = (0..600_u64).map(|n| format!("word{}", (n * n * seed + n) % 997)).collect();
        words.join(" ") + " "
    }

    #[test]
    fn encodings_editions_and_copies_are_told_apart() {
        let mut finder = DuplicateFinder::new();
        let edited = story(3).replacen("word3", "ward3", 3);
        let books = [
            ("1-0", 1, "The Town", story(3)),
            ("1-8", 1, "The Town", story(3)),
            ("9", 9, "Town!", edited),
            ("4", 4, "The Hill", story(5)),
        ];
        let mut near = Vec::new();
        for (key, id, title, text) in &books {
            let signature = finder.signature(text);
            near.push(finder.add(&entry(key, *id, title, text), signature));
        }
        assert_eq!(near, [false, true, true, false]);
        let found = finder.finish();
        assert_eq!(found.same_text, [["1-0", "1-8"]]);
        assert_eq!(found.same_number, [["1-0", "1-8"]]);
        assert_eq!(found.same_title, [["1-0", "1-8", "9"]]);
        assert_eq!(
            (found.near.len(), &found.near[0].keys),
            (1, &vec!["1-0".into(), "1-8".into(), "9".into()])
        );
        assert!(found.near[0].similarity > 0.8, "{found:?}");
    }
}

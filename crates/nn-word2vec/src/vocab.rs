//! The words of a corpus with their counts, most frequent first.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;

use crate::error::Error;
use crate::files;

/// Words with their counts. Word 0 is the most frequent; equally frequent ones stand in order of their bytes.
///
/// Unlike the original's there is no `</s>`, which was never trained there either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<String>,
    counts: Vec<u64>,
    index: HashMap<String, u32>,
}

impl Vocabulary {
    /// Sorts the words by count and leaves out those rarer than `min_count`. A repeated word's counts are added.
    #[must_use]
    pub fn from_counts(counts: impl IntoIterator<Item = (String, u64)>, min_count: u64) -> Self {
        let mut merged: HashMap<String, u64> = HashMap::new();
        for (word, count) in counts {
            *merged.entry(word).or_default() += count;
        }
        let mut kept: Vec<(String, u64)> =
            merged.into_iter().filter(|(_, count)| *count >= min_count).collect();
        kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Self::in_order(kept)
    }

    fn in_order(kept: Vec<(String, u64)>) -> Self {
        let index = kept.iter().enumerate().map(|(idx, (word, _))| (word.clone(), idx as u32)).collect();
        let (words, counts) = kept.into_iter().unzip();
        Self { words, counts, index }
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, most frequent first.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// How often each word occurs, in the order of [`Self::words`].
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The place of a word.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<u32> {
        self.index.get(word).copied()
    }

    /// Occurrences of all words together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Writes one `word count` a line, as the original's `-save-vocab` does.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        files::write_whole(path, |out| {
            for (word, count) in self.words.iter().zip(&self.counts) {
                writeln!(out, "{word} {count}")?;
            }
            Ok(())
        })
    }

    /// Reads what [`Self::save`] or the original wrote (its `</s>` is skipped), leaving out words below `min_count`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or a line is not a word and a count; names the line.
    pub fn load(path: &Path, min_count: u64) -> Result<Self, Error> {
        let mut counts = Vec::new();
        let mut total = 0_u64;
        for (number, line) in crate::input::open(path)?.split(b'\n').enumerate() {
            let line = line.map_err(|e| Error::io("cannot read", path, e))?;
            // A word may hold what Unicode calls a space; only the last space of ASCII parts it from its count.
            let text = std::str::from_utf8(&line).ok().map(|line| line.trim_end_matches(['\r', ' ']));
            let item = text.and_then(|line| line.rsplit_once([' ', '\t']));
            let item = item.and_then(|(word, count)| Some((word.trim_end(), count.parse::<u64>().ok()?)));
            let sum = item.and_then(|(_, count)| total.checked_add(count));
            let (Some((word, count)), Some(sum)) = (item.filter(|(word, _)| !word.is_empty()), sum) else {
                let place = format!("{}, line {}", path.display(), number + 1);
                let found: String = String::from_utf8_lossy(&line).chars().take(60).collect();
                return Err(Error::format(format!(
                    "{place}: expected a word and its count, found `{found}`"
                )));
            };
            total = sum;
            if word != "</s>" {
                counts.push((word.to_owned(), count));
            }
        }
        Ok(Self::from_counts(counts, min_count))
    }

    /// The words of a file of vectors: without counts, so that the corpus they meet gives its own.
    #[must_use]
    pub fn without_counts(words: impl IntoIterator<Item = String>) -> Self {
        Self::from_counts(words.into_iter().map(|word| (word, 0)), 0)
    }

    /// The same words with other counts.
    pub(crate) fn with_counts(self, count: impl Fn(&str) -> u64) -> Self {
        let counted = self.words.into_iter().map(|word| {
            let count = count(&word);
            (word, count)
        });
        Self::from_counts(counted, 0)
    }

    /// Whether `kept` has these words, and these counts where there are any.
    pub(crate) fn is_kept_by(&self, kept: &Self) -> bool {
        if self.total() > 0 {
            self == kept
        } else {
            self.len() == kept.len() && self.words.iter().all(|word| kept.get(word).is_some())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(items: &[(&str, u64)]) -> Vec<(String, u64)> {
        items.iter().map(|&(w, c)| (w.to_owned(), c)).collect()
    }

    #[test]
    fn order_is_count_then_bytes() {
        let vocab = Vocabulary::from_counts(counts(&[("b", 2), ("a", 2), ("rare", 1), ("z", 9)]), 2);
        assert_eq!(vocab.words(), ["z", "a", "b"]);
        assert_eq!((vocab.get("b"), vocab.get("rare"), vocab.total()), (Some(2), None, 13));
    }

    #[test]
    fn saved_words_come_back_and_a_bad_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vocab.txt");
        let vocab = Vocabulary::from_counts(counts(&[("été", 7), ("a", 3), ("no\u{a0}break", 2)]), 1);
        vocab.save(&path).unwrap();
        assert_eq!(Vocabulary::load(&path, 1).unwrap(), vocab);
        files::write_whole(&path, |out| out.write_all(b"a 1\nb two\n")).unwrap();
        let error = Vocabulary::load(&path, 1).unwrap_err();
        assert!(error.is_format() && error.to_string().contains("line 2"), "{error}");
        let too_many = format!("a {}\nb 1\n", u64::MAX);
        files::write_whole(&path, |out| out.write_all(too_many.as_bytes())).unwrap();
        assert!(Vocabulary::load(&path, 1).unwrap_err().to_string().contains("line 2"));
    }
}

//! How well an extracted text agrees with the true one: runs of four words, as the public benchmark
//! of article extraction counts them.

use std::collections::HashMap;

/// Words in a run.
const N: usize = 4;

/// Precision and recall, averaged over pages.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    precision: f64,
    recall: f64,
    n_pages: u32,
}

impl Overlap {
    /// Adds a page; gives its own F1.
    pub(super) fn add(&mut self, truth: &str, found: &str) -> f64 {
        let (truth, found) = (runs(truth), runs(found));
        let n_common: usize = truth.iter().map(|(run, n)| *n.min(found.get(run).unwrap_or(&0))).sum();
        let share = |runs: &HashMap<Vec<&str>, usize>, other: &HashMap<Vec<&str>, usize>| match runs
            .values()
            .sum::<usize>(
        ) {
            0 if other.is_empty() => 1.0,
            0 => 0.0,
            total => n_common as f64 / total as f64,
        };
        let (precision, recall) = (share(&found, &truth), share(&truth, &found));
        self.precision += precision;
        self.recall += recall;
        self.n_pages += 1;
        f1(precision, recall)
    }

    /// F1 of the averages; not a number without pages.
    pub(super) fn f1(&self) -> f64 {
        f1(self.precision / f64::from(self.n_pages), self.recall / f64::from(self.n_pages))
    }
}

fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

/// The runs of a text with how often each occurs.
fn runs(text: &str) -> HashMap<Vec<&str>, usize> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut words: Vec<&str> =
        text.split(|letter| !is_word(letter)).filter(|word| !word.is_empty()).collect();
    if !words.is_empty() {
        words.resize(words.len().max(N), "");
    }
    let mut runs = HashMap::new();
    for run in words.windows(N) {
        *runs.entry(run.to_vec()).or_default() += 1;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_score_one_and_strangers_nought() {
        let mut same = Overlap::default();
        same.add("one two three four five", "one, two three four: five!");
        assert!((same.f1() - 1.0).abs() < 1e-12);
        let mut other = Overlap::default();
        other.add("one two three four five", "six seven eight nine ten");
        assert!(other.f1().abs() < 1e-12);
    }

    #[test]
    fn a_repeated_run_counts_once_where_the_truth_has_it_once() {
        let mut twice = Overlap::default();
        twice.add("a b c d", "a b c d a b c d");
        // One of five runs is true, and the only true one was found.
        assert!((twice.f1() - f1(0.2, 1.0)).abs() < 1e-12);
    }
}

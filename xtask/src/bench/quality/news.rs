//! The score of extracted articles: shingles of four words, as the public article-extraction benchmark has it.

use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Words of a shingle.
const SHINGLE: usize = 4;

/// Means over the pages.
pub(super) struct Score {
    pub(super) pages: usize,
    /// Pages of which nothing was extracted.
    pub(super) missing: usize,
    pub(super) precision: f64,
    pub(super) recall: f64,
    /// The least F1 of a page, and the page.
    pub(super) worst: (f64, String),
}

impl Score {
    /// F1 of the mean precision and recall.
    pub(super) fn f1(&self) -> f64 {
        harmonic(self.precision, self.recall)
    }
}

/// Judges lines of JSON by the truth, `{page: {"articleBody": ...}}`.
pub(super) fn score(truth: &Value, extracted: &str) -> Result<Score, String> {
    let mut texts = HashMap::new();
    for line in extracted.lines() {
        let record: Value = serde_json::from_str(line).map_err(|error| format!("`{line:.60}`: {error}"))?;
        let name = Path::new(record["file"].as_str().unwrap_or_default()).file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let key = name.trim_end_matches(".gz").trim_end_matches(".html").to_owned();
        texts.insert(key, record["text"].as_str().unwrap_or_default().to_owned());
    }
    let pages = truth.as_object().filter(|pages| !pages.is_empty()).ok_or("the truth holds no pages")?;
    let mut score =
        Score { pages: pages.len(), missing: 0, precision: 0.0, recall: 0.0, worst: (1.0, String::new()) };
    for (key, page) in pages {
        let found = texts.get(key.as_str());
        score.missing += usize::from(found.is_none());
        let body = page["articleBody"].as_str().unwrap_or_default();
        let (precision, recall) = of_page(found.map_or("", String::as_str), body);
        score.precision += precision / pages.len() as f64;
        score.recall += recall / pages.len() as f64;
        let f1 = harmonic(precision, recall);
        if f1 <= score.worst.0 {
            score.worst = (f1, key.clone());
        }
    }
    Ok(score)
}

/// Precision and recall; nothing found where there is nothing is right.
fn of_page(found: &str, truth: &str) -> (f64, f64) {
    let (found, truth) = (shingles(found), shingles(truth));
    let both: usize = found.iter().map(|(shingle, n)| *n.min(truth.get(shingle).unwrap_or(&0))).sum();
    let share = |of: &HashMap<_, usize>, other: &HashMap<_, usize>| match of.values().sum::<usize>() {
        0 => f64::from(u8::from(other.is_empty())),
        total => both as f64 / total as f64,
    };
    (share(&found, &truth), share(&truth, &found))
}

fn shingles(text: &str) -> HashMap<Vec<&str>, usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
    if !words.is_empty() && words.len() < SHINGLE {
        words.resize(SHINGLE, "");
    }
    let mut counts = HashMap::new();
    for shingle in words.windows(SHINGLE) {
        *counts.entry(shingle.to_vec()).or_default() += 1;
    }
    counts
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shingles_count_as_often_as_they_stand() {
        // a b c d, b c d a, c d a b, d a b c, a b c d: five of five found, against two of the truth.
        assert_eq!(of_page("a b c d a b c d", "a b c d a"), (0.4, 1.0));
        assert_eq!(of_page("short text", "short text"), (1.0, 1.0));
        assert_eq!(
            (of_page("", ""), of_page("", "a"), of_page("a", "")),
            ((1.0, 1.0), (0.0, 0.0), (0.0, 0.0))
        );
    }

    #[test]
    fn a_page_that_is_missing_counts_as_empty() {
        let truth = json!({"x": {"articleBody": "one two three four"}, "y": {"articleBody": "five six"}});
        let lines = r#"{"file": "/pages/x.html.gz", "text": "one two three four five"}"#;
        let score = score(&truth, lines).unwrap();
        assert_eq!((score.pages, score.missing, score.precision, score.recall), (2, 1, 0.25, 0.5));
        assert_eq!(score.worst, (0.0, "y".to_owned()));
    }
}

//! Judging vectors: word similarity by Spearman's rank correlation, analogies by section.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use crate::error::Error;
use crate::neighbours::Target;
use crate::vectors::Vectors;

/// How well cosines follow people's scores.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarityScore {
    /// Spearman's rank correlation over the pairs found, -1 to 1; `None` with fewer than two, or all equal.
    pub spearman: Option<f64>,
    /// Pairs of which both words are known.
    pub found: usize,
    /// Pairs in the file.
    pub pairs: usize,
}

/// Right answers of a section of analogies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalogyScore {
    /// The section's name.
    pub section: String,
    /// Questions answered with the wanted word.
    pub right: usize,
    /// Questions of which all four words are known.
    pub asked: usize,
    /// Questions in the file.
    pub questions: usize,
}

/// Rows by their words without regard to case, as the original and gensim judge: of `US` and `us` the one that stands
/// first, which is the more frequent.
struct AnyCase<'a> {
    vectors: &'a Vectors,
    rows: HashMap<String, usize>,
}

impl<'a> AnyCase<'a> {
    fn new(vectors: &'a Vectors, limit: usize) -> Self {
        let mut rows = HashMap::new();
        for (row, word) in vectors.words().iter().take(limit).enumerate() {
            rows.entry(word.to_lowercase()).or_insert(row);
        }
        Self { vectors, rows }
    }

    fn row(&self, lower: &str) -> Option<usize> {
        self.rows.get(lower).copied()
    }

    fn is(&self, row: usize, lower: &str) -> bool {
        self.vectors.words()[row].to_lowercase() == lower
    }
}

/// Compares cosines with a file of `word word score` a line, between tabs or spaces, without regard to case.
///
/// # Errors
///
/// When the file cannot be read or a line is malformed; names the line. Lines that begin with `#` are skipped.
pub fn similarity(vectors: &Vectors, path: &Path) -> Result<SimilarityScore, Error> {
    let any_case = AnyCase::new(vectors, vectors.len());
    let (mut people, mut cosines, mut pairs) = (Vec::new(), Vec::new(), 0);
    for_each_line(path, |line| {
        let lower = line.to_lowercase();
        let mut fields = lower.split_whitespace();
        let words = fields.next().zip(fields.next());
        let Some(((a, b), score)) = words.zip(fields.next().and_then(|s| s.parse::<f64>().ok())) else {
            return Err("expected two words and a score".to_owned());
        };
        pairs += 1;
        if let (Some(a), Some(b)) = (any_case.row(a), any_case.row(b)) {
            people.push(score);
            cosines.push(f64::from(vectors.cosine(a, b)));
        }
        Ok(())
    })?;
    Ok(SimilarityScore { spearman: spearman(&people, &cosines), found: people.len(), pairs })
}

/// A question whose words are all known: the section, the rows of `a b c`, and the wanted word.
struct Question {
    section: usize,
    rows: [usize; 3],
    wanted: String,
}

/// Answers a file of `a b c d` a line (a is to b as c is to d), in sections that begin with `: name`, as the original's
/// `compute-accuracy` does: among the first `limit` words (0: all), without the three of the question and without
/// regard to case. All questions are one product of matrices, on `threads` threads.
///
/// # Errors
///
/// When the file cannot be read or a line is malformed; names the line.
pub fn analogies(
    vectors: &Vectors,
    path: &Path,
    limit: usize,
    threads: usize,
) -> Result<Vec<AnalogyScore>, Error> {
    let limit = if limit == 0 { vectors.len() } else { limit };
    let any_case = AnyCase::new(vectors, limit);
    let section =
        |name: &str| AnalogyScore { section: name.trim().to_owned(), right: 0, asked: 0, questions: 0 };
    let mut sections: Vec<AnalogyScore> = Vec::new();
    let mut questions: Vec<Question> = Vec::new();
    for_each_line(path, |line| {
        if let Some(name) = line.strip_prefix(':') {
            sections.push(section(name));
            return Ok(());
        }
        let lower = line.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let &[a, b, c, d] = &words[..] else {
            return Err("expected four words".to_owned());
        };
        if sections.is_empty() {
            sections.push(section("all"));
        }
        let Some(last) = sections.last_mut() else { return Ok(()) };
        last.questions += 1;
        let rows = [a, b, c, d].map(|word| any_case.row(word));
        if let [Some(a), Some(b), Some(c), Some(_)] = rows {
            last.asked += 1;
            questions.push(Question { section: sections.len() - 1, rows: [a, b, c], wanted: d.to_owned() });
        }
        Ok(())
    })?;
    let target = |i: usize| {
        let rows = &questions[i].rows;
        Target { vector: vectors.analogy_target(*rows), without: rows }
    };
    let answers = vectors.nearest_of(questions.len(), target, 1, limit, threads);
    for (question, answer) in questions.iter().zip(answers) {
        let is_right = answer.first().is_some_and(|&(_, row)| any_case.is(row, &question.wanted));
        sections[question.section].right += usize::from(is_right);
    }
    Ok(sections)
}

fn for_each_line(path: &Path, mut take: impl FnMut(&str) -> Result<(), String>) -> Result<(), Error> {
    for (number, line) in crate::input::open(path)?.lines().enumerate() {
        let line = line.map_err(|e| Error::io("cannot read", path, e))?;
        if !line.trim().is_empty() && !line.starts_with('#') {
            take(line.trim()).map_err(|what| {
                Error::format(format!("{}, line {}: {what}, found `{line}`", path.display(), number + 1))
            })?;
        }
    }
    Ok(())
}

/// Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of their ranks.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let (a, b) = (ranks(a), ranks(b));
    let mean = f64::midpoint(a.len() as f64, 1.0);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        ab += (x - mean) * (y - mean);
        aa += (x - mean).powi(2);
        bb += (y - mean).powi(2);
    }
    (aa > 0.0 && bb > 0.0).then(|| ab / (aa * bb).sqrt())
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&i, &j| values[i].total_cmp(&values[j]).is_eq()) {
        let rank = before as f64 + f64::midpoint(equal.len() as f64, 1.0);
        for &i in equal {
            ranks[i] = rank;
        }
        before += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_whole;
    use crate::vectors::tests::toy;
    use std::io::Write;

    #[test]
    fn spearman_shares_equal_ranks() {
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 90.0]), Some(1.0));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
        let tied = spearman(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((tied - 4.5 / 22.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn files_are_scored_and_bad_lines_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pairs.txt");
        let write = |text: &str| write_whole(&path, |out| out.write_all(text.as_bytes())).unwrap();
        write("King\tqueen\t9\nking\tman\t5\nking\tapple\t1\nking\tunknown\t3\n");
        let score = similarity(&toy(), &path).unwrap();
        assert_eq!((score.spearman, score.found, score.pairs), (Some(1.0), 3, 4));
        write(": family\nman king woman queen\nman king woman apple\nx y z w\n");
        let sections = analogies(&toy(), &path, 0, 2).unwrap();
        assert_eq!((sections[0].right, sections[0].asked, sections[0].questions), (1, 2, 3));
        write(": family\nMan KING woman Queen\n");
        assert_eq!(analogies(&toy(), &path, 0, 1).unwrap()[0].right, 1);
        // Among the first two words there is no answer.
        assert_eq!(analogies(&toy(), &path, 2, 1).unwrap()[0].asked, 0);
        write("king queen\n");
        assert!(similarity(&toy(), &path).unwrap_err().to_string().contains("line 1"));
    }
}

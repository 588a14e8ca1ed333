//! Word counts of a corpus, and the two laws that every corpus follows: Zipf's (how frequency falls with rank) and
//! Heaps' (how the vocabulary grows with the text).

use std::collections::HashMap;

/// Counts words as they come and notes how the vocabulary grows.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    by_word: HashMap<Box<str>, u64>,
    n_tokens: u64,
    growth: Vec<Growth>,
    next_note: f64,
}

/// The size of the vocabulary after so many tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Tokens read.
    pub tokens: u64,
    /// Different tokens among them.
    pub types: u64,
}

/// A law `y = factor * x ^ exponent`, fitted as a line to the logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// `y` at `x = 1`.
    pub factor: f64,
    /// The slope in a plot of logarithms.
    pub exponent: f64,
    /// The share of the variance of `log y` that the line explains, 0 to 1.
    pub r_squared: f64,
}

impl Counts {
    /// No words yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one token.
    pub fn add(&mut self, token: &str) {
        // Looking up first saves an allocation for all but the first of each word.
        if let Some(count) = self.by_word.get_mut(token) {
            *count += 1;
        } else {
            self.by_word.insert(token.into(), 1);
        }
        self.n_tokens += 1;
        // Points at even distances on a logarithmic axis, about twelve a decade: few, and fair to the fit.
        if self.n_tokens as f64 >= self.next_note {
            self.growth.push(self.now());
            self.next_note = (self.n_tokens as f64 * 1.21).max(100.0);
        }
    }

    /// Counts the tokens of a line that has spaces between them.
    pub fn add_line(&mut self, line: &str) {
        for token in line.split_whitespace() {
            self.add(token);
        }
    }

    /// Tokens counted.
    #[must_use]
    pub fn n_tokens(&self) -> u64 {
        self.n_tokens
    }

    /// Different tokens counted.
    #[must_use]
    pub fn n_types(&self) -> u64 {
        self.by_word.len() as u64
    }

    /// How often a token came.
    #[must_use]
    pub fn count(&self, token: &str) -> u64 {
        self.by_word.get(token).copied().unwrap_or(0)
    }

    /// All words with their counts, most frequent first, equal counts in the order of the words: the same list for
    /// the same corpus, whatever the order of its texts.
    #[must_use]
    pub fn ranked(&self) -> Vec<(&str, u64)> {
        let mut words: Vec<_> = self.by_word.iter().map(|(word, &count)| (&**word, count)).collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words
    }

    /// The growth of the vocabulary, about twelve points for each tenfold of the text, and the end.
    #[must_use]
    pub fn growth(&self) -> Vec<Growth> {
        let mut growth = self.growth.clone();
        if growth.last() != Some(&self.now()) && self.n_tokens > 0 {
            growth.push(self.now());
        }
        growth
    }

    /// Zipf's law, count against rank, fitted over ranks spread evenly on a logarithmic axis. The long tail of words
    /// that came once is a staircase and says nothing about the slope, so ranks stop where counts fall below 5 (all
    /// are used where fewer than 10 remain). `None` below two different words.
    #[must_use]
    pub fn zipf(&self) -> Option<PowerLaw> {
        let mut points = self.ranks();
        let frequent = self.by_word.values().filter(|&&count| count >= 5).count();
        if frequent >= 10 {
            points.retain(|&(rank, _)| rank <= frequent as u64);
        }
        let points: Vec<_> = points.into_iter().map(|(rank, count)| (rank as f64, count as f64)).collect();
        fit(&points)
    }

    /// Ranks, from 1, spread evenly on a logarithmic axis, each with the count of the word that has it: what a picture
    /// of Zipf's law shows.
    #[must_use]
    pub fn ranks(&self) -> Vec<(u64, u64)> {
        let mut counts: Vec<u64> = self.by_word.values().copied().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let mut points = Vec::new();
        let mut rank = 1.0_f64;
        while rank as usize <= counts.len() {
            points.push((rank as u64, counts[rank as usize - 1]));
            rank = (rank * 1.1).max(rank.floor() + 1.0);
        }
        points
    }

    /// Heaps' law, types against tokens, from the first 100 tokens on. `None` below two points.
    #[must_use]
    pub fn heaps(&self) -> Option<PowerLaw> {
        let points: Vec<_> = self
            .growth()
            .into_iter()
            .filter(|g| g.tokens >= 100)
            .map(|g| (g.tokens as f64, g.types as f64))
            .collect();
        fit(&points)
    }

    fn now(&self) -> Growth {
        Growth { tokens: self.n_tokens, types: self.n_types() }
    }
}

/// Ordinary least squares on the logarithms.
fn fit(points: &[(f64, f64)]) -> Option<PowerLaw> {
    if points.len() < 2 {
        return None;
    }
    let n = points.len() as f64;
    let logs: Vec<_> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean_x = logs.iter().map(|p| p.0).sum::<f64>() / n;
    let mean_y = logs.iter().map(|p| p.1).sum::<f64>() / n;
    let var_x: f64 = logs.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    let var_y: f64 = logs.iter().map(|p| (p.1 - mean_y).powi(2)).sum();
    let covariance: f64 = logs.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    if var_x == 0.0 {
        return None;
    }
    let exponent = covariance / var_x;
    let r_squared = if var_y == 0.0 { 1.0 } else { covariance * covariance / (var_x * var_y) };
    Some(PowerLaw { factor: (mean_y - exponent * mean_x).exp(), exponent, r_squared })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_stable() {
        let mut counts = Counts::new();
        counts.add_line("b a b c a b");
        counts.add_line("");
        assert_eq!(counts.ranked(), [("b", 3), ("a", 2), ("c", 1)]);
        assert_eq!((counts.n_tokens(), counts.n_types(), counts.count("a"), counts.count("z")), (6, 3, 2, 0));
    }

    #[test]
    fn a_corpus_made_by_zipfs_law_shows_its_exponent() {
        let mut counts = Counts::new();
        for rank in 1..=2000_u32 {
            let count = (1e5 / f64::from(rank)).round() as usize;
            for _ in 0..count {
                counts.add(&format!("w{rank}"));
            }
        }
        let zipf = counts.zipf().unwrap();
        assert!((zipf.exponent + 1.0).abs() < 0.005 && zipf.r_squared > 0.999, "{zipf:?}");
        assert!((zipf.factor / 1e5 - 1.0).abs() < 0.02, "{zipf:?}");
    }

    #[test]
    fn a_vocabulary_that_grows_as_the_square_root_shows_one_half() {
        let mut counts = Counts::new();
        let mut types = 0_u32;
        for n in 1..=200_000_u32 {
            let due = f64::from(n).sqrt() as u32;
            if types < due {
                types += 1;
            }
            counts.add(&format!("t{}", if types == due { types } else { n % types.max(1) }));
        }
        let heaps = counts.heaps().unwrap();
        assert!((heaps.exponent - 0.5).abs() < 0.02 && heaps.r_squared > 0.99, "{heaps:?}");
    }

    #[test]
    fn too_little_to_fit_is_said() {
        let mut counts = Counts::new();
        assert!(counts.zipf().is_none() && counts.heaps().is_none() && counts.growth().is_empty());
        counts.add("only");
        assert!(counts.zipf().is_none());
    }
}

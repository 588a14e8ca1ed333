//! Phrases: two words that stand together far more often than chance become one, `new york` to `new_york`.
//!
//! The score is that of Mikolov et al. 2013, *Distributed Representations of Words and Phrases*, as `word2phrase`
//! computes it: `(count(a b) - min_count) * words / (count(a) * count(b))`. A joined word opens no further phrase in the
//! same pass; longer phrases come from running it again on its own output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::files::write_whole;
use crate::input::{self, Mended, TokenSink};
use crate::words::Words;
use hashbrown::HashMap;

/// Which pairs are joined; the defaults are `word2phrase`'s.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseConfig {
    /// Rarer words and pairs are never joined; also what is taken off a pair's count (`-min-count`).
    pub min_count: u64,
    /// The score above which a pair is joined; a higher one joins less (`-threshold`).
    pub threshold: f64,
}

impl Default for PhraseConfig {
    fn default() -> Self {
        Self { min_count: 5, threshold: 100.0 }
    }
}

/// What one pass did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Words read.
    pub words: u64,
    /// Pairs that were written as one word, every occurrence counted.
    pub joined: u64,
    /// Different pairs among them.
    pub phrases: u64,
    /// What had to be mended while reading.
    pub mended: Mended,
}

/// Reads the texts twice, first counting and then joining, and writes them as one file, one sentence a line.
///
/// # Errors
///
/// When the threshold is not a positive number, an input is standard input (which cannot be read twice), a file cannot
/// be read, or the output not be written; the output is there whole or not at all.
pub fn phrases(inputs: &[PathBuf], output: &Path, config: &PhraseConfig) -> Result<Joined, Error> {
    if !(config.threshold > 0.0 && config.threshold.is_finite()) {
        return Err(Error::config(format!(
            "threshold is {}: it must be a positive number",
            config.threshold
        )));
    }
    if inputs.iter().any(|path| path.as_os_str() == "-") {
        return Err(Error::config("phrases are found by reading the text twice: give files instead of `-`"));
    }
    let mut counts = Counts::default();
    let uncounted = |error: io::Error| Error::corpus(error.to_string());
    let mended = input::read_tokens(inputs, &mut counts, &uncounted)?;
    if counts.n_words == 0 {
        return Err(Error::corpus("there is no word in the text"));
    }
    let mut done = Joined { words: counts.n_words, joined: 0, phrases: 0, mended };
    // An error of a read inside the write must come out under its own name.
    let mut unreadable = None;
    write_whole(output, |out| {
        let mut joiner = Joiner { counts: &mut counts, config, out, before: None, joined: 0, phrases: 0 };
        let unwritten = |error| Error::io("cannot write", output, error);
        if let Err(error) = input::read_tokens(inputs, &mut joiner, &unwritten) {
            let stopped = io::Error::other(error.to_string());
            unreadable = Some(error);
            return Err(stopped);
        }
        (done.joined, done.phrases) = (joiner.joined, joiner.phrases);
        Ok(())
    })
    .map_err(|error| unreadable.unwrap_or(error))?;
    Ok(done)
}

/// How often each word and each pair within a line stands in the text.
#[derive(Default)]
struct Counts {
    words: Words,
    of_word: Vec<u64>,
    /// The count of a pair, and whether it was joined once.
    of_pair: HashMap<(u32, u32), (u64, bool)>,
    n_words: u64,
    before: Option<u32>,
}

impl TokenSink for Counts {
    fn token(&mut self, token: &str) -> io::Result<()> {
        let number = self
            .words
            .number(token)
            .ok_or_else(|| io::Error::other("more than four thousand million different words"))?;
        if number as usize == self.of_word.len() {
            self.of_word.push(0);
        }
        self.of_word[number as usize] += 1;
        self.n_words += 1;
        if let Some(before) = self.before.replace(number) {
            self.of_pair.entry((before, number)).or_default().0 += 1;
        }
        Ok(())
    }

    fn line_end(&mut self) -> io::Result<()> {
        self.before = None;
        Ok(())
    }
}

/// Writes the text again.
struct Joiner<'a, W> {
    counts: &'a mut Counts,
    config: &'a PhraseConfig,
    out: W,
    /// The word before on the line, and whether it is the end of a phrase.
    before: Option<(u32, bool)>,
    joined: u64,
    phrases: u64,
}

impl<W> Joiner<'_, W> {
    /// Whether this pair is a phrase; takes note where it is.
    fn joins(&mut self, a: u32, b: u32) -> bool {
        let counts = &mut *self.counts;
        let (of_a, of_b) = (counts.of_word[a as usize], counts.of_word[b as usize]);
        let Some((of_pair, was_joined)) = counts.of_pair.get_mut(&(a, b)) else { return false };
        let min = self.config.min_count;
        if of_a < min || of_b < min || *of_pair < min {
            return false;
        }
        let score = (*of_pair - min) as f64 / of_a as f64 / of_b as f64 * counts.n_words as f64;
        let joins = score > self.config.threshold;
        if joins {
            self.joined += 1;
            self.phrases += u64::from(!std::mem::replace(was_joined, true));
        }
        joins
    }
}

impl<W: Write> TokenSink for Joiner<'_, W> {
    fn token(&mut self, token: &str) -> io::Result<()> {
        // A file that grew since it was counted has words without a count: they stand alone.
        let number = self.counts.words.get(token);
        let joins = match (self.before, number) {
            (Some((before, false)), Some(number)) => self.joins(before, number),
            _ => false,
        };
        if self.before.is_some() {
            self.out.write_all(if joins { b"_" } else { b" " })?;
        }
        self.out.write_all(token.as_bytes())?;
        self.before = Some((number.unwrap_or(u32::MAX), joins || number.is_none()));
        Ok(())
    }

    fn line_end(&mut self) -> io::Result<()> {
        self.before = None;
        self.out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, config: &PhraseConfig, expected: &str) -> Joined {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("in.txt"), dir.path().join("out.txt"));
        std::io::Write::write_all(&mut std::fs::File::create(&input).unwrap(), text.as_bytes()).unwrap();
        let joined = phrases(&[input], &output, config).unwrap();
        assert_eq!(std::fs::read_to_string(output).unwrap(), expected);
        joined
    }

    /// `new york`: 3 times in 12 words, each word 3 times: (3 - 1) * 12 / 9 = 2.67.
    #[test]
    fn a_pair_is_joined_just_below_its_score_and_not_just_above() {
        let text = "new york is big\nin new york it rains\nnew york now\n";
        let config = |threshold: f64| PhraseConfig { min_count: 1, threshold };
        let joined = check(text, &config(2.66), "new_york is big\nin new_york it rains\nnew_york now\n");
        assert_eq!((joined.words, joined.joined, joined.phrases), (12, 3, 1));
        assert_eq!(check(text, &config(2.67), text).joined, 0);
    }

    #[test]
    fn a_joined_word_opens_no_phrase_and_lines_are_apart() {
        let config = PhraseConfig { min_count: 1, threshold: 0.5 };
        check("a b c d\na b c d\n", &config, "a_b c_d\na_b c_d\n");
        // `b a` is not a pair: it stands on two lines.
        check("a b\na b\na b\n", &PhraseConfig { min_count: 2, threshold: 0.5 }, "a_b\na_b\na_b\n");
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let config = PhraseConfig::default();
        let out = Path::new("never-written.txt");
        assert!(phrases(&["-".into()], out, &config).unwrap_err().is_config());
        assert!(phrases(&["/no/such/file".into()], out, &config).unwrap_err().is_io());
        let zero = PhraseConfig { threshold: 0.0, ..config };
        assert!(phrases(&["-".into()], out, &zero).unwrap_err().to_string().contains("threshold is 0"));
        assert!(!out.exists());
    }
}

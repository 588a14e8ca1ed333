//! The settings of a training run, with the original program's names and defaults.

use std::path::PathBuf;

use crate::error::Error;

/// How to train. [`Config::default`] holds the original program's defaults (of `word2vec` 0.1c, skip-gram).
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Numbers per vector (`-size`).
    pub size: usize,
    /// Largest distance of a context word; each position draws its own from `1..=window` (`-window`).
    pub window: usize,
    /// Words drawn against each observed one; 0 for none, which needs `hs` (`-negative`).
    pub negative: usize,
    /// Train the Huffman tree's inner nodes as well: hierarchical softmax (`-hs`).
    pub hs: bool,
    /// Predict a word from the mean of its context instead of from each context word (`-cbow`).
    pub cbow: bool,
    /// Words more frequent than this share of the corpus are dropped at random; 0 keeps all (`-sample`).
    pub sample: f64,
    /// Rarer words are left out (`-min-count`).
    pub min_count: u64,
    /// Passes over the corpus (`-iter`).
    pub iter: usize,
    /// The learning rate at the start; falls linearly to a ten-thousandth of itself (`-alpha`).
    pub alpha: f32,
    /// Threads; the result does not depend on it (`-threads`).
    pub threads: usize,
    /// Seed of every random number.
    pub seed: u64,
    /// Slices into which the dimension is cut, each owned by one thread. Belongs to the model: another number gives
    /// other (equally good) vectors. Threads beyond it only prepare windows.
    pub slices: usize,
    /// Consecutive windows whose products are computed before their increments are added; `None` takes what
    /// [`Self::windows_per_batch`] says. Belongs to the model.
    pub batch_windows: Option<usize>,
    /// Let all threads change all weights at once, as the original does: the result then differs from run to run. For
    /// comparison; `slices` has no part in it.
    pub hogwild: bool,
    /// Vector instructions; `None` takes the best that the processor has. All give the same bytes.
    pub simd: Option<Simd>,
    /// Where the encoded corpus lies while training runs, as an unlinked file; `None` for the system's place.
    pub scratch_dir: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            size: 100,
            window: 5,
            negative: 5,
            hs: false,
            cbow: false,
            sample: 1e-3,
            min_count: 5,
            iter: 5,
            alpha: 0.025,
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            seed: 1,
            slices: 2,
            batch_windows: None,
            hogwild: false,
            simd: None,
            scratch_dir: None,
        }
    }
}

impl Config {
    /// Windows of a batch for a vocabulary of `n_words`: the setting, or 48 at rates up to 0.033 and fewer above, so that
    /// windows times rate stay at 1.6; at most 16 with hierarchical softmax or fewer than a thousand words.
    ///
    /// The more windows, the less two threads wait for each other. But the increments of a batch come from the same old
    /// rows: at 2.4 training is worse on the books of the README's comparison, at 3.2 some seeds diverge. With
    /// hierarchical softmax every window meets the root, and with nine words every window meets every word: there it
    /// diverges at 32 windows, and not at 16.
    #[must_use]
    pub fn windows_per_batch(&self, n_words: usize) -> usize {
        let most = if self.hs || n_words < 1000 { 16.0 } else { 48.0 };
        let windows = (1.6 / f64::from(self.alpha)).round().clamp(1.0, most);
        self.batch_windows.unwrap_or(windows as usize)
    }

    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// Names the first option that is out of its range.
    pub fn check(&self) -> Result<(), Error> {
        let in_range = |name: &str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(Error::config(format!("{name} is {value}: it must be {low} to {high}")))
            }
        };
        in_range("size", self.size, 1, 4096)?;
        in_range("window", self.window, 1, 100)?;
        in_range("negative", self.negative, 0, 100)?;
        in_range("iter", self.iter, 1, 100_000)?;
        in_range("threads", self.threads, 1, 1024)?;
        in_range("slices", self.slices, 1, 256)?;
        in_range("batch-windows", self.batch_windows.unwrap_or(1), 1, 128)?;
        if self.negative == 0 && !self.hs {
            return Err(Error::config(
                "negative is 0 and hs is off: nothing would be trained; set one of them",
            ));
        }
        if !(self.alpha > 0.0 && self.alpha <= 1.0) {
            return Err(Error::config(format!("alpha is {}: it must be above 0 and at most 1", self.alpha)));
        }
        if !(self.sample >= 0.0 && self.sample <= 1.0) {
            return Err(Error::config(format!("sample is {}: it must be 0 to 1", self.sample)));
        }
        if let Some(simd) = self.simd
            && !simd.is_available()
        {
            return Err(Error::config(format!("this processor has no {}", simd.name())));
        }
        Ok(())
    }
}

/// The vector instructions that the inner loops use.
///
/// Each level does the same operations in the same order with one rounding per fused multiply-add, so each gives the
/// same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simd {
    /// Arrays of sixteen and `f32::mul_add`: slow where the compiler must call a function for it.
    Plain,
    /// 128-bit vectors of aarch64.
    Neon,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// 512-bit vectors.
    Avx512,
}

impl Simd {
    /// The fastest level that this processor has.
    #[must_use]
    pub fn best() -> Self {
        [Self::Avx512, Self::Avx2, Self::Neon].into_iter().find(|s| s.is_available()).unwrap_or(Self::Plain)
    }

    /// Whether this processor has it.
    #[must_use]
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Plain => true,
            Self::Neon => false,
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Avx512 => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("fma"),
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            // Part of every aarch64 that the standard library runs on.
            self == Self::Plain || (cfg!(target_arch = "aarch64") && self == Self::Neon)
        }
    }

    /// `plain`, `neon`, `avx2` or `avx512`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_pass_and_nonsense_is_named() {
        Config::default().check().unwrap();
        let no_objective = Config { negative: 0, ..Config::default() };
        assert!(no_objective.check().unwrap_err().to_string().contains("negative is 0"));
        let bad_rate = Config { alpha: f32::NAN, ..Config::default() };
        assert!(bad_rate.check().unwrap_err().is_config());
        let no_size = Config { size: 0, ..Config::default() };
        assert!(no_size.check().unwrap_err().to_string().starts_with("size is 0"));
    }
}

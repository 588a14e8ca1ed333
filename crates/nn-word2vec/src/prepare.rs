//! A chunk's windows: which words are kept, which inputs meet which outputs. Depends on (seed, epoch, chunk) alone.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::alias::Alias;
use crate::config::Config;
use crate::corpus::{Corpus, END};
use crate::huffman::Paths;

/// Marks an output whose wanted answer is 1.
pub(crate) const WANTED: u32 = 1 << 31;

/// One window: its inputs and outputs lie in [`Prepared::rows`], inputs first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) start: u32,
    pub(crate) n_inputs: u16,
    pub(crate) n_outputs: u16,
}

/// The windows of a chunk.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) rows: Vec<u32>,
    pub(crate) windows: Vec<Window>,
    pub(crate) alpha: f32,
    /// Vocabulary words of the corpus's first to this chunk's last, over all epochs.
    pub(crate) words_done: u64,
    pub(crate) epoch: usize,
}

impl Prepared {
    pub(crate) fn inputs(&self, w: Window) -> &[u32] {
        &self.rows[w.start as usize..][..w.n_inputs as usize]
    }

    pub(crate) fn outputs(&self, w: Window) -> &[u32] {
        &self.rows[w.start as usize + w.n_inputs as usize..][..w.n_outputs as usize]
    }
}

/// What every chunk's preparation shares.
#[derive(Debug)]
pub(crate) struct Preparer<'a> {
    corpus: &'a Corpus,
    config: &'a Config,
    words: u64,
    /// A word is kept when 32 random bits are at most its entry.
    keep: Vec<u32>,
    alias: Alias,
    paths: Option<Paths>,
}

impl<'a> Preparer<'a> {
    pub(crate) fn new(corpus: &'a Corpus, config: &'a Config) -> Self {
        // A given vocabulary may list words that this corpus lacks, with counts of another; none may be zero.
        let counts: Vec<u64> = corpus.vocabulary().counts().iter().map(|&c| c.max(1)).collect();
        let total: u64 = counts.iter().sum();
        let keep = counts.iter().map(|&count| keep_threshold(count, total, config.sample)).collect();
        let paths = config.hs.then(|| Paths::new(&counts));
        Self { corpus, config, words: corpus.words(), keep, alias: Alias::new(&counts), paths }
    }

    /// Chunks of all epochs.
    pub(crate) fn n_chunks(&self) -> u64 {
        self.corpus.chunks().len() as u64 * self.config.iter as u64
    }

    pub(crate) fn words_total(&self) -> u64 {
        self.words * self.config.iter as u64
    }

    /// Prepares the `number`-th chunk of the run.
    pub(crate) fn prepare(&self, number: u64) -> Prepared {
        let Config { window, negative, cbow, .. } = *self.config;
        let n_chunks = self.corpus.chunks().len() as u64;
        let (epoch, chunk_idx) = ((number / n_chunks) as usize, (number % n_chunks) as usize);
        let chunk = &self.corpus.chunks()[chunk_idx];
        let ids = self.corpus.chunk_ids(chunk);
        let mut rng =
            Pcg64Mcg::seed_from_u64(mix(mix(mix(self.config.seed) ^ epoch as u64) ^ chunk_idx as u64));

        let before = self.words * epoch as u64 + chunk.words_before;
        let share = before as f64 / (self.words_total() + 1) as f64;
        let alpha = f64::from(self.config.alpha) * (1.0 - share).max(1e-4);

        let mut rows = Vec::with_capacity(ids.len() * (2 * window + negative + 1) / 2);
        let mut windows = Vec::with_capacity(ids.len());
        let mut kept: Vec<u32> = Vec::new();
        let mut words = 0;
        for sentence in ids.split(|&id| id == END) {
            words += sentence.len() as u64;
            kept.clear();
            kept.extend(sentence.iter().filter(|&&id| {
                self.keep[id as usize] == u32::MAX || rng.next_u32() <= self.keep[id as usize]
            }));
            for (at, &center) in kept.iter().enumerate() {
                let reach = 1 + ((u64::from(rng.next_u32()) * window as u64) >> 32) as usize;
                let start = rows.len();
                rows.extend_from_slice(&kept[at.saturating_sub(reach)..at]);
                rows.extend_from_slice(&kept[at + 1..(at + 1 + reach).min(kept.len())]);
                let n_inputs = rows.len() - start;
                if n_inputs == 0 {
                    continue;
                }
                if negative > 0 {
                    rows.push(center | WANTED);
                    for _ in 0..negative {
                        rows.push(self.draw_other(center, &mut rng));
                    }
                }
                if let Some(paths) = &self.paths {
                    // The inner nodes' rows follow those of the words; the original wants 1 on the first branch.
                    let base = self.keep.len() as u32;
                    rows.extend(
                        paths
                            .of(center)
                            .iter()
                            .map(|&(n, second)| (base + n) | if second { 0 } else { WANTED }),
                    );
                }
                let n_outputs = (rows.len() - start - n_inputs) as u16;
                windows.push(Window { start: start as u32, n_inputs: n_inputs as u16, n_outputs });
            }
        }
        debug_assert!(!cbow || windows.iter().all(|w| w.n_inputs > 0), "a mean needs a word");
        Prepared { rows, windows, alpha: alpha as f32, words_done: before + words, epoch }
    }

    /// A negative that is not the word itself. After some tries (a word that fills the corpus) a neighbour in the
    /// vocabulary is taken.
    #[inline]
    fn draw_other(&self, center: u32, rng: &mut Pcg64Mcg) -> u32 {
        for _ in 0..16 {
            let word = self.alias.draw(rng.next_u64());
            if word != center {
                return word;
            }
        }
        (center + 1) % self.keep.len() as u32
    }
}

/// The original's rule: keep with probability `(sqrt(f/s) + 1) s/f`, `f` the word's share of the corpus, `s` = sample.
fn keep_threshold(count: u64, total: u64, sample: f64) -> u32 {
    if sample == 0.0 {
        return u32::MAX;
    }
    let ratio = count as f64 / (sample * total as f64);
    // A float cast saturates: certain words get the maximum.
    (4_294_967_296.0 * (ratio.sqrt() + 1.0) / ratio) as u32
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014): neighbouring numbers become unrelated seeds.
fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

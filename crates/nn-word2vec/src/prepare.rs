//! A chunk's windows: which words are kept, which inputs meet which outputs. Depends on (seed, epoch, chunk) alone.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::alias::Alias;
use crate::config::Config;
use crate::corpus::{Chunk, Corpus, END};
use crate::huffman::Paths;
use crate::lanes::prefetch;

/// Marks an output whose wanted answer is 1.
pub(crate) const WANTED: u32 = 1 << 31;

/// Words whose look-up is begun ahead of their turn.
const WORDS_AHEAD: usize = 16;

/// One window: a word among its neighbours, and the outputs that these meet.
///
/// The inputs are the words at `first..end` but for the one at `center`: neighbouring windows share most of them, so
/// they are named by their places in [`Prepared::words`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) first: u32,
    pub(crate) center: u32,
    pub(crate) end: u32,
    outputs_start: u32,
    outputs_end: u32,
}

impl Window {
    pub(crate) fn n_inputs(&self) -> usize {
        (self.end - self.first - 1) as usize
    }

    /// The place of the `n`-th input.
    pub(crate) fn place(&self, n: usize) -> usize {
        let place = self.first + n as u32;
        (place + u32::from(place >= self.center)) as usize
    }

    pub(crate) fn n_outputs(&self) -> usize {
        (self.outputs_end - self.outputs_start) as usize
    }
}

/// The windows of a chunk.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The words that were kept, sentence after sentence.
    pub(crate) words: Vec<u32>,
    /// Output rows of all windows, with [`WANTED`].
    outputs: Vec<u32>,
    pub(crate) windows: Vec<Window>,
    pub(crate) alpha: f32,
    /// Vocabulary words of the corpus's first to this chunk's last, over all epochs.
    pub(crate) words_done: u64,
    pub(crate) epoch: usize,
    /// Inputs times outputs, over all windows; the mean of CBOW is one input.
    pub(crate) n_products: u64,
}

impl Prepared {
    /// The output rows of consecutive windows.
    pub(crate) fn outputs_of_all(&self, windows: &[Window]) -> &[u32] {
        match windows {
            [] => &[],
            [first, .., last] => &self.outputs[first.outputs_start as usize..last.outputs_end as usize],
            [only] => self.outputs(only),
        }
    }

    /// Asks for the windows at these places and what they name: another thread may have made them, and then they lie in
    /// its processor's cache.
    pub(crate) fn prefetch(&self, windows: Range<usize>) {
        let (first, end) = (windows.start.min(self.windows.len()), windows.end.min(self.windows.len()));
        // Three windows fill a line, and so do sixteen numbers; each word that was kept is the centre of a window, and
        // without inner nodes every window has as many outputs.
        self.windows[first..end].iter().step_by(3).for_each(prefetch);
        self.words[first..end].iter().step_by(16).for_each(prefetch);
        let n_outputs = self.outputs.len() / self.windows.len().max(1);
        self.outputs[first * n_outputs..end * n_outputs].iter().step_by(16).for_each(prefetch);
    }

    pub(crate) fn outputs(&self, w: &Window) -> &[u32] {
        &self.outputs[w.outputs_start as usize..w.outputs_end as usize]
    }
}

/// A chunk under preparation.
#[derive(Debug)]
pub(crate) struct Preparing {
    /// What is left of it.
    chunk: Chunk,
    rng: Pcg64Mcg,
    /// Where the sentence begins whose windows are being made.
    sentence_start: usize,
    /// Random bits of that sentence's negatives, drawn ahead so that the look-ups are under way.
    draws: Vec<u64>,
    made: Prepared,
}

impl Preparing {
    /// The chunk, when [`Preparer::go_on`] has said that it is done.
    pub(crate) fn done(self) -> Prepared {
        self.made
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

    /// Windows of a batch of this training.
    pub(crate) fn windows_per_batch(&self) -> usize {
        self.config.windows_per_batch(self.corpus.vocabulary().len())
    }

    pub(crate) fn words_total(&self) -> u64 {
        self.words * self.config.iter as u64
    }

    /// Vocabulary words before the `number`-th chunk of the run, over all epochs.
    pub(crate) fn words_before(&self, number: u64) -> u64 {
        let chunks = self.corpus.chunks();
        let (epoch, chunk_idx) = (number / chunks.len() as u64, (number % chunks.len() as u64) as usize);
        self.words * epoch + chunks[chunk_idx].words_before
    }

    /// Begins the `number`-th chunk of the run.
    pub(crate) fn begin(&self, number: u64) -> Preparing {
        let n_chunks = self.corpus.chunks().len() as u64;
        let (epoch, chunk_idx) = ((number / n_chunks) as usize, (number % n_chunks) as usize);
        let chunk = &self.corpus.chunks()[chunk_idx];
        let before = self.words * epoch as u64 + chunk.words_before;
        let share = before as f64 / (self.words_total() + 1) as f64;
        let alpha = f64::from(self.config.alpha) * (1.0 - share).max(1e-4);
        let n_ids = chunk.end - chunk.start;
        Preparing {
            chunk: *chunk,
            rng: Pcg64Mcg::seed_from_u64(mix(mix(mix(self.config.seed) ^ epoch as u64) ^ chunk_idx as u64)),
            sentence_start: 0,
            draws: Vec::new(),
            made: Prepared {
                words: Vec::with_capacity(n_ids),
                outputs: Vec::with_capacity(n_ids / 2 * (self.config.negative + 1)),
                windows: Vec::with_capacity(n_ids / 2),
                alpha: alpha as f32,
                words_done: before,
                epoch,
                n_products: 0,
            },
        }
    }

    /// Prepares about `n_windows` more of a chunk; true when it is done.
    pub(crate) fn go_on(&self, preparing: &mut Preparing, n_windows: usize) -> bool {
        let enough = preparing.made.windows.len() + n_windows;
        while preparing.made.windows.len() < enough {
            // Each kept word is the centre of one window.
            if preparing.made.windows.len() == preparing.made.words.len() {
                if preparing.chunk.start == preparing.chunk.end {
                    return true;
                }
                self.thin_sentence(preparing);
            } else {
                self.add_window(preparing);
            }
        }
        false
    }

    /// Takes the next sentence and keeps some of its words.
    fn thin_sentence(&self, preparing: &mut Preparing) {
        let Preparing { chunk, rng, made, sentence_start, draws } = preparing;
        let ids = self.corpus.chunk_ids(chunk);
        let length = ids.iter().position(|&id| id == END).unwrap_or(ids.len());
        chunk.start += (length + 1).min(ids.len());
        made.words_done += length as u64;
        *sentence_start = made.words.len();
        // Written in any case, counted when kept: whether a word is kept cannot be foreseen by the processor.
        made.words.resize(*sentence_start + length, 0);
        let kept = &mut made.words[*sentence_start..];
        let mut n_kept = 0;
        for (at, &id) in ids[..length].iter().enumerate() {
            if let Some(ahead) = ids.get(at + WORDS_AHEAD).and_then(|&id| self.keep.get(id as usize)) {
                prefetch(ahead);
            }
            kept[n_kept] = id;
            n_kept += usize::from(rng.next_u32() <= self.keep[id as usize]);
        }
        // A word alone has no neighbours.
        let n_kept = if n_kept < 2 { 0 } else { n_kept };
        made.words.truncate(*sentence_start + n_kept);
        draws.clear();
        draws.extend((0..n_kept * self.config.negative).map(|_| {
            let bits = rng.next_u64();
            self.alias.prefetch(bits);
            bits
        }));
    }

    /// The window of the next kept word.
    fn add_window(&self, preparing: &mut Preparing) {
        let Preparing { rng, made, sentence_start, draws, .. } = preparing;
        let Config { window, negative, cbow, .. } = *self.config;
        let at = made.windows.len();
        let reach = 1 + ((u64::from(rng.next_u32()) * window as u64) >> 32) as usize;
        let center = made.words[at];
        let outputs_start = made.outputs.len();
        if negative > 0 {
            made.outputs.push(center | WANTED);
            let first = (at - *sentence_start) * negative;
            let draws = draws[first..first + negative].iter();
            made.outputs.extend(draws.map(|&bits| self.draw_other(center, bits, rng)));
        }
        if let Some(paths) = &self.paths {
            // The inner nodes' rows follow those of the words; the original wants 1 on the first branch.
            let base = self.keep.len() as u32;
            let steps = paths.of(center).iter();
            made.outputs.extend(steps.map(|&(n, second)| (base + n) | if second { 0 } else { WANTED }));
        }
        let window = Window {
            first: at.saturating_sub(reach).max(*sentence_start) as u32,
            center: at as u32,
            end: (at + 1 + reach).min(made.words.len()) as u32,
            outputs_start: outputs_start as u32,
            outputs_end: made.outputs.len() as u32,
        };
        let n_inputs = if cbow { 1 } else { window.n_inputs() };
        made.n_products += (n_inputs * window.n_outputs()) as u64;
        made.windows.push(window);
    }

    /// The negative of these random bits, or of others where that is the word itself. After some tries (a word that
    /// fills the corpus) a neighbour in the vocabulary is taken.
    #[inline]
    fn draw_other(&self, center: u32, bits: u64, rng: &mut Pcg64Mcg) -> u32 {
        let mut word = self.alias.draw(bits);
        for _ in 0..16 {
            if word != center {
                return word;
            }
            word = self.alias.draw(rng.next_u64());
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

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
/// Draws for each negative of a window that make up a chunk's pool, rounded up to a power of two; see [`Pool`].
const POOL_DRAWS: usize = 400;

/// One window: a word among its neighbours, and the outputs that these meet.
///
/// The inputs are the words at `first..end` but for the one at `center`: neighbouring windows share most of them, so
/// they are named by their places in [`Prepared::words`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) first: usize,
    /// Its number among the chunk's windows as well.
    pub(crate) center: usize,
    pub(crate) end: usize,
    outputs_start: usize,
    outputs_end: usize,
}

impl Window {
    pub(crate) fn n_inputs(&self) -> usize {
        self.end - self.first - 1
    }

    /// The place of the `n`-th input.
    pub(crate) fn place(&self, n: usize) -> usize {
        let place = self.first + n;
        place + usize::from(place >= self.center)
    }

    pub(crate) fn n_outputs(&self) -> usize {
        self.outputs_end - self.outputs_start
    }
}

/// The windows of a chunk, in few bytes: one thread makes them and others read them, so each line of it travels between
/// their processors.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The words that were kept, sentence after sentence. Each is the centre of one window.
    pub(crate) words: Vec<u32>,
    /// Inputs of each window before and after its centre.
    reaches: Vec<[u8; 2]>,
    /// Output rows of all windows, with [`WANTED`].
    outputs: Vec<u32>,
    /// Where each window's outputs end; empty without inner nodes, when all have `n_outputs`.
    outputs_ends: Vec<u32>,
    n_outputs: usize,
    pub(crate) alpha: f32,
    /// Vocabulary words of the corpus's first to this chunk's last, over all epochs.
    pub(crate) words_done: u64,
    pub(crate) epoch: usize,
    /// Inputs times outputs, over all windows; the mean of CBOW is one input.
    pub(crate) n_products: u64,
}

impl Prepared {
    pub(crate) fn n_windows(&self) -> usize {
        self.reaches.len()
    }

    fn outputs_start(&self, nth: usize) -> usize {
        if self.outputs_ends.is_empty() {
            nth * self.n_outputs
        } else if nth == 0 {
            0
        } else {
            self.outputs_ends[nth - 1] as usize
        }
    }

    /// Consecutive windows.
    pub(crate) fn windows(&self, range: Range<usize>) -> impl Iterator<Item = Window> + '_ {
        self.reaches[range.clone()].iter().zip(range).map(|(&[before, after], nth)| Window {
            first: nth - usize::from(before),
            center: nth,
            end: nth + 1 + usize::from(after),
            outputs_start: self.outputs_start(nth),
            outputs_end: self.outputs_start(nth + 1),
        })
    }

    /// The places that consecutive windows reach.
    pub(crate) fn places(&self, windows: Range<usize>) -> Range<usize> {
        let reaches = self.reaches[windows.clone()].iter().zip(windows);
        let (first, end) = reaches.fold((u32::MAX, 0), |(first, end), (&[before, after], nth)| {
            let nth = nth as u32;
            (first.min(nth - u32::from(before)), end.max(nth + 1 + u32::from(after)))
        });
        first.min(end) as usize..end as usize
    }

    /// The output rows of consecutive windows.
    pub(crate) fn outputs_of_all(&self, windows: Range<usize>) -> &[u32] {
        &self.outputs[self.outputs_start(windows.start)..self.outputs_start(windows.end)]
    }

    /// Asks for the windows with these numbers and what they name: another thread may have made them, and then they lie
    /// in its processor's cache.
    pub(crate) fn prefetch(&self, windows: Range<usize>) {
        let (first, end) = (windows.start.min(self.n_windows()), windows.end.min(self.n_windows()));
        self.reaches[first..end].iter().step_by(32).for_each(prefetch);
        self.words[first..end].iter().step_by(16).for_each(prefetch);
        self.outputs_of_all(first..end).iter().step_by(16).for_each(prefetch);
    }

    pub(crate) fn outputs(&self, w: &Window) -> &[u32] {
        &self.outputs[w.outputs_start..w.outputs_end]
    }
}

/// Words drawn for a chunk, from which its windows pick their negatives at random.
///
/// A chunk has some 1500 windows, so each draw is picked about four times, in windows far from each other. Their rows
/// stay in the processor's second cache, which most rows of fresh draws would miss: that takes a tenth of one thread's
/// time. With half as many draws the analogies suffer at higher rates.
#[derive(Debug)]
struct Pool {
    /// A power of two.
    words: Vec<u32>,
    /// Those of the vocabulary.
    n_words: u32,
}

impl Pool {
    fn new(alias: &Alias, negative: usize, rng: &mut Pcg64Mcg) -> Self {
        // In two steps, so that the look-ups are under way together.
        let draws: Vec<u64> = (0..(negative * POOL_DRAWS).next_power_of_two())
            .map(|_| {
                let bits = rng.next_u64();
                alias.prefetch(bits);
                bits
            })
            .collect();
        let words = draws.into_iter().map(|bits| alias.draw(bits)).collect();
        Self { words, n_words: alias.n_words() }
    }

    /// Picks `n` words other than `center`; 64 random bits are good for several.
    #[inline]
    fn pick(&self, n: usize, center: u32, rng: &mut Pcg64Mcg) -> impl Iterator<Item = u32> {
        let n_bits = self.words.len().trailing_zeros();
        let (mut bits, mut n_bits_left) = (0, 0);
        (0..n).map(move |_| {
            if n_bits_left < n_bits {
                (bits, n_bits_left) = (rng.next_u64(), u64::BITS);
            }
            (bits, n_bits_left) = (bits >> n_bits, n_bits_left - n_bits);
            let at = bits as usize & (self.words.len() - 1);
            if self.words[at] == center { self.other_than(center, at) } else { self.words[at] }
        })
    }

    /// The next other word, or a neighbour in the vocabulary where one word fills the corpus.
    #[cold]
    fn other_than(&self, center: u32, at: usize) -> u32 {
        let next = self.words[at..].iter().chain(&self.words[..at]);
        next.copied().find(|&word| word != center).unwrap_or((center + 1) % self.n_words)
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
    pool: Pool,
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
        let mut rng =
            Pcg64Mcg::seed_from_u64(mix(mix(mix(self.config.seed) ^ epoch as u64) ^ chunk_idx as u64));
        let pool = Pool::new(&self.alias, self.config.negative, &mut rng);
        Preparing {
            chunk: *chunk,
            rng,
            sentence_start: 0,
            pool,
            made: Prepared {
                words: Vec::with_capacity(n_ids),
                reaches: Vec::with_capacity(n_ids / 2),
                outputs: Vec::with_capacity(n_ids / 2 * (self.config.negative + 1)),
                outputs_ends: Vec::new(),
                n_outputs: self.config.negative + 1,
                alpha: alpha as f32,
                words_done: before,
                epoch,
                n_products: 0,
            },
        }
    }

    /// Prepares about `n_windows` more of a chunk; true when it is done.
    pub(crate) fn go_on(&self, preparing: &mut Preparing, n_windows: usize) -> bool {
        let enough = preparing.made.n_windows() + n_windows;
        while preparing.made.n_windows() < enough {
            if preparing.made.n_windows() == preparing.made.words.len() {
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
        let Preparing { chunk, rng, made, sentence_start, .. } = preparing;
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
    }

    /// The window of the next kept word.
    fn add_window(&self, preparing: &mut Preparing) {
        let Preparing { rng, made, sentence_start, pool, .. } = preparing;
        let Config { window, negative, cbow, .. } = *self.config;
        let at = made.n_windows();
        let reach = 1 + ((u64::from(rng.next_u32()) * window as u64) >> 32) as usize;
        let center = made.words[at];
        let outputs_start = made.outputs.len();
        if negative > 0 {
            made.outputs.push(center | WANTED);
            made.outputs.extend(pool.pick(negative, center, rng));
        }
        if let Some(paths) = &self.paths {
            // The inner nodes' rows follow those of the words; the original wants 1 on the first branch.
            let base = self.keep.len() as u32;
            let steps = paths.of(center).iter();
            made.outputs.extend(steps.map(|&(n, second)| (base + n) | if second { 0 } else { WANTED }));
            made.outputs_ends.push(made.outputs.len() as u32);
        }
        let (before, after) = ((at - *sentence_start).min(reach), (made.words.len() - 1 - at).min(reach));
        // `window` is at most 100.
        made.reaches.push([before as u8, after as u8]);
        let n_inputs = if cbow { 1 } else { before + after };
        made.n_products += (n_inputs * (made.outputs.len() - outputs_start)) as u64;
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

//! Training: threads own slices of the dimension and exchange nothing but partial dot products.
//!
//! The order of all arithmetic is fixed by the configuration, never by which thread came first:
//! - a chunk's windows depend on (seed, epoch, chunk) alone, whoever prepares them;
//! - a batch's products are computed in each slice from rows that only the slice's owner changes (phase A), published,
//!   and added in the order of the slices;
//! - its increments are added in the order of its windows (phase B), one batch behind phase A, so that nobody waits
//!   for a product that another thread is about to publish.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::config::{Config, Simd};
use crate::corpus::Corpus;
use crate::error::Error;
use crate::hogwild;
use crate::kernels::{Batch, Kernels, Loss, Slice};
use crate::lanes::{Line, prefetch};
use crate::prepare::{Prepared, Preparer, Preparing};
use crate::vectors::Vectors;
use crate::weights::Lines;

/// How far a run has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Passes over the corpus that are behind, from 0.
    pub epoch: usize,
    /// Vocabulary words trained on so far, over all epochs.
    pub words_done: u64,
    /// Those that there will be.
    pub words_total: u64,
    /// The learning rate now.
    pub alpha: f32,
    /// Mean loss of an input with its outputs since the last report, over one batch in each chunk; the same on every
    /// run.
    pub loss: f64,
    /// Time since training began.
    pub elapsed: Duration,
}

/// What a run made.
#[derive(Debug, Clone)]
pub struct Trained {
    /// A vector for each word of the vocabulary, in its order.
    pub vectors: Vectors,
    /// Vocabulary words trained on, over all epochs.
    pub words: u64,
    /// Tokens of the corpus times epochs, rare words included: what other programs call words.
    pub raw_words: u64,
    /// Time from the first window to the last.
    pub elapsed: Duration,
    /// Products of an input with an output, over all windows: each takes two operations a number, and four more for
    /// the increments of both rows.
    pub products: u64,
    /// Slices of the dimension that were used: part of what fixes the bytes.
    pub slices: usize,
    /// Windows of a batch that were used: part of what fixes the bytes.
    pub batch_windows: usize,
    /// The instructions that were used.
    pub simd: Simd,
}

/// Chunks after which no batch is left between its phases; a quarter of a million words.
const DRAIN_CHUNKS: u64 = 64;
/// Chunks of a [`Training::step`]: about a million words, so that starting the threads again costs nothing that shows.
const STEP_CHUNKS: u64 = 4 * DRAIN_CHUNKS;
/// Reports of a run, about.
pub(crate) const N_REPORTS: u64 = 200;
/// Batches that may be under way; see [`Exchange`].
const RING: u64 = 4;
/// Looks at a counter before a thread goes to sleep: a few microseconds. Ten times as many cost a third of the speed
/// on a busy machine, where the product that is waited for may need this very processor; fewer cost some on a quiet one.
const N_SPINS: usize = 100;
/// Windows that a thread prepares at a time while another's product may come any moment: half a microsecond.
const WINDOWS_MEANWHILE: usize = 8;
/// The same while it can do nothing else.
const WINDOWS_WHEN_NEEDED: usize = 256;
/// After this a sleeper looks whether another thread has died.
const LONGEST_SLEEP: Duration = Duration::from_millis(10);

/// Trains vectors. The result depends on the corpus and on the configuration, but not on `threads` or `simd` (unless
/// `config.hogwild` asks for what does).
///
/// `progress` is called about two hundred times, after chunks that do not depend on the number of threads.
///
/// # Errors
///
/// When the configuration is out of range.
pub fn train(
    corpus: &Corpus,
    config: &Config,
    progress: &mut (dyn FnMut(&Progress) + Send),
) -> Result<Trained, Error> {
    if config.hogwild {
        config.check()?;
        return hogwild::train(corpus, config, progress);
    }
    let mut training = Training::new(corpus, config)?;
    training.run(progress);
    training.finish()
}

/// A training that can stop on its way: between two steps it can be saved, and it ends with the same bytes however
/// many steps it took and however often it was saved and resumed.
#[derive(Debug)]
pub struct Training<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) config: &'a Config,
    preparer: Preparer<'a>,
    pub(crate) slices: Vec<Slice>,
    /// The chunk of the run that comes next.
    pub(crate) next_chunk: u64,
    /// What the next report tells of the chunks behind.
    pub(crate) loss: Loss,
    pub(crate) elapsed: Duration,
    /// Products of an input with an output that are behind.
    pub(crate) n_products: u64,
    simd: Simd,
}

impl<'a> Training<'a> {
    /// Begins with random vectors.
    ///
    /// # Errors
    ///
    /// When the configuration is out of range, or asks for Hogwild.
    pub fn new(corpus: &'a Corpus, config: &'a Config) -> Result<Self, Error> {
        config.check()?;
        if config.hogwild {
            return Err(Error::config(
                "hogwild keeps no order of steps: it can only be trained in one go, by `train`",
            ));
        }
        Ok(Self {
            corpus,
            config,
            preparer: Preparer::new(corpus, config),
            slices: initial_slices(corpus.vocabulary().len(), config, config.slices),
            next_chunk: 0,
            loss: Loss::default(),
            elapsed: Duration::ZERO,
            n_products: 0,
            simd: config.simd.unwrap_or_else(Simd::best),
        })
    }

    /// Whether all epochs are behind.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.next_chunk >= self.preparer.n_chunks()
    }

    /// Vocabulary words that are behind, over all epochs.
    #[must_use]
    pub fn words_done(&self) -> u64 {
        self.preparer.words_before(self.next_chunk)
    }

    /// Trains to the next place where it may stop, about a million words on.
    pub fn step(&mut self, progress: &mut (dyn FnMut(&Progress) + Send)) {
        let end = (self.next_chunk / STEP_CHUNKS + 1) * STEP_CHUNKS;
        self.train_until(end.min(self.preparer.n_chunks()), progress);
    }

    /// Trains to the end.
    pub fn run(&mut self, progress: &mut (dyn FnMut(&Progress) + Send)) {
        self.train_until(self.preparer.n_chunks(), progress);
    }

    /// The vectors as they are now.
    ///
    /// # Errors
    ///
    /// When a number in them is not finite.
    pub fn finish(self) -> Result<Trained, Error> {
        Ok(Trained {
            vectors: join_slices(self.corpus, self.config.size, &self.slices)?,
            words: self.preparer.words_total(),
            raw_words: self.corpus.raw_words() * self.config.iter as u64,
            elapsed: self.elapsed,
            products: self.n_products,
            slices: self.slices.len(),
            batch_windows: self.preparer.windows_per_batch(),
            simd: self.simd,
        })
    }

    /// Whether the weights at this chunk are those of a training that did not stop there.
    pub(crate) fn can_stop_at(&self, chunk: u64) -> bool {
        let n_chunks = self.preparer.n_chunks();
        chunk == n_chunks || (chunk < n_chunks && chunk.is_multiple_of(DRAIN_CHUNKS))
    }

    /// Trains the chunks before `end`, which is a multiple of [`DRAIN_CHUNKS`] or the last.
    fn train_until(&mut self, end: u64, progress: &mut (dyn FnMut(&Progress) + Send)) {
        let config = self.config;
        let n_slices = self.slices.len();
        let n_trainers = config.threads.min(n_slices);
        let run = Run {
            config,
            kernels: Kernels::new(self.simd),
            queue: Queue::new(&self.preparer, self.next_chunk..end, n_trainers, config.threads),
            exchange: Exchange::new(n_slices),
            start: Instant::now(),
            elapsed_before: self.elapsed,
            n_products: AtomicU64::new(0),
        };
        let mut loss = self.loss;
        std::thread::scope(|scope| {
            let mut rest = &mut self.slices[..];
            let mut mine = None;
            for thread in 0..n_trainers {
                let (first, end) = (n_slices * thread / n_trainers, n_slices * (thread + 1) / n_trainers);
                let (own, others) = rest.split_at_mut(end - first);
                rest = others;
                if thread == 0 {
                    mine = Some(own);
                } else {
                    let run = &run;
                    scope.spawn(move || run.train_slices(thread, first, own, &mut Loss::default(), None));
                }
            }
            for _ in n_trainers..config.threads {
                scope.spawn(|| run.queue.prepare_ahead(&run.exchange.failed));
            }
            if let Some(own) = mine {
                run.train_slices(0, 0, own, &mut loss, Some(progress));
            }
        });
        self.elapsed += run.start.elapsed();
        self.n_products += run.n_products.load(Ordering::Relaxed);
        (self.loss, self.next_chunk) = (loss, end);
    }
}

/// Inputs uniform in `(-0.5, 0.5) / size`, outputs zero, as in the original. What fills up a line stays zero for ever.
pub(crate) fn initial_slices(n_words: usize, config: &Config, n_slices: usize) -> Vec<Slice> {
    let n_lines = config.size.div_ceil(16);
    let n_slices = n_slices.min(n_lines);
    let output_rows = n_words * (usize::from(config.negative > 0 || config.hs) + usize::from(config.hs));
    let mut slices: Vec<Slice> = (0..n_slices)
        .map(|s| {
            let n_lines = n_lines * (s + 1) / n_slices - n_lines * s / n_slices;
            let inputs = Lines::zeroed(n_words * n_lines);
            Slice { n_lines, inputs, outputs: Lines::zeroed(output_rows * n_lines) }
        })
        .collect();
    let mut rng = Pcg64Mcg::seed_from_u64(config.seed);
    for word in 0..n_words {
        let mut left = config.size;
        for slice in &mut slices {
            for line in &mut slice.inputs[word * slice.n_lines..][..slice.n_lines] {
                for x in &mut line.0[..left.min(16)] {
                    let unit = (rng.next_u32() >> 8) as f32 / 16_777_216.0;
                    *x = (unit - 0.5) / config.size as f32;
                }
                left = left.saturating_sub(16);
            }
        }
    }
    slices
}

pub(crate) fn join_slices(corpus: &Corpus, size: usize, slices: &[Slice]) -> Result<Vectors, Error> {
    let words = corpus.vocabulary().words();
    let mut data = Vec::with_capacity(words.len() * size);
    for word in 0..words.len() {
        let lines = slices.iter().flat_map(|s| &s.inputs[word * s.n_lines..][..s.n_lines]);
        data.extend(lines.flat_map(|line| line.0).take(size));
    }
    Vectors::new(words.to_vec(), size, data)
}

/// What all threads share.
struct Run<'a> {
    config: &'a Config,
    kernels: Kernels,
    queue: Queue<'a>,
    exchange: Exchange,
    start: Instant,
    elapsed_before: Duration,
    n_products: AtomicU64,
}

/// What phase B of a batch needs room for; kept from batch to batch.
#[derive(Default)]
struct Room {
    sums: [Vec<Line>; 2],
    tiles: Vec<Line>,
    deltas: Vec<Line>,
}

/// A batch between its two phases.
struct Pending {
    chunk: Arc<Prepared>,
    /// Its first window.
    first: usize,
    number: u64,
    /// Whether its loss is taken.
    sampled: bool,
}

impl Run<'_> {
    /// One thread's whole work on its slices, of which `first` is the first.
    fn train_slices(
        &self,
        thread: usize,
        first: usize,
        slices: &mut [Slice],
        loss: &mut Loss,
        mut progress: Option<&mut (dyn FnMut(&Progress) + Send)>,
    ) {
        let _guard = Guard(&self.exchange.failed);
        let mut copies: Vec<[Vec<Line>; 2]> = slices.iter().map(|_| Default::default()).collect();
        let mut room = Room::default();
        let mut begun = None;
        let mut pending: Option<Pending> = None;
        let mut number = 0;
        let n_chunks = self.queue.preparer.n_chunks();
        let report_every = (n_chunks / N_REPORTS).max(1);
        for chunk_idx in self.queue.chunks.clone() {
            let Some(chunk) = self.queue.take(chunk_idx, thread, &mut begun, &self.exchange.failed) else {
                return;
            };
            if thread == 0 {
                self.n_products.fetch_add(chunk.n_products, Ordering::Relaxed);
            }
            let batch_windows = self.queue.preparer.windows_per_batch();
            for batch_first in (0..chunk.n_windows()).step_by(batch_windows) {
                let next = Pending {
                    chunk: Arc::clone(&chunk),
                    first: batch_first,
                    number,
                    sampled: batch_first == 0 && thread == 0,
                };
                // The phases look at windows two batches ahead.
                let third = batch_first + 3 * batch_windows;
                chunk.prefetch(third..third + batch_windows);
                if let Some(before) = &pending {
                    self.exchange.prefetch(before.number, first..first + slices.len());
                }
                let (batch, ahead) = (self.batch(&next), self.batch_after(&next, 1));
                for (s, slice) in slices.iter_mut().enumerate() {
                    let copies = &mut copies[s][(number % 2) as usize];
                    self.exchange.publish(number, first + s, |partial| {
                        self.kernels.phase_a(slice.own(), batch, copies, partial, ahead);
                    });
                }
                if let Some(before) = pending.replace(next)
                    && !self.finish(&before, slices, &copies, &mut room, loss, &mut begun)
                {
                    return;
                }
                number += 1;
            }
            if ((chunk_idx + 1).is_multiple_of(DRAIN_CHUNKS) || chunk_idx + 1 == n_chunks)
                && let Some(last) = pending.take()
                && !self.finish(&last, slices, &copies, &mut room, loss, &mut begun)
            {
                return;
            }
            if let Some(progress) = &mut progress
                && ((chunk_idx + 1) % report_every == 0 || chunk_idx + 1 == n_chunks)
            {
                progress(&Progress {
                    epoch: chunk.epoch,
                    words_done: chunk.words_done,
                    words_total: self.queue.preparer.words_total(),
                    alpha: chunk.alpha,
                    loss: loss.sum / loss.n_inputs.max(1) as f64,
                    elapsed: self.elapsed_before + self.start.elapsed(),
                });
                *loss = Loss::default();
            }
        }
    }

    fn batch<'b>(&self, pending: &'b Pending) -> Batch<'b> {
        self.batch_after(pending, 0)
    }

    /// The `n`-th batch after this one; empty beyond the chunk's end.
    fn batch_after<'b>(&self, pending: &'b Pending, n: usize) -> Batch<'b> {
        let batch_windows = self.queue.preparer.windows_per_batch();
        let first = pending.first + n * batch_windows;
        Batch::new(&pending.chunk, first, first + batch_windows, self.config.cbow)
    }

    /// Phase B on all own slices; false when another thread has died.
    fn finish(
        &self,
        pending: &Pending,
        slices: &mut [Slice],
        copies: &[[Vec<Line>; 2]],
        room: &mut Room,
        loss: &mut Loss,
        begun: &mut Begun,
    ) -> bool {
        let batch = self.batch(pending);
        let loss = pending.sampled.then_some(loss);
        if !self.exchange.wait_for(pending.number, || self.queue.prepare(begun, WINDOWS_MEANWHILE)) {
            return false;
        }
        self.exchange.with_products(pending.number, self.kernels, &mut room.sums, |products| {
            self.kernels.coefficients(batch, products, &mut room.tiles, loss);
        });
        let ahead = self.batch_after(pending, 2);
        let Room { tiles, deltas, .. } = room;
        for (slice, copies) in slices.iter_mut().zip(copies) {
            let copies = &copies[(pending.number % 2) as usize];
            self.kernels.phase_b(slice.own(), batch, copies, tiles, deltas, ahead);
        }
        true
    }
}

/// Tells the other threads when this one unwinds, so that they do not wait for ever.
struct Guard<'a>(&'a AtomicBool);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Partial products of the batches under way, for each slice.
///
/// A thread that publishes batch `n` has finished `n - 2`, for which it read that all others had published `n - 2`;
/// they had then finished `n - 4`. So a ring of four is never overwritten while it is read, and its locks, which are
/// there for the compiler's sake, are never waited for.
struct Exchange {
    partials: Vec<Place>,
    published: Vec<Counter>,
    failed: AtomicBool,
    /// Threads that gave up spinning, and what wakes them.
    n_asleep: AtomicUsize,
    bed: Mutex<()>,
    bell: Condvar,
}

/// A slice's products of a batch, with its lock in cache lines of its own: processors fetch them in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Place(RwLock<Vec<Line>>);

/// A counter in cache lines of its own.
#[repr(align(128))]
struct Counter(AtomicU64);

impl Exchange {
    fn new(n_slices: usize) -> Self {
        Self {
            partials: (0..RING as usize * n_slices).map(|_| Place::default()).collect(),
            published: (0..n_slices).map(|_| Counter(AtomicU64::new(0))).collect(),
            failed: AtomicBool::new(false),
            n_asleep: AtomicUsize::new(0),
            bed: Mutex::new(()),
            bell: Condvar::new(),
        }
    }

    fn place(&self, number: u64, slice: usize) -> &RwLock<Vec<Line>> {
        &self.partials[(number % RING) as usize * self.published.len() + slice].0
    }

    fn publish(&self, number: u64, slice: usize, fill: impl FnOnce(&mut Vec<Line>)) {
        fill(&mut self.place(number, slice).write().unwrap_or_else(PoisonError::into_inner));
        // In one order with `n_asleep`: either this thread sees the sleeper, or the sleeper sees the product.
        self.published[slice].0.store(number + 1, Ordering::SeqCst);
        if self.n_asleep.load(Ordering::SeqCst) > 0 {
            drop(self.bed.lock().unwrap_or_else(PoisonError::into_inner));
            self.bell.notify_all();
        }
    }

    fn is_there(&self, number: u64) -> bool {
        self.published.iter().all(|counter| counter.0.load(Ordering::SeqCst) > number)
    }

    /// Waits until all slices of a batch are there; false when another thread has died.
    ///
    /// Slices may differ by a line, and then one thread is always early: `meanwhile` is what it does then, a little at
    /// a time, until it says that there is nothing to do.
    ///
    /// A product is often there within a microsecond. One that is not belongs to a thread whose processor went to
    /// another program, and then sleeping beats both spinning and yielding: a sleeper that is woken runs at once, so
    /// on a busy machine the threads go on together instead of each waiting for the other's turn.
    fn wait_for(&self, number: u64, mut meanwhile: impl FnMut() -> bool) -> bool {
        let mut n_spins = 0;
        while n_spins < N_SPINS {
            if self.is_there(number) {
                return true;
            }
            if !meanwhile() {
                n_spins += 1;
                std::hint::spin_loop();
            }
        }
        let mut bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
        self.n_asleep.fetch_add(1, Ordering::SeqCst);
        while !self.is_there(number) && !self.failed.load(Ordering::Relaxed) {
            // A thread that dies rings no bell, so the sleep has an end.
            bed = self.bell.wait_timeout(bed, LONGEST_SLEEP).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.n_asleep.fetch_sub(1, Ordering::SeqCst);
        self.is_there(number)
    }

    /// Asks for the products of other threads' slices that are there already: they lie in another processor's cache.
    fn prefetch(&self, number: u64, own: Range<usize>) {
        for slice in (0..self.published.len()).filter(|slice| !own.contains(slice)) {
            if self.published[slice].0.load(Ordering::Acquire) > number {
                self.place(number, slice)
                    .read()
                    .unwrap_or_else(PoisonError::into_inner)
                    .iter()
                    .for_each(prefetch);
            }
        }
    }

    /// The products of a batch that is there, the slices' added in their order; `sums` and `spare` are room for them.
    fn with_products(
        &self,
        number: u64,
        kernels: Kernels,
        [sums, spare]: &mut [Vec<Line>; 2],
        then: impl FnOnce(&[Line]),
    ) {
        let of = |slice| self.place(number, slice).read().unwrap_or_else(PoisonError::into_inner);
        if self.published.len() == 1 {
            return then(&of(0));
        }
        kernels.add_up(&of(0), &of(1), sums);
        for slice in 2..self.published.len() {
            kernels.add_up(sums, &of(slice), spare);
            std::mem::swap(sums, spare);
        }
        then(sums);
    }
}

/// A chunk with its number, or nothing yet.
type Slot = Option<(u64, Arc<Prepared>)>;

/// Prepared chunks in their order, made by whichever thread has nothing better to do.
struct Queue<'a> {
    preparer: &'a Preparer<'a>,
    chunks: Range<u64>,
    slots: Vec<Mutex<Slot>>,
    claimed: AtomicU64,
    /// Chunks that each training thread has taken.
    taken: Vec<Counter>,
}

/// A chunk that a thread has begun to prepare.
type Begun = Option<(u64, Preparing)>;

impl<'a> Queue<'a> {
    fn new(preparer: &'a Preparer<'a>, chunks: Range<u64>, n_trainers: usize, threads: usize) -> Self {
        Self {
            preparer,
            slots: (0..2 * threads + 2).map(|_| Mutex::default()).collect(),
            claimed: AtomicU64::new(chunks.start),
            taken: (0..n_trainers).map(|_| Counter(AtomicU64::new(chunks.start))).collect(),
            chunks,
        }
    }

    fn slot(&self, number: u64) -> std::sync::MutexGuard<'_, Option<(u64, Arc<Prepared>)>> {
        self.slots[(number % self.slots.len() as u64) as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prepares about `n_windows` of the chunk that this thread has begun, or else of the next one that nobody has
    /// begun; false when there is no place for it.
    fn prepare(&self, begun: &mut Begun, n_windows: usize) -> bool {
        if begun.is_none() {
            let next = self.claimed.load(Ordering::Relaxed);
            let behind = self.taken.iter().map(|t| t.0.load(Ordering::Acquire)).min().unwrap_or(0);
            if next >= self.chunks.end || next >= behind + self.slots.len() as u64 {
                return false;
            }
            if self.claimed.compare_exchange(next, next + 1, Ordering::Relaxed, Ordering::Relaxed).is_err() {
                return true;
            }
            *begun = Some((next, self.preparer.begin(next)));
        }
        // Where it lies: this is called for a few windows at a time.
        if let Some((_, preparing)) = begun
            && self.preparer.go_on(preparing, n_windows)
            && let Some((number, preparing)) = begun.take()
        {
            *self.slot(number) = Some((number, Arc::new(preparing.done())));
        }
        true
    }

    /// The chunk of that number; prepares it or others while it is not there.
    fn take(
        &self,
        number: u64,
        thread: usize,
        begun: &mut Begun,
        failed: &AtomicBool,
    ) -> Option<Arc<Prepared>> {
        loop {
            let found = match &*self.slot(number) {
                Some((at, prepared)) if *at == number => Some(Arc::clone(prepared)),
                _ => None,
            };
            if found.is_some() {
                self.taken[thread].0.store(number + 1, Ordering::Release);
                return found;
            }
            if failed.load(Ordering::Relaxed) {
                return None;
            }
            if !self.prepare(begun, WINDOWS_WHEN_NEEDED) {
                // Another thread is at it; why sleeping beats yielding, see `Exchange::wait_for`.
                std::thread::sleep(Duration::from_micros(20));
            }
        }
    }

    /// The whole work of a thread without a slice.
    fn prepare_ahead(&self, failed: &AtomicBool) {
        let mut begun = None;
        while (begun.is_some() || self.claimed.load(Ordering::Relaxed) < self.chunks.end)
            && !failed.load(Ordering::Relaxed)
        {
            if !self.prepare(&mut begun, WINDOWS_WHEN_NEEDED) {
                // A chunk lasts about a millisecond; sleeping leaves the processor to the trainers.
                std::thread::sleep(Duration::from_micros(100));
            }
        }
    }
}

//! Hogwild: all threads change all weights at once, as the original does (Niu et al. 2011). For comparison.
//!
//! The inner loops are those of the deterministic training over whole rows, with relaxed atomic accesses in place of
//! plain ones, so no access is a data race. What is lost is another thread's increment that falls between the load and
//! the store of one's own, and with it the same result twice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::config::{Config, Simd};
use crate::corpus::Corpus;
use crate::error::Error;
use crate::kernels::{Batch, Kernels, Loss, Table};
use crate::lanes::SharedLine;
use crate::prepare::{Prepared, Preparer};
use crate::train::{N_REPORTS, Progress, Trained, initial_slices, join_slices};

/// Trains vectors; `config` has been checked.
pub(crate) fn train(
    corpus: &Corpus,
    config: &Config,
    progress: &mut (dyn FnMut(&Progress) + Send),
) -> Result<Trained, Error> {
    let mut slices = initial_slices(corpus.vocabulary().len(), config, 1);
    let simd = config.simd.unwrap_or_else(Simd::best);
    let run = Run {
        config,
        kernels: Kernels::new(simd),
        preparer: Preparer::new(corpus, config),
        claimed: AtomicU64::new(0),
        start: Instant::now(),
        n_products: AtomicU64::new(0),
    };
    for whole in &mut slices {
        let shared = whole.shared();
        std::thread::scope(|scope| {
            for _ in 1..config.threads {
                scope.spawn(|| run.work(shared, None));
            }
            run.work(shared, Some(progress));
        });
    }
    let elapsed = run.start.elapsed();
    Ok(Trained {
        vectors: join_slices(corpus, config.size, &slices)?,
        words: run.preparer.words_total(),
        raw_words: corpus.raw_words() * config.iter as u64,
        elapsed,
        products: run.n_products.load(Ordering::Relaxed),
        slices: 1,
        batch_windows: run.preparer.windows_per_batch(),
        simd,
    })
}

struct Run<'a> {
    config: &'a Config,
    kernels: Kernels,
    preparer: Preparer<'a>,
    claimed: AtomicU64,
    start: Instant,
    n_products: AtomicU64,
}

impl Run<'_> {
    /// One thread's work: chunk after chunk that no other has taken.
    fn work(&self, weights: Table<'_, SharedLine>, mut progress: Option<&mut (dyn FnMut(&Progress) + Send)>) {
        let (mut copies, mut products) = (Vec::new(), Vec::new());
        let (mut tiles, mut deltas) = (Vec::new(), Vec::new());
        let mut loss = Loss::default();
        let n_chunks = self.preparer.n_chunks();
        let report_every = (n_chunks / N_REPORTS).max(1);
        let mut reported = 0;
        loop {
            let number = self.claimed.fetch_add(1, Ordering::Relaxed);
            if number >= n_chunks {
                break;
            }
            let mut preparing = self.preparer.begin(number);
            while !self.preparer.go_on(&mut preparing, usize::MAX / 2) {}
            let chunk = preparing.done();
            self.n_products.fetch_add(chunk.n_products, Ordering::Relaxed);
            let mut sampled = progress.is_some();
            for first in (0..chunk.n_windows()).step_by(self.preparer.windows_per_batch()) {
                let batch = self.batch(&chunk, first);
                let ahead = self.batch(&chunk, first + self.preparer.windows_per_batch());
                self.kernels.phase_a(weights, batch, &mut copies, &mut products, ahead);
                let loss = std::mem::take(&mut sampled).then_some(&mut loss);
                self.kernels.coefficients(batch, &products, &mut tiles, loss);
                self.kernels.phase_b(weights, batch, &copies, &tiles, &mut deltas, ahead);
            }
            if let Some(progress) = &mut progress
                && (number >= reported + report_every || number + 1 == n_chunks)
            {
                reported = number;
                progress(&Progress {
                    epoch: chunk.epoch,
                    words_done: chunk.words_done,
                    words_total: self.preparer.words_total(),
                    alpha: chunk.alpha,
                    loss: loss.sum / loss.n_inputs.max(1) as f64,
                    elapsed: self.start.elapsed(),
                });
                loss = Loss::default();
            }
        }
    }

    /// The batch that begins at a window; empty at the chunk's end.
    fn batch<'b>(&self, chunk: &'b Prepared, first: usize) -> Batch<'b> {
        Batch::new(chunk, first, first + self.preparer.windows_per_batch(), self.config.cbow)
    }
}

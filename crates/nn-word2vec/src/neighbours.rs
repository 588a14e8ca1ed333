//! Neighbours of many words at once: a product of matrices in blocks that stay in the cache, and the best of each row.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, s};

use crate::error::Error;
use crate::files::write_whole;
use crate::vectors::{Neighbour, Vectors, dot};

/// Targets and rows of a block: a block of products takes half a megabyte, a block of rows of 100 numbers as much.
const TARGETS: usize = 96;
const ROWS: usize = 1344;

/// Cosines and rows, nearest first.
type Near = Vec<(f32, usize)>;

/// A target with the rows that are no answer to it.
#[derive(Debug, Clone)]
pub(crate) struct Target<'a> {
    pub(crate) vector: Vec<f32>,
    pub(crate) without: &'a [usize],
}

impl Vectors {
    /// The `n` words nearest to each of `words`, nearest first, without itself: [`Self::similar`] for many words, at
    /// the speed of a matrix product. The answer does not depend on `threads`.
    ///
    /// # Errors
    ///
    /// When a word is unknown.
    pub fn similar_of_all(
        &self,
        words: &[impl AsRef<str>],
        n: usize,
        threads: usize,
    ) -> Result<Vec<Vec<Neighbour>>, Error> {
        let places: Vec<usize> =
            words.iter().map(|word| self.place(word.as_ref())).collect::<Result<_, _>>()?;
        let best = self.nearest_of_rows(&places, n, threads);
        Ok(best.into_iter().map(|best| best.into_iter().map(|b| self.neighbour(b)).collect()).collect())
    }

    /// The cosines and rows nearest to each of the rows `places`.
    pub(crate) fn nearest_of_rows(
        &self,
        places: &[usize],
        n: usize,
        threads: usize,
    ) -> Vec<Vec<(f32, usize)>> {
        let target = |i: usize| Target {
            vector: self.row(places[i]).to_vec(),
            without: std::slice::from_ref(&places[i]),
        };
        self.nearest_of(places.len(), target, n, self.len(), threads)
    }

    /// The `n` rows among the first `limit` with the largest cosine to each target, equal ones in order of their rows.
    pub(crate) fn nearest_of<'a>(
        &self,
        n_targets: usize,
        target: impl Fn(usize) -> Target<'a> + Sync,
        n: usize,
        limit: usize,
        threads: usize,
    ) -> Vec<Vec<(f32, usize)>> {
        let n_blocks = n_targets.div_ceil(TARGETS);
        let found: Vec<Mutex<Vec<Near>>> = (0..n_blocks).map(|_| Mutex::default()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                let Some(place) = found.get(block) else { break };
                let targets: Vec<Target> =
                    (block * TARGETS..((block + 1) * TARGETS).min(n_targets)).map(&target).collect();
                let best = self.best_of_block(&targets, n, limit);
                *place.lock().unwrap_or_else(PoisonError::into_inner) = best;
            }
        };
        // The tables are made before the threads look for them.
        self.inverse_norms();
        std::thread::scope(|scope| {
            for _ in 1..threads.min(n_blocks) {
                scope.spawn(work);
            }
            work();
        });
        let found = found.into_iter().map(|best| best.into_inner().unwrap_or_else(PoisonError::into_inner));
        found.flatten().collect()
    }

    fn best_of_block(&self, targets: &[Target], n: usize, limit: usize) -> Vec<Vec<(f32, usize)>> {
        let size = self.size();
        let mut left = Array2::zeros((targets.len(), size));
        for (mut row, target) in left.rows_mut().into_iter().zip(targets) {
            let length = dot(&target.vector, &target.vector).sqrt();
            let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
            row.iter_mut().zip(&target.vector).for_each(|(to, x)| *to = x * scale);
        }
        let (data, norms) = (self.data(), self.inverse_norms());
        let limit = limit.min(self.len());
        let mut products = Array2::zeros((targets.len(), ROWS));
        let mut best: Vec<Best> = targets.iter().map(|_| Best::new(n)).collect();
        for first in (0..limit).step_by(ROWS) {
            let end = (first + ROWS).min(limit);
            let Ok(rows) = ArrayView2::from_shape((end - first, size), &data[first * size..end * size])
            else {
                unreachable!("the shape is that of the slice")
            };
            let mut products = products.slice_mut(s![.., ..end - first]);
            general_mat_mul(1.0, &left, &rows.t(), 0.0, &mut products);
            for ((products, target), best) in products.rows().into_iter().zip(targets).zip(&mut best) {
                for (idx, (&product, &norm)) in (first..end).zip(products.iter().zip(&norms[first..end])) {
                    let cosine = product * norm;
                    if cosine > best.least && !target.without.contains(&idx) {
                        best.put(cosine, idx);
                    }
                }
            }
        }
        best.into_iter().map(|best| best.items).collect()
    }

    pub(crate) fn neighbour(&self, (cosine, idx): (f32, usize)) -> Neighbour {
        Neighbour { word: self.words()[idx].clone(), cosine }
    }
}

/// Writes the `n` nearest of each of the first `top` words (0: all), `word neighbour cosine` between tabs, and returns
/// how many words these are.
///
/// # Errors
///
/// When the file cannot be written.
pub fn save_neighbours(
    vectors: &Vectors,
    path: &Path,
    n: usize,
    top: usize,
    threads: usize,
) -> Result<usize, Error> {
    /// Words of one go: a few blocks for each thread, and little memory.
    const GO: usize = 64 * TARGETS;
    let n_words = if top == 0 { vectors.len() } else { top.min(vectors.len()) };
    write_whole(path, |out| {
        for first in (0..n_words).step_by(GO) {
            let places: Vec<usize> = (first..(first + GO).min(n_words)).collect();
            for (&place, near) in places.iter().zip(vectors.nearest_of_rows(&places, n, threads)) {
                for (cosine, row) in near {
                    writeln!(out, "{}\t{}\t{cosine}", vectors.words()[place], vectors.words()[row])?;
                }
            }
        }
        Ok(())
    })?;
    Ok(n_words)
}

/// The largest so far, largest first.
#[derive(Debug)]
pub(crate) struct Best {
    items: Vec<(f32, usize)>,
    n: usize,
    /// What must be passed to come in.
    pub(crate) least: f32,
}

impl Best {
    pub(crate) fn new(n: usize) -> Self {
        let least = if n == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { items: Vec::with_capacity(n.min(1 << 16) + 1), n, least }
    }

    /// Takes in a number above `least`.
    pub(crate) fn put(&mut self, cosine: f32, idx: usize) {
        let at = self.items.partition_point(|&(other, _)| other >= cosine);
        self.items.insert(at, (cosine, idx));
        self.items.truncate(self.n);
        if let (true, Some(&(last, _))) = (self.items.len() == self.n, self.items.last()) {
            self.least = last;
        }
    }

    pub(crate) fn into_items(self) -> Vec<(f32, usize)> {
        self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};

    /// More rows and targets than a block of each.
    #[test]
    fn all_at_once_are_what_they_are_one_by_one() {
        let (n_words, size) = (3_000, 37);
        let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(5);
        let mut data: Vec<f32> = (0..n_words * size).map(|_| rng.random::<f32>() - 0.5).collect();
        data[..size].fill(0.0);
        let words: Vec<String> = (0..n_words).map(|i| format!("w{i}")).collect();
        let vectors = Vectors::new(words.clone(), size, data).unwrap();
        let asked = &words[..250];
        let all = vectors.similar_of_all(asked, 7, 1).unwrap();
        assert_eq!(all, vectors.similar_of_all(asked, 7, 3).unwrap());
        for (word, many) in asked.iter().zip(&all) {
            let one = vectors.similar(word, 7).unwrap();
            assert_eq!((one.len(), many.len()), (7, 7));
            for (a, b) in one.iter().zip(many) {
                // 37 products in another order: their rounding, not more.
                assert!((a.cosine - b.cosine).abs() < 1e-6, "{word}: {a:?} {b:?}");
            }
        }
        assert!(vectors.similar_of_all(&["absent"], 3, 2).unwrap_err().is_unknown_word());
        assert!(vectors.similar_of_all(&["w1"], 0, 1).unwrap()[0].is_empty());
    }
}

//! How large a perturbation of equal weights is enough: when nets begun near 0.1 solve XOR.

use nn_core::{Stream, ten_lines, xor};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Each weight is 0.1 times one plus at most this much, drawn evenly.
pub(super) const SIZES: [f64; 11] = [0.0, 1e-16, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 0.1, 1.0];
/// Starts of each size.
pub(super) const N_STARTS: u64 = 20;
/// The post's iterations.
const POST_ITERATIONS: usize = 10_000;
/// A start that has not solved it by then is given up.
pub(super) const GIVEN_UP: usize = 100_000;

/// What became of the starts of one size.
pub(super) struct Outcome {
    pub(super) size: f64,
    /// The iteration at which each solved XOR first, smallest first; those that never did are left out.
    pub(super) solved_at: Vec<usize>,
}

impl Outcome {
    /// The share that solved XOR within the post's iterations.
    pub(super) fn share(&self) -> f64 {
        let n_solved = self.solved_at.iter().filter(|iteration| **iteration <= POST_ITERATIONS).count();
        n_solved as f64 / N_STARTS as f64
    }

    /// The iteration by which half of the starts had solved it.
    pub(super) fn median(&self) -> Option<usize> {
        self.solved_at.get(N_STARTS as usize / 2).copied()
    }

    /// What the page shows.
    pub(super) fn data(&self) -> Value {
        let (low, high) =
            super::sweep::interval((self.share() * N_STARTS as f64).round() as usize, N_STARTS as usize);
        json!({"size": self.size, "share": self.share(), "low": low, "high": high, "median": self.median()})
    }
}

/// Trains every start of every size.
pub(super) fn run(seed: u64) -> Vec<Outcome> {
    SIZES
        .iter()
        .map(|&size| {
            // Unmoved starts are all the same one.
            let n_different = if size == 0.0 { 1 } else { N_STARTS };
            let moments: Vec<Option<usize>> =
                (0..n_different).into_par_iter().map(|n| solved_at(seed, n, size)).collect();
            let mut solved_at: Vec<usize> = moments.into_iter().flatten().collect();
            solved_at.sort_unstable();
            Outcome { size, solved_at }
        })
        .collect()
}

/// The smallest size from which on nine starts in ten solve XOR within the post's iterations.
pub(super) fn enough(outcomes: &[Outcome]) -> Option<f64> {
    let reliable = outcomes.iter().rev().take_while(|outcome| outcome.share() >= 0.9);
    reliable.last().map(|outcome| outcome.size)
}

/// How many iterations a tenfold smaller perturbation costs: between each two neighbours of the sizes that are
/// small and yet large for double precision, from the median starts.
pub(super) fn costs(outcomes: &[Outcome]) -> Vec<f64> {
    let small: Vec<(f64, f64)> = outcomes
        .iter()
        .filter(|outcome| (1e-13..1e-3).contains(&outcome.size))
        .filter_map(|outcome| Some((outcome.size.log10(), outcome.median()? as f64)))
        .collect();
    small.windows(2).map(|pair| (pair[0].1 - pair[1].1) / (pair[1].0 - pair[0].0)).collect()
}

/// The iteration at which one start solves XOR first.
fn solved_at(seed: u64, n: u64, size: f64) -> Option<usize> {
    let mut net = Net::begun(seed, n, size);
    (0..=GIVEN_UP).find(|_| net.step() < xor::SOLVED_UNDER)
}

/// The 3-4-1 net at the rate 1 without an allocation: `TwoLayer`'s steps in `TwoLayer`'s order, bit for bit, for
/// millions of iterations are looked at here.
struct Net {
    /// `(3, 4)`: inputs by hidden units.
    w0: [[f64; 4]; 3],
    w1: [f64; 4],
}

const X: [[f64; 3]; 4] = [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]];
const Y: [f64; 4] = [0.0, 1.0, 1.0, 0.0];

impl Net {
    fn begun(seed: u64, n: u64, size: f64) -> Self {
        let mut stream = Stream::new(seed, 1_000_000 + n);
        let mut weight = || 0.1 * (1.0 + size * stream.uniform(-1.0, 1.0));
        let mut row = || std::array::from_fn(|_| weight());
        Self { w0: [row(), row(), row()], w1: row() }
    }

    /// One iteration over the four cases; half the summed squared error before it.
    #[expect(clippy::needless_range_loop, reason = "inputs k, hidden units j, as in the formulas")]
    fn step(&mut self) -> f64 {
        let sigmoid = |x: f64| ten_lines::sigmoid_f64(&x);
        let slope = |p: f64| p * (1.0 - p);
        let (mut out_delta, mut in_delta) = ([0.0; 4], [[0.0; 3]; 4]);
        let mut squared = 0.0;
        for (x, y) in X.iter().zip(Y) {
            let hidden: [f64; 4] =
                std::array::from_fn(|j| sigmoid((0..3).fold(0.0, |sum, k| sum + x[k] * self.w0[k][j])));
            let p = sigmoid((0..4).fold(0.0, |sum, j| sum + hidden[j] * self.w1[j]));
            let error = y - p;
            squared += error * error;
            let d2 = error * slope(p);
            for j in 0..4 {
                out_delta[j] += hidden[j] * d2;
                let d1 = d2 * self.w1[j] * slope(hidden[j]);
                for k in 0..3 {
                    in_delta[j][k] += x[k] * d1;
                }
            }
        }
        for j in 0..4 {
            self.w1[j] += out_delta[j];
            for k in 0..3 {
                self.w0[k][j] += in_delta[j][k];
            }
        }
        squared * 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis};
    use nn_core::TwoLayer;
    use nn_core::two_layer::half_squared;

    #[test]
    fn without_a_perturbation_no_start_gets_anywhere_and_a_large_one_does() {
        let mut net = Net::begun(42, 0, 0.0);
        assert!((0..10_000).all(|_| net.step() > 0.49));
        assert!(solved_at(42, 0, 1.0).is_some());
    }

    #[test]
    fn it_is_the_reading_copy_bit_for_bit() {
        let mut net = Net::begun(42, 3, 1.0);
        let w0 = Array2::from_shape_fn((3, 4), |(k, j)| net.w0[k][j]);
        let w1 = Array2::from_shape_fn((4, 1), |(j, _)| net.w1[j]);
        let mut reading = TwoLayer::new(w0, w1, 1.0).unwrap();
        let (x, y) = (xor::x(true), xor::y().insert_axis(Axis(1)));
        for iteration in 0..5_000 {
            let pred = reading.step(x.view(), y.view()).unwrap();
            let loss = half_squared(y.view(), pred.view());
            assert_eq!(net.step().to_bits(), loss.to_bits(), "iteration {iteration}");
        }
    }

    #[test]
    fn enough_is_where_no_smaller_size_fails() {
        let outcome = |size, n| Outcome { size, solved_at: vec![5; n] };
        let all = N_STARTS as usize;
        let outcomes =
            [outcome(0.0, 0), outcome(0.1, all), outcome(0.2, 3), outcome(0.3, all), outcome(1.0, all)];
        assert_eq!(enough(&outcomes), Some(0.3));
        assert_eq!(enough(&outcomes[..1]), None);
    }
}

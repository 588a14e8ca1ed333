//! How large a perturbation of equal weights is enough: when nets begun near 0.1 solve XOR.

use anyhow::Result;
use ndarray::{Array2, Axis};
use nn_core::two_layer::half_squared;
use nn_core::{Stream, TwoLayer, xor};
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
pub(super) fn run(seed: u64) -> Result<Vec<Outcome>> {
    SIZES
        .iter()
        .map(|&size| {
            // Unmoved starts are all the same one.
            let n_different = if size == 0.0 { 1 } else { N_STARTS };
            let moments: Result<Vec<Option<usize>>> =
                (0..n_different).into_par_iter().map(|n| solved_at(seed, n, size)).collect();
            let mut solved_at: Vec<usize> = moments?.into_iter().flatten().collect();
            solved_at.sort_unstable();
            Ok(Outcome { size, solved_at })
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
fn solved_at(seed: u64, n: u64, size: f64) -> Result<Option<usize>> {
    let mut stream = Stream::new(seed, 1_000_000 + n);
    let mut weight = || 0.1 * (1.0 + size * stream.uniform(-1.0, 1.0));
    let w0 = Array2::from_shape_simple_fn((3, 4), &mut weight);
    let w1 = Array2::from_shape_simple_fn((4, 1), &mut weight);
    let mut net = TwoLayer::new(w0, w1, 1.0)?;
    let (x, y) = (xor::x(true), xor::y().insert_axis(Axis(1)));
    for iteration in 0..=GIVEN_UP {
        let pred = net.step(x.view(), y.view())?;
        if half_squared(y.view(), pred.view()) < xor::SOLVED_UNDER {
            return Ok(Some(iteration));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_perturbation_no_start_gets_anywhere_and_a_large_one_does() {
        assert_eq!(solved_at(42, 0, 0.0).unwrap(), None);
        assert!(solved_at(42, 0, 1.0).unwrap().is_some());
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

//! The rounding finding: the ten lines in `f32` under every order of operations that a compiler or a
//! library might choose, and what one rounding becomes over the epochs.

use anyhow::Context as _;
use nn_core::{iris, ten_lines};
use std::cell::Cell;

/// One way to carry out the ten lines in `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four choices, each free of the others")]
pub(super) struct Recipe {
    /// `a * b + c` in one rounding.
    pub(super) is_fused: bool,
    /// The sigmoid with every step in `f32`, instead of in `f64` and rounded once.
    pub(super) is_sigmoid_f32: bool,
    /// `(error * p) * (1 - p)` instead of `error * (p * (1 - p))`.
    pub(super) is_left_first: bool,
    /// Sums of four as two pairs instead of in index order.
    pub(super) is_pairwise: bool,
}

impl Recipe {
    /// All sixteen, the post's first.
    pub(super) fn all() -> Vec<Self> {
        let bit = |n: u8, k: u8| n >> k & 1 == 1;
        (0..16)
            .map(|n| Self {
                is_fused: bit(n, 0),
                is_sigmoid_f32: bit(n, 1),
                is_left_first: bit(n, 2),
                is_pairwise: bit(n, 3),
            })
            .collect()
    }

    /// What differs from the post's, in words.
    pub(super) fn name(self) -> String {
        let parts = [
            (self.is_fused, "fused multiply-add"),
            (self.is_sigmoid_f32, "sigmoid in f32"),
            (self.is_left_first, "(error p)(1 - p)"),
            (self.is_pairwise, "sums in pairs"),
        ];
        let differing: Vec<&str> = parts.iter().filter(|part| part.0).map(|part| part.1).collect();
        if differing.is_empty() { "the post's".to_owned() } else { differing.join(", ") }
    }

    /// The last epoch's predictions.
    pub(super) fn run(self, epochs: usize) -> [f32; 4] {
        let (x, y) = (iris::x(), iris::y());
        let mut w = [0.5_f32; 4];
        let mut pred = [0.0_f32; 4];
        for _ in 0..epochs {
            for (i, p) in pred.iter_mut().enumerate() {
                let z = self.dot([x[[i, 0]], x[[i, 1]], x[[i, 2]], x[[i, 3]]], w);
                *p = if self.is_sigmoid_f32 {
                    ten_lines::sigmoid_f32(&z)
                } else {
                    ten_lines::sigmoid_rounded_once(&z)
                };
            }
            let mut delta = [0.0_f32; 4];
            for ((delta, &p), &y) in delta.iter_mut().zip(&pred).zip(&y) {
                let error = y - p;
                *delta = if self.is_left_first { (error * p) * (1.0 - p) } else { error * (p * (1.0 - p)) };
            }
            for (j, w) in w.iter_mut().enumerate() {
                *w += self.dot([x[[0, j]], x[[1, j]], x[[2, j]], x[[3, j]]], delta);
            }
        }
        pred
    }

    fn dot(self, a: [f32; 4], b: [f32; 4]) -> f32 {
        let join = |a: f32, b: f32, c: f32| if self.is_fused { a.mul_add(b, c) } else { a * b + c };
        if self.is_pairwise {
            join(a[1], b[1], a[0] * b[0]) + join(a[3], b[3], a[2] * b[2])
        } else {
            (1..4).fold(a[0] * b[0], |sum, k| join(a[k], b[k], sum))
        }
    }
}

/// How many times larger a tiny change of the first weight has become in the first prediction, epoch
/// by epoch: a numerical derivative in `f64`, whose own roundings are far below the step.
pub(super) fn amplification(epochs: usize) -> anyhow::Result<Vec<f64>> {
    const STEP: f64 = 1e-9;
    let run = |step: f64| {
        let mut w = iris::w_f64();
        w[0] += step;
        ten_lines::ten_lines(iris::x_f64().view(), iris::y_f64().view(), w, epochs, ten_lines::sigmoid_f64)
    };
    let (above, below) = (run(STEP)?, run(-STEP)?);
    let pairs = above.predictions.iter().zip(&below.predictions);
    Ok(pairs.map(|(above, below)| ((above[0] - below[0]) / (2.0 * STEP)).abs()).collect())
}

/// How far the last first prediction moves, as a part of itself, when the four predictions of one
/// epoch are rounded to single precision and everything else stays in double; an entry an epoch.
pub(super) fn one_rounding(epochs: usize) -> anyhow::Result<Vec<f64>> {
    let run = |rounded: usize| -> anyhow::Result<f64> {
        // Each epoch asks for four sigmoids, in the order of the records.
        let asked = Cell::new(0);
        let sigmoid = |x: &f64| {
            let epoch = asked.replace(asked.get() + 1) / 4;
            let p = ten_lines::sigmoid_f64(x);
            if epoch == rounded { f64::from(p as f32) } else { p }
        };
        let (x, y, w) = (iris::x_f64(), iris::y_f64(), iris::w_f64());
        let run = ten_lines::ten_lines(x.view(), y.view(), w, epochs, sigmoid)?;
        Ok(run.last().context("there are epochs")?[0])
    };
    let unrounded = run(usize::MAX)?;
    // The last epoch's own rounding is no amplification: it is what is looked at.
    (0..epochs.saturating_sub(1)).map(|epoch| Ok(run(epoch)? / unrounded - 1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_posts_recipe_is_the_reading_copy() {
        let run = ten_lines::ten_lines(
            iris::x().view(),
            iris::y().view(),
            iris::w(),
            50,
            ten_lines::sigmoid_rounded_once,
        )
        .unwrap();
        let recipes = Recipe::all();
        assert_eq!(recipes[0].name(), "the post's");
        assert_eq!(recipes[0].run(50).to_vec(), run.last().unwrap().to_vec());
    }

    #[test]
    fn another_order_moves_the_first_prediction() {
        let first: Vec<f32> = Recipe::all().iter().map(|recipe| recipe.run(50)[0]).collect();
        assert!(first[1..].iter().all(|other| (other - first[0]).abs() > 5e-8), "{first:?}");
    }

    #[test]
    fn one_rounding_counts_in_the_first_epochs_only() {
        let moved = one_rounding(50).unwrap();
        assert_eq!(moved.len(), 49);
        assert!(moved[1] < -0.1, "{moved:?}");
        assert!(moved[4..].iter().all(|part| part.abs() < 1e-4), "{moved:?}");
    }
}

//! Losses: how wrong a net's outputs are, and the slope that starts the way back.

use crate::{Scalar, activation};

/// What a training goes down on; each is a sum over a record's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// `sum (y - p)^2 / 2`, the posts' loss.
    HalfSquared,
    /// `sum (y - p)^2 / n_outputs`.
    MeanSquared,
    /// Binary cross-entropy of each output, which is a logit: the last layer has no activation.
    /// `y` lies between 0 and 1.
    BinaryCrossEntropy,
    /// Cross-entropy of the outputs' softmax, which are logits: the last layer has no activation.
    /// Each row of `y` is a distribution: not negative, with the sum 1.
    SoftmaxCrossEntropy,
}

impl Loss {
    /// The loss of one record, from its outputs `p` and answers `y`.
    #[must_use]
    pub fn of_record<T: Scalar>(self, p: &[T], y: &[T]) -> T {
        let squares = || p.iter().zip(y).fold(T::ZERO, |sum, (&p, &y)| sum + (y - p) * (y - p));
        match self {
            Self::HalfSquared => T::from_f64(0.5) * squares(),
            Self::MeanSquared => squares() / T::from_f64(p.len() as f64),
            // ln(1 + exp(z)) - y z, with the greater exponent taken out so that nothing overflows.
            Self::BinaryCrossEntropy => p.iter().zip(y).fold(T::ZERO, |sum, (&z, &y)| {
                let positive = if z > T::ZERO { z } else { T::ZERO };
                sum + positive - y * z + (T::ONE + (-z.abs()).exp()).ln()
            }),
            Self::SoftmaxCrossEntropy => {
                let greatest = p.iter().fold(p[0], |greatest, &z| if z > greatest { z } else { greatest });
                let sum = p.iter().fold(T::ZERO, |sum, &z| sum + (z - greatest).exp());
                let log_sum = greatest + sum.ln();
                p.iter().zip(y).fold(T::ZERO, |loss, (&z, &y)| loss + y * (log_sum - z))
            }
        }
    }

    /// Writes `scale` times the slope of [`Loss::of_record`] by each output to `delta`.
    pub fn slope<T: Scalar>(self, delta: &mut [T], p: &[T], y: &[T], scale: T) {
        let mut each = |f: &dyn Fn(T, T) -> T| {
            for ((d, &p), &y) in delta.iter_mut().zip(p).zip(y) {
                *d = scale * f(p, y);
            }
        };
        match self {
            Self::HalfSquared => each(&|p, y| p - y),
            Self::MeanSquared => {
                let twice = T::from_f64(2.0 / p.len() as f64);
                each(&|p, y| twice * (p - y));
            }
            Self::BinaryCrossEntropy => each(&|z, y| z.sigmoid() - y),
            Self::SoftmaxCrossEntropy => {
                delta.copy_from_slice(p);
                activation::softmax(delta);
                delta.iter_mut().zip(y).for_each(|(d, &y)| *d = scale * (*d - y));
            }
        }
    }

    /// What `y` must be for this loss, if it may not be any number.
    pub(crate) fn objection<T: Scalar>(self, y: &[T]) -> Option<&'static str> {
        let in_range = y.iter().all(|y| (0.0..=1.0).contains(&y.to_f64()));
        match self {
            Self::HalfSquared | Self::MeanSquared => None,
            Self::BinaryCrossEntropy => (!in_range).then_some("a label lies between 0 and 1"),
            Self::SoftmaxCrossEntropy => {
                let sum: f64 = y.iter().map(|y| y.to_f64()).sum();
                let is_distribution = in_range && (sum - 1.0).abs() < 1e-3;
                (!is_distribution).then_some("a row of labels is a distribution with the sum 1")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_of_any_size_give_a_finite_loss() {
        assert!((Loss::BinaryCrossEntropy.of_record(&[0.0], &[1.0]) - std::f64::consts::LN_2).abs() < 1e-15);
        assert!((Loss::BinaryCrossEntropy.of_record(&[-800.0], &[1.0]) - 800.0).abs() < 1e-9);
        assert!((Loss::SoftmaxCrossEntropy.of_record(&[900.0, 0.0], &[0.0, 1.0]) - 900.0).abs() < 1e-9);
        assert!((Loss::MeanSquared.of_record(&[1.0, 3.0], &[0.0, 0.0]) - 5.0).abs() < 1e-15);
    }
}

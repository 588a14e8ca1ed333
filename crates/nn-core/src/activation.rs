//! Activations: what a layer does to its sums, and the slope that carries the error back.

use crate::Scalar;

/// A layer's activation, `p = f(z)`.
///
/// Slopes are taken from the output `p` where it tells them, as the posts do with the sigmoid's
/// `p (1 - p)`; GELU and `SiLU` need the sums `z` as well.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `z`.
    Identity,
    /// `1 / (1 + exp(-z))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `max(z, 0)`; the slope at 0 is 0.
    Relu,
    /// `z` where positive, else this share of it (Maas et al. 2013), from 0 to 1.
    LeakyRelu(f64),
    /// `z` times the normal distribution's probability of a smaller value (Hendrycks and Gimpel 2016).
    Gelu,
    /// `z sigmoid(z)` (Elfwing et al. 2017).
    Silu,
    /// `exp(z_j)` over the sum of all units' `exp(z_k)`.
    Softmax,
}

impl Activation {
    /// Whether the slope needs the sums `z` beside the outputs.
    #[must_use]
    pub fn needs_sums(self) -> bool {
        matches!(self, Self::Gelu | Self::Silu)
    }

    /// Turns rows of sums into rows of outputs, in place; a row has `width` units.
    ///
    /// # Panics
    ///
    /// Panics where `width` is 0.
    pub fn apply<T: Scalar>(self, rows: &mut [T], width: usize) {
        let each = |rows: &mut [T], f: &dyn Fn(T) -> T| rows.iter_mut().for_each(|z| *z = f(*z));
        match self {
            Self::Identity => {}
            Self::Sigmoid => each(rows, &T::sigmoid),
            Self::Tanh => each(rows, &T::tanh),
            // Written out, so that the loop becomes one of vectors.
            Self::Relu => {
                for z in rows {
                    *z = if *z > T::ZERO { *z } else { T::ZERO };
                }
            }
            Self::LeakyRelu(share) => {
                let share = T::from_f64(share);
                for z in rows {
                    *z = if *z > T::ZERO { *z } else { share * *z };
                }
            }
            Self::Gelu => each(rows, &|z| z * normal_below(z)),
            Self::Silu => each(rows, &|z| z * z.sigmoid()),
            Self::Softmax => rows.chunks_exact_mut(width).for_each(softmax),
        }
    }

    /// Multiplies the error on the outputs by the slope: `delta` holds `dL/dp` and then `dL/dz`.
    ///
    /// `out` are the outputs and `sums` the sums `z` (read only where [`Activation::needs_sums`]
    /// says so), all in rows of `width`.
    ///
    /// # Panics
    ///
    /// Panics where `width` is 0.
    pub fn backward<T: Scalar>(self, delta: &mut [T], out: &[T], sums: &[T], width: usize) {
        let by_output = |delta: &mut [T], slope: &dyn Fn(T) -> T| {
            delta.iter_mut().zip(out).for_each(|(d, p)| *d = *d * slope(*p));
        };
        match self {
            Self::Identity => {}
            Self::Sigmoid => by_output(delta, &|p| p * (T::ONE - p)),
            Self::Tanh => by_output(delta, &|p| T::ONE - p * p),
            Self::Relu => {
                for (d, p) in delta.iter_mut().zip(out) {
                    *d = if *p > T::ZERO { *d } else { T::ZERO };
                }
            }
            Self::LeakyRelu(share) => {
                let share = T::from_f64(share);
                by_output(delta, &|p| if p > T::ZERO { T::ONE } else { share });
            }
            Self::Gelu => {
                let density = T::from_f64(1.0 / (2.0 * std::f64::consts::PI).sqrt());
                let half = T::from_f64(0.5);
                for (d, &z) in delta.iter_mut().zip(sums) {
                    *d = *d * (normal_below(z) + z * density * (-(half * z * z)).exp());
                }
            }
            Self::Silu => {
                for (d, &z) in delta.iter_mut().zip(sums) {
                    let s = z.sigmoid();
                    *d = *d * (s + z * s * (T::ONE - s));
                }
            }
            Self::Softmax => {
                for (delta, p) in delta.chunks_exact_mut(width).zip(out.chunks_exact(width)) {
                    let mean = delta.iter().zip(p).fold(T::ZERO, |sum, (&d, &p)| sum + d * p);
                    delta.iter_mut().zip(p).for_each(|(d, &p)| *d = p * (*d - mean));
                }
            }
        }
    }
}

/// The standard normal distribution's probability of a value under `z`.
fn normal_below<T: Scalar>(z: T) -> T {
    T::from_f64(0.5) * (T::ONE + (z * T::from_f64(std::f64::consts::FRAC_1_SQRT_2)).erf())
}

/// The softmax of one row, in place; the greatest is taken off first, so nothing overflows.
pub(crate) fn softmax<T: Scalar>(row: &mut [T]) {
    let greatest = row.iter().fold(row[0], |greatest, &z| if z > greatest { z } else { greatest });
    let mut sum = T::ZERO;
    for z in row.iter_mut() {
        *z = (*z - greatest).exp();
        sum = sum + *z;
    }
    for z in row.iter_mut() {
        *z = *z / sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(activation: Activation, z: f64) -> f64 {
        let mut row = [z];
        activation.apply(&mut row, 1);
        row[0]
    }

    #[test]
    fn values_that_the_papers_and_the_post_state() {
        assert!((at(Activation::Sigmoid, 0.0) - 0.5).abs() < 1e-15);
        assert!((at(Activation::Gelu, 1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((at(Activation::Silu, 1.0) - 0.731_058_578_630_004_9).abs() < 1e-15);
        assert!((at(Activation::LeakyRelu(0.01), -3.0) + 0.03).abs() < 1e-15);
        let mut row = [1000.0_f64, 1000.0, -1000.0];
        Activation::Softmax.apply(&mut row, 3);
        assert!(row.iter().zip([0.5, 0.5, 0.0]).all(|(p, expected)| (p - expected).abs() < 1e-12));
    }
}

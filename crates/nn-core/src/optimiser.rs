//! Optimisers: how a gradient moves the weights, and how the rate goes over a training.

use crate::{Error, Scalar};

/// How the weights follow the gradient.
///
/// `w` is a weight, `g` its gradient, `r` the rate; `m` and `v` are running means that start at zero.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimiser {
    /// `w -= r g`.
    Sgd,
    /// `m = beta m + g; w -= r m` (Polyak 1964).
    Momentum {
        /// The share of the past.
        beta: f64,
    },
    /// `m = beta m + g; w -= r (g + beta m)` (Nesterov 1983, as Sutskever et al. 2013 write it).
    Nesterov {
        /// The share of the past.
        beta: f64,
    },
    /// `v = beta v + (1 - beta) g^2; w -= r g / (sqrt(v) + epsilon)` (Tieleman and Hinton 2012).
    RmsProp {
        /// The share of the past.
        beta: f64,
        /// What keeps the division finite.
        epsilon: f64,
    },
    /// Running means of `g` and `g^2`, each freed of its bias towards zero (Kingma and Ba 2014).
    Adam {
        /// The past's share in the mean of `g`.
        beta1: f64,
        /// The past's share in the mean of `g^2`.
        beta2: f64,
        /// What keeps the division finite.
        epsilon: f64,
    },
    /// Adam, and apart from it `w -= r decay w` (Loshchilov and Hutter 2017); biases do not decay.
    AdamW {
        /// The past's share in the mean of `g`.
        beta1: f64,
        /// The past's share in the mean of `g^2`.
        beta2: f64,
        /// What keeps the division finite.
        epsilon: f64,
        /// How fast the weights decay.
        decay: f64,
    },
}

impl Optimiser {
    /// Adam with its paper's settings: 0.9, 0.999, 1e-8.
    #[must_use]
    pub fn adam() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    pub(crate) fn check(self) -> Result<(), Error> {
        let (shares, positive) = match self {
            Self::Sgd => ([0.0; 2], [1.0, 0.0]),
            Self::Momentum { beta } | Self::Nesterov { beta } => ([beta; 2], [1.0, 0.0]),
            Self::RmsProp { beta, epsilon } => ([beta; 2], [epsilon, 0.0]),
            Self::Adam { beta1, beta2, epsilon } => ([beta1, beta2], [epsilon, 0.0]),
            Self::AdamW { beta1, beta2, epsilon, decay } => ([beta1, beta2], [epsilon, decay]),
        };
        if !shares.iter().all(|share| (0.0..1.0).contains(share)) {
            return Err(Error::input(format!("{self:?}: a share of the past lies from 0 to under 1")));
        }
        if !(positive[0] > 0.0 && positive[1] >= 0.0 && positive.iter().all(|value| value.is_finite())) {
            return Err(Error::input(format!("{self:?}: epsilon must be positive, decay not negative")));
        }
        Ok(())
    }

    /// Whether it keeps `m`, and whether it keeps `v`.
    pub(crate) fn keeps(self) -> (bool, bool) {
        match self {
            Self::Sgd => (false, false),
            Self::Momentum { .. } | Self::Nesterov { .. } => (true, false),
            Self::RmsProp { .. } => (false, true),
            Self::Adam { .. } | Self::AdamW { .. } => (true, true),
        }
    }

    /// Moves `w` by one step; `n_step` counts from 1. `m` and `v` are empty where they are not kept.
    pub(crate) fn update<T: Scalar>(self, block: Block<'_, T>, rate: f64, n_step: usize) {
        let Block { w, g, m, v, is_bias } = block;
        let r = T::from_f64(rate);
        match self {
            Self::Sgd => w.iter_mut().zip(g).for_each(|(w, g)| *w = *w - r * *g),
            Self::Momentum { beta } => {
                let beta = T::from_f64(beta);
                for ((w, g), m) in w.iter_mut().zip(g).zip(m) {
                    *m = beta * *m + *g;
                    *w = *w - r * *m;
                }
            }
            Self::Nesterov { beta } => {
                let beta = T::from_f64(beta);
                for ((w, g), m) in w.iter_mut().zip(g).zip(m) {
                    *m = beta * *m + *g;
                    *w = *w - r * (*g + beta * *m);
                }
            }
            Self::RmsProp { beta, epsilon } => {
                let (beta, rest, epsilon) =
                    (T::from_f64(beta), T::from_f64(1.0 - beta), T::from_f64(epsilon));
                for ((w, g), v) in w.iter_mut().zip(g).zip(v) {
                    *v = beta * *v + rest * (*g * *g);
                    *w = *w - r * *g / (v.sqrt() + epsilon);
                }
            }
            Self::Adam { beta1, beta2, epsilon } => {
                adam(w, g, m, v, (beta1, beta2, epsilon), rate, n_step);
            }
            Self::AdamW { beta1, beta2, epsilon, decay } => {
                if !is_bias {
                    let kept = T::from_f64(1.0 - rate * decay);
                    for w in w.iter_mut() {
                        *w = *w * kept;
                    }
                }
                adam(w, g, m, v, (beta1, beta2, epsilon), rate, n_step);
            }
        }
    }
}

fn adam<T: Scalar>(
    w: &mut [T],
    g: &mut [T],
    m: &mut [T],
    v: &mut [T],
    (beta1, beta2, epsilon): (f64, f64, f64),
    rate: f64,
    n_step: usize,
) {
    let n_step = n_step as f64;
    let step = T::from_f64(rate / (1.0 - beta1.powf(n_step)));
    let correction = T::from_f64(1.0 / (1.0 - beta2.powf(n_step)).sqrt());
    let (b1, rest1) = (T::from_f64(beta1), T::from_f64(1.0 - beta1));
    let (b2, rest2) = (T::from_f64(beta2), T::from_f64(1.0 - beta2));
    let epsilon = T::from_f64(epsilon);
    for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
        *m = b1 * *m + rest1 * *g;
        *v = b2 * *v + rest2 * (*g * *g);
        *w = *w - step * *m / (v.sqrt() * correction + epsilon);
    }
}

/// Some of one layer's weights, or its biases, with what belongs to them.
pub(crate) struct Block<'a, T> {
    pub(crate) w: &'a mut [T],
    pub(crate) g: &'a mut [T],
    pub(crate) m: &'a mut [T],
    pub(crate) v: &'a mut [T],
    pub(crate) is_bias: bool,
}

impl<'a, T> Block<'a, T> {
    /// The same block, lent for a while.
    pub(crate) fn reborrow(&mut self) -> Block<'_, T> {
        Block { w: self.w, g: self.g, m: self.m, v: self.v, is_bias: self.is_bias }
    }

    /// The first `n` values and the others.
    pub(crate) fn split_at(self, n: usize) -> (Self, Self) {
        let halves = |all: &'a mut [T]| {
            let n = n.min(all.len());
            all.split_at_mut(n)
        };
        let ((w1, w2), (g1, g2)) = (halves(self.w), halves(self.g));
        let ((m1, m2), (v1, v2)) = (halves(self.m), halves(self.v));
        let is_bias = self.is_bias;
        (Self { w: w1, g: g1, m: m1, v: v1, is_bias }, Self { w: w2, g: g2, m: m2, v: v2, is_bias })
    }
}

/// How the rate goes over a training, as a share of the first.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The same all along.
    Constant,
    /// Times `factor` after every so many epochs.
    Step {
        /// Epochs between two drops.
        every: usize,
        /// What is left after a drop.
        factor: f64,
    },
    /// Times `factor` after each epoch.
    Exponential {
        /// What is left after an epoch.
        factor: f64,
    },
    /// In a straight line from 1 to `to` at the end.
    Linear {
        /// The last share.
        to: f64,
    },
    /// Half a cosine from 1 to `to` at the end (Loshchilov and Hutter 2016), after a straight rise
    /// from nothing.
    Cosine {
        /// Epochs of the rise; 0 starts at once.
        warm_up: usize,
        /// The last share.
        to: f64,
    },
}

impl Schedule {
    /// The share at a moment counted in epochs, of `n_epochs` in all.
    #[must_use]
    pub fn share(self, epoch: f64, n_epochs: usize) -> f64 {
        let all = n_epochs as f64;
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => factor.powf((epoch / every as f64).floor()),
            Self::Exponential { factor } => factor.powf(epoch.floor()),
            Self::Linear { to } => 1.0 + (to - 1.0) * (epoch / all).min(1.0),
            Self::Cosine { warm_up, to } => {
                let warm_up = warm_up as f64;
                if epoch < warm_up {
                    return epoch / warm_up;
                }
                let done = ((epoch - warm_up) / (all - warm_up)).clamp(0.0, 1.0);
                to + (1.0 - to) * f64::midpoint(1.0, (std::f64::consts::PI * done).cos())
            }
        }
    }

    pub(crate) fn check(self, n_epochs: usize) -> Result<(), Error> {
        let is_share = |value: f64| value.is_finite() && value >= 0.0;
        let is_right = match self {
            Self::Constant => true,
            Self::Step { every, factor } => every > 0 && is_share(factor),
            Self::Exponential { factor } => is_share(factor),
            Self::Linear { to } => is_share(to),
            Self::Cosine { warm_up, to } => is_share(to) && warm_up < n_epochs.max(1),
        };
        if is_right {
            return Ok(());
        }
        Err(Error::input(format!(
            "{self:?} over {n_epochs} epochs: shares are finite and not negative, the drops one epoch apart at \
             least, and the rise is shorter than the training"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two steps by hand, from `w` = 1 with the gradients 0.5 and -0.25, at the rate 0.1.
    #[test]
    fn two_steps_as_the_papers_write_them() {
        let two_steps = |optimiser: Optimiser| {
            let (mut w, mut m, mut v) = ([1.0_f64], [0.0], [0.0]);
            for (n, mut g) in [[0.5], [-0.25]].into_iter().enumerate() {
                let block = Block { w: &mut w, g: &mut g, m: &mut m, v: &mut v, is_bias: false };
                optimiser.update(block, 0.1, n + 1);
            }
            w[0]
        };
        let close = |optimiser, expected: f64| {
            let found = two_steps(optimiser);
            assert!((found - expected).abs() < 1e-12, "{optimiser:?}: {found}, not {expected}");
        };
        close(Optimiser::Sgd, 0.975);
        close(Optimiser::Momentum { beta: 0.9 }, 1.0 - 0.05 - 0.1 * (0.9 * 0.5 - 0.25));
        let m2 = 0.9 * 0.5 - 0.25;
        close(Optimiser::Nesterov { beta: 0.9 }, 1.0 - 0.1 * (0.5 + 0.45) - 0.1 * (-0.25 + 0.9 * m2));
        let (v1, v2): (f64, f64) = (0.1 * 0.25, 0.9 * 0.1 * 0.25 + 0.1 * 0.0625);
        let rms = 1.0 - 0.1 * 0.5 / (v1.sqrt() + 1e-8) + 0.1 * 0.25 / (v2.sqrt() + 1e-8);
        close(Optimiser::RmsProp { beta: 0.9, epsilon: 1e-8 }, rms);
        let mean: f64 = (0.9 * 0.05 - 0.025) / (1.0 - 0.81);
        let square: f64 = (0.999 * 0.001 * 0.25 + 0.001 * 0.0625) / (1.0 - 0.999 * 0.999);
        let adam = 1.0 - 0.1 * 0.5 / (0.5 + 1e-8) - 0.1 * mean / (square.sqrt() + 1e-8);
        close(Optimiser::adam(), adam);
        let decayed = (0.99 - 0.1 * 0.5 / (0.5 + 1e-8)) * 0.99 - 0.1 * mean / (square.sqrt() + 1e-8);
        close(Optimiser::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1 }, decayed);
    }

    #[test]
    fn schedules_begin_and_end_where_they_say() {
        let cosine = Schedule::Cosine { warm_up: 2, to: 0.1 };
        assert!((cosine.share(1.0, 10) - 0.5).abs() < 1e-12);
        assert!((cosine.share(2.0, 10) - 1.0).abs() < 1e-12);
        assert!((cosine.share(6.0, 10) - 0.55).abs() < 1e-12);
        assert!((cosine.share(10.0, 10) - 0.1).abs() < 1e-12);
        assert!((Schedule::Linear { to: 0.0 }.share(7.5, 10) - 0.25).abs() < 1e-12);
        assert!((Schedule::Step { every: 3, factor: 0.1 }.share(6.9, 10) - 0.01).abs() < 1e-12);
        assert!((Schedule::Exponential { factor: 0.5 }.share(3.2, 10) - 0.125).abs() < 1e-12);
        assert!(Schedule::Step { every: 0, factor: 0.1 }.check(9).unwrap_err().is_input());
        assert!(Optimiser::Momentum { beta: 1.0 }.check().unwrap_err().is_input());
    }
}

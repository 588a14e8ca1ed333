//! The net of the post `xor` with four hidden units: one unit a lane.

use crate::simd::{Four, FourJob, dispatch_four};
use crate::{Init, Simd, Stream};

const TARGETS: [f32; 4] = [0.0, 1.0, 1.0, 0.0];

/// 3-4-1 with sigmoids and without biases, on the four records of XOR with a third input of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Xor {
    /// The weights of each input, one a hidden unit.
    pub w0: [[f32; 4]; 3],
    /// The output's weights, one a hidden unit.
    pub w1: [f32; 4],
}

impl Xor {
    /// Weights uniform within `scale` of zero: the numbers of
    /// [`xor::net`](crate::xor::net()) with [`Init::Uniform`], rounded to `f32`.
    ///
    /// # Panics
    ///
    /// Panics where `scale` is negative or not finite.
    #[must_use]
    pub fn uniform(scale: f64, seed: u64) -> Self {
        let mut stream = Stream::new(seed, 0);
        let mut draw = |weights: &mut [f64], n_in, n_out| {
            let drawn = Init::Uniform(scale).fill(weights, n_in, n_out, &mut stream);
            assert!(drawn.is_ok(), "the scale {scale} is negative or not finite");
        };
        let (mut w0, mut w1) = ([0.0; 12], [0.0; 4]);
        draw(&mut w0, 3, 4);
        draw(&mut w1, 4, 1);
        let row = |input: usize| std::array::from_fn(|unit| w0[input * 4 + unit] as f32);
        Self { w0: [row(0), row(1), row(2)], w1: w1.map(|w| w as f32) }
    }

    /// Trains for some epochs by full-batch descent at the rate 1 and returns the last epoch's
    /// predictions for 00, 01, 10 and 11, made before its update (zeros after no epoch).
    ///
    /// The steps are those of [`TwoLayer`](crate::TwoLayer), in `f32`, fused, and with a sigmoid
    /// within 3e-7 of the truth; the same bits with every [`Simd`].
    ///
    /// # Examples
    ///
    /// ```
    /// let pred = nn_core::tiny::Xor::uniform(1.0, 1).train(10_000);
    /// assert!(pred[0] < 0.1 && pred[1] > 0.9 && pred[2] > 0.9 && pred[3] < 0.1);
    /// ```
    pub fn train(&mut self, epochs: usize) -> [f32; 4] {
        self.train_with(Simd::best(), epochs)
    }

    /// [`Xor::train`] with chosen instructions; there are two versions, with vectors and without.
    ///
    /// # Panics
    ///
    /// Panics when this machine does not have them.
    pub fn train_with(&mut self, simd: Simd, epochs: usize) -> [f32; 4] {
        let mut predictions = [0.0; 4];
        dispatch_four(simd, Train { net: self, epochs, predictions: &mut predictions });
        predictions
    }
}

struct Train<'a> {
    net: &'a mut Xor,
    epochs: usize,
    predictions: &'a mut [f32; 4],
}

impl FourJob for Train<'_> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it must melt into the function that has the feature")]
    fn run<F: Four>(self) {
        let [mut a, mut b, mut c] = self.net.w0.map(|w| F::load(&w));
        let mut out = F::load(&self.net.w1);
        let (one, targets) = (F::splat(1.0), F::load(&TARGETS));
        let mut pred = F::splat(0.0);
        for _ in 0..self.epochs {
            // A vector a record, a unit a lane.
            let (ac, bc) = (a.add(c), b.add(c));
            let hidden = [c.sigmoid(), bc.sigmoid(), ac.sigmoid(), ac.add(b).sigmoid()];
            pred = F::sums(hidden.map(|h| h.mul(out))).sigmoid();
            // While the output is on its way: what each hidden delta is multiplied by.
            let backward = hidden.map(|h| h.fnma(h, h).mul(out));
            let d = targets.sub(pred).mul(pred.mul(one.sub(pred))).spread();
            let [e0, e1, e2, e3]: [F; 4] = std::array::from_fn(|record| backward[record].mul(d[record]));
            let first = hidden[0].fma(d[0], hidden[1].mul(d[1]));
            let second = hidden[2].fma(d[2], hidden[3].mul(d[3]));
            let (of_a, of_b) = (e2.add(e3), e1.add(e3));
            c = c.add(e0.add(e1).add(of_a));
            a = a.add(of_a);
            b = b.add(of_b);
            out = out.add(first.add(second));
        }
        pred.store(self.predictions);
        for (weights, vector) in self.net.w0.iter_mut().zip([a, b, c]) {
            vector.store(weights);
        }
        out.store(&mut self.net.w1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xor;

    #[test]
    fn it_follows_the_reading_copy_and_every_version_gives_the_same_bits() {
        for seed in 0..20 {
            let config = xor::Config { n_iterations: 300, ..xor::Config::post(Init::Uniform(1.0), seed) };
            let reading = xor::train(&config).unwrap();
            let mut net = Xor::uniform(1.0, seed);
            net.train_with(Simd::Plain, 300);
            for (input, weights) in net.w0.iter().enumerate() {
                for (unit, weight) in weights.iter().enumerate() {
                    let expected = reading.net.w0[[input, unit]];
                    assert!(
                        (f64::from(*weight) - expected).abs() < 1e-4,
                        "seed {seed}: {weight}, {expected}"
                    );
                }
            }
            for simd in [Simd::Avx2, Simd::Avx512].into_iter().filter(|simd| simd.is_available()) {
                let mut other = Xor::uniform(1.0, seed);
                other.train_with(simd, 300);
                assert_eq!(net, other, "{simd:?}");
            }
        }
    }

    #[test]
    fn equal_weights_stay_equal_to_the_bit() {
        let mut net = Xor { w0: [[0.1; 4]; 3], w1: [0.1; 4] };
        let pred = net.train(10_000);
        assert!(pred.iter().all(|p| (p - 0.5).abs() < 1e-3), "{pred:?}");
        for weights in net.w0.iter().chain([&net.w1]) {
            assert!(weights.iter().all(|w| w.to_bits() == weights[0].to_bits()), "{weights:?}");
        }
    }
}

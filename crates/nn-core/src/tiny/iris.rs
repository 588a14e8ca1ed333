//! The net of the post `iris`: one weight an attribute.

/// The net of the post `iris`: `N` records of `A` attributes, one weight an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iris<const N: usize, const A: usize> {
    /// The records.
    pub x: [[f32; A]; N],
    /// One answer a record, 0 or 1.
    pub y: [f32; N],
    /// One weight an attribute.
    pub w: [f32; A],
}

impl Iris<4, 4> {
    /// The post's records, answers and starting weights.
    #[must_use]
    pub fn post() -> Self {
        Self {
            x: crate::iris::TENTHS.map(|record| record.map(|tenths| (f64::from(tenths) / 10.0) as f32)),
            y: crate::iris::CLASSES.map(f32::from),
            w: [0.5; 4],
        }
    }
}

impl<const N: usize, const A: usize> Iris<N, A> {
    /// Trains for some epochs by full-batch descent at the rate 1 and returns the last epoch's
    /// predictions, made before its update (zeros after no epoch); the weights stay in `w`.
    ///
    /// Bit for bit what [`ten_lines`](crate::ten_lines::ten_lines()) gives with
    /// [`sigmoid_rounded_once`](crate::ten_lines::sigmoid_rounded_once): sums in index order, a
    /// product and then an addition, the sigmoid in `f64`.
    ///
    /// # Examples
    ///
    /// ```
    /// let pred = nn_core::tiny::Iris::post().train(50);
    /// assert_eq!(format!("{:.7}", pred[0]), "0.0511965");
    /// ```
    pub fn train(&mut self, epochs: usize) -> [f32; N] {
        const { assert!(N > 0 && A > 0, "a net has records and attributes") };
        let Self { x, y, .. } = *self;
        let mut w = self.w;
        let mut pred = [0.0; N];
        for _ in 0..epochs {
            for (pred, x) in pred.iter_mut().zip(&x) {
                *pred = sum(std::array::from_fn::<f32, A, _>(|a| x[a] * w[a]));
            }
            pred = pred.map(|z| crate::ten_lines::sigmoid_rounded_once(&z));
            let delta: [f32; N] =
                std::array::from_fn(|n| (y[n] - pred[n]) * crate::ten_lines::d_sigmoid(pred[n]));
            for (a, w) in w.iter_mut().enumerate() {
                *w += sum(std::array::from_fn::<f32, N, _>(|n| x[n][a] * delta[n]));
            }
        }
        self.w = w;
        pred
    }
}

/// The sum in index order, from the first term on.
#[inline(always)]
#[allow(clippy::inline_always, reason = "four additions")]
fn sum<const N: usize>(terms: [f32; N]) -> f32 {
    let mut sum = terms[0];
    for term in &terms[1..] {
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{iris, ten_lines};

    #[test]
    fn the_stack_gives_the_reading_copys_bits_at_every_epoch() {
        let (x, y) = (iris::x(), iris::y());
        let run = ten_lines::ten_lines(
            x.view(),
            y.view(),
            iris::w(),
            iris::EPOCHS,
            ten_lines::sigmoid_rounded_once,
        )
        .unwrap();
        let mut net = Iris::post();
        for (epoch, wanted) in run.predictions.iter().enumerate() {
            let pred = net.train(1);
            let bits = |row: &[f32]| row.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&pred), bits(wanted.as_slice().unwrap()), "epoch {epoch}");
        }
    }
}

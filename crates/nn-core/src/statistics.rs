//! What goes on inside a net: each layer's weights and outputs in a few figures.

use crate::pass::Pass;
use crate::{Activation, Dense, Error, Net, Scalar};
use ndarray::ArrayView2;

/// Mean, spread and range of some values.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation, over all the values.
    pub deviation: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Summary {
    fn of<T: Scalar>(values: &[T]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().map(|v| v.to_f64()).sum::<f64>() / n;
        let variance = values.iter().map(|v| (v.to_f64() - mean).powi(2)).sum::<f64>() / n;
        let fold =
            |start: f64, better: fn(f64, f64) -> f64| values.iter().map(|v| v.to_f64()).fold(start, better);
        let (min, max) = (fold(f64::INFINITY, f64::min), fold(f64::NEG_INFINITY, f64::max));
        Self { mean, deviation: variance.sqrt(), min, max }
    }
}

/// One layer on some records.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LayerStatistics {
    /// Its weights.
    pub weights: Summary,
    /// Its sums `z`, over all records and units.
    pub sums: Summary,
    /// Its outputs, likewise.
    pub outputs: Summary,
    /// Units whose output is the same for every record: they tell the next layer nothing.
    pub constant_units: usize,
    /// The share of outputs on the flat part of their activation, where the slope is under a
    /// hundredth of its greatest: sigmoid, tanh and `ReLU`; 0 for the others.
    pub saturated: f64,
    /// The sum nearest to a kink, in magnitude, where the activation has one.
    pub nearest_kink: Option<f64>,
}

impl<T: Scalar> Net<T> {
    /// Each layer's figures on the records `x` `(records, n_inputs)`.
    ///
    /// # Errors
    ///
    /// Where `x` is empty or has another width.
    pub fn statistics(&self, x: ArrayView2<'_, T>) -> Result<Vec<LayerStatistics>, Error> {
        (0..self.layers().len()).map(|n| self.layer_statistics(n, x)).collect()
    }

    fn layer_statistics(&self, n: usize, x: ArrayView2<'_, T>) -> Result<LayerStatistics, Error> {
        let layer = &self.layers()[n];
        let (sums, width) = (self.sums(n, x)?, layer.dim().1);
        let mut out = sums.clone();
        layer.activation().apply(&mut out, width);
        let is_constant = |unit: usize| {
            let mut values = out.iter().skip(unit).step_by(width);
            let first = values.next();
            values.all(|value| Some(value) == first)
        };
        let is_flat = |(z, p): (&T, &T)| {
            let (z, p) = (z.to_f64(), p.to_f64());
            match layer.activation() {
                Activation::Sigmoid => 4.0 * p * (1.0 - p) < 0.01,
                Activation::Tanh => 1.0 - p * p < 0.01,
                Activation::Relu => z <= 0.0,
                _ => false,
            }
        };
        let nearest_kink = matches!(layer.activation(), Activation::Relu | Activation::LeakyRelu(_))
            .then(|| sums.iter().map(|z| z.to_f64().abs()).fold(f64::INFINITY, f64::min));
        Ok(LayerStatistics {
            weights: Summary::of(layer.parts().0),
            sums: Summary::of(&sums),
            outputs: Summary::of(&out),
            constant_units: (0..width).filter(|&unit| is_constant(unit)).count(),
            saturated: sums.iter().zip(&out).filter(|&pair| is_flat(pair)).count() as f64 / out.len() as f64,
            nearest_kink,
        })
    }

    /// Layer `n`'s sums `z` for `x`, row by row.
    fn sums(&self, n: usize, x: ArrayView2<'_, T>) -> Result<Vec<T>, Error> {
        self.check_inputs(x)?;
        let mut layers = self.layers()[..=n].to_vec();
        let last = &layers[n];
        layers[n] = Dense::new(
            last.weights().to_owned(),
            last.bias().map(|bias| bias.to_owned()),
            Activation::Identity,
        )?;
        let to_sums = Net::new(layers)?;
        let mut pass = Pass::new(&to_sums, x.nrows());
        let rows: Vec<T> = x.iter().copied().collect();
        pass.forward(&to_sums, &rows);
        let mut sums = Vec::with_capacity(x.nrows() * to_sums.n_outputs());
        pass.for_each_output(|out| sums.extend_from_slice(out));
        Ok(sums)
    }

    /// Layer-sequential unit-variance initialisation (Mishkin and Matas 2015): layer by layer, the
    /// weights are divided by the deviation of the layer's sums on `x`, until their variance is
    /// within `tolerance` of 1. Start from [`Init::Orthogonal`](crate::Init::Orthogonal) with gain 1.
    ///
    /// # Errors
    ///
    /// Where `x` does not fit, or a layer's sums do not vary or do not come within the tolerance in
    /// ten rounds.
    pub fn unit_variance(&mut self, x: ArrayView2<'_, T>, tolerance: f64) -> Result<(), Error> {
        const ROUNDS: usize = 10;
        for n in 0..self.layers().len() {
            let mut variance = f64::NAN;
            for _ in 0..ROUNDS {
                let deviation = Summary::of(&self.sums(n, x)?).deviation;
                variance = deviation * deviation;
                if (variance - 1.0).abs() <= tolerance || variance == 0.0 {
                    break;
                }
                let (weights, _) = self.layers_mut()[n].parts_mut();
                let divisor = T::from_f64(deviation);
                for w in weights {
                    *w = *w / divisor;
                }
            }
            let variance_is_one = (variance - 1.0).abs() <= tolerance;
            if !variance_is_one {
                return Err(Error::input(format!(
                    "layer {n}: the variance of its sums stays at {variance}; the records must differ, and the \
                     tolerance {tolerance} be one that this number type reaches"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Init, Stream};
    use ndarray::{Array2, array};

    #[test]
    fn dead_and_constant_units_are_counted() {
        let layer = Dense::new(
            array![[1.0, -1.0, 0.0], [0.0, -1.0, 0.0]],
            Some(array![0.0, 0.0, 2.0]),
            Activation::Relu,
        )
        .unwrap();
        let net = Net::new(vec![layer]).unwrap();
        let found = &net.statistics(array![[1.0, 1.0], [2.0, 0.25]].view()).unwrap()[0];
        assert_eq!(found.constant_units, 2);
        assert!((found.saturated - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!(found.nearest_kink, Some(1.0));
        assert!((found.outputs.mean - 7.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn lsuv_gives_every_layer_the_variance_one() {
        let mut stream = Stream::new(3, 0);
        let x = Array2::from_shape_simple_fn((200, 12), || 5.0 * stream.normal());
        let mut net: Net<f64> = Net::with_inputs(12)
            .dense(30, Activation::Relu, Init::Orthogonal(1.0))
            .dense(20, Activation::Tanh, Init::Orthogonal(1.0))
            .dense(3, Activation::Identity, Init::Orthogonal(1.0))
            .build(4)
            .unwrap();
        net.unit_variance(x.view(), 0.01).unwrap();
        for layer in net.statistics(x.view()).unwrap() {
            assert!((layer.sums.deviation.powi(2) - 1.0).abs() < 0.011, "{layer:?}");
        }
        let same = Array2::zeros((4, 12));
        assert!(net.unit_variance(same.view(), 0.01).unwrap_err().is_input());
    }
}

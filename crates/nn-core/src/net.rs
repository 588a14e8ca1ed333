//! A net of dense layers: its shape, its weights, and what it predicts.

use crate::pass::Pass;
use crate::{Activation, Error, Init, Scalar, Stream};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

/// One layer, `p = f(x W + b)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense<T> {
    weights: Array2<T>,
    bias: Option<Array1<T>>,
    activation: Activation,
}

impl<T: Scalar> Dense<T> {
    /// A layer of `weights` `(n_in, n_out)`, where column `j` feeds unit `j`, and `bias` `(n_out)`.
    ///
    /// # Errors
    ///
    /// Where a width is zero, the bias does not fit, a value is not finite, or the activation's own
    /// setting cannot be used.
    pub fn new(weights: Array2<T>, bias: Option<Array1<T>>, activation: Activation) -> Result<Self, Error> {
        let (n_in, n_out) = weights.dim();
        if n_in == 0 || n_out == 0 {
            return Err(Error::input(format!("a layer of zero width: {n_in} to {n_out}")));
        }
        if let Some(bias) = &bias
            && bias.len() != n_out
        {
            return Err(Error::shape("the bias, one value a unit", n_out, bias.len()));
        }
        if !weights.iter().chain(bias.iter().flatten()).all(|w| w.is_finite()) {
            return Err(Error::input("a layer's weights must be finite"));
        }
        if let Activation::LeakyRelu(share) = activation
            && !(0.0..=1.0).contains(&share)
        {
            return Err(Error::input(format!("leaky ReLU: the share {share} is not between 0 and 1")));
        }
        // Products read rows as they lie in memory.
        let weights = if weights.is_standard_layout() {
            weights
        } else {
            Array2::from_shape_fn((n_in, n_out), |at| weights[at])
        };
        Ok(Self { weights, bias, activation })
    }

    /// `(n_in, n_out)`.
    #[must_use]
    pub fn weights(&self) -> ArrayView2<'_, T> {
        self.weights.view()
    }

    /// `(n_out)`, where the layer has a bias.
    #[must_use]
    pub fn bias(&self) -> Option<ArrayView1<'_, T>> {
        self.bias.as_ref().map(|bias| bias.view())
    }

    /// What the layer does to its sums.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The widths, in and out.
    #[must_use]
    pub fn dim(&self) -> (usize, usize) {
        self.weights.dim()
    }

    pub(crate) fn parts(&self) -> (&[T], Option<&[T]>) {
        (slice(&self.weights), self.bias.as_ref().and_then(|bias| bias.as_slice()))
    }

    pub(crate) fn parts_mut(&mut self) -> (&mut [T], Option<&mut [T]>) {
        let weights = self.weights.as_slice_mut().unwrap_or_default();
        (weights, self.bias.as_mut().and_then(|bias| bias.as_slice_mut()))
    }
}

/// The elements of an array in row order, which is how every layer keeps its weights.
fn slice<T>(array: &Array2<T>) -> &[T] {
    array.as_slice().unwrap_or_default()
}

/// How a net is built: its widths, activations, and starts.
///
/// # Examples
///
/// ```
/// use nn_core::{Activation, Init, Net};
/// let net: Net<f32> = Net::with_inputs(784)
///     .dense(128, Activation::Relu, Init::HeUniform)
///     .dense(64, Activation::Relu, Init::HeUniform)
///     .dense(10, Activation::Identity, Init::GlorotUniform)
///     .build(42)?;
/// assert_eq!(net.n_parameters(), 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    n_inputs: usize,
    layers: Vec<(usize, Activation, Init, bool)>,
}

impl Builder {
    /// Adds a layer with a bias that starts at zero.
    #[must_use]
    pub fn dense(mut self, n_units: usize, activation: Activation, init: Init) -> Self {
        self.layers.push((n_units, activation, init, true));
        self
    }

    /// Adds a layer without a bias, as the posts' nets are.
    #[must_use]
    pub fn dense_without_bias(mut self, n_units: usize, activation: Activation, init: Init) -> Self {
        self.layers.push((n_units, activation, init, false));
        self
    }

    /// Draws the weights, layer by layer and row by row, from the stream of `seed`.
    ///
    /// # Errors
    ///
    /// Where there is no layer, a width is zero, or an initialiser's or activation's setting cannot
    /// be used.
    pub fn build<T: Scalar>(self, seed: u64) -> Result<Net<T>, Error> {
        let mut stream = Stream::new(seed, 0);
        let mut n_in = self.n_inputs;
        let mut layers = Vec::with_capacity(self.layers.len());
        for (n_out, activation, init, has_bias) in self.layers {
            let mut drawn = vec![0.0; n_in * n_out];
            init.fill(&mut drawn, n_in, n_out, &mut stream)?;
            let weights = Array2::from_shape_fn((n_in, n_out), |(i, j)| T::from_f64(drawn[i * n_out + j]));
            let bias = has_bias.then(|| Array1::from_elem(n_out, T::ZERO));
            layers.push(Dense::new(weights, bias, activation)?);
            n_in = n_out;
        }
        Net::new(layers)
    }
}

/// Dense layers, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Net<T> {
    layers: Vec<Dense<T>>,
}

impl Net<f32> {
    /// Starts a net with this many inputs; [`Builder::build`] decides on its number type.
    #[must_use]
    pub fn with_inputs(n_inputs: usize) -> Builder {
        Builder { n_inputs, layers: Vec::new() }
    }
}

impl<T: Scalar> Net<T> {
    /// A net of layers that are there already.
    ///
    /// # Errors
    ///
    /// Where there is no layer, or one does not take what the one before gives.
    pub fn new(layers: Vec<Dense<T>>) -> Result<Self, Error> {
        if layers.is_empty() {
            return Err(Error::input("a net has at least one layer"));
        }
        for (n, pair) in layers.windows(2).enumerate() {
            let (given, taken) = (pair[0].dim().1, pair[1].dim().0);
            if given != taken {
                return Err(Error::shape(format!("layer {}'s inputs", n + 1), given, taken));
            }
        }
        Ok(Self { layers })
    }

    /// The layers, from the inputs to the outputs.
    #[must_use]
    pub fn layers(&self) -> &[Dense<T>] {
        &self.layers
    }

    pub(crate) fn layers_mut(&mut self) -> &mut [Dense<T>] {
        &mut self.layers
    }

    /// The width of a record.
    #[must_use]
    pub fn n_inputs(&self) -> usize {
        self.layers[0].dim().0
    }

    /// The width of a prediction.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].dim().1
    }

    /// All weights and biases.
    #[must_use]
    pub fn n_parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights.len() + layer.parts().1.map_or(0, <[T]>::len)).sum()
    }

    /// The outputs for `x` `(records, n_inputs)`: `(records, n_outputs)`.
    ///
    /// # Errors
    ///
    /// Where `x` is empty or has another width.
    pub fn predict(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.check_inputs(x)?;
        let mut pass = Pass::new(self, x.nrows().min(PREDICT_ROWS));
        let mut predicted = Vec::with_capacity(x.nrows() * self.n_outputs());
        for rows in x.axis_chunks_iter(ndarray::Axis(0), PREDICT_ROWS) {
            let contiguous: Vec<T> = rows.iter().copied().collect();
            pass.forward(self, &contiguous);
            pass.for_each_output(|outputs| predicted.extend_from_slice(outputs));
        }
        Array2::from_shape_vec((x.nrows(), self.n_outputs()), predicted)
            .map_err(|error| Error::input(error.to_string()))
    }

    pub(crate) fn check_inputs(&self, x: ArrayView2<'_, T>) -> Result<(), Error> {
        if x.nrows() == 0 {
            return Err(Error::input("the batch is empty"));
        }
        if x.ncols() != self.n_inputs() {
            return Err(Error::shape("x's columns, one an input", self.n_inputs(), x.ncols()));
        }
        Ok(())
    }
}

/// Rows that [`Net::predict`] takes at a time, so that its memory does not grow with the data.
const PREDICT_ROWS: usize = 1_024;

/// The column of the greatest value in each row: the class that a prediction stands for.
///
/// The first of equals wins; NaN never does.
#[must_use]
pub fn classes<T: Scalar>(rows: ArrayView2<'_, T>) -> Vec<usize> {
    rows.rows()
        .into_iter()
        .map(|row| {
            let mut best = 0;
            for (class, value) in row.iter().enumerate() {
                if *value > row[best] {
                    best = class;
                }
            }
            best
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn layers_must_fit_and_widths_be_there() {
        let one = Dense::new(Array2::<f64>::zeros((2, 3)), None, Activation::Tanh).unwrap();
        let two = Dense::new(Array2::<f64>::zeros((4, 1)), None, Activation::Tanh).unwrap();
        let error = Net::new(vec![one, two]).unwrap_err();
        assert_eq!(error.to_string(), "layer 1's inputs: expected 3, found 4");
        assert!(Dense::new(Array2::<f64>::zeros((0, 3)), None, Activation::Tanh).unwrap_err().is_input());
        let built = Net::with_inputs(3).dense(0, Activation::Relu, Init::Zeros).build::<f32>(1);
        assert!(built.unwrap_err().is_input());
        assert!(Net::with_inputs(3).build::<f32>(1).unwrap_err().is_input());
        let nan = Dense::new(array![[f64::NAN]], None, Activation::Identity);
        assert!(nan.unwrap_err().is_input());
        let bias = Dense::new(array![[1.0, 2.0]], Some(array![1.0]), Activation::Identity);
        assert!(bias.unwrap_err().is_shape());
    }

    #[test]
    fn a_layer_is_a_product_and_a_bias() {
        let net = Net::new(vec![
            Dense::new(array![[1.0, 2.0], [3.0, 4.0]], Some(array![0.5, -0.5]), Activation::Relu).unwrap(),
        ])
        .unwrap();
        assert_eq!(
            net.predict(array![[1.0, -1.0], [1.0, 1.0]].view()).unwrap(),
            array![[0.0, 0.0], [4.5, 5.5]]
        );
        assert!(net.predict(array![[1.0]].view()).unwrap_err().is_shape());
        assert_eq!(classes(array![[0.0, 2.0, 2.0], [1.0, 0.0, f64::NAN]].view()), [1, 0]);
    }
}

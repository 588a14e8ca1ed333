//! The reading copy of a net with one hidden layer, as the posts `xor` and `iris-cuda` train it.
//!
//! Letters: `X` (records x inputs), `W0` (inputs x hidden), `W1` (hidden x outputs), `y` (records x
//! outputs); `l1`, `l2` are the layers' outputs and `d1`, `d2` their deltas. No biases, sigmoid on
//! both layers, half the squared error, full batch.

use crate::{Error, Scalar};
use ndarray::{Array2, ArrayView2, Zip};

/// A net with one hidden layer and its learning rate.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoLayer<T> {
    /// `(inputs, hidden)`: column `j` feeds hidden unit `j`.
    pub w0: Array2<T>,
    /// `(hidden, outputs)`: row `j` is what hidden unit `j` is worth.
    pub w1: Array2<T>,
    /// What the sum of the gradients over the batch is multiplied with.
    pub rate: T,
}

impl<T: Scalar> TwoLayer<T> {
    /// Joins two layers' weights.
    ///
    /// # Errors
    ///
    /// Where the layers' widths differ, one is empty, or a weight or the rate is not finite.
    pub fn new(w0: Array2<T>, w1: Array2<T>, rate: T) -> Result<Self, Error> {
        if w0.is_empty() || w1.is_empty() {
            return Err(Error::input(format!("a layer of zero width: {:?} and {:?}", w0.dim(), w1.dim())));
        }
        if w1.nrows() != w0.ncols() {
            return Err(Error::shape("W1's rows, one a hidden unit", w0.ncols(), w1.nrows()));
        }
        if !w0.iter().chain(&w1).chain([&rate]).all(|value| value.is_finite()) {
            return Err(Error::input("a weight or the rate is not finite"));
        }
        Ok(Self { w0, w1, rate })
    }

    /// The outputs for `x` (records x inputs), one row a record.
    ///
    /// # Errors
    ///
    /// Where `x` has another number of columns than `W0` has rows.
    pub fn predict(&self, x: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.check(x, None)?;
        let l1 = multiply(x, self.w0.view()).mapv(Scalar::sigmoid);
        Ok(multiply(l1.view(), self.w1.view()).mapv(Scalar::sigmoid))
    }

    /// One epoch over the whole batch; returns the predictions made before the update.
    ///
    /// The hidden layer's delta uses `W1` as it was before the update. Every sum runs in index order
    /// and is not fused, so hidden units that start equal stay equal to the last bit.
    ///
    /// # Errors
    ///
    /// Where `x`, `y` and the net do not go together.
    pub fn step(&mut self, x: ArrayView2<'_, T>, y: ArrayView2<'_, T>) -> Result<Array2<T>, Error> {
        self.check(x, Some(y))?;
        let slope = |p: T| p * (T::ONE - p);
        let l1 = multiply(x, self.w0.view()).mapv(Scalar::sigmoid);
        let l2 = multiply(l1.view(), self.w1.view()).mapv(Scalar::sigmoid);
        let d2 = Zip::from(y).and(&l2).map_collect(|&y, &p| (y - p) * slope(p));
        let mut d1 = multiply(d2.view(), self.w1.t());
        d1.zip_mut_with(&l1, |d, &p| *d = *d * slope(p));
        let rate = self.rate;
        self.w1.zip_mut_with(&multiply(l1.t(), d2.view()), |w, &g| *w = *w + rate * g);
        self.w0.zip_mut_with(&multiply(x.t(), d1.view()), |w, &g| *w = *w + rate * g);
        Ok(l2)
    }

    fn check(&self, x: ArrayView2<'_, T>, y: Option<ArrayView2<'_, T>>) -> Result<(), Error> {
        if x.nrows() == 0 {
            return Err(Error::input("the batch is empty"));
        }
        if x.ncols() != self.w0.nrows() {
            return Err(Error::shape("X's columns, one a row of W0", self.w0.nrows(), x.ncols()));
        }
        match y {
            Some(y) if y.dim() != (x.nrows(), self.w1.ncols()) => {
                Err(Error::shape("y, records by outputs", (x.nrows(), self.w1.ncols()), y.dim()))
            }
            _ => Ok(()),
        }
    }
}

/// Half the summed squared error, the posts' loss.
#[must_use]
pub fn half_squared<T: Scalar>(y: ArrayView2<'_, T>, pred: ArrayView2<'_, T>) -> T {
    let sum = y.iter().zip(pred).fold(T::ZERO, |sum, (&y, &p)| sum + (y - p) * (y - p));
    sum * T::from_f64(0.5)
}

/// `A B`, each sum in index order: a library's product may take another order at the edges of its
/// blocks, and then equal columns would not stay equal.
fn multiply<T: Scalar>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>) -> Array2<T> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        let mut sum = T::ZERO;
        for k in 0..a.ncols() {
            sum = sum + a[[i, k]] * b[[k, j]];
        }
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_shapes_are_named() {
        let error = TwoLayer::new(Array2::<f64>::zeros((3, 4)), Array2::zeros((5, 1)), 1.0).unwrap_err();
        assert_eq!(error.to_string(), "W1's rows, one a hidden unit: expected 4, found 5");
        assert!(
            TwoLayer::new(Array2::<f64>::zeros((3, 0)), Array2::zeros((0, 1)), 1.0).unwrap_err().is_input()
        );
        assert!(TwoLayer::new(Array2::from_elem((1, 1), f64::NAN), Array2::zeros((1, 1)), 1.0).is_err());
        let mut net = TwoLayer::new(Array2::<f64>::zeros((3, 4)), Array2::zeros((4, 1)), 1.0).unwrap();
        assert!(net.predict(Array2::zeros((4, 2)).view()).unwrap_err().is_shape());
        assert!(net.step(Array2::zeros((4, 3)).view(), Array2::zeros((3, 1)).view()).unwrap_err().is_shape());
        assert!(net.predict(Array2::zeros((0, 3)).view()).unwrap_err().is_input());
    }
}

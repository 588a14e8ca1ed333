//! The reading copy of the post `iris`: one layer, ten lines, its own order and letters.
//!
//! `X` is (records x attributes), `y` and `pred` have one number a record, `W` one an attribute.

use crate::Error;
use ndarray::{Array1, ArrayView1, ArrayView2, Zip};
use std::ops::{Add, Mul, Sub};

/// What the ten lines ask of a number: `f32`, `f64`, or one as wide as you like.
pub trait Number: Clone + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    /// The number 1.
    fn one() -> Self;
}

impl Number for f32 {
    fn one() -> Self {
        1.0
    }
}

impl Number for f64 {
    fn one() -> Self {
        1.0
    }
}

/// What a training leaves behind: one entry an epoch, the last one is the result.
#[derive(Debug, Clone, PartialEq)]
pub struct TenLines<T> {
    /// The predictions of each epoch, made before that epoch's update.
    pub predictions: Vec<Array1<T>>,
    /// `weights[n]` is `W` before epoch `n`, so there is one entry more than there are epochs.
    pub weights: Vec<Array1<T>>,
}

impl<T> TenLines<T> {
    /// The predictions of the last epoch, which the post prints; `None` after no epoch.
    #[must_use]
    pub fn last(&self) -> Option<&Array1<T>> {
        self.predictions.last()
    }
}

/// Fits `W` to `(X, y)` by full-batch descent with the rate 1, as the post's loop does.
///
/// | name      | shape                   |                                        |
/// |-----------|-------------------------|----------------------------------------|
/// | `x`       | `(records, attributes)` | read only                              |
/// | `y`       | `(records)`             | read only                              |
/// | `w`       | `(attributes)`          | the weights to start from              |
/// | `sigmoid` |                         | [`sigmoid_rounded_once`] for the post  |
///
/// Every sum runs in index order, a product and then an addition, never fused: the post's printed
/// digits depend on each of these roundings.
///
/// # Errors
///
/// A shape error where `x`, `y` and `w` do not go together.
///
/// # Examples
///
/// ```
/// use nn_core::{iris, ten_lines};
/// let run = ten_lines::ten_lines(
///     iris::x().view(), iris::y().view(), iris::w(), 50, ten_lines::sigmoid_rounded_once,
/// )?;
/// assert_eq!(format!("{:.7}", run.last().unwrap()[0]), "0.0511965");
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn ten_lines<T: Number>(
    x: ArrayView2<'_, T>,
    y: ArrayView1<'_, T>,
    w: Array1<T>,
    epochs: usize,
    sigmoid: impl Fn(&T) -> T,
) -> Result<TenLines<T>, Error> {
    if x.is_empty() {
        return Err(Error::input(format!("X is empty: {:?}", x.dim())));
    }
    if y.len() != x.nrows() {
        return Err(Error::shape("y, one a record of X", x.nrows(), y.len()));
    }
    if w.len() != x.ncols() {
        return Err(Error::shape("W, one an attribute of X", x.ncols(), w.len()));
    }
    let mut run = TenLines { predictions: Vec::with_capacity(epochs), weights: vec![w.clone()] };
    let mut w = w;
    for _epoch in 0..epochs {
        let pred = multiply(x, w.view()).map(&sigmoid); //              line 3
        let pred_error = pair(y, pred.view(), |y, p| y - p); //         line 4
        let pred_delta = pair(pred_error.view(), pred.view(), |e, p| e * d_sigmoid(p)); // line 5
        let w_delta = multiply(x.t(), pred_delta.view()); //            line 6
        w = pair(w.view(), w_delta.view(), |w, d| w + d); //            line 7
        run.predictions.push(pred);
        run.weights.push(w.clone());
    }
    Ok(run)
}

/// The derivative of the sigmoid in terms of its output: `p (1 - p)`.
pub fn d_sigmoid<T: Number>(p: T) -> T {
    p.clone() * (T::one() - p)
}

/// The sigmoid in `f32` of the post: `exp` and the division in `f64`, rounded once.
#[must_use]
pub fn sigmoid_rounded_once(x: &f32) -> f32 {
    sigmoid_f64(&f64::from(*x)) as f32
}

/// The sigmoid with each step in `f32`; it does not give the printed digits.
#[must_use]
pub fn sigmoid_f32(x: &f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The sigmoid in `f64`.
#[must_use]
pub fn sigmoid_f64(x: &f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The product of a matrix and a vector, each sum in index order.
fn multiply<T: Number>(a: ArrayView2<'_, T>, v: ArrayView1<'_, T>) -> Array1<T> {
    a.rows()
        .into_iter()
        .map(|row| {
            let products = row.iter().zip(&v).map(|(a, v)| a.clone() * v.clone());
            products.reduce(|sum, product| sum + product).expect("checked at the door: X is not empty")
        })
        .collect()
}

/// Joins two vectors element by element.
fn pair<T: Number>(a: ArrayView1<'_, T>, b: ArrayView1<'_, T>, f: impl Fn(T, T) -> T) -> Array1<T> {
    Zip::from(a).and(b).map_collect(|a, b| f(a.clone(), b.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iris;

    fn printed(values: &Array1<f32>) -> Vec<String> {
        // C++ streams print six significant digits.
        values.iter().map(|v| if *v < 0.1 { format!("{v:.7}") } else { format!("{v:.6}") }).collect()
    }

    #[test]
    fn the_printed_digits_of_the_post() {
        let (x, y) = (iris::x(), iris::y());
        let run = ten_lines(x.view(), y.view(), iris::w(), 50, sigmoid_rounded_once).unwrap();
        assert_eq!(printed(run.last().unwrap()), ["0.0511965", "0.0696981", "0.931842", "0.899579"]);
        assert_eq!((run.predictions.len(), run.weights.len()), (50, 51));
        assert_eq!((x, y), (iris::x(), iris::y()), "X and y must not change");
    }

    #[test]
    fn pure_f32_ends_elsewhere() {
        let run = ten_lines(iris::x().view(), iris::y().view(), iris::w(), 50, sigmoid_f32).unwrap();
        assert_eq!(printed(run.last().unwrap()), ["0.0684054", "0.0908388", "0.953979", "0.929616"]);
    }

    #[test]
    fn f64_agrees_with_exact_arithmetic_to_seven_digits() {
        let run =
            ten_lines(iris::x_f64().view(), iris::y_f64().view(), iris::w_f64(), 50, sigmoid_f64).unwrap();
        let found: Vec<String> = run.last().unwrap().iter().map(|v| format!("{v:.7}")).collect();
        assert_eq!(found, ["0.0629600", "0.0841725", "0.9475509", "0.9207664"]);
    }

    #[test]
    fn the_slopes_that_the_post_states() {
        assert_eq!(d_sigmoid(sigmoid_f64(&0.0)).to_bits(), 0.25_f64.to_bits());
        for x in [-10.0, 10.0] {
            assert_eq!(format!("{:.6}", d_sigmoid(sigmoid_f64(&x))), "0.000045");
        }
    }

    #[test]
    fn wrong_shapes_are_named() {
        let y = Array1::zeros(3);
        let error = ten_lines(iris::x().view(), y.view(), iris::w(), 1, sigmoid_f32).unwrap_err();
        assert!(error.is_shape());
        assert_eq!(error.to_string(), "y, one a record of X: expected 4, found 3");
        let nothing = ndarray::Array2::<f32>::zeros((0, 4));
        let error = ten_lines(nothing.view(), y.view(), iris::w(), 1, sigmoid_f32).unwrap_err();
        assert!(error.is_input());
    }
}

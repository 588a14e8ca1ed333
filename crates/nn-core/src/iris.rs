//! The data and the starting weights of the posts `iris` and `iris-cuda`.

use crate::two_layer::TwoLayer;
use crate::{Error, GlibcRand};
use ndarray::{Array1, Array2, array};

/// The four records in tenths of a centimetre, so that no digit is lost: sepal length and width,
/// petal length and width.
pub const TENTHS: [[i16; 4]; 4] = [[51, 35, 14, 2], [49, 30, 14, 2], [62, 34, 54, 23], [59, 30, 51, 18]];

/// The class of each record: 0 is *Iris setosa*, 1 is *Iris virginica*.
pub const CLASSES: [u8; 4] = [0, 0, 1, 1];

/// The epochs of both posts.
pub const EPOCHS: usize = 50;

/// `X`, four records by four attributes, in cm.
#[must_use]
pub fn x() -> Array2<f32> {
    x_f64().mapv(|value| value as f32)
}

/// `y`, the class of each record.
#[must_use]
pub fn y() -> Array1<f32> {
    y_f64().mapv(|value| value as f32)
}

/// The starting weights of the post `iris`: a half, four times.
#[must_use]
pub fn w() -> Array1<f32> {
    Array1::from_elem(4, 0.5)
}

/// [`x()`] in `f64`: the decimals are rounded to `f64`, not to `f32`.
#[must_use]
pub fn x_f64() -> Array2<f64> {
    Array2::from_shape_fn((4, 4), |(record, attribute)| f64::from(TENTHS[record][attribute]) / 10.0)
}

/// [`y()`] in `f64`.
#[must_use]
pub fn y_f64() -> Array1<f64> {
    array![0.0, 0.0, 1.0, 1.0]
}

/// [`w()`] in `f64`.
#[must_use]
pub fn w_f64() -> Array1<f64> {
    Array1::from_elem(4, 0.5)
}

/// The 4-8-1 net of the post `iris-cuda` before its training: `W0` (4 x 8), then `W1` (8 x 1), row
/// by row from the C library's `rand()` with its default seed, within a tenth of zero; rate 1.
///
/// # Errors
///
/// None in practice; the shapes are those that [`TwoLayer::new`] asks for.
pub fn cuda_net() -> Result<TwoLayer<f32>, Error> {
    let mut rand = GlibcRand::new(1);
    let mut draw = || rand.symmetric(0.1);
    let w0 = Array2::from_shape_simple_fn((4, 8), &mut draw);
    let w1 = Array2::from_shape_simple_fn((8, 1), &mut draw);
    TwoLayer::new(w0, w1, 1.0)
}

/// Trains [`cuda_net()`] on the four records: the last epoch's predictions are what the post prints.
///
/// # Errors
///
/// None in practice: data and net go together.
pub fn cuda_fit(epochs: usize) -> Result<(TwoLayer<f32>, Array1<f32>), Error> {
    let (x, y) = (x(), y().insert_axis(ndarray::Axis(1)));
    let mut net = cuda_net()?;
    let mut pred = net.predict(x.view())?;
    for _ in 0..epochs {
        pred = net.step(x.view(), y.view())?;
    }
    Ok((net, pred.remove_axis(ndarray::Axis(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cuda_net_begins_as_the_post_says() {
        let net = cuda_net().unwrap();
        let begin: Vec<String> = net.w0.iter().take(4).map(|w| format!("{w:.7}")).collect();
        assert_eq!(begin, ["0.0680375", "-0.0211234", "0.0566198", "0.0596880"]);
        assert_eq!(format!("{:.7}", net.w1[[0, 0]]), "0.0225280");
    }

    #[test]
    fn the_cuda_net_ends_at_the_printed_digits() {
        let (_, pred) = cuda_fit(EPOCHS).unwrap();
        let printed: Vec<String> = pred.iter().map(|p| format!("{p:.6}")).collect();
        assert_eq!(printed, ["0.060997", "0.076193", "0.927551", "0.918263"]);
    }
}

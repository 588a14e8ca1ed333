//! Data to train on: small problems that are drawn here, and digits from files.

pub mod digits;
pub mod idx;

use crate::{Error, Stream};
use ndarray::{Array1, Array2};

/// Records and their classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// `(records, attributes)`.
    pub x: Array2<f32>,
    /// One class a record, counted from 0.
    pub classes: Array1<u8>,
    /// How many classes there are.
    pub n_classes: usize,
}

impl Classified {
    /// The classes as `(records, n_classes)`: 1 in the class's column, else 0.
    #[must_use]
    pub fn one_hot(&self) -> Array2<f32> {
        let shape = (self.classes.len(), self.n_classes);
        Array2::from_shape_fn(shape, |(record, class)| f32::from(u8::from(self.class(record) == class)))
    }

    /// The share of the records whose class is the predicted one.
    ///
    /// # Errors
    ///
    /// Where there are not as many predictions as records, or none.
    pub fn accuracy(&self, predicted: &[usize]) -> Result<f64, Error> {
        if predicted.len() != self.classes.len() || predicted.is_empty() {
            return Err(Error::shape("predictions, one a record", self.classes.len(), predicted.len()));
        }
        let right = predicted.iter().enumerate().filter(|&(record, class)| self.class(record) == *class);
        Ok(right.count() as f64 / predicted.len() as f64)
    }

    fn class(&self, record: usize) -> usize {
        usize::from(self.classes[record])
    }
}

/// All `2^n_bits` rows of bits, the first bit slowest; the class is 1 where the number of ones is
/// odd. Two bits are XOR.
///
/// # Errors
///
/// Where `n_bits` is 0 or over 20.
pub fn parity(n_bits: usize) -> Result<Classified, Error> {
    if !(1..=20).contains(&n_bits) {
        return Err(Error::input(format!("parity of {n_bits} bits: from 1 to 20")));
    }
    let bit = |record: usize, bit: usize| (record >> (n_bits - 1 - bit)) & 1;
    let x = Array2::from_shape_fn((1 << n_bits, n_bits), |(record, n)| bit(record, n) as f32);
    let classes = Array1::from_shape_fn(1 << n_bits, |record| (record.count_ones() % 2) as u8);
    Ok(Classified { x, classes, n_classes: 2 })
}

/// Points on `n_classes` spirals that wind around each other, `n_each` on each; the classes take
/// turns. A spiral makes `turns` turns, to the radius 1; each coordinate is shifted by a normal
/// value of the deviation `noise`.
///
/// # Errors
///
/// Where there is no point, there are not 1 to 255 classes, or a setting is negative or not finite.
pub fn spirals(
    n_classes: usize,
    n_each: usize,
    turns: f64,
    noise: f64,
    seed: u64,
) -> Result<Classified, Error> {
    let is_size = |value: f64| value.is_finite() && value >= 0.0;
    if n_each == 0 || !(1..=255).contains(&n_classes) || !is_size(turns) || !is_size(noise) {
        return Err(Error::input(format!(
            "{n_classes} spirals of {n_each} points, {turns} turns, noise {noise}: 1 to 255 spirals with points, and \
             sizes that are finite and not negative"
        )));
    }
    let mut stream = Stream::new(seed, 0);
    let n = n_classes * n_each;
    let mut x = Array2::zeros((n, 2));
    for (record, mut point) in x.rows_mut().into_iter().enumerate() {
        let radius = (record / n_classes + 1) as f64 / n_each as f64;
        let start = (record % n_classes) as f64 / n_classes as f64;
        let angle = 2.0 * std::f64::consts::PI * (start + turns * radius);
        point[0] = (radius * angle.cos() + noise * stream.normal()) as f32;
        point[1] = (radius * angle.sin() + noise * stream.normal()) as f32;
    }
    let classes = Array1::from_shape_fn(n, |record| (record % n_classes) as u8);
    Ok(Classified { x, classes, n_classes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn two_bits_are_xor() {
        let xor = parity(2).unwrap();
        assert_eq!(xor.x, array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
        assert_eq!(xor.classes, array![0, 1, 1, 0]);
        assert_eq!(xor.one_hot().row(1), array![0.0, 1.0]);
        assert!((xor.accuracy(&[0, 1, 1, 1]).unwrap() - 0.75).abs() < 1e-12);
        assert!(xor.accuracy(&[0]).unwrap_err().is_shape());
        assert!(parity(0).unwrap_err().is_input() && parity(64).unwrap_err().is_input());
    }

    #[test]
    fn spirals_wind_out_to_one() {
        let drawn = spirals(3, 50, 1.5, 0.0, 1).unwrap();
        let radius = |record: usize| drawn.x[[record, 0]].hypot(drawn.x[[record, 1]]);
        assert_eq!((drawn.x.dim(), drawn.classes[4]), ((150, 2), 1));
        assert!((radius(149) - 1.0).abs() < 1e-6 && (radius(0) - 0.02).abs() < 1e-6);
        assert!(spirals(3, 0, 1.0, 0.0, 1).unwrap_err().is_input());
    }
}

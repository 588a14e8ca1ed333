//! The ten lines in numbers as wide as you like, the judge of what rounding did to the post's digits.

use crate::ten_lines::{Number, ten_lines};
use crate::{Error, iris};
use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use ndarray::{Array1, Array2};

/// A binary float of any precision that rounds to nearest, ties to even.
type Wide = FBig<HalfEven, 2>;

impl Number for Wide {
    fn one() -> Self {
        Self::ONE
    }
}

/// How the decimals of the four records become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    /// 5.1 is 51 tenths, exact to the chosen precision.
    Decimal,
    /// 5.1 is the nearest `f32`, as in the post's program.
    RoundedToF32,
}

/// The post `iris` with every operation carried out to `bits` binary digits (266 are 80 decimal
/// ones), rounded to `f64` at the end; what it gives is what exact arithmetic gives.
///
/// # Errors
///
/// Where `bits` is under 24 or over 65,536, or there is no epoch.
pub fn iris(inputs: Inputs, bits: usize, epochs: usize) -> Result<[f64; 4], Error> {
    if !(24..=65_536).contains(&bits) {
        return Err(Error::input(format!("{bits} bits of precision: 24 to 65536 can be computed")));
    }
    let wide = |value: f64| Wide::try_from(value).map(|value| value.with_precision(bits).value());
    let finite = |_| Error::input("the records are finite numbers");
    let ten = wide(10.0).map_err(finite)?;
    let mut x = Vec::with_capacity(16);
    for tenths in iris::TENTHS.as_flattened() {
        x.push(match inputs {
            Inputs::Decimal => wide(f64::from(*tenths)).map_err(finite)? / &ten,
            Inputs::RoundedToF32 => wide(f64::from((f64::from(*tenths) / 10.0) as f32)).map_err(finite)?,
        });
    }
    let x = Array2::from_shape_vec((4, 4), x).map_err(|error| Error::input(error.to_string()))?;
    let y: Result<Array1<Wide>, _> = iris::CLASSES.iter().map(|class| wide(f64::from(*class))).collect();
    let w = Array1::from_elem(4, wide(0.5).map_err(finite)?);
    let sigmoid = |x: &Wide| Wide::ONE / (Wide::ONE + (-x.clone()).exp());
    let run = ten_lines(x.view(), y.map_err(finite)?.view(), w, epochs, sigmoid)?;
    let last = run.last().ok_or_else(|| Error::input("no epoch, no prediction"))?;
    let mut predictions = [0.0; 4];
    for (rounded, exact) in predictions.iter_mut().zip(last) {
        *rounded = exact.to_f64().value();
    }
    Ok(predictions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(inputs: Inputs, bits: usize) -> Vec<String> {
        iris(inputs, bits, 50).unwrap().iter().map(|p| format!("{p:.7}")).collect()
    }

    #[test]
    fn exact_arithmetic() {
        for bits in [200, 266] {
            assert_eq!(digits(Inputs::Decimal, bits), ["0.0629600", "0.0841725", "0.9475509", "0.9207664"]);
        }
    }

    #[test]
    fn exact_arithmetic_on_rounded_inputs() {
        assert_eq!(digits(Inputs::RoundedToF32, 266), ["0.0630982", "0.0843420", "0.9477211", "0.9209991"]);
    }

    #[test]
    fn no_precision_is_an_error() {
        assert!(iris(Inputs::Decimal, 3, 50).unwrap_err().is_input());
        assert!(iris(Inputs::Decimal, 266, 0).unwrap_err().is_input());
    }
}

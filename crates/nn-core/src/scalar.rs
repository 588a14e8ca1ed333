//! The two number types of the nets, `f32` and `f64`, behind one trait.

use crate::simd::{Product, Simd};
use std::fmt::{Debug, Display};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A float that a net computes in.
///
/// The trait is sealed: the fast paths are written for `f32` and `f64`.
pub trait Scalar:
    Copy
    + Debug
    + Display
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + sealed::Sealed
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The type's name, as in "f32".
    const NAME: &'static str;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// The same value in `f64`; exact.
    fn to_f64(self) -> f64;
    /// The value's bits, for comparisons that tell the zeros apart.
    fn bits(self) -> u64;
    /// The natural exponential.
    #[must_use]
    fn exp(self) -> Self;
    /// The natural logarithm.
    #[must_use]
    fn ln(self) -> Self;
    /// The hyperbolic tangent.
    #[must_use]
    fn tanh(self) -> Self;
    /// The square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// The magnitude.
    #[must_use]
    fn abs(self) -> Self;
    /// False for infinities and NaN.
    fn is_finite(self) -> bool;
    /// Whether none is infinite or NaN.
    fn all_finite(values: &[Self]) -> bool;
    /// The error function, `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to x.
    #[must_use]
    fn erf(self) -> Self;
    /// `1 / (1 + exp(-x))`; in `f32` it is computed in `f64` and rounded once, as the posts do.
    #[must_use]
    fn sigmoid(self) -> Self;
}

pub(crate) mod sealed {
    use crate::simd::{Product, Simd};

    /// What the crate itself asks of its number types.
    pub trait Sealed: Sized {
        /// Fills the rows of `c` with a product.
        fn multiply(product: Product<'_, Self>, simd: Simd, c: &mut [Self]);
        /// The values' bytes, the least significant first.
        fn to_le_bytes(values: &[Self]) -> Vec<u8>;
        /// The values of such bytes; a part of a value at the end is left out.
        fn from_le_bytes(bytes: &[u8]) -> Vec<Self>;
    }
}

macro_rules! scalar {
    ($float:ty, $sigmoid:expr, $erf:expr) => {
        impl sealed::Sealed for $float {
            fn multiply(product: Product<'_, Self>, simd: Simd, c: &mut [Self]) {
                product.into_rows(simd, c);
            }
            fn to_le_bytes(values: &[Self]) -> Vec<u8> {
                values.iter().flat_map(|value| value.to_le_bytes()).collect()
            }
            fn from_le_bytes(bytes: &[u8]) -> Vec<Self> {
                bytes.as_chunks().0.iter().map(|bytes| <$float>::from_le_bytes(*bytes)).collect()
            }
        }

        impl Scalar for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAME: &'static str = stringify!($float);

            fn from_f64(value: f64) -> Self {
                value as $float
            }
            fn to_f64(self) -> f64 {
                self as f64
            }
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
            fn exp(self) -> Self {
                self.exp()
            }
            fn ln(self) -> Self {
                self.ln()
            }
            fn tanh(self) -> Self {
                self.tanh()
            }
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            fn abs(self) -> Self {
                self.abs()
            }
            fn is_finite(self) -> bool {
                self.is_finite()
            }
            fn all_finite(values: &[Self]) -> bool {
                // By the bits, without a branch: the greatest magnitude of a block is found by vectors.
                let magnitude = |value: &Self| value.abs().to_bits();
                values
                    .chunks(256)
                    .all(|block| block.iter().map(magnitude).fold(0, Ord::max) < <$float>::INFINITY.to_bits())
            }
            fn erf(self) -> Self {
                $erf(self)
            }
            fn sigmoid(self) -> Self {
                $sigmoid(&self)
            }
        }
    };
}

scalar!(f32, crate::ten_lines::sigmoid_rounded_once, libm::erff);
scalar!(f64, crate::ten_lines::sigmoid_f64, libm::erf);

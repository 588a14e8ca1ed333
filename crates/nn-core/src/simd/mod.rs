//! Lanes of `f32`, by AVX-512, by AVX2 with FMA, or plainly, chosen at run time.
//!
//! Every operation is element-wise and rounds once, so a lane's result does not depend on how many
//! lanes there are beside it: the three give the same bytes.
#![expect(unsafe_code, reason = "the vector instructions, behind a check that the machine has them")]
#![allow(
    clippy::inline_always,
    reason = "a lane's operation must melt into the function that has the feature"
)]

mod four;
mod product;

pub(crate) use four::{Four, FourJob, dispatch_four};
pub(crate) use product::{Product, Start};

/// Which instructions a fast path uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Simd {
    /// 16 lanes of `f32`.
    Avx512,
    /// 8 lanes of `f32`, with fused multiply-add.
    Avx2,
    /// What every machine has; the twin that the others are compared with.
    Plain,
}

impl Simd {
    /// The widest that this machine has.
    #[must_use]
    pub fn best() -> Self {
        [Self::Avx512, Self::Avx2].into_iter().find(|simd| simd.is_available()).unwrap_or(Self::Plain)
    }

    /// Whether this machine has it.
    #[must_use]
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = || is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            match self {
                Self::Avx512 => avx2() && is_x86_feature_detected!("avx512f"),
                Self::Avx2 => avx2(),
                Self::Plain => true,
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            self == Self::Plain
        }
    }

    /// The name as the reports write it: `avx512`, `avx2` or `plain`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Plain => "plain",
        }
    }
}

/// A few floats that are worked on together.
pub(crate) trait Lanes: Copy {
    /// How many.
    const N: usize;
    fn splat(value: f32) -> Self;
    /// The first `N` of `from`.
    fn load(from: &[f32]) -> Self;
    /// Overwrites the first `N` of `to`.
    fn store(self, to: &mut [f32]);
    /// All of `from`, at most `N`, and zeros after them.
    fn load_part(from: &[f32]) -> Self;
    /// Overwrites all of `to`, at most `N`.
    fn store_part(self, to: &mut [f32]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// `self * b + c`, rounded once.
    fn fma(self, b: Self, c: Self) -> Self;
    /// `c - self * b`, rounded once.
    fn fnma(self, b: Self, c: Self) -> Self;
    /// The smaller; `other` where `self` is NaN.
    fn min(self, other: Self) -> Self;
    /// The larger; `other` where `self` is NaN.
    fn max(self, other: Self) -> Self;
    /// 1 where positive, else 0.
    fn positive(self) -> Self;
    /// Adds the low bits of `steps` to the exponent of `self`.
    fn scale(self, steps: Self) -> Self;

    /// `1 / (1 + exp(-z))` of four vectors, within 3e-7 of the truth and saturating beyond 42.
    ///
    /// `exp(-z)` is `2^n 2^f`, see [`EXP2`]. Two reciprocals share a division, which costs as much as ten additions; the bound
    /// of 61 on the exponent keeps the product of two denominators finite.
    #[inline(always)]
    fn sigmoid4(z: [Self; 4]) -> [Self; 4] {
        let one = Self::splat(1.0);
        let mut d = z;
        for d in &mut d {
            *d = one.add(exp2(d.mul(Self::splat(-std::f32::consts::LOG2_E))));
        }
        let (r01, r23) = (one.div(d[0].mul(d[1])), one.div(d[2].mul(d[3])));
        [r01.mul(d[1]), r01.mul(d[0]), r23.mul(d[3]), r23.mul(d[2])]
    }
}

/// `2^f` on [-1/2, 1/2], from the constant up: the minimax polynomial of degree 5, with the relative
/// error 7.5e-8, found by Remez' exchange.
#[allow(clippy::excessive_precision, reason = "as the exchange algorithm gave them")]
pub(crate) const EXP2: [f32; 6] =
    [1.000_000_07, 0.693_146_97, 0.240_221_2, 0.055_507_133, 0.009_675_541_3, 0.001_327_647_2];

/// `y` within 61 of zero, as a whole number (in the low bits of the first) and the rest, at most a
/// half: the whole is rounded off by adding and subtracting 1.5 * 2^23.
#[inline(always)]
pub(crate) fn whole_and_rest<L: Lanes>(y: L) -> (L, L) {
    const ROUND: f32 = 12_582_912.0;
    let y = y.max(L::splat(-61.0)).min(L::splat(61.0));
    let steps = y.add(L::splat(ROUND));
    (steps, y.sub(steps.sub(L::splat(ROUND))))
}

/// `2^y`, by one chain of additions: the least work.
#[inline(always)]
fn exp2<L: Lanes>(y: L) -> L {
    let (steps, f) = whole_and_rest(y);
    let mut p = L::splat(EXP2[5]);
    for k in (0..5).rev() {
        p = p.fma(f, L::splat(EXP2[k]));
    }
    p.scale(steps)
}

/// Work that is written once for all lanes; `run` must be `#[inline(always)]`.
pub(crate) trait Job {
    fn run<L: Lanes>(self);
}

/// Runs a job with the chosen instructions.
///
/// # Panics
///
/// Panics when this machine does not have them.
pub(crate) fn dispatch(simd: Simd, job: impl Job) {
    assert!(simd.is_available(), "this machine has no {}", simd.name());
    match simd {
        // SAFETY: the machine has these instructions, as was just asserted.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 => unsafe { x86::avx512(job) },
        // SAFETY: likewise.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx2 => unsafe { x86::avx2(job) },
        _ => job.run::<Plain<1>>(),
    }
}

/// `LANES` lanes in the machine's own floats.
#[derive(Clone, Copy)]
pub(crate) struct Plain<const LANES: usize>([f32; LANES]);

impl<const LANES: usize> Plain<LANES> {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }
}

impl<const LANES: usize> Lanes for Plain<LANES> {
    const N: usize = LANES;
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self(std::array::from_fn(|lane| from[lane]))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..LANES].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn load_part(from: &[f32]) -> Self {
        Self(std::array::from_fn(|lane| from.get(lane).copied().unwrap_or(0.0)))
    }
    #[inline(always)]
    fn store_part(self, to: &mut [f32]) {
        to.iter_mut().zip(self.0).for_each(|(to, lane)| *to = lane);
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].mul_add(b.0[lane], c.0[lane])))
    }
    #[inline(always)]
    fn fnma(self, b: Self, c: Self) -> Self {
        Self(std::array::from_fn(|lane| (-self.0[lane]).mul_add(b.0[lane], c.0[lane])))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn positive(self) -> Self {
        Self(self.0.map(|a| if a > 0.0 { 1.0 } else { 0.0 }))
    }
    #[inline(always)]
    fn scale(self, steps: Self) -> Self {
        self.zip(steps, |a, steps| f32::from_bits(a.to_bits().wrapping_add(steps.to_bits() << 23)))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! The two vector types. They exist only inside [`avx512`] and [`avx2`], which run after the
    //! machine was asked; that is why their operations may use the instructions.

    use super::{Job, Lanes};
    #[allow(clippy::wildcard_imports, reason = "some forty instructions, each by its full name")]
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f,avx2,fma")]
    pub(super) fn avx512(job: impl Job) {
        job.run::<Avx512>();
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn four(job: impl super::FourJob) {
        job.run::<Sse>();
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn avx2(job: impl Job) {
        job.run::<Avx2>();
    }

    #[derive(Clone, Copy)]
    pub(super) struct Avx512(__m512);

    #[derive(Clone, Copy)]
    pub(super) struct Avx2(__m256);

    /// Four lanes: what one net of the post `xor` fills.
    #[derive(Clone, Copy)]
    pub(super) struct Sse(pub(super) __m128);

    /// The mask of the first n floats begins at 8 - n.
    const MASKS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

    macro_rules! maskz_load {
        ($from:expr, $mask:expr) => {
            _mm512_maskz_loadu_ps($mask, $from)
        };
    }
    macro_rules! mask_load {
        ($from:expr, $mask:expr) => {
            _mm256_maskload_ps($from, $mask)
        };
    }
    macro_rules! mask_load_4 {
        ($from:expr, $mask:expr) => {
            _mm_maskload_ps($from, $mask)
        };
    }
    macro_rules! lanes {
        ($name:ident, $n:literal, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident,
         $div:ident, $fma:ident, $fnma:ident, $min:ident, $max:ident, $to_int:ident, $to_float:ident,
         $shift:ident, $add_int:ident, |$z:ident| $positive:expr,
         |$n_part:ident| $mask:expr, $load_part:ident, $store_part:ident) => {
            impl Lanes for $name {
                const N: usize = $n;
                #[inline(always)]
                fn splat(value: f32) -> Self {
                    // SAFETY: the type exists only where the machine has its instructions.
                    Self(unsafe { $splat(value) })
                }
                #[inline(always)]
                fn load(from: &[f32]) -> Self {
                    let from = &from[..$n];
                    // SAFETY: as above, and the slice has as many floats as are read.
                    Self(unsafe { $load(from.as_ptr()) })
                }
                #[inline(always)]
                fn store(self, to: &mut [f32]) {
                    let to = &mut to[..$n];
                    // SAFETY: as above, and the slice has as many floats as are written.
                    unsafe { $store(to.as_mut_ptr(), self.0) }
                }
                #[inline(always)]
                fn load_part(from: &[f32]) -> Self {
                    let $n_part = from.len().min($n);
                    // SAFETY: as above, and only as many floats are read as the mask has bits.
                    Self(unsafe { $load_part!(from.as_ptr(), $mask) })
                }
                #[inline(always)]
                fn store_part(self, to: &mut [f32]) {
                    let $n_part = to.len().min($n);
                    // SAFETY: as above, and only as many floats are written as the mask has bits.
                    unsafe { $store_part(to.as_mut_ptr(), $mask, self.0) }
                }
                #[inline(always)]
                fn add(self, other: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $add(self.0, other.0) })
                }
                #[inline(always)]
                fn sub(self, other: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $sub(self.0, other.0) })
                }
                #[inline(always)]
                fn mul(self, other: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $mul(self.0, other.0) })
                }
                #[inline(always)]
                fn div(self, other: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $div(self.0, other.0) })
                }
                #[inline(always)]
                fn fma(self, b: Self, c: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $fma(self.0, b.0, c.0) })
                }
                #[inline(always)]
                fn fnma(self, b: Self, c: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $fnma(self.0, b.0, c.0) })
                }
                #[inline(always)]
                fn min(self, other: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $min(self.0, other.0) })
                }
                #[inline(always)]
                fn max(self, other: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $max(self.0, other.0) })
                }
                #[inline(always)]
                fn positive(self) -> Self {
                    let $z = self.0;
                    // SAFETY: as for `splat`.
                    Self(unsafe { $positive })
                }
                #[inline(always)]
                fn scale(self, steps: Self) -> Self {
                    // SAFETY: as for `splat`.
                    Self(unsafe { $to_float($add_int($to_int(self.0), $shift::<23>($to_int(steps.0)))) })
                }
            }
        };
    }

    lanes!(
        Avx512,
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        _mm512_div_ps,
        _mm512_fmadd_ps,
        _mm512_fnmadd_ps,
        _mm512_min_ps,
        _mm512_max_ps,
        _mm512_castps_si512,
        _mm512_castsi512_ps,
        _mm512_slli_epi32,
        _mm512_add_epi32,
        |z| _mm512_maskz_mov_ps(
            _mm512_cmp_ps_mask::<_CMP_GT_OQ>(z, _mm512_setzero_ps()),
            _mm512_set1_ps(1.0)
        ),
        |n| ((1_u32 << n) - 1) as __mmask16,
        maskz_load,
        _mm512_mask_storeu_ps
    );
    lanes!(
        Avx2,
        8,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_div_ps,
        _mm256_fmadd_ps,
        _mm256_fnmadd_ps,
        _mm256_min_ps,
        _mm256_max_ps,
        _mm256_castps_si256,
        _mm256_castsi256_ps,
        _mm256_slli_epi32,
        _mm256_add_epi32,
        |z| _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(z, _mm256_setzero_ps()), _mm256_set1_ps(1.0)),
        |n| _mm256_loadu_si256(MASKS[8 - n..].as_ptr().cast()),
        mask_load,
        _mm256_maskstore_ps
    );
    lanes!(
        Sse,
        4,
        _mm_set1_ps,
        _mm_loadu_ps,
        _mm_storeu_ps,
        _mm_add_ps,
        _mm_sub_ps,
        _mm_mul_ps,
        _mm_div_ps,
        _mm_fmadd_ps,
        _mm_fnmadd_ps,
        _mm_min_ps,
        _mm_max_ps,
        _mm_castps_si128,
        _mm_castsi128_ps,
        _mm_slli_epi32,
        _mm_add_epi32,
        |z| _mm_and_ps(_mm_cmpgt_ps(z, _mm_setzero_ps()), _mm_set1_ps(1.0)),
        |n| _mm_loadu_si128(MASKS[8 - n..].as_ptr().cast()),
        mask_load_4,
        _mm_maskstore_ps
    );
}

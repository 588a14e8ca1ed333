//! Sixteen floats at a time, in three versions that do the same operations in the same order.
//!
//! Fused multiply-adds round once, everything else is IEEE's basic arithmetic, and sums of lanes go through one fixed
//! tree, so the versions agree to the last bit.

#![expect(clippy::inline_always, reason = "must be inlined where the target feature is on")]

/// Sixteen floats in a cache line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) [f32; 16]);

/// A register's worth (or two, or an array) of sixteen floats.
pub(crate) trait Lanes: Copy {
    fn load(from: &Line) -> Self;
    fn store(self, to: &mut Line);
    fn splat(x: f32) -> Self;
    fn add(self, b: Self) -> Self;
    fn sub(self, b: Self) -> Self;
    fn mul(self, b: Self) -> Self;
    fn div(self, b: Self) -> Self;
    /// `self * b + c`, rounded once.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// The smaller; `b` where they cannot be compared.
    fn min(self, b: Self) -> Self;
    /// The larger; `b` where they cannot be compared.
    fn max(self, b: Self) -> Self;
    /// `2^n` for `self = 1.5 * 2^23 + n`: the magic number leaves `n` in the low bits.
    fn power_of_two(self) -> Self;
    /// Lane `i` of the answer is the sum of the lanes of `x[i]`: 16 -> 8 -> 4 -> 2 -> 1, upper half onto lower.
    fn sums(x: [Self; 16]) -> Self;
    /// Asks for a line ahead of its use.
    #[inline(always)]
    fn prefetch(_line: &Line) {}
}

/// The plain twin.
#[derive(Clone, Copy)]
pub(crate) struct Plain([f32; 16]);

impl Plain {
    #[inline(always)]
    fn zip(self, b: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], b.0[i])))
    }
}

#[expect(clippy::inline_always, reason = "must be inlined where the target feature is on")]
impl Lanes for Plain {
    #[inline(always)]
    fn load(from: &Line) -> Self {
        Self(from.0)
    }
    #[inline(always)]
    fn store(self, to: &mut Line) {
        to.0 = self.0;
    }
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 16])
    }
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        self.zip(b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self.zip(b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        self.zip(b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        self.zip(b, |a, b| a / b)
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
    }
    #[inline(always)]
    fn min(self, b: Self) -> Self {
        self.zip(b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, b: Self) -> Self {
        self.zip(b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn power_of_two(self) -> Self {
        Self(self.0.map(|x| f32::from_bits((x.to_bits() << 23).wrapping_add(0x3f80_0000))))
    }
    #[inline(always)]
    fn sums(x: [Self; 16]) -> Self {
        Self(x.map(|Self(mut v)| {
            for half in [8, 4, 2, 1] {
                for i in 0..half {
                    v[i] += v[i + half];
                }
            }
            v[0]
        }))
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! The versions with 256-bit and 512-bit registers.
    //!
    //! Every function here is inlined into an entry point of `kernels` that has the instructions switched on; the
    //! entry points are called only after the processor was asked for them.
    #![expect(unsafe_code, reason = "vector instructions")]
    #![allow(clippy::wildcard_imports, reason = "forty instructions by their own names")]
    #![expect(clippy::undocumented_unsafe_blocks, reason = "one reason for all: the module's text above")]

    use super::{Lanes, Line};
    use std::arch::x86_64::*;

    #[derive(Clone, Copy)]
    pub(crate) struct Avx512(__m512);

    impl Lanes for Avx512 {
        #[inline(always)]
        fn prefetch(line: &Line) {
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.0.as_ptr().cast()) }
        }
        #[inline(always)]
        fn load(from: &Line) -> Self {
            Self(unsafe { _mm512_load_ps(from.0.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut Line) {
            unsafe { _mm512_store_ps(to.0.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm512_set1_ps(x) })
        }
        #[inline(always)]
        fn add(self, b: Self) -> Self {
            Self(unsafe { _mm512_add_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn sub(self, b: Self) -> Self {
            Self(unsafe { _mm512_sub_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            Self(unsafe { _mm512_mul_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn div(self, b: Self) -> Self {
            Self(unsafe { _mm512_div_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            Self(unsafe { _mm512_fmadd_ps(self.0, b.0, c.0) })
        }
        #[inline(always)]
        fn min(self, b: Self) -> Self {
            Self(unsafe { _mm512_min_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn max(self, b: Self) -> Self {
            Self(unsafe { _mm512_max_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn power_of_two(self) -> Self {
            unsafe {
                let shifted = _mm512_slli_epi32::<23>(_mm512_castps_si512(self.0));
                Self(_mm512_castsi512_ps(_mm512_add_epi32(shifted, _mm512_set1_epi32(0x3f80_0000))))
            }
        }
        #[inline(always)]
        fn sums(x: [Self; 16]) -> Self {
            // Each step adds halves of two vectors and keeps both results in one; the order of the arguments is such
            // that block b, place e of the answer belongs to x[4 b + e].
            unsafe {
                let eight = |a: usize, b: usize| {
                    let (a, b) = (x[a].0, x[b].0);
                    _mm512_add_ps(_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0xee>(a, b))
                };
                let four = |e: usize| {
                    let (a, b) = (eight(e, e + 4), eight(e + 8, e + 12));
                    _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xdd>(a, b))
                };
                let two = |e: usize| {
                    let (a, b) = (four(e), four(e + 1));
                    _mm512_add_ps(_mm512_shuffle_ps::<0x44>(a, b), _mm512_shuffle_ps::<0xee>(a, b))
                };
                let (a, b) = (two(0), two(2));
                Self(_mm512_add_ps(_mm512_shuffle_ps::<0x88>(a, b), _mm512_shuffle_ps::<0xdd>(a, b)))
            }
        }
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(__m256, __m256);

    impl Lanes for Avx2 {
        #[inline(always)]
        fn prefetch(line: &Line) {
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.0.as_ptr().cast()) }
        }
        #[inline(always)]
        fn load(from: &Line) -> Self {
            unsafe { Self(_mm256_load_ps(from.0.as_ptr()), _mm256_load_ps(from.0.as_ptr().add(8))) }
        }
        #[inline(always)]
        fn store(self, to: &mut Line) {
            unsafe {
                _mm256_store_ps(to.0.as_mut_ptr(), self.0);
                _mm256_store_ps(to.0.as_mut_ptr().add(8), self.1);
            }
        }
        #[inline(always)]
        fn splat(x: f32) -> Self {
            let x = unsafe { _mm256_set1_ps(x) };
            Self(x, x)
        }
        #[inline(always)]
        fn add(self, b: Self) -> Self {
            unsafe { Self(_mm256_add_ps(self.0, b.0), _mm256_add_ps(self.1, b.1)) }
        }
        #[inline(always)]
        fn sub(self, b: Self) -> Self {
            unsafe { Self(_mm256_sub_ps(self.0, b.0), _mm256_sub_ps(self.1, b.1)) }
        }
        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            unsafe { Self(_mm256_mul_ps(self.0, b.0), _mm256_mul_ps(self.1, b.1)) }
        }
        #[inline(always)]
        fn div(self, b: Self) -> Self {
            unsafe { Self(_mm256_div_ps(self.0, b.0), _mm256_div_ps(self.1, b.1)) }
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            unsafe { Self(_mm256_fmadd_ps(self.0, b.0, c.0), _mm256_fmadd_ps(self.1, b.1, c.1)) }
        }
        #[inline(always)]
        fn min(self, b: Self) -> Self {
            unsafe { Self(_mm256_min_ps(self.0, b.0), _mm256_min_ps(self.1, b.1)) }
        }
        #[inline(always)]
        fn max(self, b: Self) -> Self {
            unsafe { Self(_mm256_max_ps(self.0, b.0), _mm256_max_ps(self.1, b.1)) }
        }
        #[inline(always)]
        fn power_of_two(self) -> Self {
            let half = |x| unsafe {
                let shifted = _mm256_slli_epi32::<23>(_mm256_castps_si256(x));
                _mm256_castsi256_ps(_mm256_add_epi32(shifted, _mm256_set1_epi32(0x3f80_0000)))
            };
            Self(half(self.0), half(self.1))
        }
        #[inline(always)]
        fn sums(x: [Self; 16]) -> Self {
            // Lane 4 b + e of a half belongs to its vector 4 b + e, as above with two blocks instead of four.
            let half = |base: usize| unsafe {
                let eight = |i: usize| _mm256_add_ps(x[base + i].0, x[base + i].1);
                let four = |e: usize| {
                    let (a, b) = (eight(e), eight(e + 4));
                    _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(a, b), _mm256_permute2f128_ps::<0x31>(a, b))
                };
                let two = |e: usize| {
                    let (a, b) = (four(e), four(e + 1));
                    _mm256_add_ps(_mm256_shuffle_ps::<0x44>(a, b), _mm256_shuffle_ps::<0xee>(a, b))
                };
                let (a, b) = (two(0), two(2));
                _mm256_add_ps(_mm256_shuffle_ps::<0x88>(a, b), _mm256_shuffle_ps::<0xdd>(a, b))
            };
            Self(half(0), half(8))
        }
    }
}

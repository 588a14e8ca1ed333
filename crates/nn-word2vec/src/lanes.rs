//! Lines of sixteen floats, worked on a register at a time, in versions that do the same operations in the same order.
//!
//! Fused multiply-adds round once, everything else is IEEE's basic arithmetic, and sums of lanes go through one fixed
//! tree, so the versions agree to the last bit.

#![expect(clippy::inline_always, reason = "must be inlined where the target feature is on")]

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// Sixteen floats in a cache line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) [f32; 16]);

/// A line that several threads read and write at once, for Hogwild: relaxed atomics, so that no access is a data race.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct SharedLine(pub(crate) [AtomicU32; 16]);

/// Parts of a line at most.
pub(crate) const MAX_PARTS: usize = 4;

/// Less the bits of a positive float, these are the bits of nearly its reciprocal: an eighth off at most.
const RECIPROCAL: u32 = 0x7ef3_11c7;

/// A register: a line is one, two or four of them, its parts.
pub(crate) trait Lanes: Copy {
    /// Parts of a line.
    const PARTS: usize;
    fn load(from: &Line, part: usize) -> Self;
    fn store(self, to: &mut Line, part: usize);
    fn load_cell(from: &Cell<Line>, part: usize) -> Self;
    fn store_cell(self, to: &Cell<Line>, part: usize);
    fn splat(x: f32) -> Self;
    fn add(self, b: Self) -> Self;
    fn sub(self, b: Self) -> Self;
    fn mul(self, b: Self) -> Self;
    /// `self * b + c`, rounded once.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// The smaller; `b` where they cannot be compared.
    fn min(self, b: Self) -> Self;
    /// The larger; `b` where they cannot be compared.
    fn max(self, b: Self) -> Self;
    /// `2^n` for `self = 1.5 * 2^23 + n`: the magic number leaves `n` in the low bits.
    fn power_of_two(self) -> Self;
    /// An eighth or less off `1 / self`, which must be positive and not huge.
    fn guess_reciprocal(self) -> Self;
    /// 1 in the lanes of the part whose bits are set in the mask of a line, 0 in the others.
    fn ones(mask: u16, part: usize) -> Self;
    /// Lane `i` of the line is the sum of the sixteen lanes of `x[..][i]`, parts first: 16 -> 8 -> 4 -> 2 -> 1, upper
    /// half onto lower.
    fn sums(x: &[[Self; 16]; MAX_PARTS], to: &mut Line);
    /// Relaxed atomic loads of a part of a shared line; each float is some thread's, whole.
    fn load_shared(from: &SharedLine, part: usize) -> Self;
    /// Relaxed atomic stores.
    fn store_shared(self, to: &SharedLine, part: usize);
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

impl Lanes for Plain {
    const PARTS: usize = 1;
    #[inline(always)]
    fn load(from: &Line, _part: usize) -> Self {
        Self(from.0)
    }
    #[inline(always)]
    fn store(self, to: &mut Line, _part: usize) {
        to.0 = self.0;
    }
    #[inline(always)]
    fn load_cell(from: &Cell<Line>, _part: usize) -> Self {
        Self(from.get().0)
    }
    #[inline(always)]
    fn store_cell(self, to: &Cell<Line>, _part: usize) {
        to.set(Line(self.0));
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
    fn guess_reciprocal(self) -> Self {
        Self(self.0.map(|x| f32::from_bits(RECIPROCAL.wrapping_sub(x.to_bits()))))
    }
    #[inline(always)]
    fn ones(mask: u16, _part: usize) -> Self {
        Self(std::array::from_fn(|i| f32::from(mask >> i & 1)))
    }
    #[inline(always)]
    fn sums(x: &[[Self; 16]; MAX_PARTS], to: &mut Line) {
        to.0 = x[0].map(|Self(mut v)| {
            for half in [8, 4, 2, 1] {
                for i in 0..half {
                    v[i] += v[i + half];
                }
            }
            v[0]
        });
    }
    #[inline(always)]
    fn load_shared(from: &SharedLine, _part: usize) -> Self {
        Self(std::array::from_fn(|i| f32::from_bits(from.0[i].load(Ordering::Relaxed))))
    }
    #[inline(always)]
    fn store_shared(self, to: &SharedLine, _part: usize) {
        for (to, x) in to.0.iter().zip(self.0) {
            to.store(x.to_bits(), Ordering::Relaxed);
        }
    }
}

/// Asks for the cache line of a value ahead of its use, where the processor has an instruction for it.
#[inline(always)]
pub(crate) fn prefetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    x86::prefetch(value);
    #[cfg(target_arch = "aarch64")]
    arm::prefetch(value);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = value;
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

    use super::{Cell, Lanes, Line, MAX_PARTS, RECIPROCAL, SharedLine};
    use std::arch::asm;
    use std::arch::x86_64::*;
    use std::sync::atomic::AtomicU32;

    #[inline(always)]
    pub(crate) fn prefetch<T>(value: &T) {
        // Every x86-64 processor has this one.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()) }
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Avx512(__m512);

    impl Lanes for Avx512 {
        const PARTS: usize = 1;
        #[inline(always)]
        fn load(from: &Line, _part: usize) -> Self {
            Self(unsafe { _mm512_load_ps(from.0.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut Line, _part: usize) {
            unsafe { _mm512_store_ps(to.0.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn load_cell(from: &Cell<Line>, _part: usize) -> Self {
            Self(unsafe { _mm512_load_ps(from.as_ptr().cast()) })
        }
        #[inline(always)]
        fn store_cell(self, to: &Cell<Line>, _part: usize) {
            unsafe { _mm512_store_ps(to.as_ptr().cast(), self.0) }
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
        fn guess_reciprocal(self) -> Self {
            unsafe {
                let from = _mm512_set1_epi32(RECIPROCAL as i32);
                Self(_mm512_castsi512_ps(_mm512_sub_epi32(from, _mm512_castps_si512(self.0))))
            }
        }
        #[inline(always)]
        fn ones(mask: u16, _part: usize) -> Self {
            Self(unsafe { _mm512_maskz_mov_ps(mask, _mm512_set1_ps(1.0)) })
        }
        #[inline(always)]
        fn sums(x: &[[Self; 16]; MAX_PARTS], to: &mut Line) {
            let x = &x[0];
            // Each step adds halves of two vectors and keeps both results in one. One side of the sum is a blend,
            // which any port does, the other a shuffle, which only one does. The order of the arguments is such that
            // block b, place e of the answer belongs to x[4 b + e].
            unsafe {
                let crossed = _mm512_set_epi32(27, 26, 25, 24, 15, 14, 13, 12, 19, 18, 17, 16, 7, 6, 5, 4);
                let mut fours = [_mm512_setzero_ps(); 4];
                for e in 0..4 {
                    let (a, b) = (onto_half(x[e].0, x[e + 8].0), onto_half(x[e + 4].0, x[e + 12].0));
                    let kept = _mm512_mask_blend_ps(0xf0f0, a, b);
                    fours[e] = _mm512_add_ps(kept, _mm512_permutex2var_ps(a, crossed, b));
                }
                let (a, b) = (onto_pairs(fours[0], fours[1]), onto_pairs(fours[2], fours[3]));
                Self(_mm512_add_ps(_mm512_shuffle_ps::<0x88>(a, b), _mm512_shuffle_ps::<0xdd>(a, b)))
                    .store(to, 0);
            }
        }
        #[inline(always)]
        fn load_shared(from: &SharedLine, _part: usize) -> Self {
            Self(unsafe { load_shared_512(from.0.as_ptr()) })
        }
        #[inline(always)]
        fn store_shared(self, to: &SharedLine, _part: usize) {
            unsafe { store_shared_512(to.0.as_ptr(), self.0) }
        }
    }

    // Rust has no vector loads and stores of atomics, and the compiler does not make any from single ones. So these are
    // written in assembler: a block of it may do whatever a sequence of Rust's own atomic operations could, here one
    // relaxed access for each aligned four bytes, which the processor never tears.

    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load_shared_512(from: *const AtomicU32) -> __m512 {
        let x;
        unsafe {
            asm!("vmovaps {}, [{}]", out(zmm_reg) x, in(reg) from, options(nostack, preserves_flags, readonly));
        };
        x
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn store_shared_512(to: *const AtomicU32, x: __m512) {
        unsafe { asm!("vmovaps [{}], {}", in(reg) to, in(zmm_reg) x, options(nostack, preserves_flags)) };
    }

    #[inline]
    #[target_feature(enable = "avx")]
    unsafe fn load_shared_256(from: *const AtomicU32) -> __m256 {
        let x;
        unsafe {
            asm!("vmovaps {}, [{}]", out(ymm_reg) x, in(reg) from, options(nostack, preserves_flags, readonly));
        };
        x
    }

    #[inline]
    #[target_feature(enable = "avx")]
    unsafe fn store_shared_256(to: *const AtomicU32, x: __m256) {
        unsafe { asm!("vmovaps [{}], {}", in(reg) to, in(ymm_reg) x, options(nostack, preserves_flags)) };
    }

    /// The halves of `a` added in the lower eight lanes, those of `b` in the upper.
    #[inline(always)]
    unsafe fn onto_half(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(_mm512_mask_blend_ps(0xff00, a, b), _mm512_shuffle_f32x4::<0x4e>(a, b)) }
    }

    /// In each block of four lanes, the halves of `a` added in the lower two, those of `b` in the upper.
    #[inline(always)]
    unsafe fn onto_pairs(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(_mm512_mask_blend_ps(0xcccc, a, b), _mm512_shuffle_ps::<0x4e>(a, b)) }
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(__m256);

    impl Lanes for Avx2 {
        const PARTS: usize = 2;
        #[inline(always)]
        fn load(from: &Line, part: usize) -> Self {
            debug_assert!(part < Self::PARTS);
            unsafe { Self(_mm256_load_ps(from.0.as_ptr().add(8 * part))) }
        }
        #[inline(always)]
        fn store(self, to: &mut Line, part: usize) {
            debug_assert!(part < Self::PARTS);
            unsafe { _mm256_store_ps(to.0.as_mut_ptr().add(8 * part), self.0) }
        }
        #[inline(always)]
        fn load_cell(from: &Cell<Line>, part: usize) -> Self {
            debug_assert!(part < Self::PARTS);
            unsafe { Self(_mm256_load_ps(from.as_ptr().cast::<f32>().add(8 * part))) }
        }
        #[inline(always)]
        fn store_cell(self, to: &Cell<Line>, part: usize) {
            debug_assert!(part < Self::PARTS);
            unsafe { _mm256_store_ps(to.as_ptr().cast::<f32>().add(8 * part), self.0) }
        }
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm256_set1_ps(x) })
        }
        #[inline(always)]
        fn add(self, b: Self) -> Self {
            Self(unsafe { _mm256_add_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn sub(self, b: Self) -> Self {
            Self(unsafe { _mm256_sub_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            Self(unsafe { _mm256_mul_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            Self(unsafe { _mm256_fmadd_ps(self.0, b.0, c.0) })
        }
        #[inline(always)]
        fn min(self, b: Self) -> Self {
            Self(unsafe { _mm256_min_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn max(self, b: Self) -> Self {
            Self(unsafe { _mm256_max_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn power_of_two(self) -> Self {
            unsafe {
                let shifted = _mm256_slli_epi32::<23>(_mm256_castps_si256(self.0));
                Self(_mm256_castsi256_ps(_mm256_add_epi32(shifted, _mm256_set1_epi32(0x3f80_0000))))
            }
        }
        #[inline(always)]
        fn guess_reciprocal(self) -> Self {
            unsafe {
                let from = _mm256_set1_epi32(RECIPROCAL as i32);
                Self(_mm256_castsi256_ps(_mm256_sub_epi32(from, _mm256_castps_si256(self.0))))
            }
        }
        #[inline(always)]
        fn ones(mask: u16, part: usize) -> Self {
            unsafe {
                let bits = _mm256_set_epi32(128, 64, 32, 16, 8, 4, 2, 1);
                let own = _mm256_and_si256(_mm256_set1_epi32(i32::from(mask >> (8 * part))), bits);
                let set = _mm256_castsi256_ps(_mm256_cmpeq_epi32(own, bits));
                Self(_mm256_and_ps(set, _mm256_set1_ps(1.0)))
            }
        }
        #[inline(always)]
        fn sums(x: &[[Self; 16]; MAX_PARTS], to: &mut Line) {
            // Lane 4 b + e of a part belongs to its vector 4 b + e, as above with two blocks instead of four.
            for part in 0..Self::PARTS {
                unsafe {
                    let mut fours = [_mm256_setzero_ps(); 4];
                    for (e, four) in fours.iter_mut().enumerate() {
                        let i = 8 * part + e;
                        let a = _mm256_add_ps(x[0][i].0, x[1][i].0);
                        let b = _mm256_add_ps(x[0][i + 4].0, x[1][i + 4].0);
                        let kept = _mm256_blend_ps::<0xf0>(a, b);
                        *four = _mm256_add_ps(kept, _mm256_permute2f128_ps::<0x21>(a, b));
                    }
                    let (a, b) = (pairs_of(fours[0], fours[1]), pairs_of(fours[2], fours[3]));
                    let sums =
                        _mm256_add_ps(_mm256_shuffle_ps::<0x88>(a, b), _mm256_shuffle_ps::<0xdd>(a, b));
                    Self(sums).store(to, part);
                }
            }
        }
        #[inline(always)]
        fn load_shared(from: &SharedLine, part: usize) -> Self {
            debug_assert!(part < Self::PARTS);
            Self(unsafe { load_shared_256(from.0.as_ptr().add(8 * part)) })
        }
        #[inline(always)]
        fn store_shared(self, to: &SharedLine, part: usize) {
            debug_assert!(part < Self::PARTS);
            unsafe { store_shared_256(to.0.as_ptr().add(8 * part), self.0) }
        }
    }

    /// As [`onto_pairs`], in two blocks.
    #[inline(always)]
    unsafe fn pairs_of(a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(_mm256_blend_ps::<0xcc>(a, b), _mm256_shuffle_ps::<0x4e>(a, b)) }
    }
}

#[cfg(target_arch = "aarch64")]
pub(crate) use arm::Neon;

#[cfg(target_arch = "aarch64")]
mod arm {
    //! The version with 128-bit registers. Every aarch64 processor that Rust's standard library runs on has them.
    #![expect(unsafe_code, reason = "vector instructions")]
    #![allow(clippy::wildcard_imports, reason = "twenty instructions by their own names")]
    #![expect(clippy::undocumented_unsafe_blocks, reason = "one reason for all: the module's text above")]

    use super::{Cell, Lanes, Line, MAX_PARTS, Ordering, RECIPROCAL, SharedLine};
    use std::arch::aarch64::*;
    use std::arch::asm;

    #[inline(always)]
    pub(crate) fn prefetch<T>(value: &T) {
        // The intrinsic is not stable. As far as the language is concerned the instruction does nothing.
        let address = std::ptr::from_ref(value);
        unsafe { asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly)) };
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Neon(float32x4_t);

    impl Lanes for Neon {
        const PARTS: usize = 4;
        #[inline(always)]
        fn load(from: &Line, part: usize) -> Self {
            debug_assert!(part < Self::PARTS);
            unsafe { Self(vld1q_f32(from.0.as_ptr().add(4 * part))) }
        }
        #[inline(always)]
        fn store(self, to: &mut Line, part: usize) {
            debug_assert!(part < Self::PARTS);
            unsafe { vst1q_f32(to.0.as_mut_ptr().add(4 * part), self.0) }
        }
        #[inline(always)]
        fn load_cell(from: &Cell<Line>, part: usize) -> Self {
            debug_assert!(part < Self::PARTS);
            unsafe { Self(vld1q_f32(from.as_ptr().cast::<f32>().add(4 * part))) }
        }
        #[inline(always)]
        fn store_cell(self, to: &Cell<Line>, part: usize) {
            debug_assert!(part < Self::PARTS);
            unsafe { vst1q_f32(to.as_ptr().cast::<f32>().add(4 * part), self.0) }
        }
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { vdupq_n_f32(x) })
        }
        #[inline(always)]
        fn add(self, b: Self) -> Self {
            Self(unsafe { vaddq_f32(self.0, b.0) })
        }
        #[inline(always)]
        fn sub(self, b: Self) -> Self {
            Self(unsafe { vsubq_f32(self.0, b.0) })
        }
        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            Self(unsafe { vmulq_f32(self.0, b.0) })
        }
        #[inline(always)]
        fn mul_add(self, b: Self, c: Self) -> Self {
            // The accumulator is the first argument.
            Self(unsafe { vfmaq_f32(c.0, self.0, b.0) })
        }
        #[inline(always)]
        fn min(self, b: Self) -> Self {
            // `vminq_f32` would keep a NaN of `self`.
            Self(unsafe { vbslq_f32(vcltq_f32(self.0, b.0), self.0, b.0) })
        }
        #[inline(always)]
        fn max(self, b: Self) -> Self {
            Self(unsafe { vbslq_f32(vcgtq_f32(self.0, b.0), self.0, b.0) })
        }
        #[inline(always)]
        fn power_of_two(self) -> Self {
            unsafe {
                let shifted = vshlq_n_u32::<23>(vreinterpretq_u32_f32(self.0));
                Self(vreinterpretq_f32_u32(vaddq_u32(shifted, vdupq_n_u32(0x3f80_0000))))
            }
        }
        #[inline(always)]
        fn guess_reciprocal(self) -> Self {
            unsafe {
                let bits = vsubq_u32(vdupq_n_u32(RECIPROCAL), vreinterpretq_u32_f32(self.0));
                Self(vreinterpretq_f32_u32(bits))
            }
        }
        #[inline(always)]
        fn ones(mask: u16, part: usize) -> Self {
            let place = [1_u32, 2, 4, 8];
            unsafe {
                let set = vtstq_u32(vdupq_n_u32(u32::from(mask) >> (4 * part)), vld1q_u32(place.as_ptr()));
                Self(vreinterpretq_f32_u32(vandq_u32(set, vdupq_n_u32(1.0_f32.to_bits()))))
            }
        }
        #[inline(always)]
        fn sums(x: &[[Self; 16]; MAX_PARTS], to: &mut Line) {
            for part in 0..Self::PARTS {
                unsafe {
                    let mut fours = [vdupq_n_f32(0.0); 4];
                    for (e, four) in fours.iter_mut().enumerate() {
                        let i = 4 * part + e;
                        *four = vaddq_f32(vaddq_f32(x[0][i].0, x[2][i].0), vaddq_f32(x[1][i].0, x[3][i].0));
                    }
                    let (a, b) = (pairs_of(fours[0], fours[1]), pairs_of(fours[2], fours[3]));
                    Self(vpaddq_f32(a, b)).store(to, part);
                }
            }
        }
        #[inline(always)]
        fn load_shared(from: &SharedLine, part: usize) -> Self {
            let x: [f32; 4] =
                std::array::from_fn(|i| f32::from_bits(from.0[4 * part + i].load(Ordering::Relaxed)));
            Self(unsafe { vld1q_f32(x.as_ptr()) })
        }
        #[inline(always)]
        fn store_shared(self, to: &SharedLine, part: usize) {
            let mut x = [0.0_f32; 4];
            unsafe { vst1q_f32(x.as_mut_ptr(), self.0) };
            for (to, x) in to.0[4 * part..].iter().zip(x) {
                to.store(x.to_bits(), Ordering::Relaxed);
            }
        }
    }

    /// The halves of `a` added in the lower two lanes, those of `b` in the upper.
    #[inline(always)]
    unsafe fn pairs_of(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe {
            let (a, b) = (vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b));
            vaddq_f32(vreinterpretq_f32_f64(vtrn1q_f64(a, b)), vreinterpretq_f32_f64(vtrn2q_f64(a, b)))
        }
    }
}

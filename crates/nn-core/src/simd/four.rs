//! Four lanes that do look at each other: for one net of four records and four hidden units.
#![expect(unsafe_code, reason = "the vector instructions, behind a check that the machine has them")]

#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{EXP2, Lanes, Plain, Simd, whole_and_rest};

/// Four floats.
pub(crate) trait Four: Lanes {
    /// The sum over each vector's lanes, one a lane: `(v[0] + v[2]) + (v[1] + v[3])`.
    fn sums(vectors: [Self; 4]) -> Self;
    /// Each lane in all lanes of a vector.
    fn spread(self) -> [Self; 4];

    /// `1 / (1 + exp(-z))`, with the same polynomial as [`Lanes::sigmoid4`], summed in pairs: a net
    /// alone waits for each result, so the shortest way counts and not the least work.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let one = Self::splat(1.0);
        let (steps, f) = whole_and_rest(self.mul(Self::splat(-std::f32::consts::LOG2_E)));
        let pair = |k: usize| Self::splat(EXP2[k + 1]).fma(f, Self::splat(EXP2[k]));
        let square = f.mul(f);
        let upper = pair(4).fma(square, pair(2));
        one.div(one.add(upper.fma(square, pair(0)).scale(steps)))
    }
}

/// Work on four lanes; `run` must be `#[inline(always)]`.
pub(crate) trait FourJob {
    fn run<F: Four>(self);
}

/// Runs a job with vector instructions, or plainly.
///
/// # Panics
///
/// Panics when this machine does not have them.
pub(crate) fn dispatch_four(simd: Simd, job: impl FourJob) {
    assert!(simd.is_available(), "this machine has no {}", simd.name());
    match simd {
        // SAFETY: the machine has these instructions, as was just asserted; AVX-512 has AVX2's.
        #[cfg(target_arch = "x86_64")]
        Simd::Avx512 | Simd::Avx2 => unsafe { x86::four(job) },
        _ => job.run::<Plain<4>>(),
    }
}

impl Four for Plain<4> {
    #[inline(always)]
    fn sums(vectors: [Self; 4]) -> Self {
        Self(vectors.map(|Self(v)| (v[0] + v[2]) + (v[1] + v[3])))
    }
    #[inline(always)]
    fn spread(self) -> [Self; 4] {
        self.0.map(Self::splat)
    }
}

#[cfg(target_arch = "x86_64")]
mod sse {
    use super::Four;
    use super::x86::Sse;
    #[allow(clippy::wildcard_imports, reason = "each instruction by its full name")]
    use std::arch::x86_64::*;

    impl Four for Sse {
        #[inline(always)]
        fn sums([a, b, c, d]: [Self; 4]) -> Self {
            // SAFETY: the type exists only where the machine has its instructions.
            unsafe {
                let ab = _mm_add_ps(_mm_unpacklo_ps(a.0, b.0), _mm_unpackhi_ps(a.0, b.0));
                let cd = _mm_add_ps(_mm_unpacklo_ps(c.0, d.0), _mm_unpackhi_ps(c.0, d.0));
                Self(_mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab)))
            }
        }
        #[inline(always)]
        fn spread(self) -> [Self; 4] {
            // SAFETY: as above.
            unsafe {
                [
                    Self(_mm_shuffle_ps::<0x00>(self.0, self.0)),
                    Self(_mm_shuffle_ps::<0x55>(self.0, self.0)),
                    Self(_mm_shuffle_ps::<0xaa>(self.0, self.0)),
                    Self(_mm_shuffle_ps::<0xff>(self.0, self.0)),
                ]
            }
        }
    }
}

//! The two float operations that the standard library does not have: `fma` rounded down, and a portable `exp2`.

#![expect(clippy::float_cmp, reason = "rounding is right or wrong to the last bit")]
#![expect(clippy::inline_always, reason = "called for each lane of a warp")]

/// `a * b + c`, rounded towards minus infinity.
///
/// The sum is formed in f64, where the product is exact and one rounding remains; its error is recovered by the
/// two-sum of Knuth (1969) and decides whether the f32 below must be taken.
#[inline(always)]
pub(crate) fn fma_down(a: f32, b: f32, c: f32) -> f32 {
    let (p, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = p + c;
    let back = sum - p;
    let error = (p - (sum - back)) + (c - back);
    let nearest = sum as f32;
    let wide = f64::from(nearest);
    // Above the exact value when it is above the f64 sum, or equal to it while the sum itself was rounded up.
    if wide > sum || (wide == sum && error < 0.0) { nearest.next_down() } else { nearest }
}

/// Adding and taking away 1.5 * 2^52 rounds to an integer without a call.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// `2^x` to f32's precision, the same bits on every machine; results below the normal range become zero, as
/// `ex2.approx.ftz.f32` has it (which may differ by 2 ULP on a device).
///
/// `x = n + f` with `|f| <= 1/2`, `2^f = e^(f ln 2)` by its series in f64: the twelfth term is below `4e-15`.
#[inline(always)]
pub(crate) fn exp2(x: f32) -> f32 {
    let x = f64::from(x).clamp(-200.0, 200.0);
    let n = (x + ROUND) - ROUND;
    let y = (x - n) * std::f64::consts::LN_2;
    let mut sum = 1.0 / 39_916_800.0;
    for factor in [
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * y + factor;
    }
    let scale = f64::from_bits(((n as i64 + 1023) as u64) << 52);
    let value = (sum * scale) as f32;
    if x.is_nan() {
        f32::NAN
    } else if value < f32::MIN_POSITIVE {
        0.0
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp2_meets_the_library() {
        for i in -1500..=1300 {
            let x = i as f32 * 0.1;
            let exact = f64::from(x).exp2();
            let got = f64::from(exp2(x));
            if exact < f64::from(f32::MIN_POSITIVE) {
                assert_eq!(got, 0.0, "2^{x}");
            } else if exact > f64::from(f32::MAX) {
                assert_eq!(got, f64::INFINITY, "2^{x}");
            } else {
                assert!((got / exact - 1.0).abs() < 6e-8, "2^{x} = {exact}, not {got}");
            }
        }
        assert!(exp2(f32::NAN).is_nan());
        assert_eq!(exp2(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp2(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn fma_down_is_never_above_and_never_far_below() {
        let values = [1.0f32, -1.0, 0.1, -0.3, 3.0e-5, 12_582_913.0, 1.0e9, f32::MIN_POSITIVE];
        for a in values {
            for b in values {
                for c in values {
                    let down = fma_down(a, b, c);
                    let near = a.mul_add(b, c);
                    assert!(down == near || down == near.next_down(), "{a} {b} {c}: {down} {near}");
                }
            }
        }
        // 1 + 2^-60 lies above 1 and 1 - 2^-60 below.
        let tiny = 2.0f32.powi(-30);
        assert_eq!(fma_down(tiny, tiny, 1.0), 1.0);
        assert_eq!(fma_down(tiny, -tiny, 1.0), 1.0f32.next_down());
    }
}

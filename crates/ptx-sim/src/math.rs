//! What the standard library does not have: `fma` rounded down, `exp2` and `log2` with the same bits everywhere, and
//! PTX's fields of bits.

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

/// `2^x` to f32's precision, the same bits on every machine (a device's `ex2.approx.f32` may differ by 2 ULP).
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
    if x.is_nan() { f32::NAN } else { value }
}

/// `log2(x)` to f32's precision, the same bits on every machine (a device's `lg2.approx.f32` may differ by `2^-22`).
///
/// `x = m 2^e` with `m` around 1, `ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...)` with `s = (m - 1) / (m + 1)`, `|s| < 0.172`:
/// the eleventh term is below `1e-16`.
pub(crate) fn log2(x: f32) -> f32 {
    if x.is_nan() || x < 0.0 {
        return f32::NAN;
    }
    if x == 0.0 || x == f32::INFINITY {
        return if x == 0.0 { f32::NEG_INFINITY } else { x };
    }
    // Every f32, those below the normal range too, is a normal f64.
    let bits = f64::from(x).to_bits();
    let (mut exponent, mut m) =
        ((bits >> 52) as i64 - 1023, f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52));
    if m > std::f64::consts::SQRT_2 {
        (exponent, m) = (exponent + 1, m * 0.5);
    }
    let s = (m - 1.0) / (m + 1.0);
    let mut sum = 0.0;
    for n in (0..=10).rev() {
        sum = sum * (s * s) + 1.0 / f64::from(2 * n + 1);
    }
    (exponent as f64 + 2.0 * s * sum * std::f64::consts::LOG2_E) as f32
}

/// `length` bits of `value` from bit `start` on, as `bfe` has it: the counts' lowest bytes count, bits beyond the last
/// are zeros or, with a sign, copies of the highest bit of the field or of the value.
#[inline(always)]
pub(crate) fn field(value: u32, start: u32, length: u32, signed: bool) -> u32 {
    let (start, length) = (start & 0xff, length & 0xff);
    let wide = if signed { i64::from(value.cast_signed()) } else { i64::from(value) };
    if length == 0 {
        return 0;
    }
    let shifted = wide >> start.min(63);
    let unused = 64 - length.min(32);
    let left = shifted << unused;
    (if signed { left >> unused } else { (left.cast_unsigned() >> unused).cast_signed() }) as u32
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
                assert!((got - exact).abs() <= 0.5001 * f64::from(f32::from_bits(1)), "2^{x}");
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
    fn log2_meets_the_library() {
        for i in 0..3980u32 {
            let x = f32::from_bits(i * 536_870 + 1);
            let (exact, got) = (f64::from(x).log2(), f64::from(log2(x)));
            assert!((got - exact).abs() <= 6e-8 * exact.abs().max(1e-3), "log2 {x} = {exact}, not {got}");
        }
        for i in -100..100 {
            let x = 1.0 + i as f32 * 1e-4;
            assert_eq!(log2(x), f64::from(x).log2() as f32);
        }
        assert_eq!((log2(1.0), log2(0.0), log2(f32::INFINITY)), (0.0, f32::NEG_INFINITY, f32::INFINITY));
        assert!(log2(-1.0).is_nan() && log2(f32::NAN).is_nan());
    }

    #[test]
    fn fields_of_bits_are_cut_out() {
        assert_eq!(field(0xabcd_1234, 4, 8, false), 0x23);
        assert_eq!(field(0xabcd_1234, 24, 8, true), 0xffff_ffab);
        assert_eq!(field(0xabcd_1234, 24, 16, false), 0xab);
        assert_eq!(field(0x0bcd_1234, 24, 16, true), 0x0b);
        assert_eq!(field(0xabcd_1234, 24, 16, true), 0xffff_ffab);
        assert_eq!(field(0xabcd_1234, 0, 32, false), 0xabcd_1234);
        assert_eq!((field(u32::MAX, 3, 0, true), field(u32::MAX, 40, 4, false)), (0, 0));
        assert_eq!(field(0x8000_0000, 40, 4, true), u32::MAX);
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

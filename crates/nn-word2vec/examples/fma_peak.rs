//! Measures what one core does at most in fused multiply-adds of single precision, and prints one line of JSON: the peak
//! that `gflops` of `bench_train` is a share of.
#![expect(clippy::print_stdout, reason = "the result of the program")]
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calling functions that are compiled for more than the base processor")
)]

use std::time::Instant;

/// Sums under way at once: enough to hide the latency of four cycles at two operations a cycle, and few enough for the
/// registers.
const SUMS: usize = 12;
/// Steps of a trial: some ten milliseconds.
const STEPS: u64 = 4_000_000;
const TRIALS: usize = 20;

fn main() {
    let best =
        (0..TRIALS).map(|_| trial()).fold((0.0, ""), |best, this| if this.0 > best.0 { this } else { best });
    println!("{{\"unit\": \"GFLOP/s\", \"value\": {:.1}, \"simd\": \"{}\"}}", best.0, best.1);
}

/// Billions of operations a second, and the instructions.
fn trial() -> (f64, &'static str) {
    let start = Instant::now();
    let (lanes, name) = fma();
    let operations = (2 * lanes * SUMS) as u64 * STEPS;
    (operations as f64 / start.elapsed().as_secs_f64() / 1e9, name)
}

/// [`STEPS`] times [`SUMS`] vectors; returns the lanes of one.
fn fma() -> (usize, &'static str) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has the instructions.
            std::hint::black_box(unsafe { x86::avx512() });
            return (16, "avx512");
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: as above.
            std::hint::black_box(unsafe { x86::avx2() });
            return (8, "avx2");
        }
    }
    let mut sums = [[0.0_f32; 4]; SUMS];
    let (a, b) = (std::hint::black_box([0.5_f32; 4]), std::hint::black_box([0.25_f32; 4]));
    for _ in 0..STEPS {
        for sum in &mut sums {
            for i in 0..4 {
                sum[i] = sum[i].mul_add(a[i], b[i]);
            }
        }
    }
    std::hint::black_box(sums);
    (4, "plain")
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{STEPS, SUMS};
    use std::arch::x86_64::{
        __m256, __m512, _mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps, _mm512_set1_ps,
    };
    use std::hint::black_box;

    #[target_feature(enable = "avx512f")]
    pub(crate) fn avx512() -> [__m512; SUMS] {
        let (a, b) = (_mm512_set1_ps(black_box(0.5)), _mm512_set1_ps(black_box(0.25)));
        let mut sums = [b; SUMS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, a, b);
            }
        }
        sums
    }

    #[target_feature(enable = "avx2,fma")]
    pub(crate) fn avx2() -> [__m256; SUMS] {
        let (a, b) = (_mm256_set1_ps(black_box(0.5)), _mm256_set1_ps(black_box(0.25)));
        let mut sums = [b; SUMS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, a, b);
            }
        }
        sums
    }
}

//! The kernels' plain versions on the CPU: what they must agree with, element by element.
//!
//! All matrices are row-major; shapes are the kernels'. Sums run in index order and each step is one `mul_add`, as the
//! kernels' `fmaf`, so the three products agree with theirs bit for bit.

/// `out (m, n) = a (m, k) * b (k, n)`.
///
/// # Panics
///
/// When a slice is shorter than its shape asks for.
#[must_use]
pub fn dot(a: &[f32], b: &[f32], (m, k, n): (usize, usize, usize)) -> Vec<f32> {
    product((m, n), k, |row, p| a[row * k + p], |p, column| b[p * n + column])
}

/// `out (m, n) = a (m, k) * bt`, `b` being `(n, k)`.
///
/// # Panics
///
/// When a slice is shorter than its shape asks for.
#[must_use]
pub fn dot_bt(a: &[f32], b: &[f32], (m, k, n): (usize, usize, usize)) -> Vec<f32> {
    product((m, n), k, |row, p| a[row * k + p], |p, column| b[column * k + p])
}

/// The product that `dot_at_add` adds: `(k, n) = at * b`, `a` being `(m, k)` and `b` `(m, n)`.
///
/// # Panics
///
/// When a slice is shorter than its shape asks for.
#[must_use]
pub fn dot_at(a: &[f32], b: &[f32], (m, k, n): (usize, usize, usize)) -> Vec<f32> {
    product((k, n), m, |row, p| a[p * k + row], |p, column| b[p * n + column])
}

/// `1 / (1 + e^-a)` in f64, rounded once.
#[must_use]
pub fn sigmoid(a: f32) -> f32 {
    (1.0 / (1.0 + (-f64::from(a)).exp())) as f32
}

/// Rounds to TF32: ten bits of fraction, to nearest, ties away from zero; infinities and NaN stay.
#[must_use]
pub fn tf32(value: f32) -> f32 {
    if value.is_finite() { f32::from_bits((value.to_bits() + 0x1000) & 0xffff_e000) } else { value }
}

fn product(
    (rows, columns): (usize, usize),
    terms: usize,
    left: impl Fn(usize, usize) -> f32,
    right: impl Fn(usize, usize) -> f32,
) -> Vec<f32> {
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    cells
        .map(|(row, column)| (0..terms).fold(0.0f32, |sum, p| left(row, p).mul_add(right(p, column), sum)))
        .collect()
}

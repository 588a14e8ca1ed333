//! The product of two matrices, by tiles that stay in registers.
//!
//! Each element of the result is one chain of fused multiply-adds in the order of `k`, begun with
//! zero, a bias, or what stands there already. So a row's result depends neither on the tile that it
//! fell into, nor on the lanes' width, nor on how the rows or the chain were split into calls.
//!
//! Nothing is packed: `A` is read element by element, `B` by whole rows. For the shapes of small
//! nets this was measured against the libraries (one core, 784-128-64-10, batches of 64 to 512):
//! 112 to 118 GFLOP/s where `gemm` 0.19 gives 105 to 115 and `ndarray`'s own product 82 to 96; on
//! two threads `gemm` fell back to one thread's speed on half of the shapes.

#![allow(clippy::inline_always, reason = "a tile must melt into the function that has the feature")]

use super::{Job, Lanes, Simd, dispatch};

/// What an element of the result begins with.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a, T> {
    /// Zero.
    Zero,
    /// The column's bias: one value a column.
    Bias(&'a [T]),
    /// What `C` holds: the chain goes on.
    Present,
}

/// `C = start + A B`.
///
/// | name | shape    |                                                                      |
/// |------|----------|----------------------------------------------------------------------|
/// | `C`  | `(m, n)` | row-major                                                            |
/// | `a`  | `(m, k)` | element `(i, p)` at `i * strides.0 + p * strides.1`: either order    |
/// | `b`  | `(k, n)` | row-major                                                            |
#[derive(Clone, Copy)]
pub struct Product<'a, T> {
    pub(crate) a: &'a [T],
    pub(crate) strides: (usize, usize),
    pub(crate) b: &'a [T],
    pub(crate) k: usize,
    pub(crate) n: usize,
    pub(crate) start: Start<'a, T>,
}

impl<'a, T> Product<'a, T> {
    /// `start + A B`, where `a` is row-major.
    pub(crate) fn new(a: &'a [T], b: &'a [T], (k, n): (usize, usize), start: Start<'a, T>) -> Self {
        Self { a, strides: (k, 1), b, k, n, start }
    }
}

impl Product<'_, f32> {
    /// Fills the rows of `c`.
    pub(crate) fn into_rows(self, simd: Simd, c: &mut [f32]) {
        dispatch(simd, Tiles { product: self, c });
    }
}

impl Product<'_, f64> {
    /// Fills the rows of `c`, row by row: the precise type is for checks, and needs no tiles.
    pub(crate) fn into_rows(self, simd: Simd, c: &mut [f64]) {
        dispatch(simd, Rows { product: self, c });
    }
}

struct Rows<'a, 'c> {
    product: Product<'a, f64>,
    c: &'c mut [f64],
}

impl Job for Rows<'_, '_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Product { a, strides, b, k, n, start } = self.product;
        for (i, c) in self.c.chunks_exact_mut(n).enumerate() {
            match start {
                Start::Zero => c.fill(0.0),
                Start::Bias(bias) => c.copy_from_slice(bias),
                Start::Present => {}
            }
            for (p, b) in b.chunks_exact(n).enumerate().take(k) {
                let a = a[i * strides.0 + p * strides.1];
                for (c, b) in c.iter_mut().zip(b) {
                    *c = a.mul_add(*b, *c);
                }
            }
        }
    }
}

struct Tiles<'a, 'c> {
    product: Product<'a, f32>,
    c: &'c mut [f32],
}

impl Job for Tiles<'_, '_> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { product, c } = self;
        // As many sums as leave registers for a row of B and an element of A: 24 of 32, 12 of 16.
        match L::N {
            8 => panels::<L, 2>(&product, c),
            _ => panels::<L, 4>(&product, c),
        }
    }
}

/// The columns in panels of `V` vectors, then vector by vector, then what is left of one.
#[inline(always)]
fn panels<L: Lanes, const V: usize>(product: &Product<'_, f32>, c: &mut [f32]) {
    let n = product.n;
    let mut column = 0;
    while column + V * L::N <= n {
        panel::<L, V, false>(product, c, column);
        column += V * L::N;
    }
    while column + L::N <= n {
        panel::<L, 1, false>(product, c, column);
        column += L::N;
    }
    if column < n {
        panel::<L, 1, true>(product, c, column);
    }
}

/// All rows of one panel, six, two or one at a time.
#[inline(always)]
fn panel<L: Lanes, const V: usize, const PART: bool>(
    product: &Product<'_, f32>,
    c: &mut [f32],
    column: usize,
) {
    let m = c.len() / product.n;
    let mut row = 0;
    while row + 6 <= m {
        tile::<L, 6, V, PART>(product, c, row, column);
        row += 6;
    }
    while row + 2 <= m {
        tile::<L, 2, V, PART>(product, c, row, column);
        row += 2;
    }
    if row < m {
        tile::<L, 1, V, PART>(product, c, row, column);
    }
}

#[inline(always)]
fn tile<L: Lanes, const M: usize, const V: usize, const PART: bool>(
    product: &Product<'_, f32>,
    c: &mut [f32],
    row: usize,
    column: usize,
) {
    let Product { a, strides, b, k, n, start } = *product;
    let width = if PART { n - column } else { V * L::N };
    let mut sums = [[L::splat(0.0); V]; M];
    match start {
        Start::Zero => {}
        Start::Bias(bias) => sums = [load::<L, V, PART>(&bias[column..column + width]); M],
        Start::Present => {
            for (i, sums) in sums.iter_mut().enumerate() {
                let from = (row + i) * n + column;
                *sums = load::<L, V, PART>(&c[from..from + width]);
            }
        }
    }
    let a = &a[row * strides.0..];
    for p in 0..k {
        let b = load::<L, V, PART>(&b[p * n + column..p * n + column + width]);
        for (i, sums) in sums.iter_mut().enumerate() {
            let a = L::splat(a[i * strides.0 + p * strides.1]);
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = a.fma(b, *sum);
            }
        }
    }
    for (i, sums) in sums.into_iter().enumerate() {
        let from = (row + i) * n + column;
        let c = &mut c[from..from + width];
        if PART {
            sums[0].store_part(c);
        } else {
            for (v, sum) in sums.into_iter().enumerate() {
                sum.store(&mut c[v * L::N..]);
            }
        }
    }
}

#[inline(always)]
fn load<L: Lanes, const V: usize, const PART: bool>(from: &[f32]) -> [L; V] {
    std::array::from_fn(|v| if PART { L::load_part(from) } else { L::load(&from[v * L::N..]) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every width of lane, either order of A and every cut of the chain give the same bytes.
        #[test]
        fn one_chain_whatever_the_tiles(m in 1..20_usize, n in 1..90_usize, k in 1..20_usize, cut in 0..20_usize) {
            let value = |at: usize| ((at * 7919 + 13) % 101) as f32 / 37.0 - 1.3;
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..k * n).map(|at| value(at + 5)).collect();
            let bias: Vec<f32> = (0..n).map(|at| value(at + 9)).collect();
            let mut expected = vec![0.0_f32; m * n];
            for (i, row) in expected.chunks_mut(n).enumerate() {
                for (j, c) in row.iter_mut().enumerate() {
                    *c = (0..k).fold(bias[j], |sum, p| a[i * k + p].mul_add(b[p * n + j], sum));
                }
            }
            let transposed: Vec<f32> = (0..k * m).map(|at| a[(at % m) * k + at / m]).collect();
            for simd in [Simd::Plain, Simd::Avx2, Simd::Avx512].into_iter().filter(|s| s.is_available()) {
                let mut c = vec![f32::NAN; m * n];
                let product = Product::new(&a, &b, (k, n), Start::Bias(&bias));
                product.into_rows(simd, &mut c);
                prop_assert_eq!(&c, &expected);
                let cut = cut.min(k);
                let mut c = vec![f32::NAN; m * n];
                let first = Product { a: &transposed, strides: (1, m), k: cut, ..product };
                first.into_rows(simd, &mut c);
                let rest = Product {
                    a: &transposed[cut * m..], b: &b[cut * n..], k: k - cut, start: Start::Present, ..first
                };
                if cut < k {
                    rest.into_rows(simd, &mut c);
                }
                prop_assert_eq!(&c, &expected);
            }
        }
    }
}

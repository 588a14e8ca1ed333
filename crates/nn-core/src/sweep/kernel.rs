//! The sweep's inner loop: XOR's four records and a hidden layer, a net a lane.
//!
//! The inputs are 00, 01, 10, 11, so a hidden unit's sums are `c`, `b + c`, `a + c`, `(a + b) + c`:
//! no product with a zero or a one is ever computed. `a`, `b`, `c` are a unit's incoming weights
//! (`c` that of the constant input), `out` its outgoing one.
#![allow(clippy::inline_always, reason = "see `simd`")]

use super::{Cell, Hidden, SweepLoss};
use crate::simd::{Job, Lanes, Simd, dispatch};

/// Nets that are trained together; a multiple of every lane width.
pub(super) const BLOCK: usize = 16;

/// Trains `BLOCK` nets in place.
///
/// `weights` is `(4 h, BLOCK)`: rows `a`, `b`, `c`, `out`, `h` each; `losses` is `(BLOCK)` and is
/// overwritten. Without a constant input the rows `c` must be zero, and stay it.
pub(super) fn train(simd: Simd, cell: &Cell, n_epochs: usize, weights: &mut [f32], losses: &mut [f32]) {
    macro_rules! widths {
        ($($h:literal)*) => {
            match cell.n_hidden {
                $($h => dispatch(simd, Train::<$h> { cell, n_epochs, weights, losses }),)*
                other => unreachable!("{other} hidden units passed the check"),
            }
        };
    }
    widths!(1 2 3 4 5 6 7 8 16);
}

struct Train<'a, const H: usize> {
    cell: &'a Cell,
    n_epochs: usize,
    weights: &'a mut [f32],
    losses: &'a mut [f32],
}

impl<const H: usize> Job for Train<'_, H> {
    #[inline(always)]
    fn run<L: Lanes>(self) {
        for lane in (0..BLOCK).step_by(L::N) {
            let row = |n: usize| n * BLOCK + lane;
            let mut net = [[L::splat(0.0); H]; 4];
            for (k, weights) in net.iter_mut().enumerate() {
                for (unit, weight) in weights.iter_mut().enumerate() {
                    *weight = L::load(&self.weights[row(k * H + unit)..]);
                }
            }
            // Each variant has a loop of its own, so that none pays for another.
            let (n, cell) = (self.n_epochs, self.cell);
            match (cell.hidden, cell.loss) {
                (Hidden::Sigmoid, SweepLoss::HalfSquared) => epochs::<L, H, SIGMOID, true>(&mut net, n, cell),
                (Hidden::Sigmoid, SweepLoss::CrossEntropy) => {
                    epochs::<L, H, SIGMOID, false>(&mut net, n, cell);
                }
                (Hidden::Tanh, SweepLoss::HalfSquared) => epochs::<L, H, TANH, true>(&mut net, n, cell),
                (Hidden::Tanh, SweepLoss::CrossEntropy) => epochs::<L, H, TANH, false>(&mut net, n, cell),
                (Hidden::Relu, SweepLoss::HalfSquared) => epochs::<L, H, RELU, true>(&mut net, n, cell),
                (Hidden::Relu, SweepLoss::CrossEntropy) => epochs::<L, H, RELU, false>(&mut net, n, cell),
            }
            let p = match cell.hidden {
                Hidden::Sigmoid => forward::<L, H, SIGMOID>(&net).1,
                Hidden::Tanh => forward::<L, H, TANH>(&net).1,
                Hidden::Relu => forward::<L, H, RELU>(&net).1,
            };
            let mut sum = L::splat(0.0);
            for (p, t) in p.into_iter().zip(TARGETS) {
                let error = L::splat(t).sub(p);
                sum = error.fma(error, sum);
            }
            sum.mul(L::splat(0.5)).store(&mut self.losses[lane..]);
            for (k, weights) in net.iter().enumerate() {
                for (unit, weight) in weights.iter().enumerate() {
                    weight.store(&mut self.weights[row(k * H + unit)..]);
                }
            }
        }
    }
}

const SIGMOID: u8 = 0;
const TANH: u8 = 1;
const RELU: u8 = 2;

const TARGETS: [f32; 4] = [0.0, 1.0, 1.0, 0.0];

/// The hidden units' outputs for the four records, and the net's.
#[inline(always)]
fn forward<L: Lanes, const H: usize, const ACTIVATION: u8>(
    [a, b, c, out]: &[[L; H]; 4],
) -> ([[L; 4]; H], [L; 4]) {
    let mut hidden = [[L::splat(0.0); 4]; H];
    for unit in 0..H {
        let (a, b, c) = (a[unit], b[unit], c[unit]);
        hidden[unit] = activate::<L, ACTIVATION>([c, b.add(c), a.add(c), a.add(b).add(c)]);
    }
    let mut z = hidden[0];
    for z in &mut z {
        *z = z.mul(out[0]);
    }
    for unit in 1..H {
        for s in 0..4 {
            z[s] = hidden[unit][s].fma(out[unit], z[s]);
        }
    }
    (hidden, L::sigmoid4(z))
}

#[inline(always)]
fn activate<L: Lanes, const ACTIVATION: u8>(mut z: [L; 4]) -> [L; 4] {
    match ACTIVATION {
        SIGMOID => L::sigmoid4(z),
        TANH => {
            // tanh z = 2 sigmoid(2 z) - 1.
            for z in &mut z {
                *z = z.add(*z);
            }
            let mut p = L::sigmoid4(z);
            for p in &mut p {
                *p = p.add(*p).sub(L::splat(1.0));
            }
            p
        }
        _ => {
            for z in &mut z {
                *z = z.max(L::splat(0.0));
            }
            z
        }
    }
}

/// The slope in terms of the output.
#[inline(always)]
fn slope<L: Lanes, const ACTIVATION: u8>(h: L) -> L {
    match ACTIVATION {
        SIGMOID => h.fnma(h, h),
        TANH => h.fnma(h, L::splat(1.0)),
        _ => h.positive(),
    }
}

#[inline(always)]
fn epochs<L: Lanes, const H: usize, const ACTIVATION: u8, const SQUARED: bool>(
    net: &mut [[L; H]; 4],
    n_epochs: usize,
    cell: &Cell,
) {
    let rate = L::splat(cell.rate);
    let constant = L::splat(if cell.constant_input { 1.0 } else { 0.0 });
    // The compiler keeps a local array in registers, but not one behind a reference.
    let mut local = *net;
    for _ in 0..n_epochs {
        let (hidden, p) = forward::<L, H, ACTIVATION>(&local);
        let [a, b, c, out] = &mut local;
        // The rate goes into the output's deltas, and with them into every update.
        let mut d = p;
        for s in 0..4 {
            d[s] = L::splat(TARGETS[s]).sub(p[s]).mul(rate);
            if SQUARED {
                d[s] = d[s].mul(slope::<L, SIGMOID>(p[s]));
            }
        }
        for unit in 0..H {
            let h = hidden[unit];
            let mut e = d;
            for s in 0..4 {
                e[s] = d[s].mul(out[unit]).mul(slope::<L, ACTIVATION>(h[s]));
            }
            // In pairs: a chain of four waits four times as long as two of two.
            let (first, second) = (h[0].fma(d[0], h[1].mul(d[1])), h[2].fma(d[2], h[3].mul(d[3])));
            out[unit] = out[unit].add(first.add(second));
            let last = e[2].add(e[3]);
            a[unit] = a[unit].add(last);
            b[unit] = b[unit].add(e[1].add(e[3]));
            c[unit] = e[0].add(e[1]).add(last).fma(constant, c[unit]);
        }
    }
    *net = local;
}

//! The inner loops: a batch's dot products in one slice of the dimension (phase A), its coefficients, and its
//! increments (phase B).
//!
//! Letters: a window has `M` inputs (context words; one mean for CBOW) and `N` outputs (the word, its negatives, inner
//! nodes). Inputs are taken in pairs, outputs in blocks of up to eight, so a *tile* of 2 x 8 products fills one
//! [`Line`]: lane `k` belongs to the first input of the pair and output `k`, lane `8 + k` to the second. Tiles follow
//! each other by window, block, pair.
//!
//! Neighbouring windows share most of their inputs. So a batch copies each place's row once and gathers its increments
//! once, in a few KiB that stay in the nearest cache, and the weights are read and written once for all its windows.

#![expect(clippy::inline_always, reason = "must be inlined where the target feature is on")]

use crate::lanes::{Lanes, Line, MAX_PARTS, SharedLine, prefetch};
use crate::prepare::{Prepared, WANTED, Window};
use crate::weights::Lines;

const BLOCK: usize = 8;
/// Pairs of a window at most: `window` is at most 100.
const MAX_PAIRS: usize = 100;
/// The weights of one slice: `n_lines` lines of each row, row after row.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) n_lines: usize,
    pub(crate) inputs: Lines,
    pub(crate) outputs: Lines,
}

/// A slice whose lines several threads change at once: Hogwild.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SharedSlice<'a> {
    pub(crate) n_lines: usize,
    pub(crate) inputs: &'a [SharedLine],
    pub(crate) outputs: &'a [SharedLine],
}

/// A line of weights, one's own or shared.
pub(crate) trait Weight {
    fn get<L: Lanes>(&self, part: usize) -> L;
}

impl Weight for Line {
    #[inline(always)]
    fn get<L: Lanes>(&self, part: usize) -> L {
        L::load(self, part)
    }
}

impl Weight for SharedLine {
    #[inline(always)]
    fn get<L: Lanes>(&self, part: usize) -> L {
        L::load_shared(self, part)
    }
}

/// Weights as the inner loops see them.
pub(crate) trait Table {
    type Line: Weight;
    fn n_lines(&self) -> usize;
    fn inputs(&self) -> &[Self::Line];
    fn outputs(&self) -> &[Self::Line];
    fn add_to_input<L: Lanes>(&mut self, line_idx: usize, part: usize, x: L);
    fn add_to_output<L: Lanes>(&mut self, line_idx: usize, part: usize, x: L);
}

impl Table for Slice {
    type Line = Line;
    #[inline(always)]
    fn n_lines(&self) -> usize {
        self.n_lines
    }
    #[inline(always)]
    fn inputs(&self) -> &[Line] {
        &self.inputs
    }
    #[inline(always)]
    fn outputs(&self) -> &[Line] {
        &self.outputs
    }
    #[inline(always)]
    fn add_to_input<L: Lanes>(&mut self, line_idx: usize, part: usize, x: L) {
        let weight = &mut self.inputs[line_idx];
        L::load(weight, part).add(x).store(weight, part);
    }
    #[inline(always)]
    fn add_to_output<L: Lanes>(&mut self, line_idx: usize, part: usize, x: L) {
        let weight = &mut self.outputs[line_idx];
        L::load(weight, part).add(x).store(weight, part);
    }
}

/// Between the load and the store of an addition another thread's addition may be lost: that is Hogwild.
impl Table for SharedSlice<'_> {
    type Line = SharedLine;
    #[inline(always)]
    fn n_lines(&self) -> usize {
        self.n_lines
    }
    #[inline(always)]
    fn inputs(&self) -> &[SharedLine] {
        self.inputs
    }
    #[inline(always)]
    fn outputs(&self) -> &[SharedLine] {
        self.outputs
    }
    #[inline(always)]
    fn add_to_input<L: Lanes>(&mut self, line_idx: usize, part: usize, x: L) {
        let weight = &self.inputs[line_idx];
        L::load_shared(weight, part).add(x).store_shared(weight, part);
    }
    #[inline(always)]
    fn add_to_output<L: Lanes>(&mut self, line_idx: usize, part: usize, x: L) {
        let weight = &self.outputs[line_idx];
        L::load_shared(weight, part).add(x).store_shared(weight, part);
    }
}

/// Consecutive windows of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    chunk: &'a Prepared,
    windows: &'a [Window],
    cbow: bool,
    /// The places that its windows reach.
    first_place: usize,
    end_place: usize,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(chunk: &'a Prepared, windows: &'a [Window], cbow: bool) -> Self {
        let first_place = windows.iter().map(|w| w.first).min().unwrap_or(0) as usize;
        let end_place = windows.iter().map(|w| w.end).max().unwrap_or(0) as usize;
        Self { chunk, windows, cbow, first_place, end_place }
    }

    /// The words at its places.
    fn words(&self) -> &'a [u32] {
        &self.chunk.words[self.first_place..self.end_place]
    }

    /// Rows of copies: a place's, or a window's mean. One more, all zero, stands in for the second of a half pair.
    fn n_copies(&self) -> usize {
        if self.cbow { self.windows.len() } else { self.end_place - self.first_place }
    }

    fn n_inputs(&self, w: &Window) -> usize {
        if self.cbow { 1 } else { w.n_inputs() }
    }

    fn n_pairs(&self, w: &Window) -> usize {
        self.n_inputs(w).div_ceil(2)
    }

    fn n_tiles(&self, w: &Window) -> usize {
        self.n_pairs(w) * w.n_outputs().div_ceil(BLOCK)
    }

    fn tiles_total(&self) -> usize {
        self.windows.iter().map(|w| self.n_tiles(w)).sum()
    }

    /// The first lines of the copies that each pair of a window means.
    #[inline(always)]
    fn pairs<'p>(
        &self,
        window_idx: usize,
        n_lines: usize,
        room: &'p mut [(usize, usize); MAX_PAIRS],
    ) -> &'p [(usize, usize)] {
        let w = &self.windows[window_idx];
        let void = self.n_copies() * n_lines;
        if self.cbow {
            room[0] = (window_idx * n_lines, void);
            return &room[..1];
        }
        let n_inputs = w.n_inputs();
        let copy = |n: usize| {
            if n < n_inputs { (w.place(n) - self.first_place) * n_lines } else { void }
        };
        let pairs = &mut room[..n_inputs.div_ceil(2)];
        for (p, pair) in pairs.iter_mut().enumerate() {
            *pair = (copy(2 * p), copy(2 * p + 1));
        }
        pairs
    }
}

/// Copies the inputs that a batch reads from `slice` into `copies` and writes each tile's partial products to `tiles`
/// (both overwritten).
#[inline(always)]
fn phase_a<L: Lanes, T: Table>(
    slice: &T,
    batch: Batch<'_>,
    copies: &mut Vec<Line>,
    tiles: &mut Vec<Line>,
    ahead: Batch<'_>,
) {
    let n_lines = slice.n_lines();
    let mut ahead = Ahead::new(ahead, 0);
    copies.resize((batch.n_copies() + 1) * n_lines, Line::default());
    copies[batch.n_copies() * n_lines..].fill(Line::default());
    if batch.cbow {
        for (w, to) in batch.windows.iter().zip(copies.chunks_exact_mut(n_lines)) {
            mean_of_rows::<L, T>(slice, batch.chunk, w, to);
        }
    } else {
        let words = batch.words();
        for (&word, to) in words.iter().zip(copies.chunks_exact_mut(n_lines)) {
            for (to, from) in to.iter_mut().zip(row_of(slice.inputs(), word, n_lines)) {
                for part in 0..L::PARTS {
                    from.get::<L>(part).store(to, part);
                }
            }
        }
    }
    tiles.resize(batch.tiles_total(), Line::default());
    let mut room = [(0, 0); MAX_PAIRS];
    let mut free = &mut tiles[..];
    for (window_idx, w) in batch.windows.iter().enumerate() {
        ahead.word::<T>(slice);
        let pairs = batch.pairs(window_idx, n_lines, &mut room);
        for rows in batch.chunk.outputs(w).chunks(BLOCK) {
            let (own, rest) = free.split_at_mut(pairs.len());
            free = rest;
            match rows.len() {
                1 => products::<L, T, 1>(slice, rows, copies, pairs, own, &mut ahead),
                2 => products::<L, T, 2>(slice, rows, copies, pairs, own, &mut ahead),
                3 => products::<L, T, 3>(slice, rows, copies, pairs, own, &mut ahead),
                4 => products::<L, T, 4>(slice, rows, copies, pairs, own, &mut ahead),
                5 => products::<L, T, 5>(slice, rows, copies, pairs, own, &mut ahead),
                6 => products::<L, T, 6>(slice, rows, copies, pairs, own, &mut ahead),
                7 => products::<L, T, 7>(slice, rows, copies, pairs, own, &mut ahead),
                _ => products::<L, T, 8>(slice, rows, copies, pairs, own, &mut ahead),
            }
        }
    }
}

/// The lines of a row.
#[inline(always)]
fn row_of<W>(table: &[W], row: u32, n_lines: usize) -> &[W] {
    &table[row as usize * n_lines..][..n_lines]
}

/// Rows that will be needed a batch later, asked for one at a time between other work: a processor can wait for a dozen
/// or two lines at once, and asking for more stops it.
struct Ahead<'a> {
    words: std::slice::Iter<'a, u32>,
    outputs: std::slice::Iter<'a, u32>,
}

impl<'a> Ahead<'a> {
    /// Half of a batch's rows, the first or the second.
    fn new(batch: Batch<'a>, half: usize) -> Self {
        let share = |rows: &'a [u32]| {
            let middle = rows.len() / 2;
            if half == 0 { rows[..middle].iter() } else { rows[middle..].iter() }
        };
        Self { words: share(batch.words()), outputs: share(batch.chunk.outputs_of_all(batch.windows)) }
    }

    #[inline(always)]
    fn word<T: Table>(&mut self, slice: &T) {
        if let Some(&row) = self.words.next() {
            row_of(slice.inputs(), row, slice.n_lines()).iter().for_each(prefetch);
        }
    }

    #[inline(always)]
    fn output<T: Table>(&mut self, slice: &T) {
        if let Some(&row) = self.outputs.next() {
            row_of(slice.outputs(), row & !WANTED, slice.n_lines()).iter().for_each(prefetch);
        }
    }
}

/// The mean of a window's inputs.
#[inline(always)]
fn mean_of_rows<L: Lanes, T: Table>(slice: &T, chunk: &Prepared, w: &Window, mean: &mut [Line]) {
    let n_inputs = w.n_inputs();
    let scale = L::splat(1.0 / n_inputs as f32);
    for (line_idx, to) in mean.iter_mut().enumerate() {
        for part in 0..L::PARTS {
            let mut sum = L::splat(0.0);
            for n in 0..n_inputs {
                let row = chunk.words[w.place(n)] as usize;
                sum = sum.add(slice.inputs()[row * slice.n_lines() + line_idx].get(part));
            }
            sum.mul(scale).store(to, part);
        }
    }
}

/// The products of each pair of copies with `N` outputs: a tile a pair.
#[inline(always)]
fn products<L: Lanes, T: Table, const N: usize>(
    slice: &T,
    rows: &[u32],
    copies: &[Line],
    pairs: &[(usize, usize)],
    tiles: &mut [Line],
    ahead: &mut Ahead<'_>,
) {
    let n_lines = slice.n_lines();
    let outputs: [&[T::Line]; N] =
        std::array::from_fn(|k| row_of(slice.outputs(), rows[k] & !WANTED, n_lines));
    for (&(first, second), tile) in pairs.iter().zip(tiles) {
        ahead.output::<T>(slice);
        let (first, second) = (&copies[first..][..n_lines], &copies[second..][..n_lines]);
        let mut sums = [[L::splat(0.0); 16]; MAX_PARTS];
        for part in 0..L::PARTS {
            let sums = &mut sums[part];
            for line_idx in 0..n_lines {
                let (a, b) = (L::load(&first[line_idx], part), L::load(&second[line_idx], part));
                for k in 0..N {
                    let o: L = outputs[k][line_idx].get(part);
                    sums[k] = a.mul_add(o, sums[k]);
                    sums[BLOCK + k] = b.mul_add(o, sums[BLOCK + k]);
                }
            }
        }
        L::sums(&sums, tile);
    }
}

/// Adds a slice's products to those of the first slice, or to `tiles` where there is none (then the sum so far).
#[inline(always)]
fn add_partial<L: Lanes>(first: Option<&[Line]>, partial: &[Line], tiles: &mut Vec<Line>) {
    // Lengths differ from batch to batch; what is there is overwritten.
    tiles.resize(partial.len(), Line::default());
    if let Some(first) = first {
        for ((to, a), b) in tiles.iter_mut().zip(first).zip(partial) {
            for part in 0..L::PARTS {
                L::load(a, part).add(L::load(b, part)).store(to, part);
            }
        }
    } else {
        for (to, from) in tiles.iter_mut().zip(partial) {
            for part in 0..L::PARTS {
                L::load(to, part).add(L::load(from, part)).store(to, part);
            }
        }
    }
}

/// Turns summed products into `(wanted - sigmoid(x)) * alpha`, in place.
#[inline(always)]
fn coefficients<L: Lanes>(batch: Batch<'_>, tiles: &mut [Line], loss: Option<&mut Loss>) {
    if let Some(loss) = loss {
        loss.add(batch, tiles);
    }
    let alpha = L::splat(batch.chunk.alpha);
    let mut free = tiles;
    for w in batch.windows {
        for rows in batch.chunk.outputs(w).chunks(BLOCK) {
            let wanted = rows.iter().rev().fold(0, |mask, row| mask << 1 | (row >> 31) as u16);
            let wanted = wanted << BLOCK | wanted;
            let (own, rest) = free.split_at_mut(batch.n_pairs(w));
            free = rest;
            for tile in own {
                for part in 0..L::PARTS {
                    let miss = L::ones(wanted, part).sub(sigmoid(L::load(tile, part)));
                    miss.mul(alpha).store(tile, part);
                }
            }
        }
    }
}

/// `1 / (1 + e^-x)`, within 3e-7 of the true value.
///
/// `e^-x = 2^n 2^f` with `n` whole and `|f| <= 1/2`; `2^f` is its Taylor polynomial of degree 6 in `f ln 2`
/// (remainder under 2e-7 relative, as `(ln 2 / 2)^7 / 7!` is 1.2e-7). The reciprocal is a guess from the bits and
/// three steps of Newton's method, each of which squares the relative error (1/8 at first): a division takes the
/// processor as long as all the rest.
#[inline(always)]
fn sigmoid<L: Lanes>(x: L) -> L {
    // Beyond 30 the answer is 0 or 1 in single precision, and the power stays far from overflow.
    let x = x.min(L::splat(30.0)).max(L::splat(-30.0));
    // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
    let magic = L::splat(12_582_912.0);
    let t = x.mul(L::splat(-std::f32::consts::LOG2_E));
    let shifted = t.add(magic);
    let f = t.sub(shifted.sub(magic)).mul(L::splat(std::f32::consts::LN_2));
    let mut power = L::splat(1.0 / 720.0);
    for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = power.mul_add(f, L::splat(c));
    }
    let one = L::splat(1.0);
    let below = power.mul_add(shifted.power_of_two(), one);
    let minus_below = L::splat(0.0).sub(below);
    let mut answer = below.guess_reciprocal();
    for _ in 0..3 {
        let error = minus_below.mul_add(answer, one);
        answer = answer.mul_add(error, answer);
    }
    answer
}

/// Adds a batch's increments to `slice`: outputs window after window, inputs place after place from the sums gathered
/// in `deltas` (overwritten). `copies` are the inputs as [`phase_a`] saw them.
#[inline(always)]
fn phase_b<L: Lanes, T: Table>(
    slice: &mut T,
    batch: Batch<'_>,
    copies: &[Line],
    tiles: &[Line],
    deltas: &mut Vec<Line>,
    ahead: Batch<'_>,
) {
    let n_lines = slice.n_lines();
    let mut ahead = Ahead::new(ahead, 1);
    deltas.clear();
    deltas.resize((batch.n_copies() + 1) * n_lines, Line::default());
    let mut room = [(0, 0); MAX_PAIRS];
    let mut rest = tiles;
    for (window_idx, w) in batch.windows.iter().enumerate() {
        ahead.word::<T>(slice);
        let pairs = batch.pairs(window_idx, n_lines, &mut room);
        for rows in batch.chunk.outputs(w).chunks(BLOCK) {
            let (own, others) = rest.split_at(pairs.len());
            rest = others;
            match rows.len() {
                1 => increments::<L, T, 1>(slice, rows, copies, pairs, own, deltas, &mut ahead),
                2 => increments::<L, T, 2>(slice, rows, copies, pairs, own, deltas, &mut ahead),
                3 => increments::<L, T, 3>(slice, rows, copies, pairs, own, deltas, &mut ahead),
                4 => increments::<L, T, 4>(slice, rows, copies, pairs, own, deltas, &mut ahead),
                5 => increments::<L, T, 5>(slice, rows, copies, pairs, own, deltas, &mut ahead),
                6 => increments::<L, T, 6>(slice, rows, copies, pairs, own, deltas, &mut ahead),
                7 => increments::<L, T, 7>(slice, rows, copies, pairs, own, deltas, &mut ahead),
                _ => increments::<L, T, 8>(slice, rows, copies, pairs, own, deltas, &mut ahead),
            }
        }
    }
    if batch.cbow {
        // As in the original, every word of the context gets the whole increment of the mean.
        for (w, delta) in batch.windows.iter().zip(deltas.chunks_exact(n_lines)) {
            for n in 0..w.n_inputs() {
                add_to_row::<L, T>(slice, batch.chunk.words[w.place(n)], delta);
            }
        }
    } else {
        for (&word, delta) in batch.words().iter().zip(deltas.chunks_exact(n_lines)) {
            add_to_row::<L, T>(slice, word, delta);
        }
    }
}

#[inline(always)]
fn add_to_row<L: Lanes, T: Table>(slice: &mut T, row: u32, delta: &[Line]) {
    let start = row as usize * slice.n_lines();
    for (line_idx, delta) in delta.iter().enumerate() {
        for part in 0..L::PARTS {
            slice.add_to_input(start + line_idx, part, L::load(delta, part));
        }
    }
}

/// The increments of a window and one block of its outputs.
///
/// For each line the outputs and their sums stay in registers while the inputs pass by, and each coefficient is loaded
/// once for both of its increments.
#[inline(always)]
fn increments<L: Lanes, T: Table, const N: usize>(
    slice: &mut T,
    rows: &[u32],
    copies: &[Line],
    pairs: &[(usize, usize)],
    tiles: &[Line],
    deltas: &mut [Line],
    ahead: &mut Ahead<'_>,
) {
    let n_lines = slice.n_lines();
    let starts: [usize; N] = std::array::from_fn(|k| (rows[k] & !WANTED) as usize * n_lines);
    for line_idx in 0..n_lines {
        ahead.output::<T>(slice);
        for part in 0..L::PARTS {
            let outputs: [L; N] = std::array::from_fn(|k| slice.outputs()[starts[k] + line_idx].get(part));
            let mut sums = [L::splat(0.0); N];
            for (&(first, second), tile) in pairs.iter().zip(tiles) {
                let (first, second) = (first + line_idx, second + line_idx);
                let (a, b) = (L::load(&copies[first], part), L::load(&copies[second], part));
                let (mut to_a, mut to_b) = (L::load(&deltas[first], part), L::load(&deltas[second], part));
                for k in 0..N {
                    let (g, h) = (L::splat(tile.0[k]), L::splat(tile.0[BLOCK + k]));
                    to_a = outputs[k].mul_add(g, to_a);
                    to_b = outputs[k].mul_add(h, to_b);
                    sums[k] = a.mul_add(g, sums[k]);
                    sums[k] = b.mul_add(h, sums[k]);
                }
                to_a.store(&mut deltas[first], part);
                to_b.store(&mut deltas[second], part);
            }
            // One after the other: the same row may stand twice among the outputs.
            for k in 0..N {
                slice.add_to_output(starts[k] + line_idx, part, sums[k]);
            }
        }
    }
}

/// The objective's mean over sampled batches.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Loss {
    pub(crate) sum: f64,
    pub(crate) n_inputs: u64,
}

impl Loss {
    /// Adds `-log sigmoid(x)` of each wanted product and `-log sigmoid(-x)` of each other.
    fn add(&mut self, batch: Batch<'_>, products: &[Line]) {
        let mut tiles = products.iter();
        for w in batch.windows {
            let n_inputs = batch.n_inputs(w);
            for rows in batch.chunk.outputs(w).chunks(BLOCK) {
                for first in (0..n_inputs).step_by(2) {
                    let Some(tile) = tiles.next() else { return };
                    for half in 0..2.min(n_inputs - first) {
                        for (k, row) in rows.iter().enumerate() {
                            let x = f64::from(tile.0[half * BLOCK + k]);
                            let against = if row & WANTED == 0 { x } else { -x };
                            // log(1 + e^a), without overflow.
                            self.sum += against.max(0.0) + (-against.abs()).exp().ln_1p();
                        }
                    }
                }
            }
            self.n_inputs += n_inputs as u64;
        }
    }
}

pub(crate) use dispatch::Kernels;

mod dispatch {
    //! The same loops compiled for each level of instructions, chosen at run time.
    #![cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "calling functions that are compiled for more than the base processor")
    )]

    use super::{Batch, Line, Loss, Table};
    use crate::config::Simd;
    #[cfg(target_arch = "aarch64")]
    use crate::lanes::Neon;
    use crate::lanes::Plain;
    #[cfg(target_arch = "x86_64")]
    use crate::lanes::{Avx2, Avx512};

    /// A level that the processor was asked for.
    #[derive(Clone, Copy)]
    pub(crate) struct Kernels(Simd);

    macro_rules! kernel {
        ($name:ident$(<$table:ident>)?, ($($arg:ident: $type:ty),*), $doc:literal) => {
            #[doc = $doc]
            pub(crate) fn $name$(<$table: Table>)?(self, $($arg: $type),*) {
                #[cfg(target_arch = "x86_64")]
                {
                    #[target_feature(enable = "avx512f,avx2,fma")]
                    fn avx512$(<$table: Table>)?($($arg: $type),*) {
                        super::$name::<Avx512$(, $table)?>($($arg),*);
                    }
                    #[target_feature(enable = "avx2,fma")]
                    fn avx2$(<$table: Table>)?($($arg: $type),*) {
                        super::$name::<Avx2$(, $table)?>($($arg),*);
                    }
                    match self.0 {
                        // SAFETY: `new` saw that the processor has the instructions.
                        Simd::Avx512 => return unsafe { avx512($($arg),*) },
                        // SAFETY: as above.
                        Simd::Avx2 => return unsafe { avx2($($arg),*) },
                        Simd::Neon | Simd::Plain => {}
                    }
                }
                #[cfg(target_arch = "aarch64")]
                if self.0 == Simd::Neon {
                    return super::$name::<Neon$(, $table)?>($($arg),*);
                }
                super::$name::<Plain$(, $table)?>($($arg),*);
            }
        };
    }

    impl Kernels {
        /// `simd`, or the plain loops where the processor lacks it.
        pub(crate) fn new(simd: Simd) -> Self {
            Self(if simd.is_available() { simd } else { Simd::Plain })
        }

        kernel!(phase_a<T>,
            (slice: &T, batch: Batch<'_>, copies: &mut Vec<Line>, tiles: &mut Vec<Line>, ahead: Batch<'_>),
            "Partial products of a batch in one slice.");
        kernel!(add_partial, (first: Option<&[Line]>, partial: &[Line], tiles: &mut Vec<Line>),
            "Adds a slice's products.");
        kernel!(coefficients, (batch: Batch<'_>, tiles: &mut [Line], loss: Option<&mut Loss>),
            "From products to coefficients.");
        kernel!(phase_b<T>,
            (slice: &mut T, batch: Batch<'_>, copies: &[Line], tiles: &[Line], deltas: &mut Vec<Line>, ahead: Batch<'_>),
            "A batch's increments to one slice.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Plain;

    #[test]
    fn the_sigmoid_is_within_its_error() {
        let mut line = Line::default();
        for n in -4000..=4000 {
            let x = n as f32 * 0.01;
            sigmoid(Plain::splat(x)).store(&mut line, 0);
            let truth = 1.0 / (1.0 + f64::from(-x).exp());
            assert!((f64::from(line.0[0]) - truth).abs() < 3e-7, "{x}: {} for {truth}", line.0[0]);
        }
    }

    #[test]
    fn shared_lines_give_back_what_was_stored() {
        let mut lines = Lines::zeroed(2);
        let x = Line(std::array::from_fn(|i| i as f32 - 7.5));
        lines[1] = x;
        let shared = lines.shared();
        Plain::load_shared(&shared[1], 0).add(Plain::splat(1.0)).store_shared(&shared[0], 0);
        assert_eq!(lines[0], Line(x.0.map(|x| x + 1.0)));
    }
}

//! The inner loops: a batch's dot products in one slice of the dimension (phase A), its coefficients, and its
//! increments (phase B).
//!
//! Letters: a window has `M` inputs (context words; one mean for CBOW) and `N` outputs (the word, its negatives, inner
//! nodes). Inputs are taken in pairs, outputs in blocks of up to eight, so a *tile* of 2 x 8 products fills one
//! [`Line`]: lane `k` belongs to the first input of the pair and output `k`, lane `8 + k` to the second.

#![expect(clippy::inline_always, reason = "must be inlined where the target feature is on")]
#![expect(clippy::needless_range_loop, reason = "a fixed number of registers, by index")]

use crate::lanes::{Lanes, Line};
use crate::prepare::{Prepared, WANTED, Window};
use crate::weights::Lines;

const BLOCK: usize = 8;

/// The weights of one slice: `n_lines` lines of each row, row after row.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) n_lines: usize,
    pub(crate) inputs: Lines,
    pub(crate) outputs: Lines,
}

/// Consecutive windows of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) chunk: &'a Prepared,
    pub(crate) windows: &'a [Window],
    pub(crate) cbow: bool,
}

impl Batch<'_> {
    fn n_pairs(&self, w: Window) -> usize {
        if self.cbow { 1 } else { usize::from(w.n_inputs).div_ceil(2) }
    }

    fn n_tiles(&self, w: Window) -> usize {
        self.n_pairs(w) * usize::from(w.n_outputs).div_ceil(BLOCK)
    }

    fn tiles_total(&self) -> usize {
        self.windows.iter().map(|w| self.n_tiles(*w)).sum()
    }
}

/// Copies the rows that a batch reads from `slice` into `copies` and writes each tile's partial products to `tiles`
/// (both overwritten).
#[inline(always)]
fn phase_a<L: Lanes>(slice: &Slice, batch: Batch<'_>, copies: &mut Vec<Line>, tiles: &mut Vec<Line>) {
    let n_lines = slice.n_lines;
    tiles.resize(batch.tiles_total(), Line::default());
    let copy_lines = |w: &Window| (2 * batch.n_pairs(*w) + usize::from(w.n_outputs)) * n_lines;
    copies.resize(batch.windows.iter().map(copy_lines).sum(), Line::default());
    let (mut free, mut tile_idx) = (&mut copies[..], 0);
    for (at, w) in batch.windows.iter().enumerate() {
        if let Some(ahead) = batch.windows.get(at + 2) {
            prefetch::<L>(slice, batch.chunk, ahead);
        }
        let n_pairs = batch.n_pairs(*w);
        let (inputs, rest) = free.split_at_mut(2 * n_pairs * n_lines);
        let (outputs, rest) = rest.split_at_mut(usize::from(w.n_outputs) * n_lines);
        free = rest;
        let rows = batch.chunk.inputs(*w);
        if batch.cbow {
            mean_of_rows::<L>(slice, rows, inputs);
        } else {
            for (pair, copy) in rows.chunks(2).zip(inputs.chunks_exact_mut(2 * n_lines)) {
                copy_pair(slice, pair, copy);
            }
        }
        let rows = batch.chunk.outputs(*w);
        for (block, copy) in rows.chunks(BLOCK).zip(outputs.chunks_mut(BLOCK * n_lines)) {
            let width = block.len();
            for (k, &row) in block.iter().enumerate() {
                let from = row_of(&slice.outputs, row & !WANTED, n_lines);
                for (to, from) in copy.chunks_exact_mut(width).zip(from) {
                    to[k] = *from;
                }
            }
        }
        for pair in inputs.chunks_exact(2 * n_lines) {
            for block in outputs.chunks(BLOCK * n_lines) {
                let tile = &mut tiles[tile_idx];
                tile_idx += 1;
                match block.len() / n_lines {
                    1 => dots::<L, 1>(pair, block, tile),
                    2 => dots::<L, 2>(pair, block, tile),
                    3 => dots::<L, 3>(pair, block, tile),
                    4 => dots::<L, 4>(pair, block, tile),
                    5 => dots::<L, 5>(pair, block, tile),
                    6 => dots::<L, 6>(pair, block, tile),
                    7 => dots::<L, 7>(pair, block, tile),
                    _ => dots::<L, 8>(pair, block, tile),
                }
            }
        }
    }
}

/// The lines of a row.
#[inline(always)]
fn row_of(table: &[Line], row: u32, n_lines: usize) -> &[Line] {
    &table[row as usize * n_lines..][..n_lines]
}

#[inline(always)]
fn row_of_mut(table: &mut [Line], row: u32, n_lines: usize) -> &mut [Line] {
    &mut table[row as usize * n_lines..][..n_lines]
}

#[inline(always)]
fn prefetch<L: Lanes>(slice: &Slice, chunk: &Prepared, w: &Window) {
    for &row in chunk.inputs(*w) {
        row_of(&slice.inputs, row, slice.n_lines).iter().for_each(L::prefetch);
    }
    for &row in chunk.outputs(*w) {
        row_of(&slice.outputs, row & !WANTED, slice.n_lines).iter().for_each(L::prefetch);
    }
}

/// Lines of two rows, interleaved; a missing second row is zero.
#[inline(always)]
fn copy_pair(slice: &Slice, pair: &[u32], copy: &mut [Line]) {
    let first = row_of(&slice.inputs, pair[0], slice.n_lines);
    if let Some(&second) = pair.get(1) {
        let second = row_of(&slice.inputs, second, slice.n_lines);
        for ((to, a), b) in copy.as_chunks_mut::<2>().0.iter_mut().zip(first).zip(second) {
            *to = [*a, *b];
        }
    } else {
        for (to, a) in copy.as_chunks_mut::<2>().0.iter_mut().zip(first) {
            *to = [*a, Line::default()];
        }
    }
}

/// The mean of the rows as the first of a pair whose second is zero.
#[inline(always)]
fn mean_of_rows<L: Lanes>(slice: &Slice, rows: &[u32], copy: &mut [Line]) {
    let scale = L::splat(1.0 / rows.len() as f32);
    for (line_idx, to) in copy.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let mut sum = L::splat(0.0);
        for &row in rows {
            sum = sum.add(L::load(&slice.inputs[row as usize * slice.n_lines + line_idx]));
        }
        sum.mul(scale).store(&mut to[0]);
        to[1] = Line::default();
    }
}

/// The products of a pair of inputs (`[line][2]`) with `N` outputs (`[line][N]`).
#[inline(always)]
fn dots<L: Lanes, const N: usize>(pair: &[Line], outputs: &[Line], tile: &mut Line) {
    let mut sums = [L::splat(0.0); 16];
    for (i, o) in pair.as_chunks::<2>().0.iter().zip(outputs.as_chunks::<N>().0) {
        let (first, second) = (L::load(&i[0]), L::load(&i[1]));
        for k in 0..N {
            let o = L::load(&o[k]);
            sums[k] = first.mul_add(o, sums[k]);
            sums[BLOCK + k] = second.mul_add(o, sums[BLOCK + k]);
        }
    }
    L::sums(sums).store(tile);
}

/// Turns summed products into `(wanted - sigmoid(x)) * alpha`, in place; `partials` are added in their order.
#[inline(always)]
fn coefficients<L: Lanes>(
    batch: Batch<'_>,
    partials: &[&[Line]],
    out: &mut Vec<Line>,
    loss: Option<&mut Loss>,
) {
    out.resize(batch.tiles_total(), Line::default());
    for (idx, to) in out.iter_mut().enumerate() {
        let mut sum = L::load(&partials[0][idx]);
        for partial in &partials[1..] {
            sum = sum.add(L::load(&partial[idx]));
        }
        sum.store(to);
    }
    if let Some(loss) = loss {
        loss.add(batch, out);
    }
    let alpha = L::splat(batch.chunk.alpha);
    let mut tile_idx = 0;
    for w in batch.windows {
        for _ in 0..batch.n_pairs(*w) {
            for block in batch.chunk.outputs(*w).chunks(BLOCK) {
                let mut wanted = Line::default();
                for (k, &row) in block.iter().enumerate() {
                    let answer = (row >> 31) as f32;
                    wanted.0[k] = answer;
                    wanted.0[BLOCK + k] = answer;
                }
                let tile = &mut out[tile_idx];
                tile_idx += 1;
                L::load(&wanted).sub(sigmoid(L::load(tile))).mul(alpha).store(tile);
            }
        }
    }
}

/// `1 / (1 + e^-x)`, within 2e-7 of the true value.
///
/// `e^-x = 2^n 2^f` with `n` whole and `|f| <= 1/2`; `2^f` is its Taylor polynomial of degree 6 in `f ln 2`
/// (remainder under 2e-7 relative, as `(ln 2 / 2)^7 / 7!` is 1.2e-7).
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
    one.div(one.add(power.mul(shifted.power_of_two())))
}

/// Adds a batch's increments to `slice`, window after window, from the rows that [`phase_a`] copied.
#[inline(always)]
fn phase_b<L: Lanes>(slice: &mut Slice, batch: Batch<'_>, copies: &[Line], tiles: &[Line]) {
    let n_lines = slice.n_lines;
    let (mut copies, mut tiles) = (copies, tiles);
    for w in batch.windows {
        let (inputs, rest) = copies.split_at(2 * batch.n_pairs(*w) * n_lines);
        let (outputs, rest) = rest.split_at(usize::from(w.n_outputs) * n_lines);
        copies = rest;
        let (window_tiles, rest) = tiles.split_at(batch.n_tiles(*w));
        tiles = rest;
        let (input_rows, output_rows) = (batch.chunk.inputs(*w), batch.chunk.outputs(*w));
        let n_blocks = output_rows.len().div_ceil(BLOCK);
        for (block_idx, (block, rows)) in
            outputs.chunks(BLOCK * n_lines).zip(output_rows.chunks(BLOCK)).enumerate()
        {
            let window = Increments {
                n_lines,
                input_rows,
                inputs,
                window_tiles,
                n_blocks,
                block_idx,
                cbow: batch.cbow,
            };
            match rows.len() {
                1 => window.add::<L, 1>(slice, rows, block),
                2 => window.add::<L, 2>(slice, rows, block),
                3 => window.add::<L, 3>(slice, rows, block),
                4 => window.add::<L, 4>(slice, rows, block),
                5 => window.add::<L, 5>(slice, rows, block),
                6 => window.add::<L, 6>(slice, rows, block),
                7 => window.add::<L, 7>(slice, rows, block),
                _ => window.add::<L, 8>(slice, rows, block),
            }
        }
    }
}

/// A window and one block of its outputs.
struct Increments<'a> {
    n_lines: usize,
    input_rows: &'a [u32],
    inputs: &'a [Line],
    window_tiles: &'a [Line],
    n_blocks: usize,
    block_idx: usize,
    cbow: bool,
}

impl Increments<'_> {
    #[inline(always)]
    fn add<L: Lanes, const N: usize>(&self, slice: &mut Slice, output_rows: &[u32], outputs: &[Line]) {
        let n_lines = self.n_lines;
        let outputs = outputs.as_chunks::<N>().0;
        let tiles = || self.window_tiles[self.block_idx..].iter().step_by(self.n_blocks);
        if self.cbow {
            // As in the original, every word of the context gets the whole increment of the mean.
            let tile = &self.window_tiles[self.block_idx];
            for &row in self.input_rows {
                let weights = row_of_mut(&mut slice.inputs, row, n_lines);
                add_to_input::<L, N>(weights, outputs, tile, 0);
            }
        } else {
            for (pair, tile) in self.input_rows.chunks(2).zip(tiles()) {
                for (half, &row) in pair.iter().enumerate() {
                    let weights = row_of_mut(&mut slice.inputs, row, n_lines);
                    add_to_input::<L, N>(weights, outputs, tile, half * BLOCK);
                }
            }
        }
        for line_idx in 0..n_lines {
            let mut sums = [L::splat(0.0); N];
            for (pair, tile) in self.inputs.chunks_exact(2 * n_lines).zip(tiles()) {
                let (first, second) = (L::load(&pair[2 * line_idx]), L::load(&pair[2 * line_idx + 1]));
                for k in 0..N {
                    sums[k] = first.mul_add(L::splat(tile.0[k]), sums[k]);
                    sums[k] = second.mul_add(L::splat(tile.0[BLOCK + k]), sums[k]);
                }
            }
            for (&row, sum) in output_rows.iter().zip(sums) {
                let weight = &mut slice.outputs[(row & !WANTED) as usize * n_lines + line_idx];
                L::load(weight).add(sum).store(weight);
            }
        }
    }
}

/// `weights += sum over k of tile[at + k] * outputs[k]`.
#[inline(always)]
fn add_to_input<L: Lanes, const N: usize>(
    weights: &mut [Line],
    outputs: &[[Line; N]],
    tile: &Line,
    at: usize,
) {
    let g: [L; N] = std::array::from_fn(|k| L::splat(tile.0[at + k]));
    for (weight, o) in weights.iter_mut().zip(outputs) {
        let mut sum = L::splat(0.0);
        for k in 0..N {
            sum = L::load(&o[k]).mul_add(g[k], sum);
        }
        L::load(weight).add(sum).store(weight);
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
            let n_inputs = if batch.cbow { 1 } else { usize::from(w.n_inputs) };
            for first in (0..n_inputs).step_by(2) {
                for block in batch.chunk.outputs(*w).chunks(BLOCK) {
                    let Some(tile) = tiles.next() else { return };
                    for half in 0..2.min(n_inputs - first) {
                        for (k, row) in block.iter().enumerate() {
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
    #![expect(unsafe_code, reason = "calling functions that are compiled for more than the base processor")]

    use super::{Batch, Line, Loss, Slice};
    use crate::config::Simd;
    use crate::lanes::Plain;
    #[cfg(target_arch = "x86_64")]
    use crate::lanes::{Avx2, Avx512};

    /// A level that the processor was asked for.
    #[derive(Clone, Copy)]
    pub(crate) struct Kernels(Simd);

    macro_rules! kernel {
        ($name:ident, ($($arg:ident: $type:ty),*), $doc:literal) => {
            #[doc = $doc]
            pub(crate) fn $name(self, $($arg: $type),*) {
                #[cfg(target_arch = "x86_64")]
                {
                    #[target_feature(enable = "avx512f,avx2,fma")]
                    fn avx512($($arg: $type),*) {
                        super::$name::<Avx512>($($arg),*);
                    }
                    #[target_feature(enable = "avx2,fma")]
                    fn avx2($($arg: $type),*) {
                        super::$name::<Avx2>($($arg),*);
                    }
                    match self.0 {
                        // SAFETY: `new` saw that the processor has the instructions.
                        Simd::Avx512 => return unsafe { avx512($($arg),*) },
                        // SAFETY: as above.
                        Simd::Avx2 => return unsafe { avx2($($arg),*) },
                        Simd::Plain => {}
                    }
                }
                super::$name::<Plain>($($arg),*);
            }
        };
    }

    impl Kernels {
        /// `simd`, or the plain loops where the processor lacks it.
        pub(crate) fn new(simd: Simd) -> Self {
            Self(if simd.is_available() { simd } else { Simd::Plain })
        }

        kernel!(phase_a, (slice: &Slice, batch: Batch<'_>, copies: &mut Vec<Line>, tiles: &mut Vec<Line>),
            "Partial products of a batch in one slice.");
        kernel!(coefficients,
            (batch: Batch<'_>, partials: &[&[Line]], out: &mut Vec<Line>, loss: Option<&mut Loss>),
            "From products to coefficients.");
        kernel!(phase_b, (slice: &mut Slice, batch: Batch<'_>, copies: &[Line], tiles: &[Line]),
            "A batch's increments to one slice.");
    }
}

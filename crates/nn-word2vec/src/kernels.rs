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

use std::cell::Cell;

use crate::lanes::{Lanes, Line, MAX_PARTS, SharedLine, prefetch};
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

impl Slice {
    /// For the thread that owns it.
    pub(crate) fn own(&mut self) -> Table<'_, Cell<Line>> {
        Table { n_lines: self.n_lines, inputs: self.inputs.cells(), outputs: self.outputs.cells() }
    }

    /// For several threads that change it at once: Hogwild.
    pub(crate) fn shared(&mut self) -> Table<'_, SharedLine> {
        Table { n_lines: self.n_lines, inputs: self.inputs.shared(), outputs: self.outputs.shared() }
    }
}

/// A slice's weights as the inner loops see them.
#[derive(Debug)]
pub(crate) struct Table<'a, W> {
    n_lines: usize,
    inputs: &'a [W],
    outputs: &'a [W],
}

// Derived ones would ask the same of a line.
impl<W> Clone for Table<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W> Copy for Table<'_, W> {}

impl<'a, W> Table<'a, W> {
    #[inline(always)]
    fn input(&self, row: u32) -> &'a [W] {
        row_of(self.inputs, row as usize, self.n_lines)
    }

    #[inline(always)]
    fn output(&self, row: u32) -> &'a [W] {
        row_of(self.outputs, (row & !WANTED) as usize, self.n_lines)
    }
}

/// The lines of a row.
#[inline(always)]
fn row_of<W>(rows: &[W], row: usize, n_lines: usize) -> &[W] {
    &rows[row * n_lines..][..n_lines]
}

/// A line of weights, one's own or shared. One's own is a cell: the outputs of a window may name a row twice.
pub(crate) trait Weight {
    fn get<L: Lanes>(&self, part: usize) -> L;
    fn set<L: Lanes>(&self, part: usize, x: L);
}

impl Weight for Cell<Line> {
    #[inline(always)]
    fn get<L: Lanes>(&self, part: usize) -> L {
        L::load_cell(self, part)
    }
    #[inline(always)]
    fn set<L: Lanes>(&self, part: usize, x: L) {
        x.store_cell(self, part);
    }
}

/// Between the load and the store of an addition another thread's addition may be lost: that is Hogwild.
impl Weight for SharedLine {
    #[inline(always)]
    fn get<L: Lanes>(&self, part: usize) -> L {
        L::load_shared(self, part)
    }
    #[inline(always)]
    fn set<L: Lanes>(&self, part: usize, x: L) {
        x.store_shared(self, part);
    }
}

/// Consecutive windows of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    chunk: &'a Prepared,
    /// The numbers of its windows.
    first: usize,
    end: usize,
    cbow: bool,
    /// The places that its windows reach.
    first_place: usize,
    end_place: usize,
}

impl<'a> Batch<'a> {
    /// The windows from number `first` to `end`, as far as there are any.
    pub(crate) fn new(chunk: &'a Prepared, first: usize, end: usize, cbow: bool) -> Self {
        let (first, end) = (first.min(chunk.n_windows()), end.min(chunk.n_windows()));
        let places = chunk.places(first..end);
        Self { chunk, first, end, cbow, first_place: places.start, end_place: places.end }
    }

    fn windows(&self) -> impl Iterator<Item = Window> + use<'a> {
        self.chunk.windows(self.first..self.end)
    }

    /// The words at its places.
    fn words(&self) -> &'a [u32] {
        &self.chunk.words[self.first_place..self.end_place]
    }

    /// Rows of copies: a place's, or a window's mean.
    fn n_copies(&self) -> usize {
        if self.cbow { self.end - self.first } else { self.end_place - self.first_place }
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
        self.windows().map(|w| self.n_tiles(&w)).sum()
    }

    /// The copy of a window's `n`-th input.
    #[inline(always)]
    fn copy(&self, w: &Window, n: usize) -> usize {
        if self.cbow { w.center - self.first } else { w.place(n) - self.first_place }
    }
}

/// Calls a loop that is compiled for each number of outputs of a block.
macro_rules! by_length {
    ($rows:ident, $loop:ident($($arg:expr),*)) => {
        match $rows.len() {
            1 => $loop::<L, W, 1>($($arg),*),
            2 => $loop::<L, W, 2>($($arg),*),
            3 => $loop::<L, W, 3>($($arg),*),
            4 => $loop::<L, W, 4>($($arg),*),
            5 => $loop::<L, W, 5>($($arg),*),
            6 => $loop::<L, W, 6>($($arg),*),
            7 => $loop::<L, W, 7>($($arg),*),
            _ => $loop::<L, W, 8>($($arg),*),
        }
    };
}

/// Copies the inputs that a batch reads from `table` into `copies` and writes each tile's partial products to `tiles`
/// (both overwritten).
#[inline(always)]
fn phase_a<L: Lanes, W: Weight>(
    table: Table<'_, W>,
    batch: Batch<'_>,
    copies: &mut Vec<Line>,
    tiles: &mut Vec<Line>,
    ahead: Batch<'_>,
) {
    let n_lines = table.n_lines;
    let mut ahead = Ahead::new(table, ahead, 0);
    copies.resize(batch.n_copies() * n_lines, Line::default());
    if batch.cbow {
        for (w, to) in batch.windows().zip(copies.chunks_exact_mut(n_lines)) {
            mean_of_rows::<L, W>(table, batch.chunk, &w, to);
        }
    } else {
        for (&word, to) in batch.words().iter().zip(copies.chunks_exact_mut(n_lines)) {
            for (to, from) in to.iter_mut().zip(table.input(word)) {
                for part in 0..L::PARTS {
                    from.get::<L>(part).store(to, part);
                }
            }
        }
    }
    tiles.resize(batch.tiles_total(), Line::default());
    let mut free = &mut tiles[..];
    for w in batch.windows() {
        ahead.input();
        for rows in batch.chunk.outputs(&w).chunks(BLOCK) {
            let own;
            (own, free) = free.split_at_mut(batch.n_pairs(&w));
            let meeting = Meeting { table, batch, w, rows, copies };
            by_length!(rows, products(meeting, own, &mut ahead));
        }
    }
}

/// Rows that will be needed a batch later, asked for one at a time between other work: a processor can wait for a dozen
/// or two lines at once, and asking for more stops it.
struct Ahead<'a, W> {
    table: Table<'a, W>,
    inputs: std::slice::Iter<'a, u32>,
    outputs: std::slice::Iter<'a, u32>,
}

impl<'a, W> Ahead<'a, W> {
    /// Half of a batch's rows, the first or the second.
    fn new(table: Table<'a, W>, batch: Batch<'a>, half: usize) -> Self {
        let share = |rows: &'a [u32]| {
            let middle = rows.len() / 2;
            if half == 0 { rows[..middle].iter() } else { rows[middle..].iter() }
        };
        Self {
            table,
            inputs: share(batch.words()),
            outputs: share(batch.chunk.outputs_of_all(batch.first..batch.end)),
        }
    }

    #[inline(always)]
    fn input(&mut self) {
        if let Some(&row) = self.inputs.next() {
            self.table.input(row).iter().for_each(prefetch);
        }
    }

    #[inline(always)]
    fn output(&mut self) {
        if let Some(&row) = self.outputs.next() {
            self.table.output(row).iter().for_each(prefetch);
        }
    }
}

/// The mean of a window's inputs.
#[inline(always)]
fn mean_of_rows<L: Lanes, W: Weight>(table: Table<'_, W>, chunk: &Prepared, w: &Window, mean: &mut [Line]) {
    let n_inputs = w.n_inputs();
    let scale = L::splat(1.0 / n_inputs as f32);
    for (line_idx, to) in mean.iter_mut().enumerate() {
        for part in 0..L::PARTS {
            let mut sum = L::splat(0.0);
            for n in 0..n_inputs {
                sum = sum.add(table.input(chunk.words[w.place(n)])[line_idx].get(part));
            }
            sum.mul(scale).store(to, part);
        }
    }
}

/// A window's inputs, and up to eight of its outputs.
struct Meeting<'a, W> {
    table: Table<'a, W>,
    batch: Batch<'a>,
    w: Window,
    /// The outputs' rows.
    rows: &'a [u32],
    copies: &'a [Line],
}

/// The products of a window's inputs with `N` of its outputs: a tile a pair.
#[inline(always)]
fn products<L: Lanes, W: Weight, const N: usize>(
    Meeting { table, batch, w, rows, copies }: Meeting<'_, W>,
    tiles: &mut [Line],
    ahead: &mut Ahead<'_, W>,
) {
    let n_lines = table.n_lines;
    let outputs: [&[W]; N] = std::array::from_fn(|k| table.output(rows[k]));
    let n_inputs = batch.n_inputs(&w);
    let copy = |n| row_of(copies, batch.copy(&w, n), n_lines);
    let mut tiles = tiles.iter_mut();
    ahead.output();
    for n in (0..n_inputs & !1).step_by(2) {
        let Some(tile) = tiles.next() else { return };
        ahead.output();
        let (first, second) = (copy(n), copy(n + 1));
        let mut sums = [[L::splat(0.0); 16]; MAX_PARTS];
        for line_idx in 0..n_lines {
            for part in 0..L::PARTS {
                let sums = &mut sums[part];
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
    if let Some(tile) = tiles.next() {
        ahead.output();
        let last = copy(n_inputs - 1);
        let mut sums = [[L::splat(0.0); 16]; MAX_PARTS];
        for line_idx in 0..n_lines {
            for part in 0..L::PARTS {
                let sums = &mut sums[part];
                let a = L::load(&last[line_idx], part);
                for k in 0..N {
                    sums[k] = a.mul_add(outputs[k][line_idx].get(part), sums[k]);
                }
            }
        }
        L::sums(&sums, tile);
    }
}

/// Adds two slices' products into `sums` (overwritten).
#[inline(always)]
fn add_up<L: Lanes>(a: &[Line], b: &[Line], sums: &mut Vec<Line>) {
    // Lengths differ from batch to batch; what is there is overwritten.
    sums.resize(a.len(), Line::default());
    for ((to, a), b) in sums.iter_mut().zip(a).zip(b) {
        for part in 0..L::PARTS {
            L::load(a, part).add(L::load(b, part)).store(to, part);
        }
    }
}

/// Turns products into `(wanted - sigmoid(x)) * alpha`; `tiles` is overwritten.
#[inline(always)]
fn coefficients<L: Lanes>(
    batch: Batch<'_>,
    products: &[Line],
    tiles: &mut Vec<Line>,
    loss: Option<&mut Loss>,
) {
    if let Some(loss) = loss {
        loss.add(batch, products);
    }
    tiles.resize(products.len(), Line::default());
    let alpha = L::splat(batch.chunk.alpha);
    let (mut rest, mut free) = (products, &mut tiles[..]);
    for w in batch.windows() {
        for rows in batch.chunk.outputs(&w).chunks(BLOCK) {
            let wanted = rows.iter().rev().fold(0, |mask, row| mask << 1 | (row >> 31) as u16);
            let wanted = wanted << BLOCK | wanted;
            let (from, to);
            (from, rest) = rest.split_at(batch.n_pairs(&w));
            (to, free) = free.split_at_mut(batch.n_pairs(&w));
            for (product, tile) in from.iter().zip(to) {
                for part in 0..L::PARTS {
                    let miss = L::ones(wanted, part).sub(sigmoid(L::load(product, part)));
                    miss.mul(alpha).store(tile, part);
                }
            }
        }
    }
}

/// `1 / (1 + e^-x)`, within 3e-7 of the true value.
///
/// `e^-x = 2^n 2^f` with `n` whole and `|f| <= 1/2`; `2^f` is its Taylor polynomial of degree 6 (remainder under 2e-7
/// relative, as `(ln 2 / 2)^7 / 7!` is 1.2e-7). The reciprocal is a guess from the bits and three steps of Newton's
/// method, each of which squares the relative error (1/8 at first): a division takes the processor as long as all the
/// rest.
#[inline(always)]
fn sigmoid<L: Lanes>(x: L) -> L {
    const LN_2: f64 = std::f64::consts::LN_2;
    // ln(2)^k / k!, from 6 down to 0.
    const TAYLOR: [f32; 7] = [
        (LN_2 * LN_2 * LN_2 * LN_2 * LN_2 * LN_2 / 720.0) as f32,
        (LN_2 * LN_2 * LN_2 * LN_2 * LN_2 / 120.0) as f32,
        (LN_2 * LN_2 * LN_2 * LN_2 / 24.0) as f32,
        (LN_2 * LN_2 * LN_2 / 6.0) as f32,
        (LN_2 * LN_2 / 2.0) as f32,
        LN_2 as f32,
        1.0,
    ];
    // Beyond 30 the answer is 0 or 1 in single precision, and the power stays far from overflow.
    let x = x.min(L::splat(30.0)).max(L::splat(-30.0));
    // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
    let (scale, magic) = (L::splat(-std::f32::consts::LOG2_E), L::splat(12_582_912.0));
    let shifted = x.mul_add(scale, magic);
    let f = x.mul_add(scale, magic.sub(shifted));
    let power = TAYLOR[1..].iter().fold(L::splat(TAYLOR[0]), |power, &c| power.mul_add(f, L::splat(c)));
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

/// Adds a batch's increments to the table: outputs window after window, inputs place after place from the sums gathered
/// in `deltas` (overwritten). `copies` are the inputs as [`phase_a`] saw them.
#[inline(always)]
fn phase_b<L: Lanes, W: Weight>(
    table: Table<'_, W>,
    batch: Batch<'_>,
    copies: &[Line],
    tiles: &[Line],
    deltas: &mut Vec<Line>,
    ahead: Batch<'_>,
) {
    let n_lines = table.n_lines;
    let mut ahead = Ahead::new(table, ahead, 1);
    deltas.clear();
    deltas.resize(batch.n_copies() * n_lines, Line::default());
    let cells = Cell::from_mut(&mut deltas[..]).as_slice_of_cells();
    let mut rest = tiles;
    for w in batch.windows() {
        ahead.input();
        for rows in batch.chunk.outputs(&w).chunks(BLOCK) {
            let own;
            (own, rest) = rest.split_at(batch.n_pairs(&w));
            let meeting = Meeting { table, batch, w, rows, copies };
            by_length!(rows, increments(meeting, own, cells, &mut ahead));
        }
    }
    if batch.cbow {
        // As in the original, every word of the context gets the whole increment of the mean.
        for (w, delta) in batch.windows().zip(deltas.chunks_exact(n_lines)) {
            for n in 0..w.n_inputs() {
                add_to_row::<L, W>(table.input(batch.chunk.words[w.place(n)]), delta);
            }
        }
    } else {
        for (&word, delta) in batch.words().iter().zip(deltas.chunks_exact(n_lines)) {
            add_to_row::<L, W>(table.input(word), delta);
        }
    }
}

#[inline(always)]
fn add_to_row<L: Lanes, W: Weight>(row: &[W], delta: &[Line]) {
    for (weight, delta) in row.iter().zip(delta) {
        for part in 0..L::PARTS {
            weight.set(part, weight.get::<L>(part).add(L::load(delta, part)));
        }
    }
}

/// The coefficients of a window's `n`-th input with `N` outputs.
#[inline(always)]
fn spread<L: Lanes, const N: usize>(tiles: &[Line], n: usize) -> [L; N] {
    let lanes = &tiles[n / 2].0[n % 2 * BLOCK..][..N];
    std::array::from_fn(|k| L::splat(lanes[k]))
}

/// The increments of a window's inputs and `N` of its outputs, all made from the rows as they were before it.
///
/// The coefficients of a few inputs stay in registers while the lines pass by. The last of them give and take in one
/// turn; the others take before it and give after it.
#[inline(always)]
fn increments<L: Lanes, W: Weight, const N: usize>(
    Meeting { table, batch, w, rows, copies }: Meeting<'_, W>,
    tiles: &[Line],
    deltas: &[Cell<Line>],
    ahead: &mut Ahead<'_, W>,
) {
    let n_lines = table.n_lines;
    let outputs: [&[W]; N] = std::array::from_fn(|k| table.output(rows[k]));
    let n_inputs = batch.n_inputs(&w);
    // For each input: a name for its lines, one for its sums, one for its coefficients, its number.
    macro_rules! take {
        ($($to:ident $g:ident $n:expr),*) => {
            $(let $to = row_of(deltas, batch.copy(&w, $n), n_lines);
            let $g: [L; N] = spread(tiles, $n);)*
            for line_idx in 0..n_lines {
                for part in 0..L::PARTS {
                    let ($(mut $g,)*) = ($(($g, L::load_cell(&$to[line_idx], part)),)*);
                    for k in 0..N {
                        let o: L = outputs[k][line_idx].get(part);
                        $($g.1 = o.mul_add($g.0[k], $g.1);)*
                    }
                    $($g.1.store_cell(&$to[line_idx], part);)*
                }
            }
        };
    }
    macro_rules! give {
        ($($x:ident $g:ident $n:expr),*) => {
            $(let $x = row_of(copies, batch.copy(&w, $n), n_lines);
            let $g: [L; N] = spread(tiles, $n);)*
            for line_idx in 0..n_lines {
                for part in 0..L::PARTS {
                    $(let $x = L::load(&$x[line_idx], part);)*
                    for k in 0..N {
                        let mut o: L = outputs[k][line_idx].get(part);
                        $(o = $x.mul_add($g[k], o);)*
                        outputs[k][line_idx].set(part, o);
                    }
                }
            }
        };
    }
    macro_rules! both {
        ($($x:ident $to:ident $g:ident $n:expr),*) => {
            $(let $x = row_of(copies, batch.copy(&w, $n), n_lines);
            let $to = row_of(deltas, batch.copy(&w, $n), n_lines);
            let $g: [L; N] = spread(tiles, $n);)*
            for line_idx in 0..n_lines {
                for part in 0..L::PARTS {
                    $(let $x = L::load(&$x[line_idx], part);)*
                    let ($(mut $g,)*) = ($(($g, L::load_cell(&$to[line_idx], part)),)*);
                    for k in 0..N {
                        let o: L = outputs[k][line_idx].get(part);
                        let mut next = o;
                        $($g.1 = o.mul_add($g.0[k], $g.1);
                        next = $x.mul_add($g.0[k], next);)*
                        outputs[k][line_idx].set(part, next);
                    }
                    $($g.1.store_cell(&$to[line_idx], part);)*
                }
            }
        };
    }
    ahead.output();
    ahead.output();
    let n_apart = (n_inputs - 1) / 4 * 4;
    for n in (0..n_apart).step_by(4) {
        ahead.output();
        ahead.output();
        take!(to_a g n, to_b h n + 1, to_c i n + 2, to_d j n + 3);
    }
    let n = n_apart;
    match n_inputs - n {
        1 => {
            both!(a to_a g n);
        }
        2 => {
            both!(a to_a g n, b to_b h n + 1);
        }
        3 => {
            both!(a to_a g n, b to_b h n + 1, c to_c i n + 2);
        }
        _ => {
            both!(a to_a g n, b to_b h n + 1, c to_c i n + 2, d to_d j n + 3);
        }
    }
    for n in (0..n_apart).step_by(4) {
        give!(a g n, b h n + 1, c i n + 2, d j n + 3);
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
        for w in batch.windows() {
            let n_inputs = batch.n_inputs(&w);
            for rows in batch.chunk.outputs(&w).chunks(BLOCK) {
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

    use super::{Batch, Line, Loss, Table, Weight};
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
        ($name:ident$(<$weight:ident>)?, ($($arg:ident: $type:ty),*), $doc:literal) => {
            #[doc = $doc]
            pub(crate) fn $name$(<$weight: Weight>)?(self, $($arg: $type),*) {
                #[cfg(target_arch = "x86_64")]
                {
                    #[target_feature(enable = "avx512f,avx2,fma")]
                    fn avx512$(<$weight: Weight>)?($($arg: $type),*) {
                        super::$name::<Avx512$(, $weight)?>($($arg),*);
                    }
                    #[target_feature(enable = "avx2,fma")]
                    fn avx2$(<$weight: Weight>)?($($arg: $type),*) {
                        super::$name::<Avx2$(, $weight)?>($($arg),*);
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
                    return super::$name::<Neon$(, $weight)?>($($arg),*);
                }
                super::$name::<Plain$(, $weight)?>($($arg),*);
            }
        };
    }

    impl Kernels {
        /// `simd`, or the plain loops where the processor lacks it.
        pub(crate) fn new(simd: Simd) -> Self {
            Self(if simd.is_available() { simd } else { Simd::Plain })
        }

        kernel!(phase_a<W>,
            (table: Table<'_, W>, batch: Batch<'_>, copies: &mut Vec<Line>, tiles: &mut Vec<Line>, ahead: Batch<'_>),
            "Partial products of a batch in one slice.");
        kernel!(add_up, (a: &[Line], b: &[Line], sums: &mut Vec<Line>), "Adds two slices' products.");
        kernel!(coefficients,
            (batch: Batch<'_>, products: &[Line], tiles: &mut Vec<Line>, loss: Option<&mut Loss>),
            "From products to coefficients.");
        kernel!(phase_b<W>,
            (table: Table<'_, W>, batch: Batch<'_>, copies: &[Line], tiles: &[Line], deltas: &mut Vec<Line>, ahead: Batch<'_>),
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

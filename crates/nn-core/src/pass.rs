//! One batch on its way through a net and back: the buffers, made once, and the two directions.
//!
//! The rows of a batch are split into shards, one or two a thread. A row never meets another before
//! the gradients are summed, and those sums are chains in the order of the rows, so the split does
//! not move a bit.

use crate::simd::{Product, Simd, Start};
use crate::{Loss, Net, Scalar};
use rayon::prelude::*;

/// Multiplications under which a batch is not worth waking another thread.
const WORTH_A_THREAD: usize = 400_000;
/// Tiles have six rows; shards of whole tiles waste none.
const TILE_ROWS: usize = 6;

/// The buffers for batches of up to `max_rows`.
#[derive(Debug, Clone)]
pub(crate) struct Pass<T> {
    shards: Vec<Shard<T>>,
    rows_per_shard: usize,
    /// Each layer's weights with rows and columns exchanged, for the way back; none for the first.
    transposed: Vec<Vec<T>>,
    simd: Simd,
}

#[derive(Debug, Clone)]
struct Shard<T> {
    n_rows: usize,
    layers: Vec<Buffers<T>>,
    /// Each row's loss: they are summed in the order of the rows, whatever shard they are in.
    losses: Vec<T>,
}

/// One layer's rows: sums (where the activation needs them), outputs, and errors.
#[derive(Debug, Clone)]
struct Buffers<T> {
    width: usize,
    sums: Vec<T>,
    out: Vec<T>,
    delta: Vec<T>,
}

impl<T: Scalar> Pass<T> {
    pub(crate) fn new(net: &Net<T>, max_rows: usize) -> Self {
        let n_threads = rayon::current_num_threads();
        let is_large = max_rows * net.n_parameters() >= WORTH_A_THREAD;
        let n_shards = if is_large && n_threads > 1 { 2 * n_threads } else { 1 };
        let rows_per_shard = max_rows.div_ceil(n_shards).next_multiple_of(TILE_ROWS);
        let buffers = |width: usize, has_sums: bool| {
            let rows = vec![T::ZERO; rows_per_shard * width];
            let sums = if has_sums { rows.clone() } else { Vec::new() };
            Buffers { width, sums, delta: rows.clone(), out: rows }
        };
        let layers: Vec<_> = net
            .layers()
            .iter()
            .map(|layer| buffers(layer.dim().1, layer.activation().needs_sums()))
            .collect();
        let shard = Shard { n_rows: 0, layers, losses: vec![T::ZERO; rows_per_shard] };
        let transposed = net
            .layers()
            .iter()
            .enumerate()
            .map(|(n, layer)| vec![T::ZERO; if n == 0 { 0 } else { layer.dim().0 * layer.dim().1 }]);
        Self {
            shards: vec![shard; max_rows.div_ceil(rows_per_shard)],
            rows_per_shard,
            transposed: transposed.collect(),
            simd: Simd::best(),
        }
    }

    /// Takes the rows of `x`, at most as many as there are buffers for, to the outputs.
    pub(crate) fn forward(&mut self, net: &Net<T>, x: &[T]) {
        let simd = self.simd;
        self.each_shard(net, x, |shard, x, _| shard.forward(net, x, simd));
    }

    /// Forward, then each layer's error: `scale` times the loss's slope by the layer's sums.
    /// Returns the sum of the records' losses.
    pub(crate) fn forward_and_back(&mut self, net: &Net<T>, x: &[T], y: &[T], loss: Loss, scale: T) -> T {
        let (simd, n_outputs) = (self.simd, net.n_outputs());
        let mut transposed = std::mem::take(&mut self.transposed);
        for (layer, to) in net.layers().iter().zip(&mut transposed).skip(1) {
            transpose(to, layer.parts().0, layer.dim());
        }
        self.each_shard(net, x, |shard, x, first_row| {
            shard.forward(net, x, simd);
            let y = &y[first_row * n_outputs..][..shard.n_rows * n_outputs];
            shard.back(net, y, loss, scale, &transposed, simd);
        });
        self.transposed = transposed;
        let losses = self.shards.iter().flat_map(|shard| &shard.losses[..shard.n_rows]);
        losses.fold(T::ZERO, |sum, &loss| sum + loss)
    }

    /// Overwrites `gradient` with the rows from `first_row` on of the weight gradient of a layer of
    /// this size, `Xt delta`, after [`Pass::forward_and_back`] with the same `x`.
    pub(crate) fn weight_gradient(
        &self,
        (n_in, n_out): (usize, usize),
        x: &[T],
        layer: usize,
        first_row: usize,
        gradient: &mut [T],
    ) {
        let mut start = Start::Zero;
        for (n, shard) in self.shards.iter().enumerate().filter(|(_, shard)| shard.n_rows > 0) {
            let inputs = match layer {
                0 => &x[n * self.rows_per_shard * n_in..],
                _ => &shard.layers[layer - 1].out,
            };
            let product = Product {
                a: &inputs[first_row..],
                strides: (1, n_in),
                b: &shard.layers[layer].delta,
                k: shard.n_rows,
                n: n_out,
                start,
            };
            T::multiply(product, self.simd, gradient);
            start = Start::Present;
        }
    }

    /// Overwrites `gradient` with one layer's bias gradient, the sum of its errors by unit.
    pub(crate) fn bias_gradient(&self, layer: usize, gradient: &mut [T]) {
        gradient.fill(T::ZERO);
        for shard in &self.shards {
            let buffers = &shard.layers[layer];
            for delta in buffers.delta[..shard.n_rows * buffers.width].chunks_exact(buffers.width) {
                gradient.iter_mut().zip(delta).for_each(|(g, &d)| *g = *g + d);
            }
        }
    }

    /// The outputs of the last forward pass, in the order of the rows, some rows at a time.
    pub(crate) fn for_each_output(&self, mut take: impl FnMut(&[T])) {
        self.for_each_output_of(self.shards[0].layers.len() - 1, &mut take);
    }

    /// The outputs of one layer, likewise.
    pub(crate) fn for_each_output_of(&self, layer: usize, take: &mut impl FnMut(&[T])) {
        for shard in &self.shards {
            let buffers = &shard.layers[layer];
            take(&buffers.out[..shard.n_rows * buffers.width]);
        }
    }

    /// Whether there is work for more than one thread.
    pub(crate) fn is_parallel(&self) -> bool {
        self.shards.len() > 1
    }

    fn each_shard(&mut self, net: &Net<T>, x: &[T], work: impl Fn(&mut Shard<T>, &[T], usize) + Sync) {
        let (n_inputs, rows_per_shard) = (net.n_inputs(), self.rows_per_shard);
        let n_rows = x.len() / n_inputs;
        debug_assert!(n_rows <= rows_per_shard * self.shards.len());
        let one = |(n, shard): (usize, &mut Shard<T>)| {
            let from = (n * rows_per_shard).min(n_rows);
            let to = (from + rows_per_shard).min(n_rows);
            shard.n_rows = to - from;
            work(shard, &x[from * n_inputs..to * n_inputs], from);
        };
        if self.shards.len() == 1 {
            self.shards.iter_mut().enumerate().for_each(one);
        } else {
            self.shards.par_iter_mut().enumerate().for_each(one);
        }
    }
}

impl<T: Scalar> Shard<T> {
    fn forward(&mut self, net: &Net<T>, x: &[T], simd: Simd) {
        for (n, layer) in net.layers().iter().enumerate() {
            let (before, here) = self.layers.split_at_mut(n);
            let buffers = &mut here[0];
            let inputs = before.last().map_or(x, |before| &before.out);
            let (weights, bias) = layer.parts();
            let out = &mut buffers.out[..self.n_rows * buffers.width];
            let start = bias.map_or(Start::Zero, Start::Bias);
            T::multiply(Product::new(inputs, weights, layer.dim(), start), simd, out);
            if layer.activation().needs_sums() {
                buffers.sums[..out.len()].copy_from_slice(out);
            }
            layer.activation().apply(out, buffers.width);
        }
    }

    fn back(&mut self, net: &Net<T>, y: &[T], loss: Loss, scale: T, transposed: &[Vec<T>], simd: Simd) {
        let last = self.layers.len() - 1;
        let buffers = &mut self.layers[last];
        let rows = buffers.delta.chunks_exact_mut(buffers.width).zip(buffers.out.chunks_exact(buffers.width));
        let answers = y.chunks_exact(buffers.width);
        for (((delta, out), y), record_loss) in rows.zip(answers).zip(&mut self.losses) {
            *record_loss = loss.of_record(out, y);
            loss.slope(delta, out, y, scale);
        }
        for n in (0..=last).rev() {
            let (before, here) = self.layers.split_at_mut(n);
            let Buffers { width, sums, out, delta } = &mut here[0];
            let n_values = self.n_rows * *width;
            let layer = &net.layers()[n];
            layer.activation().backward(&mut delta[..n_values], &out[..n_values], sums, *width);
            if let Some(before) = before.last_mut() {
                let shape = (*width, before.width);
                let product = Product::new(&delta[..n_values], &transposed[n], shape, Start::Zero);
                T::multiply(product, simd, &mut before.delta[..self.n_rows * before.width]);
            }
        }
    }
}

/// Exchanges rows and columns, in blocks that stay in the first cache.
fn transpose<T: Copy>(to: &mut [T], from: &[T], (n_rows, n_columns): (usize, usize)) {
    const BLOCK: usize = 16;
    for first_row in (0..n_rows).step_by(BLOCK) {
        for first_column in (0..n_columns).step_by(BLOCK) {
            for column in first_column..(first_column + BLOCK).min(n_columns) {
                for row in first_row..(first_row + BLOCK).min(n_rows) {
                    to[column * n_rows + row] = from[row * n_columns + column];
                }
            }
        }
    }
}

//! Very many XOR nets at once: SIMD lanes across seeds, threads across blocks of seeds.
//!
//! A *cell* is one configuration, trained from many seeds. Each lane is one net, in `f32`, by fused
//! steps and the sigmoid of the vector kernels; no lane ever looks at another, and results are put
//! together in the order of cells and seeds, so neither the number of threads nor the lanes' width
//! moves a bit.

mod kernel;

use crate::{Error, Init, Simd, Stream, xor};
use rayon::prelude::*;

/// The hidden layer's activation; the output's is the sigmoid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// `1 / (1 + exp(-z))`, the posts' choice.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `max(z, 0)`.
    Relu,
}

/// What the descent goes down on; success is judged by half the squared error for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SweepLoss {
    /// Half the summed squared error, the posts' choice.
    HalfSquared,
    /// Binary cross-entropy, summed.
    CrossEntropy,
}

/// One configuration of the grid.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Cell {
    /// Whether a third input is always 1 (3-h-1), or there are the two alone (2-h-1).
    pub constant_input: bool,
    /// Hidden units: 1 to 8, or 16.
    pub n_hidden: usize,
    /// How both layers begin.
    pub init: Init,
    /// The hidden layer's activation.
    pub hidden: Hidden,
    /// What is minimised.
    pub loss: SweepLoss,
    /// The learning rate, on gradients summed over the batch.
    pub rate: f32,
}

impl Cell {
    /// 3-h-1 as the post is inferred: sigmoid, half the squared error, rate 1.
    #[must_use]
    pub fn post(n_hidden: usize, init: Init) -> Self {
        let (hidden, loss) = (Hidden::Sigmoid, SweepLoss::HalfSquared);
        Self { constant_input: true, n_hidden, init, hidden, loss, rate: 1.0 }
    }
}

/// The axes of a grid; [`Grid::cells`] is their product, the last axis fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Whether the third input is there.
    pub constant_input: Vec<bool>,
    /// Initialisers with their scales.
    pub init: Vec<Init>,
    /// Widths of the hidden layer.
    pub n_hidden: Vec<usize>,
    /// Activations.
    pub hidden: Vec<Hidden>,
    /// Losses.
    pub loss: Vec<SweepLoss>,
    /// Learning rates.
    pub rate: Vec<f32>,
}

impl Grid {
    /// Every combination.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &constant_input in &self.constant_input {
            for &init in &self.init {
                for &n_hidden in &self.n_hidden {
                    for &hidden in &self.hidden {
                        for &loss in &self.loss {
                            for &rate in &self.rate {
                                cells.push(Cell { constant_input, n_hidden, init, hidden, loss, rate });
                            }
                        }
                    }
                }
            }
        }
        cells
    }
}

/// How each cell is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Nets a cell; net `n` draws from stream `n` of `seed`.
    pub n_nets: usize,
    /// The seed of all streams.
    pub seed: u64,
    /// Full-batch epochs.
    pub n_epochs: usize,
    /// The instructions; [`Simd::best`] where there is no reason for another.
    pub simd: Simd,
}

/// What became of a cell's nets.
#[derive(Debug, Clone, PartialEq)]
pub struct CellResult {
    /// The configuration.
    pub cell: Cell,
    /// Half the summed squared error of each net at the end; NaN where it diverged.
    pub losses: Vec<f32>,
}

impl CellResult {
    /// How many nets ended under [`xor::SOLVED_UNDER`].
    #[must_use]
    pub fn n_solved(&self) -> usize {
        self.losses.iter().filter(|loss| f64::from(**loss) < xor::SOLVED_UNDER).count()
    }

    /// How many left the finite numbers.
    #[must_use]
    pub fn n_diverged(&self) -> usize {
        self.losses.iter().filter(|loss| !loss.is_finite()).count()
    }

    /// The share of solved nets, from 0 to 1.
    #[must_use]
    pub fn solved_share(&self) -> f64 {
        self.n_solved() as f64 / self.losses.len() as f64
    }
}

/// Trains `plan.n_nets` nets of each cell and hands over each cell's result, in the cells' order.
///
/// The threads are those of the `rayon` pool that the call runs in.
///
/// # Errors
///
/// Where a cell or the plan cannot be trained; nothing has been trained then.
///
/// # Examples
///
/// ```
/// use nn_core::{Init, Simd, sweep};
/// let cells: Vec<_> = [2, 4].map(|h| sweep::Cell::post(h, Init::Uniform(1.0))).into();
/// let plan = sweep::Plan { n_nets: 64, seed: 42, n_epochs: 2_000, simd: Simd::best() };
/// let mut solved = Vec::new();
/// sweep::run(&cells, &plan, |result| solved.push(result.n_solved()))?;
/// assert!(solved[0] < solved[1]);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn run(cells: &[Cell], plan: &Plan, mut on_cell: impl FnMut(CellResult)) -> Result<(), Error> {
    if plan.n_nets == 0 {
        return Err(Error::input("a sweep of no nets"));
    }
    if !plan.simd.is_available() {
        return Err(Error::input(format!("this machine has no {}", plan.simd.name())));
    }
    cells.iter().try_for_each(check)?;
    for cell in cells {
        let blocks = plan.n_nets.div_ceil(kernel::BLOCK);
        let ends: Result<Vec<_>, Error> = (0..blocks).into_par_iter().map(|n| block(cell, plan, n)).collect();
        let mut losses = ends?.concat();
        losses.truncate(plan.n_nets);
        on_cell(CellResult { cell: *cell, losses });
    }
    Ok(())
}

fn check(cell: &Cell) -> Result<(), Error> {
    if !matches!(cell.n_hidden, 1..=8 | 16) {
        return Err(Error::input(format!("{} hidden units: a sweep has 1 to 8, or 16", cell.n_hidden)));
    }
    if !cell.rate.is_finite() {
        return Err(Error::input(format!("the rate {} is not finite", cell.rate)));
    }
    initial(cell, 0, 0).map(drop)
}

/// The weights that net `number` starts from: `W0` row by row, then `W1`.
fn initial(cell: &Cell, seed: u64, number: u64) -> Result<Vec<f64>, Error> {
    let n_inputs = if cell.constant_input { 3 } else { 2 };
    let (n_first, n_hidden) = (n_inputs * cell.n_hidden, cell.n_hidden);
    let mut weights = vec![0.0; n_first + n_hidden];
    let mut stream = Stream::new(seed, number);
    cell.init.fill(&mut weights[..n_first], n_inputs, n_hidden, &mut stream)?;
    cell.init.fill(&mut weights[n_first..], n_hidden, 1, &mut stream)?;
    Ok(weights)
}

/// Trains block number `n` of a cell: the losses of its nets.
fn block(cell: &Cell, plan: &Plan, n: usize) -> Result<Vec<f32>, Error> {
    let h = cell.n_hidden;
    // Row by row a, b, c, out of every hidden unit, and in each row a net a lane.
    let mut weights = vec![0.0_f32; 4 * h * kernel::BLOCK];
    for lane in 0..kernel::BLOCK {
        let drawn = initial(cell, plan.seed, (n * kernel::BLOCK + lane) as u64)?;
        let (first, last) = drawn.split_at(drawn.len() - h);
        for (row, weight) in first.iter().enumerate() {
            weights[row * kernel::BLOCK + lane] = *weight as f32;
        }
        for (unit, weight) in last.iter().enumerate() {
            weights[(3 * h + unit) * kernel::BLOCK + lane] = *weight as f32;
        }
    }
    let mut losses = vec![0.0; kernel::BLOCK];
    kernel::train(plan.simd, cell, plan.n_epochs, &mut weights, &mut losses);
    for (lane, loss) in losses.iter_mut().enumerate() {
        if !weights.iter().skip(lane).step_by(kernel::BLOCK).all(|weight| weight.is_finite()) {
            *loss = f32::NAN;
        }
    }
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(cell: Cell, n_nets: usize, n_epochs: usize, simd: Simd) -> Vec<f32> {
        let mut all = Vec::new();
        run(&[cell], &Plan { n_nets, seed: 3, n_epochs, simd }, |result| all = result.losses).unwrap();
        all
    }

    fn variants() -> impl Iterator<Item = Cell> {
        let grid = Grid {
            constant_input: vec![true, false],
            init: vec![Init::Uniform(1.0), Init::Normal(3.0)],
            n_hidden: vec![1, 2, 3, 4, 5, 8, 16],
            hidden: vec![Hidden::Sigmoid, Hidden::Tanh, Hidden::Relu],
            loss: vec![SweepLoss::HalfSquared, SweepLoss::CrossEntropy],
            rate: vec![0.3],
        };
        grid.cells().into_iter()
    }

    #[test]
    fn every_lane_width_gives_the_same_bytes() {
        let bits = |cell, simd| losses(cell, 19, 40, simd).iter().map(|l| l.to_bits()).collect::<Vec<_>>();
        for simd in [Simd::Avx512, Simd::Avx2].into_iter().filter(|simd| simd.is_available()) {
            for cell in variants() {
                assert_eq!(bits(cell, simd), bits(cell, Simd::Plain), "{simd:?} {cell:?}");
            }
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let with = |n| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| losses(Cell::post(4, Init::Uniform(1.0)), 100, 200, Simd::best()))
        };
        assert_eq!(with(1), with(3));
    }

    /// The sweep's nets follow the reading copy: the same start, the same end of a short training.
    #[test]
    fn a_lane_follows_the_reading_copy() {
        for constant_input in [true, false] {
            let cell = Cell { constant_input, ..Cell::post(4, Init::Uniform(1.0)) };
            let found = losses(cell, 20, 300, Simd::best());
            for (number, found) in found.iter().enumerate() {
                let drawn = initial(&cell, 3, number as u64).unwrap();
                let n_inputs = drawn.len() / 4 - 1;
                let w0 =
                    ndarray::Array2::from_shape_vec((n_inputs, 4), drawn[..4 * n_inputs].to_vec()).unwrap();
                let w1 = ndarray::Array2::from_shape_vec((4, 1), drawn[4 * n_inputs..].to_vec()).unwrap();
                let mut net = crate::TwoLayer::new(w0, w1, 1.0).unwrap();
                let (x, y) = (xor::x(constant_input), xor::y().insert_axis(ndarray::Axis(1)));
                for _ in 0..300 {
                    net.step(x.view(), y.view()).unwrap();
                }
                let loss = crate::two_layer::half_squared(y.view(), net.predict(x.view()).unwrap().view());
                // 300 epochs of f32 roundings, none of them amplified at these rates.
                assert!((loss - f64::from(*found)).abs() < 2e-4, "net {number}: {found}, not {loss}");
            }
        }
    }

    #[test]
    fn equal_weights_never_solve_it() {
        let found = losses(Cell::post(8, Init::Constant(0.1)), 16, 2_000, Simd::best());
        assert!(found.iter().all(|loss| (loss - 0.5).abs() < 1e-3), "{found:?}");
    }

    #[test]
    fn what_cannot_be_trained_is_refused() {
        let plan = Plan { n_nets: 1, seed: 0, n_epochs: 1, simd: Simd::Plain };
        let refused = |cell: Cell, plan: &Plan| run(&[cell], plan, |_| ()).unwrap_err().is_input();
        assert!(refused(Cell::post(9, Init::Zeros), &plan));
        assert!(refused(Cell::post(4, Init::Uniform(-1.0)), &plan));
        assert!(refused(Cell { rate: f32::NAN, ..Cell::post(4, Init::Zeros) }, &plan));
        assert!(refused(Cell::post(4, Init::Zeros), &Plan { n_nets: 0, ..plan }));
    }

    #[test]
    fn a_diverged_net_is_counted() {
        let cell = Cell { hidden: Hidden::Relu, rate: 1e30, ..Cell::post(4, Init::Uniform(1e20)) };
        let mut n_diverged = 0;
        let plan = Plan { n_nets: 32, seed: 1, n_epochs: 50, simd: Simd::Plain };
        run(&[cell], &plan, |result| n_diverged = result.n_diverged()).unwrap();
        assert!(n_diverged > 0);
    }
}

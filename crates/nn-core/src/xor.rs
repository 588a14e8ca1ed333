//! The post `xor`: the same net from equal weights and from random ones.
//!
//! The post's configuration is lost; this one is *inferred*: three inputs of which the third is
//! always 1 (or the two alone), one hidden layer, sigmoid, no other bias, rate 1, full batch.

use crate::two_layer::{TwoLayer, half_squared};
use crate::{Error, Init, Stream, symmetry};
use ndarray::{Array1, Array2, Axis, array};

/// Half the summed squared error under which XOR counts as solved.
pub const SOLVED_UNDER: f64 = 0.02;

/// One training; there are no defaults, [`Config::post`] has the post's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Whether a third input is always 1 (3-h-1), or there are the two alone (2-h-1).
    pub constant_input: bool,
    /// The hidden units.
    pub n_hidden: usize,
    /// How both layers begin.
    pub init: Init,
    /// The seed of the weights' stream; `W0` is drawn first, row by row, then `W1`.
    pub seed: u64,
    /// The learning rate.
    pub rate: f64,
    /// Full-batch iterations.
    pub n_iterations: usize,
    /// The iterations before which the weights are recorded; `n_iterations` means the end.
    pub record: Vec<usize>,
}

impl Config {
    /// 3-4-1, rate 1, 10,000 iterations, nothing recorded.
    #[must_use]
    pub fn post(init: Init, seed: u64) -> Self {
        Self {
            constant_input: true,
            n_hidden: 4,
            init,
            seed,
            rate: 1.0,
            n_iterations: 10_000,
            record: Vec::new(),
        }
    }
}

/// The weights at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// How many updates were made before.
    pub iteration: usize,
    /// `(inputs, hidden)`.
    pub w0: Array2<f64>,
    /// `(hidden, 1)`.
    pub w1: Array2<f64>,
}

/// What one training showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The net at the end.
    pub net: TwoLayer<f64>,
    /// The end's predictions for 00, 01, 10 and 11.
    pub predictions: [f64; 4],
    /// Half the summed squared error before each iteration, and at the end: one entry more than
    /// there are iterations.
    pub losses: Vec<f64>,
    /// How many different hidden units there were (bitwise) before each iteration, and at the end.
    pub n_distinct: Vec<usize>,
    /// The recorded weights, in order of iteration.
    pub snapshots: Vec<Snapshot>,
}

impl Run {
    /// Whether the end's loss is under [`SOLVED_UNDER`].
    #[must_use]
    pub fn is_solved(&self) -> bool {
        self.losses.last().is_some_and(|loss| *loss < SOLVED_UNDER)
    }

    /// Whether all hidden units were bitwise equal at every iteration.
    #[must_use]
    pub fn is_symmetric_throughout(&self) -> bool {
        self.n_distinct.iter().all(|n| *n == 1)
    }
}

/// The inputs 00, 01, 10 and 11, with a third that is always 1 where it is asked for.
#[must_use]
pub fn x(constant_input: bool) -> Array2<f64> {
    let x = array![[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]];
    if constant_input { x } else { x.slice(ndarray::s![.., ..2]).to_owned() }
}

/// The four answers.
#[must_use]
pub fn y() -> Array1<f64> {
    array![0.0, 1.0, 1.0, 0.0]
}

/// The net that `config` starts from.
///
/// # Errors
///
/// Where the initialiser's settings or the widths cannot be used.
pub fn net(config: &Config) -> Result<TwoLayer<f64>, Error> {
    let n_inputs = if config.constant_input { 3 } else { 2 };
    let mut stream = Stream::new(config.seed, 0);
    let mut layer = |n_in: usize, n_out: usize| {
        let mut weights = Array2::zeros((n_in, n_out));
        let slice = weights.as_slice_mut().unwrap_or_default();
        config.init.fill(slice, n_in, n_out, &mut stream).map(|()| weights)
    };
    let (w0, w1) = (layer(n_inputs, config.n_hidden)?, layer(config.n_hidden, 1)?);
    TwoLayer::new(w0, w1, config.rate)
}

/// Trains one net on XOR, in `f64`, by the reading copy.
///
/// # Errors
///
/// Where the configuration cannot be used, or the weights leave the finite numbers.
///
/// # Examples
///
/// ```
/// use nn_core::{Init, xor};
/// let equal = xor::train(&xor::Config::post(Init::Constant(0.1), 0))?;
/// assert!(!equal.is_solved() && equal.is_symmetric_throughout());
/// let random = xor::train(&xor::Config::post(Init::Uniform(1.0), 1))?;
/// assert!(random.is_solved());
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn train(config: &Config) -> Result<Run, Error> {
    let (x, y) = (x(config.constant_input), y().insert_axis(Axis(1)));
    let mut net = net(config)?;
    let mut losses = Vec::with_capacity(config.n_iterations + 1);
    let mut n_distinct = Vec::with_capacity(config.n_iterations + 1);
    let mut snapshots = Vec::new();
    for iteration in 0..=config.n_iterations {
        n_distinct.push(symmetry(net.w0.view(), net.w1.view()).len());
        if config.record.contains(&iteration) {
            snapshots.push(Snapshot { iteration, w0: net.w0.clone(), w1: net.w1.clone() });
        }
        let pred = if iteration == config.n_iterations {
            net.predict(x.view())?
        } else {
            net.step(x.view(), y.view())?
        };
        let loss = half_squared(y.view(), pred.view());
        if !loss.is_finite() {
            return Err(Error::diverged(iteration, "the loss"));
        }
        losses.push(loss);
    }
    let pred = net.predict(x.view())?;
    let predictions = [pred[[0, 0]], pred[[1, 0]], pred[[2, 0]], pred[[3, 0]]];
    Ok(Run { net, predictions, losses, n_distinct, snapshots })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal_weights(constant_input: bool) -> Run {
        train(&Config { constant_input, ..Config::post(Init::Constant(0.1), 0) }).unwrap()
    }

    #[test]
    fn equal_weights_end_at_a_half() {
        let digits = |run: &Run| run.predictions.map(|p| format!("{p:.6}"));
        let three = equal_weights(true);
        assert_eq!(digits(&three), ["0.500052", "0.500054", "0.500054", "0.500057"]);
        assert!(three.is_symmetric_throughout() && !three.is_solved());
        assert_eq!(three.n_distinct.len(), 10_001);
        let two = equal_weights(false);
        assert_eq!(digits(&two), ["0.500027", "0.500029", "0.500029", "0.500030"]);
        assert!(two.is_symmetric_throughout() && !two.is_solved());
    }

    #[test]
    fn random_weights_solve_it() {
        let config = Config { record: vec![0, 5_000, 10_000], ..Config::post(Init::Uniform(1.0), 42) };
        let run = train(&config).unwrap();
        assert!(run.is_solved(), "{:?}", run.predictions);
        assert!(run.n_distinct.iter().all(|n| *n == 4));
        assert_eq!(run.snapshots.iter().map(|s| s.iteration).collect::<Vec<_>>(), config.record);
        assert_eq!(run.snapshots[2].w0, run.net.w0);
        assert_eq!(run.snapshots[0].w0, net(&config).unwrap().w0);
    }

    #[test]
    fn a_rate_that_is_not_a_number_is_refused() {
        let config = Config { rate: f64::NAN, ..Config::post(Init::Uniform(1.0), 42) };
        assert!(train(&config).unwrap_err().is_input());
        let config = Config { n_hidden: 0, ..Config::post(Init::Uniform(1.0), 42) };
        assert!(train(&config).unwrap_err().is_input());
    }
}

//! How a net lies in a device's memory: its parameters in one row, and the table of ints that the kernels read.

use nn_core::{Activation, Dense, Loss, Net, Optimiser};

use crate::error::{Error, Kind};

/// Ints before the first layer's, and of each layer: `kernels/net.cuh` has their meaning.
const HEAD: usize = 4;
const PER_LAYER: usize = 8;

/// The places of one net's values on a device.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The table that the kernels read.
    pub(crate) shape: Vec<i32>,
    /// Weights and biases together.
    pub(crate) n_parameters: usize,
    /// Floats of the work space: outputs and deltas of a batch, layer by layer.
    pub(crate) n_work: usize,
}

/// What a training adds to a net's shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) loss: Loss,
    pub(crate) optimiser: Optimiser,
    pub(crate) is_mean: bool,
}

impl Layout {
    /// The layout for batches of up to `batch` rows.
    ///
    /// # Errors
    ///
    /// [`Error::is_unsupported`] for an activation that the kernels have not, [`Error::is_input`] for a net or batch
    /// whose values cannot be counted in 32 bits.
    pub(crate) fn new(net: &Net<f32>, goal: Goal, batch: usize) -> Result<Self, Error> {
        let mut shape = vec![
            net.layers().len() as i32,
            loss_code(goal.loss),
            optimiser_code(goal.optimiser),
            i32::from(goal.is_mean),
        ];
        let too_large = || {
            let message = format!(
                "a net of {} parameters with batches of {batch} has more values than 32 bits count",
                net.n_parameters()
            );
            Error::new(Kind::Input, message)
        };
        let (mut parameters, mut work) = (0usize, 0usize);
        let take = |counter: &mut usize, n: usize| {
            let place = i32::try_from(*counter).map_err(|_| too_large())?;
            *counter =
                counter.checked_add(n).filter(|end| i32::try_from(*end).is_ok()).ok_or_else(too_large)?;
            Ok::<_, Error>(place)
        };
        for (n, layer) in net.layers().iter().enumerate() {
            let (inputs, outputs) = layer.dim();
            let (activation, share) = activation_code(n, layer.activation())?;
            let rows = batch.checked_mul(outputs).ok_or_else(too_large)?;
            let weights = take(&mut parameters, inputs * outputs)?;
            let bias = if layer.bias().is_some() { take(&mut parameters, outputs)? } else { -1 };
            let (out, delta) = (take(&mut work, rows)?, take(&mut work, rows)?);
            let share = share.to_bits().cast_signed();
            shape.extend([inputs as i32, outputs as i32, activation, share, weights, bias, out, delta]);
        }
        debug_assert_eq!(shape.len(), HEAD + PER_LAYER * net.layers().len());
        Ok(Self { shape, n_parameters: parameters, n_work: work })
    }
}

/// All weights and biases, layer by layer, in the layout's order.
pub(crate) fn pack(net: &Net<f32>) -> Vec<f32> {
    let layers = net.layers().iter();
    layers
        .flat_map(|layer| {
            layer
                .weights()
                .iter()
                .copied()
                .chain(layer.bias().into_iter().flatten().copied())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// For each layer its weights, row by row, and its biases (none where it has none), out of a packed row of values.
pub(crate) fn split(net: &Net<f32>, values: &[f32]) -> Vec<(Vec<f32>, Vec<f32>)> {
    let mut rest = values;
    let mut take = |n: usize| {
        let (taken, left) = rest.split_at(n.min(rest.len()));
        rest = left;
        taken.to_vec()
    };
    let layers = net.layers().iter();
    layers
        .map(|layer| (take(layer.weights().len()), take(layer.bias().map_or(0, |bias| bias.len()))))
        .collect()
}

/// A net of the shape of `like` with these packed parameters.
///
/// # Errors
///
/// [`Error::is_input`] when one is not finite.
pub(crate) fn unpack(like: &Net<f32>, values: &[f32]) -> Result<Net<f32>, Error> {
    let layers = like.layers().iter().zip(split(like, values)).map(|(layer, (weights, bias))| {
        let weights = ndarray::Array2::from_shape_vec(layer.dim(), weights)
            .map_err(|error| Error::new(Kind::Shape, error.to_string()))?;
        let bias = layer.bias().map(|_| ndarray::Array1::from_vec(bias));
        Ok(Dense::new(weights, bias, layer.activation())?)
    });
    Ok(Net::new(layers.collect::<Result<Vec<_>, Error>>()?)?)
}

fn activation_code(n: usize, activation: Activation) -> Result<(i32, f32), Error> {
    match activation {
        Activation::Identity => Ok((0, 0.0)),
        Activation::Sigmoid => Ok((1, 0.0)),
        Activation::Tanh => Ok((2, 0.0)),
        Activation::Relu => Ok((3, 0.0)),
        Activation::LeakyRelu(share) => Ok((4, share as f32)),
        Activation::Gelu | Activation::Silu | Activation::Softmax => Err(Error::new(
            Kind::Unsupported,
            format!("layer {n}: the kernels have no {activation:?}; train this net with nn-core"),
        )),
    }
}

fn loss_code(loss: Loss) -> i32 {
    match loss {
        Loss::HalfSquared => 0,
        Loss::MeanSquared => 1,
        Loss::BinaryCrossEntropy => 2,
        Loss::SoftmaxCrossEntropy => 3,
    }
}

fn optimiser_code(optimiser: Optimiser) -> i32 {
    match optimiser {
        Optimiser::Sgd => 0,
        Optimiser::Momentum { .. } => 1,
        Optimiser::Nesterov { .. } => 2,
        Optimiser::RmsProp { .. } => 3,
        Optimiser::Adam { .. } => 4,
        Optimiser::AdamW { .. } => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::Init;

    #[test]
    fn packing_and_unpacking_are_inverse() {
        let net: Net<f32> = Net::with_inputs(5)
            .dense(4, Activation::Relu, Init::HeUniform)
            .dense_without_bias(3, Activation::LeakyRelu(0.25), Init::HeUniform)
            .build(3)
            .unwrap();
        let packed = pack(&net);
        assert_eq!(packed.len(), net.n_parameters());
        assert_eq!(unpack(&net, &packed).unwrap(), net);
        assert!(unpack(&net, &vec![f32::NAN; packed.len()]).unwrap_err().is_input());
        let goal = Goal { loss: Loss::HalfSquared, optimiser: Optimiser::Sgd, is_mean: true };
        let layout = Layout::new(&net, goal, 7).unwrap();
        let share = 0.25f32.to_bits().cast_signed();
        let first = [5, 4, 3, 0, 0, 20, 0, 28];
        let second = [4, 3, 4, share, 24, -1, 56, 77];
        assert_eq!(layout.shape, [&[2, 0, 0, 1][..], &first, &second].concat());
        assert_eq!((layout.n_parameters, layout.n_work), (36, 98));
        assert!(Layout::new(&net, goal, 1 << 30).unwrap_err().is_input());
    }
}

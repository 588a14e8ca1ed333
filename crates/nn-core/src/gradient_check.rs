//! The judge of every way back: the gradient against differences of the loss.

use crate::{Data, Error, Net, Trainer, Training};

/// The distance of the four points of a difference, in each direction once and twice.
const STEP: f64 = 1e-3;
/// A gradient that is this share of the net's greatest counts as this large: differences of losses
/// carry an absolute error, which says nothing about values that are all but zero.
const FLOOR_SHARE: f64 = 1e-3;

/// One parameter's gradient by both ways.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// As in "layer 0, weight (2, 3)" or "layer 1, bias 0".
    pub name: String,
    /// By the way back.
    pub analytic: f64,
    /// By differences of the loss.
    pub numeric: f64,
    /// Their distance as a share of the larger, or of a thousandth of the net's greatest gradient.
    pub relative_error: f64,
}

/// Every parameter of a net, in the order of its layers: the weights row by row, then the biases.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientCheck {
    /// All of them.
    pub parameters: Vec<Parameter>,
}

impl GradientCheck {
    /// The parameter with the largest relative error.
    #[must_use]
    pub fn worst(&self) -> Option<&Parameter> {
        self.parameters.iter().max_by(|a, b| a.relative_error.total_cmp(&b.relative_error))
    }
}

/// Compares the gradient of a net's loss on `data` with central differences over four points,
/// `(f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h`, whose error falls with the fourth power of `h`.
///
/// Only the loss and the reduction of `training` are looked at. Near a kink of `ReLU` the differences
/// mean nothing: see [`crate::statistics::LayerStatistics::nearest_kink`].
///
/// # Errors
///
/// Where data and net do not go together.
///
/// # Examples
///
/// ```
/// use nn_core::{Activation, Data, Init, Net, Training, gradient_check, xor};
/// let (x, y) = (xor::x(true), xor::y().insert_axis(ndarray::Axis(1)));
/// let net: Net<f64> = Net::with_inputs(3)
///     .dense(4, Activation::Tanh, Init::Uniform(1.0))
///     .dense(1, Activation::Sigmoid, Init::Uniform(1.0))
///     .build(1)?;
/// let check = gradient_check(&net, Data::new(x.view(), y.view()), &Training::posts(1))?;
/// assert!(check.worst().unwrap().relative_error < 1e-7);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn gradient_check(
    net: &Net<f64>,
    data: Data<'_, f64>,
    training: &Training,
) -> Result<GradientCheck, Error> {
    let analytic = gradient(net, data, training)?;
    let greatest = analytic.iter().flatten().flatten().fold(0.0, |greatest: f64, g| greatest.max(g.abs()));
    let mut net = net.clone();
    let mut parameters = Vec::with_capacity(net.n_parameters());
    for (layer, gradients) in analytic.iter().enumerate() {
        for (is_bias, gradients) in [false, true].into_iter().zip(gradients) {
            for (n, &analytic) in gradients.iter().enumerate() {
                let mut loss = |offset: f64| -> Result<f64, Error> {
                    let here = parameter(&mut net, layer, is_bias, n);
                    let before = *here;
                    *here += offset;
                    let loss = net.loss(data, training);
                    *parameter(&mut net, layer, is_bias, n) = before;
                    loss
                };
                let outer = loss(-2.0 * STEP)? - loss(2.0 * STEP)?;
                let inner = loss(STEP)? - loss(-STEP)?;
                let numeric = (outer + 8.0 * inner) / (12.0 * STEP);
                let size = analytic.abs().max(numeric.abs()).max(FLOOR_SHARE * greatest);
                let relative_error = if size > 0.0 { (analytic - numeric).abs() / size } else { 0.0 };
                let width = net.layers()[layer].dim().1;
                let name = if is_bias {
                    format!("layer {layer}, bias {n}")
                } else {
                    format!("layer {layer}, weight ({}, {})", n / width, n % width)
                };
                parameters.push(Parameter { name, analytic, numeric, relative_error });
            }
        }
    }
    Ok(GradientCheck { parameters })
}

/// The gradient on `data`, layer by layer: of the weights, row by row, and of the biases.
///
/// # Errors
///
/// Where data and net do not go together, or the loss is not finite.
pub fn gradient(
    net: &Net<f64>,
    data: Data<'_, f64>,
    training: &Training,
) -> Result<Vec<[Vec<f64>; 2]>, Error> {
    let plain = Training { loss: training.loss, reduction: training.reduction, ..Training::posts(1) };
    let mut trainer = Trainer::new(net.clone(), &plain, data.x.nrows().max(1))?;
    let (x, y) = (data.x.as_standard_layout(), data.y.as_standard_layout());
    trainer.step(Data::new(x.view(), y.view()), 0.0)?;
    Ok(trainer.gradient().map(|(weights, biases)| [weights.to_vec(), biases.to_vec()]).collect())
}

/// One weight, or one bias, of one layer.
pub(crate) fn parameter(net: &mut Net<f64>, layer: usize, is_bias: bool, n: usize) -> &mut f64 {
    let (weights, biases) = net.layers_mut()[layer].parts_mut();
    if is_bias { &mut biases.unwrap_or_default()[n] } else { &mut weights[n] }
}

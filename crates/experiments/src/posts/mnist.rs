//! The follow-up post `mnist`: 784-128-64-10 on digits, from the weights that it chose and from better ones.

use super::Findings;
use crate::context::Context;
use anyhow::{Result, ensure};
use ndarray::ArrayView1;
use nn_core::data::{Classified, digits, idx};
use nn_core::net::classes;
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Training};
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// Digits that are drawn where no real ones are at hand: to train on, and to test on.
const N_DRAWN: (usize, usize) = (10_000, 2_000);
const N_EPOCHS: usize = 8;
const BATCH: usize = 64;
const RATE: f64 = 0.1;
/// Test digits that the page shows with their readings.
const N_SHOWN: usize = 24;

/// Small positive weights, as the post chose: evenly from 0 to 0.01 (inferred: how small is lost).
const POST: Init = Init::PerturbedConstant { value: 0.005, amplitude: 0.005 };

/// Trains twice, from the post's weights and from He's, on the same digits in the same order.
pub(super) fn run(context: &Context) -> Result<Findings> {
    let (train, test, source) = digits_of(context)?;
    ensure!(
        train.x.ncols() == digits::SIDE * digits::SIDE,
        "the digits have {} pixels where the post's net takes 784",
        train.x.ncols()
    );
    context.say(&format!("mnist: {} digits to train on, {source}", train.x.nrows()));
    let post = learn(&train, &test, POST, context.settings.seed)?;
    let he = learn(&train, &test, Init::HeUniform, context.settings.seed)?;
    let mut found = Findings::default();
    found.measure("mnist.accuracy", post.last_accuracy());
    found.measure("mnist.accuracy-he", he.last_accuracy());
    found.measure("mnist.learns", he.last_accuracy() > 0.9);
    found.measure("mnist.first-epoch", he.accuracies[0] - post.accuracies[0]);
    found.data = json!({
        "source": source, "train": train.x.nrows(), "test": test.x.nrows(), "batch": BATCH, "rate": RATE,
        "post": post.data(), "he": he.data(), "confusion": confusion(&test, &he.readings),
        "shown": (0..N_SHOWN.min(test.x.nrows())).map(|n| json!({
            "digit": test.classes[n], "read": he.readings[n], "rows": runs(&test.x.row(n)),
        })).collect::<Vec<_>>(),
    });
    Ok(found)
}

/// The digits of `--digits`, else drawn ones, and which they are.
fn digits_of(context: &Context) -> Result<(Classified, Classified, String)> {
    if let Some(folder) = &context.settings.digits {
        let (train, test) = idx::mnist(folder)?;
        let published = idx::verify_mnist(folder).is_ok();
        let source = if published { "the published MNIST files" } else { "real digits, from --digits" };
        return Ok((train, test, source.to_owned()));
    }
    let seed = context.settings.seed;
    let (train, test) = (digits::draw(N_DRAWN.0, seed), digits::draw(N_DRAWN.1, seed.wrapping_add(1)));
    Ok((train, test, "drawn here, for no real ones were given".to_owned()))
}

struct Learnt {
    /// The mean loss of each epoch.
    losses: Vec<f64>,
    /// The share of test digits read right after each epoch.
    accuracies: Vec<f64>,
    /// The last reading of each test digit.
    readings: Vec<usize>,
    /// Hidden units of each layer that say the same to every test digit, at the start and the end.
    constant_units: [Vec<usize>; 2],
}

impl Learnt {
    fn last_accuracy(&self) -> f64 {
        self.accuracies.last().copied().unwrap_or(f64::NAN)
    }

    fn data(&self) -> Value {
        json!({"losses": self.losses, "accuracies": self.accuracies, "constantUnits": self.constant_units})
    }
}

fn learn(train: &Classified, test: &Classified, init: Init, seed: u64) -> Result<Learnt> {
    let mut net: Net<f32> = Net::with_inputs(train.x.ncols())
        .dense(128, Activation::Relu, init)
        .dense(64, Activation::Relu, init)
        .dense(10, Activation::Identity, init)
        .build(seed)?;
    let constant = |net: &Net<f32>| -> Result<Vec<usize>> {
        let layers = net.statistics(test.x.view())?;
        Ok(layers[..2].iter().map(|layer| layer.constant_units).collect())
    };
    let before = constant(&net)?;
    let y = train.one_hot();
    let training = Training {
        seed,
        ..Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, RATE, BATCH, N_EPOCHS)
    };
    let (mut accuracies, mut readings) = (Vec::new(), Vec::new());
    let mut read = |net: &Net<f32>| -> Result<(), nn_core::Error> {
        readings = classes(net.predict(test.x.view())?.view());
        accuracies.push(test.accuracy(&readings)?);
        Ok(())
    };
    let mut failure = None;
    let history =
        net.fit_with(Data::new(train.x.view(), y.view()), None, &training, |_, net| match read(net) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    let losses = history.epochs.iter().map(|epoch| epoch.loss).collect();
    Ok(Learnt { losses, accuracies, readings, constant_units: [before, constant(&net)?] })
}

/// How often each digit (row) was read as each (column).
fn confusion(test: &Classified, readings: &[usize]) -> Vec<[u32; 10]> {
    let mut counts = vec![[0; 10]; 10];
    for (digit, read) in test.classes.iter().zip(readings) {
        counts[usize::from(*digit)][*read] += 1;
    }
    counts
}

/// A picture as runs of ink: x, y and length, for pixels over a quarter and again over six tenths.
fn runs(image: &ArrayView1<'_, f32>) -> [Vec<[usize; 3]>; 2] {
    [0.25, 0.6].map(|least| {
        let mut runs: Vec<[usize; 3]> = Vec::new();
        for (pixel, _) in image.iter().enumerate().filter(|(_, ink)| **ink > least) {
            let (x, y) = (pixel % digits::SIDE, pixel / digits::SIDE);
            match runs.last_mut() {
                Some([from, row, length]) if *row == y && *from + *length == x => *length += 1,
                _ => runs.push([x, y, 1]),
            }
        }
        runs
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_the_ink() {
        let mut image = ndarray::Array1::zeros(784);
        for pixel in [0, 1, 2, 27, 28, 60] {
            image[pixel] = 0.5;
        }
        let [light, dark] = runs(&image.view());
        assert_eq!(light, [[0, 0, 3], [27, 0, 1], [0, 1, 1], [4, 2, 1]]);
        assert!(dark.is_empty());
    }
}

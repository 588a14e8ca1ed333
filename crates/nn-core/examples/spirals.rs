//! Trains a small classifier on two spirals, with a validation set, a schedule and early stopping,
//! checks its gradient first, and saves it for others to run.
//!
//! `cargo run --release -p nn-core --example spirals`

use nn_core::data::spirals;
use nn_core::net::classes;
use nn_core::train::EarlyStopping;
use nn_core::{
    Activation, Data, Error, Init, Loss, Net, Optimiser, Schedule, Training, gradient_check, hessian,
};
use std::ops::ControlFlow;

#[expect(clippy::print_stdout, reason = "the example's output")]
fn main() -> Result<(), Error> {
    let (train, test) = (spirals(2, 200, 1.5, 0.02, 1)?, spirals(2, 100, 1.5, 0.02, 2)?);
    let (x, y) = (train.x.mapv(f64::from), train.one_hot().mapv(f64::from));
    let (test_x, test_y) = (test.x.mapv(f64::from), test.one_hot().mapv(f64::from));
    let mut net: Net<f64> = Net::with_inputs(2)
        .dense(16, Activation::Tanh, Init::Orthogonal(1.0))
        .dense(16, Activation::Tanh, Init::Orthogonal(1.0))
        .dense(2, Activation::Identity, Init::GlorotUniform)
        .build(42)?;
    net.unit_variance(x.view(), 0.01)?;

    let training = Training {
        schedule: Schedule::Cosine { warm_up: 5, to: 0.01 },
        early_stopping: Some(EarlyStopping { patience: 60, min_change: 1e-4, restore_best: true }),
        ..Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::adam(), 0.01, 32, 400)
    };
    let data = Data::new(x.view(), y.view());
    let check = gradient_check(&net, data, &training)?;
    if let Some(worst) = check.worst() {
        println!("gradient: worst relative error {:.1e} ({})", worst.relative_error, worst.name);
    }
    println!("Hessian at the start: condition {:.1e}", hessian::hessian(&net, data, &training)?.condition());

    let validation = Data::new(test_x.view(), test_y.view());
    let history = net.fit_with(data, Some(validation), &training, |epoch, _| {
        if epoch.epoch % 50 == 0 {
            println!("epoch {:3}: loss {:.4}, rate {:.4}", epoch.epoch, epoch.loss, epoch.rate);
        }
        ControlFlow::Continue(())
    })?;
    let accuracy = test.accuracy(&classes(net.predict(test_x.view())?.view()))?;
    println!("{:?} after {} epochs, accuracy {accuracy:.3}", history.end, history.epochs.len());
    for (n, layer) in net.statistics(test_x.view())?.iter().enumerate() {
        println!(
            "layer {n}: outputs {:.2} ± {:.2}, {:.0} % saturated",
            layer.outputs.mean,
            layer.outputs.deviation,
            100.0 * layer.saturated
        );
    }
    let folder = std::env::temp_dir();
    for name in ["spirals.safetensors", "spirals.json", "spirals.onnx"] {
        net.save(folder.join(name))?;
    }
    println!("saved as .safetensors, .json and .onnx in {}", folder.display());
    Ok(())
}

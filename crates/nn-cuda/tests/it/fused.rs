//! The pass forward and back in one launch: within the bounds that are carried through the net, on either unit.

use ndarray::ArrayView2;
use nn_core::train::Reduction;
use nn_core::{Activation, Data, Init, Loss, Net, Trainer, Training};
use nn_cuda::{CudaNet, Precision};

use crate::bounds::{self, Near};
use crate::support::{device, numbers};

/// The largest error as a share of its bound, and how many values lie beyond the bound.
fn compare(got: &[f32], wanted: &[Near]) -> (f64, usize) {
    assert_eq!(got.len(), wanted.len());
    let shares: Vec<f64> = got
        .iter()
        .zip(wanted)
        .map(|(got, near)| (f64::from(*got) - near.value).abs() / (near.off + 1e-30))
        .collect();
    (
        shares.iter().copied().fold(0.0, f64::max),
        shares.iter().filter(|share| **share > 1.0 || share.is_nan()).count(),
    )
}

/// The root of the mean squared error, over that of the values: what errors of random signs leave of the bound, which
/// has to expect all of them on one side.
fn roughness(got: &[f32], wanted: &[Near]) -> f64 {
    let squares = |value: &dyn Fn((&f32, &Near)) -> f64| -> f64 {
        got.iter().zip(wanted).map(value).map(|value| value * value).sum()
    };
    (squares(&|(got, near)| f64::from(*got) - near.value) / squares(&|(_, near)| near.value)).sqrt()
}

struct Case {
    name: &'static str,
    widths: &'static [usize],
    hidden: Activation,
    last: Activation,
    loss: Loss,
    rows: usize,
    has_bias: bool,
}

const CASES: [Case; 5] = [
    Case {
        name: "digits",
        widths: &[64, 128, 64, 10],
        hidden: Activation::Relu,
        last: Activation::Identity,
        loss: Loss::SoftmaxCrossEntropy,
        rows: 37,
        has_bias: true,
    },
    Case {
        name: "widest",
        widths: &[128, 128, 128],
        hidden: Activation::Tanh,
        last: Activation::Sigmoid,
        loss: Loss::HalfSquared,
        rows: 16,
        has_bias: true,
    },
    Case {
        name: "the post's",
        widths: &[4, 8, 1],
        hidden: Activation::Sigmoid,
        last: Activation::Sigmoid,
        loss: Loss::HalfSquared,
        rows: 4,
        has_bias: false,
    },
    Case {
        name: "ragged",
        widths: &[13, 7, 19, 5],
        hidden: Activation::LeakyRelu(0.1),
        last: Activation::Identity,
        loss: Loss::HalfSquared,
        rows: 33,
        has_bias: true,
    },
    Case {
        name: "one of each",
        widths: &[1, 1],
        hidden: Activation::Identity,
        last: Activation::Identity,
        loss: Loss::HalfSquared,
        rows: 1,
        has_bias: true,
    },
];

impl Case {
    fn net(&self) -> Net<f32> {
        let mut builder = Net::with_inputs(self.widths[0]);
        for (n, width) in self.widths.iter().enumerate().skip(1) {
            let activation = if n + 1 == self.widths.len() { self.last } else { self.hidden };
            builder = if self.has_bias {
                builder.dense(*width, activation, Init::GlorotUniform)
            } else {
                builder.dense_without_bias(*width, activation, Init::GlorotUniform)
            };
        }
        builder.build(11).unwrap()
    }

    fn data(&self) -> (Vec<f32>, Vec<f32>) {
        let outputs = *self.widths.last().unwrap();
        let x = numbers(self.rows * self.widths[0], 21);
        let y = match self.loss {
            Loss::SoftmaxCrossEntropy => (0..self.rows * outputs)
                .map(|at| if at % outputs == (at / outputs) % outputs { 1.0 } else { 0.0 })
                .collect(),
            _ => numbers(self.rows * outputs, 22).into_iter().map(f32::abs).collect(),
        };
        (x, y)
    }
}

#[test]
fn gradients_lie_within_the_bounds_carried_through_the_net() {
    let device = device();
    for case in CASES {
        let (net, (x, y)) = (case.net(), case.data());
        let there = CudaNet::new(device, &net).unwrap();
        let view = |values, columns| ArrayView2::from_shape((case.rows, columns), values).unwrap();
        let data = Data::new(view(&x[..], net.n_inputs()), view(&y[..], net.n_outputs()));
        let scale = f64::from(1.0 / case.rows as f32);
        let wanted = |rel: f64| bounds::expected(&net, &x, &y, case.loss, scale, rel);
        let flat = |layers: &[(Vec<f32>, Vec<f32>)]| {
            layers.iter().flat_map(|(w, b)| w.iter().chain(b)).copied().collect::<Vec<f32>>()
        };

        let full = there.gradient(data, case.loss, Reduction::Mean, Precision::F32).unwrap();
        let exact = wanted(0.0);
        let (share, beyond) = compare(&full.outputs, &exact.outputs);
        assert_eq!(beyond, 0, "{}: outputs in f32, {share} of the bound", case.name);
        let (share, beyond) = compare(&flat(&full.layers), &exact.gradient);
        assert_eq!(beyond, 0, "{}: gradient in f32, {share} of the bound", case.name);

        // nn-core is held to the same bound, and gives the same outputs to the last bit where they are sums alone.
        let training = Training { reduction: Reduction::Mean, loss: case.loss, ..Training::posts(1) };
        let mut trainer = Trainer::new(net.clone(), &training, case.rows).unwrap();
        let loss = trainer.step(data, 1.0).unwrap();
        let here: Vec<f32> = trainer.gradient().flat_map(|(w, b)| w.iter().chain(b)).copied().collect();
        let (core_share, beyond) = compare(&here, &exact.gradient);
        assert_eq!(beyond, 0, "{}: nn-core's gradient, {core_share} of the bound", case.name);
        assert!((loss - full.loss).abs() <= 1e-5 * loss.abs(), "{}: {loss} {}", case.name, full.loss);
        if matches!(case.hidden, Activation::Relu | Activation::LeakyRelu(_) | Activation::Identity) {
            let predicted = net.predict(data.x).unwrap();
            assert!(predicted.iter().eq(full.outputs.iter()), "{}: outputs differ from nn-core's", case.name);
        }
        eprintln!("{}: f32 uses {share:.3} of its bound, nn-core {core_share:.3}", case.name);

        let rough = match there.gradient(data, case.loss, Reduction::Mean, Precision::Tf32) {
            Ok(rough) => rough,
            Err(error) => {
                assert!(error.is_kernel() && !device.is_simulated(), "{error}");
                eprintln!("NOT RUN: {error}");
                continue;
            }
        };
        let near = wanted(bounds::TF32);
        let (share, beyond) = compare(&rough.outputs, &near.outputs);
        assert_eq!(beyond, 0, "{}: outputs in TF32, {share} of the bound", case.name);
        let (share, beyond) = compare(&flat(&rough.layers), &near.gradient);
        assert_eq!(beyond, 0, "{}: gradient in TF32, {share} of the bound", case.name);
        // A factor rounded to 2^-11 of itself leaves about that much of a gradient, and f32 a four-thousandth of it.
        let (fine, coarse) = (
            roughness(&flat(&full.layers), &exact.gradient),
            roughness(&flat(&rough.layers), &exact.gradient),
        );
        assert!(fine <= 1e-6, "{}: f32 is off by {fine:e}", case.name);
        assert!((2e-5..2e-3).contains(&coarse), "{}: TF32 is off by {coarse:e}", case.name);
        eprintln!("{}: root of the mean squared error: f32 {fine:.1e}, TF32 {coarse:.1e}", case.name);
        let again = there.gradient(data, case.loss, Reduction::Mean, Precision::Tf32).unwrap();
        assert_eq!(again, rough, "{}: a second pass differs", case.name);
    }
}

#[test]
fn what_the_fused_kernels_cannot_take_is_named() {
    let device = device();
    let net = |widths: &[usize], activation| {
        let builder = widths[1..].iter().fold(Net::with_inputs(widths[0]), |builder, width| {
            builder.dense(*width, activation, Init::GlorotUniform)
        });
        CudaNet::new(device, &builder.build(1).unwrap()).unwrap()
    };
    let gradient = |net: &CudaNet<'_>| {
        let (x, y) =
            (ndarray::Array2::zeros((2, net.n_inputs())), ndarray::Array2::zeros((2, net.n_outputs())));
        net.gradient(Data::new(x.view(), y.view()), Loss::HalfSquared, Reduction::Sum, Precision::F32)
    };
    let error = gradient(&net(&[4, 129, 1], Activation::Relu)).unwrap_err();
    assert!(error.is_unsupported() && error.to_string().contains("layer 0 is 4 x 129"), "{error}");
    let error = gradient(&net(&[4, 8, 1], Activation::Gelu)).unwrap_err();
    assert!(error.is_unsupported() && error.to_string().contains("Gelu"), "{error}");
    // Seven of 128 need 48 KiB and more, which a device grants on request; thirty need more than any has.
    gradient(&net(&[128; 8], Activation::Relu)).unwrap();
    let error = gradient(&net(&[128; 31], Activation::Relu)).unwrap_err();
    assert!(error.is_input() && error.to_string().contains("bytes of shared memory"), "{error}");
}

//! Every layer, activation and loss against differences, over random shapes.

use ndarray::Array2;
use nn_core::train::Reduction;
use nn_core::{Activation, Data, Init, Loss, Net, Stream, Training, gradient_check};
use proptest::prelude::*;

const ACTIVATIONS: [Activation; 8] = [
    Activation::Identity,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Relu,
    Activation::LeakyRelu(0.1),
    Activation::Gelu,
    Activation::Silu,
    Activation::Softmax,
];

const LOSSES: [Loss; 4] =
    [Loss::HalfSquared, Loss::MeanSquared, Loss::BinaryCrossEntropy, Loss::SoftmaxCrossEntropy];

/// A net of the given kind with records that stay away from the kinks: near one, differences of the
/// loss mean nothing, so such a draw is drawn again.
fn draw(
    hidden: Activation,
    output: Activation,
    widths: [usize; 4],
    has_bias: bool,
    seed: u64,
) -> (Net<f64>, Array2<f64>) {
    let [n_in, first, second, n_out] = widths;
    for attempt in 0.. {
        let mut stream = Stream::new(seed, attempt);
        let x = Array2::from_shape_simple_fn((3, n_in), || stream.normal());
        let builder = Net::with_inputs(n_in);
        let builder = if has_bias {
            builder.dense(first, hidden, Init::GlorotNormal)
        } else {
            builder.dense_without_bias(first, hidden, Init::GlorotNormal)
        };
        let net: Net<f64> = builder
            .dense(second, hidden, Init::GlorotNormal)
            .dense(n_out, output, Init::GlorotNormal)
            .build(seed + attempt)
            .unwrap();
        let statistics = net.statistics(x.view()).unwrap();
        if statistics.iter().all(|layer| layer.nearest_kink.is_none_or(|distance| distance > 0.02)) {
            return (net, x);
        }
    }
    unreachable!("some draw lies away from the kinks")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn gradients_are_right(
        seed in 0..1_000_u64,
        n_in in 1..5_usize,
        first in 1..6_usize,
        second in 1..6_usize,
        n_out in 1..5_usize,
        has_bias in any::<bool>(),
        is_sum in any::<bool>(),
    ) {
        for activation in ACTIVATIONS {
            for loss in LOSSES {
                let is_logit = matches!(loss, Loss::BinaryCrossEntropy | Loss::SoftmaxCrossEntropy);
                let output = if is_logit { Activation::Identity } else { activation };
                let (net, x) = draw(activation, output, [n_in, first, second, n_out], has_bias, seed);
                let mut stream = Stream::new(seed, 7);
                let mut y = Array2::from_shape_simple_fn((3, n_out), || stream.unit());
                if loss == Loss::SoftmaxCrossEntropy {
                    for mut row in y.rows_mut() {
                        let sum = row.sum();
                        row.mapv_inplace(|value| value / sum);
                    }
                }
                let reduction = if is_sum { Reduction::Sum } else { Reduction::Mean };
                let training = Training { loss, reduction, ..Training::posts(1) };
                let check = gradient_check(&net, Data::new(x.view(), y.view()), &training).unwrap();
                prop_assert_eq!(check.parameters.len(), net.n_parameters());
                let worst = check.worst().unwrap();
                prop_assert!(worst.relative_error < 1e-7, "{:?}, {:?}: {:?}", activation, loss, worst);
            }
        }
    }
}

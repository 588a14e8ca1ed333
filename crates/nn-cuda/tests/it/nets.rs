//! Mini-batch training of nets of any shape, against nn-core's: one cooperative launch, a graph, plain launches.

use ndarray::{Array2, ArrayView2};
use nn_core::data::digits;
use nn_core::train::{Clip, EarlyStopping, Reduction};
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Schedule, Trainer, Training};
use nn_cuda::{CudaNet, CudaTrainer, Execution};

use crate::support::{device, numbers};

const EXECUTIONS: [Execution; 5] = [
    Execution::Cooperative,
    Execution::CooperativeBlocks(1),
    Execution::CooperativeBlocks(5),
    Execution::Graph,
    Execution::Launches,
];

fn small(hidden: Activation, last: Activation) -> Net<f32> {
    Net::with_inputs(7)
        .dense(19, hidden, Init::HeUniform)
        .dense_without_bias(17, hidden, Init::HeUniform)
        .dense(3, last, Init::GlorotUniform)
        .build(5)
        .unwrap()
}

/// 41 records: the last batch of 8 has one.
fn records() -> (Array2<f32>, Array2<f32>) {
    let x = Array2::from_shape_vec((41, 7), numbers(41 * 7, 31)).unwrap();
    let y = Array2::from_shape_fn((41, 3), |(i, j)| if i % 3 == j { 1.0 } else { 0.0 });
    (x, y)
}

fn values(net: &Net<f32>) -> Vec<f32> {
    net.layers()
        .iter()
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

fn largest_difference(a: &Net<f32>, b: &Net<f32>) -> f32 {
    values(a).iter().zip(values(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

const OPTIMISERS: [Optimiser; 6] = [
    Optimiser::Sgd,
    Optimiser::Momentum { beta: 0.9 },
    Optimiser::Nesterov { beta: 0.9 },
    Optimiser::RmsProp { beta: 0.9, epsilon: 1e-6 },
    Optimiser::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    Optimiser::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 },
];

#[test]
fn training_is_nn_cores_to_the_last_bit_where_sums_are_all_there_is() {
    let (x, y) = records();
    let data = Data::new(x.view(), y.view());
    let start = small(Activation::Relu, Activation::LeakyRelu(0.125));
    for (n, optimiser) in OPTIMISERS.into_iter().enumerate() {
        let training = Training {
            schedule: Schedule::Cosine { warm_up: 1, to: 0.1 },
            weight_decay: if n % 2 == 0 { 0.0 } else { 0.02 },
            clip: (n % 3 == 0).then_some(Clip::Value(0.05)),
            reduction: if n % 2 == 0 { Reduction::Mean } else { Reduction::Sum },
            ..Training::mini_batch(Loss::MeanSquared, optimiser, 0.01, 8, 3)
        };
        let mut here = start.clone();
        let wanted = here.fit(data, &training).unwrap();
        // All executions for the first; that they agree with each other, the next test shows as well.
        for execution in if n == 0 { &EXECUTIONS[..] } else { &EXECUTIONS[2..4] } {
            let mut there = CudaNet::new(device(), &start).unwrap().with_execution(*execution);
            let history = there.fit(data, &training).unwrap();
            assert_eq!(history, wanted, "{optimiser:?} {execution:?}");
            assert_eq!(*there.net(), here, "{optimiser:?} {execution:?}");
        }
    }
}

#[test]
fn with_exponentials_it_is_within_the_stated_bound_and_every_execution_the_same() {
    let (x, y) = records();
    let data = Data::new(x.view(), y.view());
    for (hidden, last, loss) in [
        (Activation::Tanh, Activation::Identity, Loss::SoftmaxCrossEntropy),
        (Activation::Sigmoid, Activation::Identity, Loss::BinaryCrossEntropy),
        (Activation::LeakyRelu(0.1), Activation::Sigmoid, Loss::HalfSquared),
    ] {
        let start = small(hidden, last);
        let training = Training::mini_batch(loss, Optimiser::Momentum { beta: 0.5 }, 0.1, 8, 3);
        let mut here = start.clone();
        let wanted = here.fit(data, &training).unwrap();
        let mut first: Option<Net<f32>> = None;
        for execution in EXECUTIONS {
            let mut there = CudaNet::new(device(), &start).unwrap().with_execution(execution);
            let history = there.fit(data, &training).unwrap();
            for (got, wanted) in history.epochs.iter().zip(&wanted.epochs) {
                assert!((got.loss - wanted.loss).abs() <= 1e-5 * wanted.loss, "{loss:?}: {got:?} {wanted:?}");
            }
            let off = largest_difference(there.net(), &here);
            assert!(off <= 1e-5, "{loss:?}: weights differ by {off}");
            let first = first.get_or_insert_with(|| there.net().clone());
            assert_eq!(there.net(), first, "{loss:?}: {execution:?} differs");
        }
    }
}

/// MNIST's net on drawn digits: a few steps, in one launch and as a graph.
#[test]
fn the_digits_net_trains_as_nn_cores() {
    let start: Net<f32> = Net::with_inputs(784)
        .dense(128, Activation::Relu, Init::HeUniform)
        .dense(64, Activation::Relu, Init::HeUniform)
        .dense(10, Activation::Identity, Init::GlorotUniform)
        .build(42)
        .unwrap();
    let drawn = digits::draw(40, 7);
    let y = Array2::from_shape_fn((40, 10), |(i, j)| if drawn.classes[i] as usize == j { 1.0 } else { 0.0 });
    let data = Data::new(drawn.x.view(), y.view());
    let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, 0.1, 16, 2);
    let mut here = start.clone();
    let wanted = here.fit(data, &training).unwrap();
    let session = device().session();
    let mut cooperative =
        CudaNet::new(&session, &start).unwrap().with_execution(Execution::CooperativeBlocks(8));
    let history = cooperative.fit(data, &training).unwrap();
    assert_eq!(session.launches(), 2, "one launch an epoch");
    for (got, wanted) in history.epochs.iter().zip(&wanted.epochs) {
        assert!((got.loss - wanted.loss).abs() <= 1e-5 * wanted.loss, "{got:?} {wanted:?}");
    }
    let off = largest_difference(cooperative.net(), &here);
    assert!(off <= 1e-6, "weights differ by {off}");
    let session = device().session();
    let mut graph = CudaNet::new(&session, &start).unwrap().with_execution(Execution::Graph);
    assert_eq!(graph.fit(data, &training).unwrap(), history);
    assert_eq!(graph.net(), cooperative.net());
    // 3 forward, 1 loss, 2 back, 3 updates and the count, in each of 2 x 3 steps.
    assert_eq!(session.launches(), 10 * 6);
    let off = (graph.predict(data.x).unwrap() - here.predict(data.x).unwrap()).mapv(f32::abs);
    assert!(off.iter().all(|off| *off <= 1e-4), "{off}");
    if let Some(instructions) = session.thread_instructions() {
        eprintln!("the digits' net: {instructions} thread instructions for 6 steps of 16, 16 and 8 records");
    }
}

#[test]
fn a_step_at_a_time_is_nn_cores_trainer() {
    let (x, y) = records();
    let start = small(Activation::Relu, Activation::Identity);
    let training = Training::mini_batch(Loss::HalfSquared, Optimiser::adam(), 0.01, 8, 1);
    let mut here = Trainer::new(start.clone(), &training, 8).unwrap();
    let mut there: Vec<CudaTrainer<'_>> = [Execution::Cooperative, Execution::Graph]
        .map(|execution| CudaTrainer::new(device(), start.clone(), &training, 8, execution).unwrap())
        .into();
    let part = |values: &'static str, from: usize, to: usize| {
        let of = if values == "x" { &x } else { &y };
        of.slice(ndarray::s![from..to, ..]).to_owned()
    };
    for (from, to, share) in [(0, 8, 1.0), (8, 16, 0.5), (16, 19, 1.0), (19, 27, 0.25)] {
        let (x, y) = (part("x", from, to), part("y", from, to));
        let data = Data::new(x.view(), y.view());
        let wanted = here.step(data, share).unwrap();
        for there in &mut there {
            let got = there.step(data, share).unwrap();
            assert_eq!(got.to_bits(), wanted.to_bits());
            assert_eq!(there.net().unwrap(), *here.net());
        }
    }
    // A batch whose loss is not finite leaves everything as it was.
    let x = Array2::from_elem((2, 7), 1e38);
    let y = Array2::from_elem((2, 3), 0.0);
    let data = Data::new(x.view(), y.view());
    assert!(here.step(data, 1.0).unwrap_err().is_diverged());
    for there in &mut there {
        assert!(there.step(data, 1.0).unwrap_err().is_diverged());
        assert_eq!(there.net().unwrap(), *here.net());
    }
    let (x, y) = (part("x", 27, 35), part("y", 27, 35));
    let wanted = here.step(Data::new(x.view(), y.view()), 1.0).unwrap();
    for mut there in there {
        assert_eq!(there.step(Data::new(x.view(), y.view()), 1.0).unwrap().to_bits(), wanted.to_bits());
        assert_eq!(there.into_net().unwrap(), *here.net());
    }
}

#[test]
fn validation_callbacks_and_early_stopping_are_nn_cores() {
    let (x, y) = records();
    let (train, held) = (ndarray::s![..30, ..], ndarray::s![30.., ..]);
    let data = Data::new(x.slice(train), y.slice(train));
    let validation = Data::new(x.slice(held), y.slice(held));
    let start = small(Activation::Relu, Activation::Identity);
    let stopping = EarlyStopping { patience: 2, min_change: 0.02, restore_best: true };
    let training = Training {
        early_stopping: Some(stopping),
        ..Training::mini_batch(Loss::HalfSquared, Optimiser::Sgd, 0.1, 8, 30)
    };
    let go_on = |_: &_, _: &Net<f32>| std::ops::ControlFlow::Continue(());
    let (mut here, mut there) = (start.clone(), CudaNet::new(device(), &start).unwrap());
    let wanted = here.fit_with(data, Some(validation), &training, go_on).unwrap();
    assert!(wanted.epochs.len() < 30, "it stops early");
    assert_eq!(there.fit_with(data, Some(validation), &training, go_on).unwrap(), wanted);
    assert_eq!(*there.net(), here);
    let (got, wanted) =
        (there.loss(validation, &training).unwrap(), here.loss(validation, &training).unwrap());
    assert_eq!(got.to_bits(), wanted.to_bits());
    let mut seen = 0;
    let history = there.fit_with(data, None, &training, |epoch, net| {
        seen += usize::from(net.n_parameters() > 0);
        if epoch.epoch == 1 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    });
    assert_eq!((history.unwrap().end, seen), (nn_core::train::End::Callback, 2));
}

#[test]
fn a_divergence_names_its_epoch_and_keeps_the_last_finite_net() {
    let (x, y) = records();
    let data = Data::new(x.view(), y.view());
    let start = small(Activation::Relu, Activation::Identity);
    let training = Training::mini_batch(Loss::HalfSquared, Optimiser::Sgd, 40.0, 8, 20);
    let (mut here, mut there) = (start.clone(), CudaNet::new(device(), &start).unwrap());
    let wanted = here.fit(data, &training).unwrap_err();
    let got = there.fit(data, &training).unwrap_err();
    assert!(wanted.is_diverged() && got.is_diverged(), "{wanted}; {got}");
    assert_eq!(got.epoch(), wanted.epoch());
    assert_eq!(*there.net(), here);
    assert!(there.predict(data.x).is_ok());
}

#[test]
fn what_the_kernels_have_not_is_named() {
    let (x, y) = records();
    let data = Data::new(x.view(), y.view());
    let training = Training::mini_batch(Loss::HalfSquared, Optimiser::Sgd, 0.1, 8, 1);
    let fit = |net: &Net<f32>, training: &Training, execution| {
        CudaNet::new(device(), net).unwrap().with_execution(execution).fit(data, training).unwrap_err()
    };
    let relu = small(Activation::Relu, Activation::Identity);
    for activation in [Activation::Gelu, Activation::Silu, Activation::Softmax] {
        let error = fit(&small(activation, Activation::Identity), &training, Execution::Graph);
        assert!(error.is_unsupported() && error.to_string().contains(&format!("{activation:?}")), "{error}");
    }
    let norm = Training { clip: Some(Clip::Norm(1.0)), ..training.clone() };
    let error = fit(&relu, &norm, Execution::Cooperative);
    assert!(error.is_unsupported() && error.to_string().contains("Clip::Norm"), "{error}");
    let error = fit(&relu, &training, Execution::CooperativeBlocks(1 << 20));
    assert!(error.is_residency() && error.to_string().contains("1048576 blocks"), "{error}");
    assert!(fit(&relu, &training, Execution::CooperativeBlocks(0)).is_input());
    // And what nn-core itself refuses.
    for wrong in [
        Training { rate: f64::NAN, ..training.clone() },
        Training { batch: Some(0), ..training.clone() },
        Training { optimiser: Optimiser::Momentum { beta: 1.0 }, ..training.clone() },
    ] {
        assert!(fit(&relu, &wrong, Execution::Graph).is_input());
    }
    let mut net = CudaNet::new(device(), &relu).unwrap();
    let holed = ArrayView2::from_shape((1, 7), &[1.0, f32::NAN, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    let error = net.fit(Data::new(holed, y.slice(ndarray::s![..1, ..])), &training).unwrap_err();
    assert!(error.is_input() && error.to_string().contains("record 0, column 1"), "{error}");
    assert!(net.predict(holed).unwrap_err().is_input());
    assert!(net.predict(y.view()).unwrap_err().is_shape());
    assert!(net.predict(x.slice(ndarray::s![..0, ..])).unwrap_err().is_input());
    assert!(net.fit(Data::new(x.view(), x.view()), &training).unwrap_err().is_shape());
    assert!(net.loss(Data::new(x.view(), x.view()), &training).unwrap_err().is_shape());
    assert!(CudaTrainer::new(device(), relu, &training, 0, Execution::Graph).unwrap_err().is_input());
}

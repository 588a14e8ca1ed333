//! Whole trainings: agreement with the reading copy, threads, and what a bad input is told.

use ndarray::{Array2, Axis, array};
use nn_core::train::{Clip, EarlyStopping, End};
use nn_core::{
    Activation, Data, Init, Loss, Net, Optimiser, Schedule, Stream, Trainer, Training, TwoLayer, xor,
};
use std::ops::ControlFlow;

fn xor_net(seed: u64) -> Net<f64> {
    Net::with_inputs(3)
        .dense_without_bias(4, Activation::Sigmoid, Init::Uniform(1.0))
        .dense_without_bias(1, Activation::Sigmoid, Init::Uniform(1.0))
        .build(seed)
        .unwrap()
}

/// The chains of the general net fuse and the reading copy's do not: a billionth after 1,000 epochs.
#[test]
fn the_general_net_trains_as_the_reading_copy() {
    let (x, y) = (xor::x(true), xor::y().insert_axis(Axis(1)));
    let mut net = xor_net(3);
    let (w0, w1) = (net.layers()[0].weights().to_owned(), net.layers()[1].weights().to_owned());
    let mut reading = TwoLayer::new(w0, w1, 1.0).unwrap();
    net.fit(Data::new(x.view(), y.view()), &Training::posts(1_000)).unwrap();
    for _ in 0..1_000 {
        reading.step(x.view(), y.view()).unwrap();
    }
    let (ours, theirs) = (net.predict(x.view()).unwrap(), reading.predict(x.view()).unwrap());
    assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-9), "{ours} {theirs}");
}

/// Points around three centres, far enough apart for any optimiser.
fn clusters(n: usize) -> (Array2<f32>, Array2<f32>) {
    let mut stream = Stream::new(11, 0);
    let centres = [[2.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]];
    let x = Array2::from_shape_fn((n, 2), |(i, j)| (centres[i % 3][j] + 0.4 * stream.normal()) as f32);
    let y = Array2::from_shape_fn((n, 3), |(i, j)| f32::from(u8::from(i % 3 == j)));
    (x, y)
}

fn classifier(n_hidden: usize) -> Net<f32> {
    Net::with_inputs(2)
        .dense(n_hidden, Activation::Relu, Init::HeUniform)
        .dense(3, Activation::Identity, Init::GlorotUniform)
        .build(5)
        .unwrap()
}

#[test]
fn every_optimiser_separates_three_clusters() {
    let (x, y) = clusters(90);
    let optimisers = [
        (Optimiser::Sgd, 0.2),
        (Optimiser::Momentum { beta: 0.9 }, 0.05),
        (Optimiser::Nesterov { beta: 0.9 }, 0.05),
        (Optimiser::RmsProp { beta: 0.9, epsilon: 1e-8 }, 0.01),
        (Optimiser::adam(), 0.02),
        (Optimiser::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 }, 0.02),
    ];
    for (optimiser, rate) in optimisers {
        let mut net = classifier(16);
        let training = Training {
            schedule: Schedule::Cosine { warm_up: 1, to: 0.01 },
            ..Training::mini_batch(Loss::SoftmaxCrossEntropy, optimiser, rate, 16, 30)
        };
        let history = net.fit(Data::new(x.view(), y.view()), &training).unwrap();
        let (first, last) = (&history.epochs[0], &history.epochs[29]);
        assert!(last.loss < 0.05 && last.loss < first.loss, "{optimiser:?}: {first:?} {last:?}");
        assert_eq!(history.end, End::Finished);
    }
}

/// A net wide enough for several threads and shards, whose batches leave rests.
#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let mut stream = Stream::new(2, 0);
    let x = Array2::from_shape_simple_fn((150, 70), || stream.normal() as f32);
    let y = Array2::from_shape_fn((150, 10), |(i, j)| f32::from(u8::from(i % 10 == j)));
    let train = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let mut net: Net<f32> = Net::with_inputs(70)
            .dense(300, Activation::Relu, Init::HeUniform)
            .dense(90, Activation::Silu, Init::HeUniform)
            .dense(10, Activation::Identity, Init::GlorotUniform)
            .build(9)
            .unwrap();
        let training = Training {
            clip: Some(Clip::Norm(1.0)),
            weight_decay: 1e-4,
            ..Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::adam(), 1e-3, 64, 3)
        };
        let history = pool.install(|| net.fit(Data::new(x.view(), y.view()), &training)).unwrap();
        (net, history)
    };
    let one = train(1);
    for n_threads in [2, 3, 8] {
        assert!(one == train(n_threads), "{n_threads} threads");
    }
}

#[test]
fn clipping_and_decay_do_what_they_say() {
    let net = |w: f64| -> Net<f64> {
        Net::new(vec![nn_core::Dense::new(array![[w]], None, Activation::Identity).unwrap()]).unwrap()
    };
    let step = |clip: Option<Clip>, weight_decay: f64| {
        let mut net = net(10.0);
        let training = Training { clip, weight_decay, rate: 0.5, ..Training::posts(1) };
        net.fit(Data::new(array![[1.0]].view(), array![[0.0]].view()), &training).unwrap();
        net.layers()[0].weights()[[0, 0]]
    };
    assert!((step(None, 0.0) - 5.0).abs() < 1e-12);
    assert!((step(None, 0.1) - 4.5).abs() < 1e-12);
    assert!((step(Some(Clip::Norm(2.0)), 0.0) - 9.0).abs() < 1e-12);
    assert!((step(Some(Clip::Value(3.0)), 0.1) - 8.5).abs() < 1e-12);
}

#[test]
fn a_training_stops_early_and_goes_back_to_its_best() {
    let (x, y) = clusters(60);
    let (train, hold) = (Data::new(x.view(), y.view()), Data::new(x.view(), y.view()));
    let stopping = EarlyStopping { patience: 3, min_change: 10.0, restore_best: true };
    let training = Training {
        early_stopping: Some(stopping),
        ..Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, 0.1, 16, 50)
    };
    let mut net = classifier(8);
    let mut after_first = None;
    let history = net
        .fit_with(train, Some(hold), &training, |epoch, net| {
            if epoch.epoch == 0 {
                after_first = Some(net.clone());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((history.end, history.epochs.len(), history.best_epoch), (End::EarlyStop, 4, Some(0)));
    assert_eq!(Some(net), after_first);
    let mut net = classifier(8);
    let history = net.fit_with(train, None, &training, |_, _| ControlFlow::Break(())).unwrap();
    assert_eq!((history.end, history.epochs.len()), (End::Callback, 1));
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let (x, y) = clusters(6);
    let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, 0.1, 2, 1);
    let told = |x: &Array2<f32>, y: &Array2<f32>, training: &Training| {
        classifier(4).fit(Data::new(x.view(), y.view()), training).unwrap_err().to_string()
    };
    let mut bad = x.clone();
    bad[[4, 1]] = f32::NAN;
    assert_eq!(told(&bad, &y, &training), "x, record 4, column 1: NaN is not finite");
    bad[[4, 1]] = f32::INFINITY;
    assert_eq!(told(&bad, &y, &training), "x, record 4, column 1: inf is not finite");
    let mut labels = y.clone();
    labels[[2, 0]] = 3.0;
    assert!(told(&x, &labels, &training).starts_with("y, record 2: a row of labels"));
    assert_eq!(told(&Array2::zeros((0, 2)), &Array2::zeros((0, 3)), &training), "the batch is empty");
    assert_eq!(
        told(&x, &Array2::zeros((6, 2)), &training),
        "y, records by outputs: expected (6, 3), found (6, 2)"
    );
    let zero = Training { batch: Some(0), ..training.clone() };
    assert_eq!(told(&x, &y, &zero), "a batch has at least one record");
    let rate = Training { rate: f64::NAN, ..training.clone() };
    assert_eq!(told(&x, &y, &rate), "the rate NaN is not a positive number");
    let mut trainer = Trainer::new(classifier(4), &training, 4).unwrap();
    assert!(trainer.step(Data::new(x.view(), y.view()), 1.0).unwrap_err().is_shape());
}

#[test]
fn a_diverging_training_names_its_epoch_and_keeps_the_last_finite_net() {
    let (x, y) = (array![[3.0_f32], [4.0]], array![[1.0], [2.0]]);
    let mut net: Net<f32> =
        Net::with_inputs(1).dense(1, Activation::Identity, Init::Constant(0.1)).build(1).unwrap();
    let training = Training { rate: 10.0, ..Training::posts(1_000) };
    let error = net.fit(Data::new(x.view(), y.view()), &training).unwrap_err();
    assert!(error.is_diverged() && error.epoch().is_some_and(|epoch| (5..100).contains(&epoch)), "{error}");
    assert!(net.layers()[0].weights().iter().all(|w| w.is_finite()));
}

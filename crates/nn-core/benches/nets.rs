//! Nets of any shape and very many small ones: a step of 784-128-64-10, and a block of XOR nets.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use nn_core::sweep::{self, Cell, Plan};
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Simd, Stream, Trainer, Training};
use std::hint::black_box;
use std::time::Duration;

fn mlp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mlp-784-128-64-10");
    for batch in [64, 128, 512] {
        let mut stream = Stream::new(42, 0);
        let x = Array2::from_shape_simple_fn((batch, 784), || stream.unit() as f32);
        let y = Array2::from_shape_fn((batch, 10), |(i, j)| f32::from(u8::from(i % 10 == j)));
        let net = Net::with_inputs(784)
            .dense(128, Activation::Relu, Init::HeUniform)
            .dense(64, Activation::Relu, Init::HeUniform)
            .dense(10, Activation::Identity, Init::GlorotUniform)
            .build::<f32>(1);
        let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, 0.01, batch, 1);
        let mut trainer = net.and_then(|net| Trainer::new(net, &training, batch)).expect("a net that fits");
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new("step", batch), |bencher| {
            bencher.iter(|| trainer.step(Data::new(x.view(), y.view()), 1.0));
        });
    }
    group.finish();
}

fn many(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sweep-3-4-1-100-epochs");
    let cells = [Cell::post(4, Init::Uniform(1.0))];
    for simd in [Simd::Avx512, Simd::Avx2, Simd::Plain].into_iter().filter(|simd| simd.is_available()) {
        let plan = Plan { n_nets: 512, seed: 42, n_epochs: 100, simd };
        group.throughput(Throughput::Elements(512));
        group.bench_function(simd.name(), |bencher| {
            bencher.iter(|| sweep::run(&cells, &plan, |result| drop(black_box(result))));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    targets = mlp, many
}
criterion_main!(benches);

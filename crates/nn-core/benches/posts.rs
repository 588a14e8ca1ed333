//! The posts' trainings, per training: the reading copies, and the stack.

use criterion::{Criterion, criterion_group, criterion_main};
use nn_core::{Init, iris, ten_lines, tiny, xor};
use std::hint::black_box;
use std::time::Duration;

fn posts(criterion: &mut Criterion) {
    let (x, y) = (iris::x(), iris::y());
    criterion.bench_function("iris/reading", |bencher| {
        bencher.iter(|| {
            ten_lines::ten_lines(x.view(), y.view(), iris::w(), iris::EPOCHS, ten_lines::sigmoid_rounded_once)
        });
    });
    criterion.bench_function("iris/stack", |bencher| {
        bencher.iter(|| black_box(tiny::Iris::post()).train(iris::EPOCHS));
    });
    criterion.bench_function("xor/stack-100-iterations", |bencher| {
        bencher.iter(|| black_box(tiny::Xor::uniform(1.0, 42)).train(100));
    });
    let config = xor::Config { n_iterations: 100, ..xor::Config::post(Init::Uniform(1.0), 42) };
    criterion.bench_function("xor/reading-100-iterations", |bencher| bencher.iter(|| xor::train(&config)));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    targets = posts
}
criterion_main!(benches);

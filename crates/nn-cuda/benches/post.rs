//! Time of the post's 50 epochs, kernel by kernel and in one launch: on a GPU where there is one, else simulated.

use criterion::{Criterion, criterion_group, criterion_main};
use nn_cuda::driver::build_simulator;
use nn_cuda::{Device, Driver, post};
use std::path::Path;

fn device() -> Result<Device, nn_cuda::Error> {
    if let Ok(device) = Device::open(&Driver::System) {
        return Ok(device);
    }
    Device::open(&Driver::Simulator(build_simulator(Path::new(env!("CARGO")))?))
}

fn training(c: &mut Criterion) {
    let device = match device() {
        Ok(device) => device,
        Err(error) => {
            eprintln!("NOT RUN: {error}");
            return;
        }
    };
    let mut group = c.benchmark_group(format!("post on {}", device.name()));
    group.sample_size(10);
    group.bench_function("both ways", |b| b.iter(|| post::run(&device)));
    group.finish();
}

criterion_group!(benches, training);
criterion_main!(benches);

//! Time of the kernels for dense nets: the pass forward and back, and an epoch of mini-batches in each of its forms; on
//! a GPU where there is one, else simulated, where the figure is the simulator's speed and no kernel's.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use nn_core::train::Reduction;
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Stream, Training};
use nn_cuda::driver::build_simulator;
use nn_cuda::{CudaNet, Device, Driver, Execution, Precision};
use std::path::Path;

fn device() -> Result<Device, nn_cuda::Error> {
    if let Ok(device) = Device::open(&Driver::System) {
        return Ok(device);
    }
    Device::open(&Driver::Simulator(build_simulator(Path::new(env!("CARGO")))?))
}

/// Records of `inputs` values, and one of ten classes for each.
fn records(n: usize, inputs: usize) -> (Array2<f32>, Array2<f32>) {
    let mut stream = Stream::new(1, 0);
    let x = Array2::from_shape_simple_fn((n, inputs), || stream.unit() as f32);
    (x, Array2::from_shape_fn((n, 10), |(i, j)| f32::from(u8::from(i % 10 == j))))
}

fn net(widths: [usize; 3]) -> Net<f32> {
    Net::with_inputs(widths[0])
        .dense(widths[1], Activation::Relu, Init::HeUniform)
        .dense(widths[2], Activation::Relu, Init::HeUniform)
        .dense(10, Activation::Identity, Init::GlorotUniform)
        .build(1)
        .expect("a net")
}

fn nets(c: &mut Criterion) {
    let device = match device() {
        Ok(device) => device,
        Err(error) => {
            eprintln!("NOT RUN: {error}");
            return;
        }
    };
    let mut group = c.benchmark_group(format!("nets on {}", device.name()));
    group.sample_size(10);

    let (x, y) = records(64, 128);
    let fused = CudaNet::new(&device, &net([128, 128, 64])).expect("room");
    for precision in [Precision::F32, Precision::Tf32] {
        let pass = || {
            let data = Data::new(x.view(), y.view());
            fused.gradient(data, Loss::SoftmaxCrossEntropy, Reduction::Mean, precision)
        };
        if let Err(error) = pass() {
            eprintln!("NOT RUN: {error}");
            continue;
        }
        group.throughput(Throughput::Elements(64));
        group.bench_function(format!("gradient of 128-128-64-10, 64 records, {precision:?}"), |b| {
            b.iter(pass);
        });
    }

    let (x, y) = records(32, 784);
    let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, 0.01, 16, 1);
    for execution in [Execution::CooperativeBlocks(16), Execution::Graph, Execution::Launches] {
        let mut digits = CudaNet::new(&device, &net([784, 128, 64])).expect("room").with_execution(execution);
        group.throughput(Throughput::Elements(32));
        group.bench_function(format!("two steps of 784-128-64-10, batch 16, {execution:?}"), |b| {
            b.iter(|| digits.fit(Data::new(x.view(), y.view()), &training).expect("it trains"));
        });
    }
    group.finish();
}

criterion_group!(benches, nets);
criterion_main!(benches);

//! Times the kernels on a GPU and prints one JSON object: what `cargo xtask kernels --gpu` calls.
//!
//! Each figure is the median of several runs by the host's clock, from the first launch until the device is done. With
//! `--simulated` it runs the same program on the simulator, at small sizes: a test of the program, and no figures.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use ndarray::{Array2, Axis};
use nn_core::data::digits;
use nn_core::train::Reduction;
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Stream, Training, iris};
use nn_cuda::driver::build_simulator;
use nn_cuda::{CudaNet, CudaTwoLayer, Device, Driver, Error, Execution, FitConfig, Precision};
use serde_json::{Value, json};

/// Times the kernels on a GPU and prints one JSON object.
///
/// Examples: `measure`, `measure --probe` (only says which GPU there is).
#[derive(Parser)]
struct Options {
    /// Only opens the device, and prints its name.
    #[arg(long)]
    probe: bool,
    /// Runs small sizes on the simulator, to test this program: the figures mean nothing.
    #[arg(long)]
    simulated: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(figures) => {
            print(&figures);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result of the program, in its one place")]
fn print(figures: &Value) {
    println!("{figures}");
}

fn run(options: &Options) -> Result<Value, Error> {
    let driver = if options.simulated {
        Driver::Simulator(build_simulator(Path::new(env!("CARGO")))?)
    } else {
        Driver::System
    };
    let device = Device::open(&driver)?;
    let mut figures = Vec::new();
    if !options.probe {
        let runs = if options.simulated { 1 } else { 9 };
        products(&device, runs, options.simulated, &mut figures)?;
        posts(&device, runs, options.simulated, &mut figures)?;
        gradients(&device, runs, options.simulated, &mut figures)?;
        training(&device, runs, options.simulated, &mut figures)?;
    }
    Ok(json!({"device": device.name(), "simulated": device.is_simulated(), "figures": figures}))
}

/// Runs once to warm up, then `runs` times, and records `work / seconds` of the middle one.
fn measure(
    device: &Device,
    runs: usize,
    (name, unit, work): (String, &str, f64),
    figures: &mut Vec<Value>,
    mut once: impl FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let mut seconds = Vec::new();
    for _ in 0..=runs {
        device.synchronize()?;
        let start = Instant::now();
        once()?;
        device.synchronize()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    let mut timed = seconds.split_off(1);
    timed.sort_by(f64::total_cmp);
    let middle = timed[timed.len() / 2];
    eprintln!("{name}: {:.4e} {unit}", work / middle);
    let spread = (timed[timed.len() - 1] - timed[0]) / middle;
    figures
        .push(json!({"id": name, "unit": unit, "value": work / middle, "seconds": middle, "spread": spread}));
    Ok(())
}

fn numbers(n: usize) -> Vec<f32> {
    let mut stream = Stream::new(1, 0);
    (0..n).map(|_| stream.uniform(-1.0, 1.0) as f32).collect()
}

/// Square products by each kernel; ten launches a run.
fn products(device: &Device, runs: usize, small: bool, figures: &mut Vec<Value>) -> Result<(), Error> {
    type Product = fn(&Device, &nn_cuda::Buffer, &nn_cuda::Buffer, &mut nn_cuda::Buffer) -> Result<(), Error>;
    let sides: &[usize] = if small { &[32] } else { &[512, 1024, 2048] };
    for &side in sides {
        let values = numbers(side * side);
        let (a, b) = (device.upload(&values, side, side)?, device.upload(&values, side, side)?);
        let mut out = device.zeros(side, side)?;
        let kernels: [(&str, Product); 3] = [
            ("dot", Device::dot),
            ("matmul_tiled", Device::matmul_tiled),
            ("matmul_tf32", Device::matmul_tf32),
        ];
        for (kernel, product) in kernels {
            let work = 10.0 * 2.0 * (side as f64).powi(3) / 1e9;
            let what = (format!("{kernel}-{side}"), "GFLOP/s", work);
            measure(device, runs, what, figures, || {
                (0..10).try_for_each(|_| product(device, &a, &b, &mut out))
            })?;
        }
    }
    Ok(())
}

/// The post's training, kernel by kernel and in one launch, and a grid of nets.
fn posts(device: &Device, runs: usize, small: bool, figures: &mut Vec<Value>) -> Result<(), Error> {
    let (x, y) = (iris::x(), iris::y().insert_axis(Axis(1)));
    let start = iris::cuda_net()?;
    let epochs = if small { 2 } else { 1000 };
    let mut net = CudaTwoLayer::new(device, &start)?;
    measure(device, runs, ("iris-step".into(), "epochs/s", f64::from(epochs)), figures, || {
        (0..epochs).try_for_each(|_| net.step(x.view(), y.view()).map(|_| ()))
    })?;
    let mut net = CudaTwoLayer::new(device, &start)?;
    measure(device, runs, ("iris-fit".into(), "epochs/s", f64::from(epochs)), figures, || {
        net.fit(x.view(), y.view(), epochs as usize).map(|_| ())
    })?;
    let (nets, rows, inputs, hidden) = (if small { 4 } else { 4096 }, 4, 3, 4);
    let x = device.upload(&[0., 0., 1., 0., 1., 1., 1., 0., 1., 1., 1., 1.], rows, inputs)?;
    let y = device.upload(&[0., 1., 1., 0.], rows, 1)?;
    let mut w0 = device.upload(&numbers(nets * inputs * hidden), nets * inputs, hidden)?;
    let mut w1 = device.upload(&numbers(nets * hidden), nets * hidden, 1)?;
    let mut pred = device.zeros(nets * rows, 1)?;
    let config = FitConfig { epochs: epochs as usize, rate: 1.0 };
    let work = nets as f64 * f64::from(epochs);
    measure(device, runs, ("xor-fit_many".into(), "nets * epochs/s", work), figures, || {
        device.fit_many(nets, &x, &y, &mut w0, &mut w1, &mut pred, config)
    })?;
    measure(device, runs, ("xor-fit_warp".into(), "nets * epochs/s", work), figures, || {
        device.fit_warp(nets, &x, &y, &mut w0, &mut w1, &mut pred, config)
    })
}

fn classes(x: Array2<f32>) -> (Array2<f32>, Array2<f32>) {
    let y = Array2::from_shape_fn((x.nrows(), 10), |(i, j)| f32::from(u8::from(i % 10 == j)));
    (x, y)
}

fn net(inputs: usize) -> Result<Net<f32>, Error> {
    let net = Net::with_inputs(inputs)
        .dense(128, Activation::Relu, Init::HeUniform)
        .dense(64, Activation::Relu, Init::HeUniform)
        .dense(10, Activation::Identity, Init::GlorotUniform);
    Ok(net.build(1)?)
}

/// The pass forward and back of 128-128-64-10, the copies of the data and the gradient included.
fn gradients(device: &Device, runs: usize, small: bool, figures: &mut Vec<Value>) -> Result<(), Error> {
    let rows = if small { 16 } else { 16_384 };
    let x = Array2::from_shape_vec((rows, 128), numbers(rows * 128));
    let (x, y) = classes(x.unwrap_or_default());
    let there = CudaNet::new(device, &net(128)?)?;
    for precision in [Precision::F32, Precision::Tf32] {
        let what = (format!("gradient-{precision:?}").to_lowercase(), "records/s", rows as f64);
        measure(device, runs, what, figures, || {
            let data = Data::new(x.view(), y.view());
            there.gradient(data, Loss::SoftmaxCrossEntropy, Reduction::Mean, precision).map(|_| ())
        })?;
    }
    Ok(())
}

/// An epoch of 784-128-64-10 on drawn digits, the copies of the data included.
fn training(device: &Device, runs: usize, small: bool, figures: &mut Vec<Value>) -> Result<(), Error> {
    let rows = if small { 16 } else { 8192 };
    let (x, y) = classes(digits::draw(rows, 1).x);
    for batch in [if small { 16 } else { 64 }, if small { 8 } else { 512 }] {
        let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, 0.05, batch, 1);
        for execution in [Execution::Cooperative, Execution::Graph, Execution::Launches] {
            let mut there = CudaNet::new(device, &net(784)?)?.with_execution(execution);
            let name = format!("digits-{batch}-{execution:?}").to_lowercase();
            measure(device, runs, (name, "records/s", rows as f64), figures, || {
                there.fit(Data::new(x.view(), y.view()), &training).map(|_| ())
            })?;
        }
    }
    Ok(())
}

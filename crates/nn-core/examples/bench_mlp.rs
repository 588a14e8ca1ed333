//! Times training steps of a 784-128-64-10 net and prints one line of JSON: what `cargo xtask bench` calls.
use anyhow::{Result, ensure};
use clap::Parser;
use ndarray::Array2;
use nn_core::{Activation, Data, Init, Loss, Net, Optimiser, Simd, Stream, Trainer, Training};
use std::time::Instant;

/// Times training steps of a 784-128-64-10 net and prints one line of JSON.
///
/// Example: `bench_mlp --batch 128 --threads 1`
#[derive(Parser)]
struct Options {
    /// Records a step.
    #[arg(long)]
    batch: usize,
    /// Threads.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Records a measurement; the fastest of ten is printed.
    #[arg(long, default_value_t = 60_000)]
    records: usize,
}

fn main() -> Result<()> {
    let Options { batch, threads, records } = Options::parse();
    ensure!(batch > 0 && threads > 0 && records > 0, "counts start at 1");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let rate = pool.install(|| measure(batch, records))?;
    print(rate);
    Ok(())
}

/// Records a second, by steps on one batch after another of the same data.
fn measure(batch: usize, records: usize) -> Result<f64> {
    let mut stream = Stream::new(42, 0);
    let n_batches = 8;
    let x = Array2::from_shape_simple_fn((n_batches * batch, 784), || stream.unit() as f32);
    let y = Array2::from_shape_fn((n_batches * batch, 10), |(i, j)| f32::from(u8::from(i % 10 == j)));
    let net: Net<f32> = Net::with_inputs(784)
        .dense(128, Activation::Relu, Init::HeUniform)
        .dense(64, Activation::Relu, Init::HeUniform)
        .dense(10, Activation::Identity, Init::GlorotUniform)
        .build(1)?;
    let training = Training::mini_batch(Loss::SoftmaxCrossEntropy, Optimiser::Sgd, 0.01, batch, 1);
    let mut trainer = Trainer::new(net, &training, batch)?;
    let n_steps = records.div_ceil(batch);
    let mut fastest = f64::INFINITY;
    for _ in 0..10 {
        let start = Instant::now();
        for step in 0..n_steps {
            let rows = (step % n_batches) * batch..(step % n_batches + 1) * batch;
            let (x, y) = (x.slice(ndarray::s![rows.clone(), ..]), y.slice(ndarray::s![rows, ..]));
            trainer.step(Data::new(x, y), 1.0)?;
        }
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    Ok((n_steps * batch) as f64 / fastest)
}

#[expect(clippy::print_stdout, reason = "the result of the program, in its one place")]
fn print(rate: f64) {
    println!("{}", serde_json::json!({ "unit": "records/s", "value": rate, "simd": Simd::best().name() }));
}

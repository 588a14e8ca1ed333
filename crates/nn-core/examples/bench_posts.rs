//! Times one case and prints one line of JSON: what `cargo xtask bench` calls.
use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use ndarray::{Array2, Axis};
use nn_core::{Init, Simd, Stream, TwoLayer, iris, sweep, ten_lines, tiny, xor};
use std::hint::black_box;
use std::time::Instant;

/// Times one case and prints one line of JSON.
///
/// Example: `bench_posts --case iris --epochs 50 --repeat 10000`
#[derive(Parser)]
struct Options {
    /// What to train.
    #[arg(long, value_enum)]
    case: Case,
    /// Epochs a training.
    #[arg(long, default_value_t = 50)]
    epochs: usize,
    /// Trainings a measurement; the fastest of five measurements is printed.
    #[arg(long, default_value_t = 1000)]
    repeat: usize,
    /// Nets of the case `sweep`.
    #[arg(long, default_value_t = 16_384)]
    nets: usize,
    /// Threads of the case `sweep`.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Narrower instructions than this machine's widest.
    #[arg(long, value_enum)]
    simd: Option<SimdName>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Case {
    /// The post's net on the stack, bit-exact.
    Iris,
    /// The post's net by the reading copy, bit-exact.
    IrisReading,
    /// XOR 3-4-1 on the stack.
    Xor,
    /// XOR 3-4-1 by the reading copy.
    XorReading,
    /// XOR 3-4-1 nets, many at once, in nets/s.
    Sweep,
}

#[derive(Clone, Copy, ValueEnum)]
enum SimdName {
    Avx512,
    Avx2,
    Plain,
}

fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(options.epochs > 0 && options.repeat > 0 && options.nets > 0, "counts start at 1");
    let simd = match options.simd {
        Some(SimdName::Avx512) => Simd::Avx512,
        Some(SimdName::Avx2) => Simd::Avx2,
        Some(SimdName::Plain) => Simd::Plain,
        None => Simd::best(),
    };
    let Options { epochs, repeat, nets, threads, .. } = options;
    match options.case {
        Case::Iris => {
            let ns = ns_an_epoch(epochs, repeat, || {
                let mut net = black_box(tiny::Iris::post());
                black_box(net.train(epochs));
                Ok(())
            })?;
            print("ns/epoch", ns, Simd::Plain);
        }
        Case::IrisReading => {
            let (x, y) = (iris::x(), iris::y());
            let ns = ns_an_epoch(epochs, repeat, || {
                let run = ten_lines::ten_lines(
                    x.view(),
                    y.view(),
                    iris::w(),
                    epochs,
                    ten_lines::sigmoid_rounded_once,
                );
                black_box(run).map(drop)
            })?;
            print("ns/epoch", ns, Simd::Plain);
        }
        Case::Xor => {
            let ns = ns_an_epoch(epochs, repeat, || {
                let mut net = black_box(tiny::Xor::uniform(1.0, 42));
                black_box(net.train_with(simd, epochs));
                Ok(())
            })?;
            print("ns/epoch", ns, simd);
        }
        Case::XorReading => {
            let (x, y) = (xor::x(true), xor::y().insert_axis(Axis(1)));
            let mut stream = Stream::new(42, 0);
            let mut weight = || stream.uniform(-1.0, 1.0);
            let w0 = Array2::from_shape_simple_fn((3, 4), &mut weight);
            let w1 = Array2::from_shape_simple_fn((4, 1), &mut weight);
            let ns = ns_an_epoch(epochs, repeat, || {
                let mut net = TwoLayer::new(w0.clone(), w1.clone(), 1.0)?;
                for _ in 0..epochs {
                    black_box(net.step(x.view(), y.view())?);
                }
                Ok(())
            })?;
            print("ns/epoch", ns, Simd::Plain);
        }
        Case::Sweep => {
            let cells = [sweep::Cell::post(4, Init::Uniform(1.0))];
            let plan = sweep::Plan { n_nets: nets, seed: 42, n_epochs: epochs, simd };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let start = Instant::now();
            pool.install(|| sweep::run(&cells, &plan, |result| drop(black_box(result))))?;
            print("nets/s", nets as f64 / start.elapsed().as_secs_f64(), simd);
        }
    }
    Ok(())
}

/// The fastest of five: what the code costs when nothing else disturbs it.
fn ns_an_epoch(
    epochs: usize,
    repeat: usize,
    mut train: impl FnMut() -> Result<(), nn_core::Error>,
) -> Result<f64> {
    let mut fastest = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        for _ in 0..repeat {
            train()?;
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1e9 / (epochs * repeat) as f64);
    }
    Ok(fastest)
}

#[expect(clippy::print_stdout, reason = "the result of the program, in its one place")]
fn print(unit: &str, value: f64, simd: Simd) {
    println!("{}", serde_json::json!({ "unit": unit, "value": value, "simd": simd.name() }));
}

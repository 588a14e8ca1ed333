//! The post `xor`: equal weights against random ones, the theorem behind it, and a sweep.

use super::{Findings, perturbed, sweep};
use crate::context::Context;
use anyhow::Result;
use ndarray::{Array2, Axis};
use nn_core::{Init, Stream, TwoLayer, xor};
use rayon::prelude::*;
use serde_json::{Value, json};

/// The seeds of the sample whose share of successes is claimed.
const N_SEEDS: u64 = 50;
/// The nets with equal hidden units that the theorem is tried on.
const N_THEOREM: u64 = 1_000;
/// The iterations of each of those: enough to leave the start, few enough to be quick.
const THEOREM_ITERATIONS: usize = 200;

/// The sweep's scales by the names of their claims; between -1 and 1 is a claim of its own.
const SCALES_CLAIMED: [&str; 7] = ["hundredth", "tenth", "half", "", "two", "five", "ten"];

/// Trains the nets of the post and those around it.
pub(super) fn run(context: &Context) -> Result<Findings> {
    let mut found = Findings::default();
    let seed = context.settings.seed;
    let record = moments();
    let config = |init| xor::Config { record: record.clone(), ..xor::Config::post(init, seed) };
    let equal = xor::train(&config(Init::Constant(0.1)))?;
    let random = xor::train(&config(Init::Uniform(1.0)))?;
    let equal_two =
        xor::train(&xor::Config { constant_input: false, ..xor::Config::post(Init::Constant(0.1), seed) })?;
    for n in 0..4 {
        found.measure(format!("xor.equal.{n}"), equal.predictions[n]);
        found.measure(format!("xor.equal-2-4-1.{n}"), equal_two.predictions[n]);
    }
    found.measure("xor.equal.solved", equal.is_solved() || equal_two.is_solved());
    found.measure("xor.random.solved", random.is_solved());
    let n_collapsed = equal.n_distinct.iter().filter(|n| **n == 1).count();
    found.measure("xor.equal.collapsed", n_collapsed);
    found.measure("xor.random.distinct", random.n_distinct.iter().filter(|n| **n == 4).count());

    context.say("xor: random starts");
    let shares = (2..=5).map(|n_hidden| share(seed, n_hidden)).collect::<Result<Vec<_>>>()?;
    found.measure("xor.random.share", shares[2]);
    let theorem = theorem(seed)?;
    found.measure("xor.theorem.one-side", theorem.one_side);
    found.measure("xor.theorem.right", theorem.right_max);
    context.say("xor: perturbations of equal weights");
    let perturbed = perturbed::run(seed);
    let of_size = |size: f64| {
        let outcome = perturbed.iter().find(|outcome| outcome.size.to_bits() == size.to_bits());
        outcome.map_or(f64::NAN, perturbed::Outcome::share)
    };
    found.measure("xor.perturbed.none", of_size(0.0));
    found.measure("xor.perturbed.tenth", of_size(0.1));
    found.measure("xor.perturbed.enough", perturbed::enough(&perturbed).unwrap_or(f64::NAN));
    let costs = perturbed::costs(&perturbed);
    let cost = costs.iter().sum::<f64>() / costs.len() as f64;
    found.measure("xor.perturbed.cost", cost);
    let uneven = costs.iter().map(|one| (one / cost - 1.0).abs()).fold(0.0, f64::max);
    found.measure("xor.perturbed.even", if costs.is_empty() { f64::NAN } else { uneven });
    context.say("xor: the sweep");
    let sweep = sweep::run(context)?;
    found.measure("xor.sweep.nets", sweep.n_nets);
    found.measure("xor.sweep.one", sweep.by_width[0]);
    found.measure("xor.sweep.two", sweep.by_width[1]);
    found.measure("xor.sweep.four", sweep.by_width[3]);
    found.measure("xor.sweep.more", sweep.by_width[7] > sweep.by_width[1]);
    for (scale, share) in SCALES_CLAIMED.into_iter().zip(&sweep.by_scale).filter(|(name, _)| !name.is_empty())
    {
        found.measure(format!("xor.sweep.scale-{scale}"), *share);
    }
    found.measure("xor.sweep.relu", sweep.relu);
    found.data = json!({
        "sweep": sweep.data,
        "equal": run_data(&equal),
        "random": run_data(&random),
        "collapsed": n_collapsed,
        "shares": (2..=5).zip(&shares).map(|(h, s)| json!({"hidden": h, "share": s})).collect::<Vec<_>>(),
        "seeds": N_SEEDS,
        "theorem": json!({
            "nets": N_THEOREM, "iterations": THEOREM_ITERATIONS, "oneSide": theorem.one_side,
            "rightMax": theorem.right_max, "right": theorem.right,
        }),
        "perturbed": perturbed.iter().map(perturbed::Outcome::data).collect::<Vec<_>>(),
        "perturbedStarts": perturbed::N_STARTS,
        "givenUp": perturbed::GIVEN_UP,
    });
    Ok(found)
}

/// The iterations whose weights are kept for the replay: dense at first, when most happens.
fn moments() -> Vec<usize> {
    let mut moments: Vec<usize> =
        (0..=60).map(|n| (10_000.0 * (f64::from(n) / 60.0).powi(2)).round() as usize).collect();
    moments.dedup();
    moments
}

fn run_data(run: &xor::Run) -> Value {
    let snapshots: Vec<Value> = run
        .snapshots
        .iter()
        .map(|shot| {
            let rows = |w: &Array2<f64>| w.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>();
            json!({"iteration": shot.iteration, "w0": rows(&shot.w0), "w1": shot.w1.column(0).to_vec()})
        })
        .collect();
    // Every fiftieth loss draws the same curve as all of them.
    let losses: Vec<(usize, f64)> = run.losses.iter().copied().enumerate().step_by(50).collect();
    json!({"predictions": run.predictions, "losses": losses, "snapshots": snapshots, "solved": run.is_solved()})
}

/// The share of [`N_SEEDS`] random starts that solve XOR.
fn share(seed: u64, n_hidden: usize) -> Result<f64> {
    let solved: Result<Vec<bool>> = (0..N_SEEDS)
        .into_par_iter()
        .map(|n| {
            let config = xor::Config { n_hidden, ..xor::Config::post(Init::Uniform(1.0), seed + n) };
            Ok(xor::train(&config)?.is_solved())
        })
        .collect();
    Ok(solved?.into_iter().filter(|solved| *solved).count() as f64 / N_SEEDS as f64)
}

/// What nets with equal hidden units could do.
struct Theorem {
    /// The share whose four outputs lay on one side of a half.
    one_side: f64,
    /// The most right answers of any.
    right_max: usize,
    /// How many nets gave no, one, two, three and four right answers.
    right: [usize; 5],
}

/// Trains nets whose hidden units are equal, from random weights and at random rates, and looks on
/// which side of a half their four outputs lie.
fn theorem(seed: u64) -> Result<Theorem> {
    let outputs: Result<Vec<[f64; 4]>> = (0..N_THEOREM)
        .into_par_iter()
        .map(|n| {
            let mut stream = Stream::new(seed, n);
            let column: [f64; 3] = std::array::from_fn(|_| stream.uniform(-3.0, 3.0));
            let n_hidden = 1 + stream.below(8);
            let out = stream.uniform(-3.0, 3.0);
            let w0 = Array2::from_shape_fn((3, n_hidden), |(input, _)| column[input]);
            let w1 = Array2::from_elem((n_hidden, 1), out);
            let mut net = TwoLayer::new(w0, w1, stream.uniform(0.01, 3.0))?;
            let (x, y) = (xor::x(true), xor::y().insert_axis(Axis(1)));
            for _ in 0..THEOREM_ITERATIONS {
                net.step(x.view(), y.view())?;
            }
            let pred = net.predict(x.view())?;
            Ok([pred[[0, 0]], pred[[1, 0]], pred[[2, 0]], pred[[3, 0]]])
        })
        .collect();
    let outputs = outputs?;
    let one_side =
        outputs.iter().filter(|pred| pred.iter().all(|p| *p >= 0.5) || pred.iter().all(|p| *p <= 0.5));
    let one_side = one_side.count() as f64 / outputs.len() as f64;
    let right =
        |pred: &[f64; 4]| pred.iter().zip(xor::y()).filter(|(p, y)| (**p > 0.5) == (*y > 0.5)).count();
    let mut counts = [0; 5];
    for pred in &outputs {
        counts[right(pred)] += 1;
    }
    Ok(Theorem { one_side, right_max: counts.iter().rposition(|n| *n > 0).unwrap_or(0), right: counts })
}

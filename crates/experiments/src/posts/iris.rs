//! The post `iris`: ten lines, four predictions, and what rounding did to them.

use super::Findings;
use super::rounding::{self, Recipe};
use anyhow::{Context as _, Result};
use ndarray::Array1;
use nn_core::{iris, ten_lines, wide};
use rayon::prelude::*;
use serde_json::json;

/// The epochs in which the net starts saturated and comes down.
const N_EARLY: usize = 4;
/// 80 decimal digits.
const WIDE_BITS: usize = 266;

/// Trains the net by the post's recipe, by others, and in wide precision.
pub(super) fn run() -> Result<Findings> {
    let mut found = Findings::default();
    let (x, y) = (iris::x(), iris::y());
    let post =
        ten_lines::ten_lines(x.view(), y.view(), iris::w(), iris::EPOCHS, ten_lines::sigmoid_rounded_once)?;
    let pure = ten_lines::ten_lines(x.view(), y.view(), iris::w(), iris::EPOCHS, ten_lines::sigmoid_f32)?;
    let double = ten_lines::ten_lines(
        iris::x_f64().view(),
        iris::y_f64().view(),
        iris::w_f64(),
        iris::EPOCHS,
        ten_lines::sigmoid_f64,
    )?;
    // Each length of training by itself: the wide loop gives its last predictions only.
    let exact_epochs: Vec<[f64; 4]> = (1..=iris::EPOCHS)
        .into_par_iter()
        .map(|epochs| wide::iris(wide::Inputs::Decimal, WIDE_BITS, epochs))
        .collect::<Result<_, _>>()?;
    let exact = *exact_epochs.last().context("there are epochs")?;
    let exact_rounded_inputs = wide::iris(wide::Inputs::RoundedToF32, WIDE_BITS, iris::EPOCHS)?;

    let last = post.last().context("there are epochs")?;
    let last_pure = pure.last().context("there are epochs")?;
    let last_double = double.last().context("there are epochs")?;
    for n in 0..4 {
        found.measure(format!("iris.pred.{n}"), f64::from(last[n]));
        found.measure(format!("iris.f32.{n}"), f64::from(last_pure[n]));
        found.measure(format!("iris.exact.{n}"), exact[n]);
        found.measure(format!("iris.exact-f32-inputs.{n}"), exact_rounded_inputs[n]);
    }
    found.measure("iris.x-unchanged", x == iris::x());
    found.measure("iris.y-unchanged", y == iris::y());
    let slope = |x: f64| ten_lines::d_sigmoid(ten_lines::sigmoid_f64(&x));
    found.measure("iris.slope.0", slope(0.0));
    found.measure("iris.slope.plus-10", slope(10.0));
    found.measure("iris.slope.minus-10", slope(-10.0));
    found.measure("iris.confident", ten_lines::sigmoid_f64(&4.0));
    found.measure("iris.f64-is-exact", largest_gap(last_double, &exact));
    found.measure("iris.gap", f64::from(last[0]) / exact[0] - 1.0);

    let recipes: Vec<(String, [f32; 4])> =
        Recipe::all().into_iter().map(|recipe| (recipe.name(), recipe.run(iris::EPOCHS))).collect();
    let printed = recipes.iter().filter(|(_, pred)| is_printed(pred)).count();
    found.measure("iris.recipes", printed);
    let amplification = rounding::amplification(iris::EPOCHS)?;
    found.measure("iris.amplification", amplification.iter().copied().fold(0.0, f64::max));
    let one_rounding = rounding::one_rounding(iris::EPOCHS)?;
    let most = |parts: &[f64]| parts.iter().map(|part| part.abs()).fold(0.0, f64::max);
    let (early, late) = one_rounding.split_at(N_EARLY);
    found.measure("iris.one-rounding.early", most(early));
    found.measure("iris.one-rounding.late", most(late));

    let rows = |predictions: &[Array1<f32>]| -> Vec<Vec<f32>> {
        predictions.iter().map(|row| row.to_vec()).collect()
    };
    let gap: Vec<f64> = post
        .predictions
        .iter()
        .zip(&double.predictions)
        .map(|(a, b)| (f64::from(a[0]) - b[0]).abs())
        .collect();
    found.data = json!({
        "x": x.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
        "y": y.to_vec(),
        "predictions": rows(&post.predictions),
        "weights": rows(&post.weights),
        "f64": double.predictions.iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
        "exact": exact,
        "exactEpochs": exact_epochs,
        "oneRounding": one_rounding,
        "exactF32Inputs": exact_rounded_inputs,
        "pure": last_pure.to_vec(),
        "gap": gap,
        "amplification": amplification,
        "recipes": recipes.iter().map(|(name, pred)| json!({"name": name, "pred": pred})).collect::<Vec<_>>(),
    });
    Ok(found)
}

/// Whether all four predictions are the post's, to every printed digit.
fn is_printed(pred: &[f32; 4]) -> bool {
    let printed = [(0.051_196_5, 5e-8), (0.069_698_1, 5e-8), (0.931_842, 5e-7), (0.899_579, 5e-7)];
    pred.iter().zip(printed).all(|(&pred, (digits, half))| (f64::from(pred) - digits).abs() <= half)
}

fn largest_gap(found: &Array1<f64>, exact: &[f64; 4]) -> f64 {
    found.iter().zip(exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

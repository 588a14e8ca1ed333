//! The pictures of the post `iris`.

use super::finding;
use crate::report::PageData;
use crate::report::chart::{Chart, Series, Tint};
use crate::report::figures::figure;
use crate::report::layout::script;
use crate::report::show::digits;
use anyhow::Result;
use maud::{Markup, html};
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("../assets/iris.js");
const ATTRIBUTES: [&str; 4] = ["sepal length", "sepal width", "petal length", "petal width"];

/// The curves, the net with its slider, and the rounding finding.
pub(super) fn pictures(page: PageData<'_>) -> Result<Markup> {
    let data = page.data;
    let predictions: Vec<Vec<f64>> = figure(data, "predictions")?;
    Ok(html! {
        h2 { "The sigmoid and its slope" }
        (sigmoid()?)
        h2 { "Fifty epochs" }
        (epochs(&predictions)?)
        (net(data, &predictions)?)
        (finding(page, "rounding")?)
        (rounding(data)?)
    })
}

fn sigmoid() -> Result<Markup> {
    let xs = || (-100..=100).map(|n| f64::from(n) / 10.0);
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let slope = |x: f64| sigmoid(x) * (1.0 - sigmoid(x));
    Chart {
        label: "The sigmoid rises from 0 to 1; its slope is a bell, highest at 0 with one quarter".to_owned(),
        x: ("x".to_owned(), -10.0..10.0),
        y: (String::new(), 0.0..1.0),
        is_log: (false, false),
        series: vec![
            Series::line("sigmoid", Tint::Red, xs().map(|x| (x, sigmoid(x))).collect()),
            Series::line("its first derivative", Tint::Blue, xs().map(|x| (x, slope(x))).collect()),
            Series::dots(
                "what the post states: 0.25 at 0, 0.000045 at ±10",
                Tint::Amber,
                vec![(-10.0, 0.000_045), (0.0, 0.25), (10.0, 0.000_045)],
            ),
        ],
    }
    .figure("The post's figure, with the values that it states marked on the curve. Beyond 4 on either side the slope is nearly flat.")
}

fn epochs(predictions: &[Vec<f64>]) -> Result<Markup> {
    let of = |record: usize| {
        predictions.iter().enumerate().map(|(epoch, pred)| (epoch as f64 + 1.0, pred[record])).collect()
    };
    Chart {
        label: "Predictions of the four records over 50 epochs: all start near 1, the two setosas fall to 0"
            .to_owned(),
        x: ("epoch".to_owned(), 1.0..predictions.len() as f64),
        y: ("prediction".to_owned(), 0.0..1.0),
        is_log: (false, false),
        series: vec![
            Series::line("setosa 1", Tint::Red, of(0)),
            Series::line("setosa 2", Tint::Amber, of(1)),
            Series::line("virginica 1", Tint::Blue, of(2)),
            Series::line("virginica 2", Tint::Green, of(3)),
        ],
    }
    .figure("All weights start at one half, so every flower is first taken for a virginica.")
}

/// The net with its weights after the last epoch; the script moves it to any other.
fn net(data: &Value, predictions: &[Vec<f64>]) -> Result<Markup> {
    let weights: Vec<Vec<f64>> = figure(data, "weights")?;
    let last = predictions.len() - 1;
    // The weights that made the last predictions, not those after the update that follows.
    let drawn = &weights[last];
    Ok(html! {
        figure id="iris-net" {
            svg.drawing viewBox="0 0 520 250" role="img" aria-label="The net: four attributes, four weights, one prediction" {
                @for (n, name) in ATTRIBUTES.iter().enumerate() {
                    @let y = 35 + 60 * n;
                    line class=(if drawn[n] < 0.0 { "negative" } else { "positive" }) data-weight=(n) x1="150" y1=(y) x2="400" y2="125" stroke-width=(width(drawn[n])) {}
                    circle.node cx="150" cy=(y) r="14" {}
                    text x="126" y=(y + 5) text-anchor="end" { (name) }
                    text data-weight-text=(n) x="235" y=(label_y(n)) { (format!("{:.3}", drawn[n])) }
                }
                circle.node cx="400" cy="125" r="20" {}
                text x="430" y="130" { "sigmoid" }
            }
            div.control hidden {
                label for="iris-epoch" { "Epoch" }
                input id="iris-epoch" type="range" min="1" max=(predictions.len()) value=(predictions.len());
                output for="iris-epoch" { (predictions.len()) }
            }
            div.wide tabindex="0" role="region" aria-label="Predictions of the epoch" {
                table {
                    thead { tr { th scope="col" { "Record" } th.number scope="col" { "Truth" } th.number scope="col" { "Prediction" } } }
                    tbody {
                        @for (n, pred) in predictions[last].iter().enumerate() {
                            tr { td { @if n < 2 { "setosa " (n + 1) } @else { "virginica " (n - 1) } } td.number { (u8::from(n >= 2)) } td.number data-pred=(n) { (format!("{pred:.6}")) } }
                        }
                    }
                }
            }
            figcaption { "Blue weights speak for virginica, red ones against. Petals decide; the sepals' weights turn against them." }
        }
        (script("iris-data", &json!({"weights": weights, "predictions": predictions}), SCRIPT))
    })
}

fn width(weight: f64) -> String {
    format!("{:.2}", 1.0 + 3.0 * weight.abs())
}

fn label_y(n: usize) -> usize {
    // On the line at about a third of its way, a little above.
    [52, 99, 146, 193][n]
}

fn rounding(data: &Value) -> Result<Markup> {
    let exact: Vec<f64> = figure(data, "exact")?;
    let exact_inputs: Vec<f64> = figure(data, "exactF32Inputs")?;
    let pure: Vec<f64> = figure(data, "pure")?;
    let predictions: Vec<Vec<f64>> = figure(data, "predictions")?;
    let double: Vec<Vec<f64>> = figure(data, "f64")?;
    let last = predictions.len() - 1;
    let rows = [
        ("single precision, the post's order", &predictions[last]),
        ("single precision throughout", &pure),
        ("double precision", &double[last]),
        ("exact, inputs rounded to single", &exact_inputs),
        ("exact (80 digits)", &exact),
    ];
    let gap: Vec<f64> = figure(data, "gap")?;
    let amplification: Vec<f64> = figure(data, "amplification")?;
    Ok(html! {
        h3 { "Five arithmetics, one program" }
        div.wide tabindex="0" role="region" aria-label="Predictions by arithmetic" {
            table {
                caption {
                    "The last predictions. The post's first one is " (format!("{:.1} %", 100.0 * (1.0 - predictions[last][0] / exact[0])))
                    " below the exact one; double precision agrees with it in all digits shown."
                }
                thead { tr { th scope="col" { "Arithmetic" } @for n in 1..=4 { th.number scope="col" { "Record " (n) } } } }
                tbody { @for (name, pred) in rows { tr { th scope="row" { (name) } @for p in pred { td.number { (format!("{p:.7}")) } } } } }
            }
        }
        (side_by_side(&predictions, &double, &figure::<Vec<Vec<f64>>>(data, "exactEpochs")?))
        h3 { "What one rounding becomes" }
        (one_rounding(&figure::<Vec<f64>>(data, "oneRounding")?)?)
        (amplified(&gap, &amplification)?)
        (recipes(&figure::<Vec<Value>>(data, "recipes")?, exact[0]))
    })
}

/// The first prediction in the epochs where something happens, by three arithmetics.
fn side_by_side(single: &[Vec<f64>], double: &[Vec<f64>], exact: &[Vec<f64>]) -> Markup {
    let telling = [1, 2, 3, 4, 5, 20, 40, 45, 46, 47, 48, 49, 50];
    html! {
        div.wide tabindex="0" role="region" aria-label="The first prediction over the epochs" {
            table {
                caption { "The first record's prediction over the epochs. Until the forties the three agree to what one would call rounding; then the net turns, and each turns at its own point." }
                thead { tr { th scope="col" { "Epoch" } th.number scope="col" { "Single, the post's" } th.number scope="col" { "Double" } th.number scope="col" { "Exact" } } }
                tbody {
                    @for epoch in telling.into_iter().filter(|epoch| *epoch <= exact.len()) {
                        tr {
                            th scope="row" { (epoch) }
                            @for run in [single, double, exact] { td.number { (format!("{:.9}", run[epoch - 1][0])) } }
                        }
                    }
                }
            }
        }
    }
}

fn one_rounding(moved: &[f64]) -> Result<Markup> {
    let points: Vec<(f64, f64)> = moved
        .iter()
        .enumerate()
        .filter(|(_, part)| **part != 0.0)
        .map(|(epoch, part)| (epoch as f64 + 1.0, part.abs()))
        .collect();
    let low = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    Chart {
        label: "How far the result moves when one epoch is rounded: by up to 13 % in the first four, hardly at all later".to_owned(),
        x: ("the one epoch that is rounded".to_owned(), 0.0..moved.len() as f64 + 1.0),
        y: ("change of the result".to_owned(), low / 2.0..1.0),
        is_log: (false, true),
        series: vec![Series::dots("change of the last first prediction, as a part of it", Tint::Red, points)],
    }
    .figure("Everything is computed in double precision, but in one epoch the four predictions are rounded to single. Four dots stand far above the others: the four epochs in which the net comes down from its saturated start.")
}

fn recipes(recipes: &[Value], exact: f64) -> Markup {
    html! {
        h3 { "Sixteen ways to compute the same thing in single precision" }
        div.wide tabindex="0" role="region" aria-label="Predictions by order of operations" {
            table {
                caption { "Four choices that a compiler or a library makes, each on or off. One of the sixteen gives the digits that the post prints." }
                thead { tr { th scope="col" { "What differs from the post's program" } th.number scope="col" { "First prediction" } th.number scope="col" { "Off the exact one" } } }
                tbody {
                    @for recipe in recipes {
                        @let first = recipe["pred"][0].as_f64().unwrap_or(f64::NAN);
                        tr { th scope="row" { (recipe["name"].as_str().unwrap_or_default()) } td.number { (digits(first)) } td.number { (format!("{:+.1} %", 100.0 * (first / exact - 1.0))) } }
                    }
                }
            }
        }
    }
}

fn amplified(gap: &[f64], amplification: &[f64]) -> Result<Markup> {
    let points = |values: &[f64]| -> Vec<(f64, f64)> {
        let positive = values.iter().enumerate().filter(|(_, value)| **value > 0.0);
        positive.map(|(epoch, value)| (epoch as f64 + 1.0, *value)).collect()
    };
    let (gap, amplification) = (points(gap), points(amplification));
    let all = || gap.iter().chain(&amplification).map(|point| point.1);
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    Chart {
        label: "The difference between the post's rounding and double precision grows over the epochs".to_owned(),
        x: ("epoch".to_owned(), 1.0..50.0),
        y: (String::new(), low / 2.0..high * 2.0),
        is_log: (false, true),
        series: vec![
            Series::line("how far the post's first prediction is from double precision", Tint::Red, gap),
            Series::line("how many times larger a tiny change of the first weight comes out", Tint::Blue, amplification),
        ],
    }
    .figure("Red: the rounding of the post's program, as the distance of its first prediction from double precision. Blue: how many times larger a tiny change of the first weight comes out. Where blue is above 1, the net enlarges what it was given; the two rise and fall together, so the red is the blue's work.")
}

//! The pictures of the post `xor`.

use crate::report::chart::{Chart, Series, Tint};
use crate::report::figures::figure;
use crate::report::layout::script;
use anyhow::{Context as _, Result};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("../assets/xor.js");
/// The squares of a still surface along one side.
const N_SQUARES: usize = 20;

#[derive(Deserialize)]
struct Run {
    losses: Vec<(f64, f64)>,
    snapshots: Vec<Snapshot>,
    predictions: [f64; 4],
}

#[derive(Deserialize)]
struct Snapshot {
    w0: Vec<Vec<f64>>,
    w1: Vec<f64>,
}

/// The loss curves, the decision surfaces with their slider, the theorem's figures, the counts.
pub(super) fn pictures(data: &Value) -> Result<Markup> {
    let (equal, random): (Run, Run) = (figure(data, "equal")?, figure(data, "random")?);
    Ok(html! {
        h2 { "The loss" }
        (losses(&equal, &random)?)
        h2 { "What the nets have learnt" }
        (surfaces(data, &equal, &random)?)
        h2 { "Which starts solve it" }
        (heat(data)?)
        h2 { "How much asymmetry is enough" }
        (tables(data)?)
    })
}

fn losses(equal: &Run, random: &Run) -> Result<Markup> {
    let high = equal.losses.iter().chain(&random.losses).map(|point| point.1).fold(0.0, f64::max);
    Chart {
        label: "Loss over 10,000 iterations: from equal weights it stays at one half, from random weights it falls".to_owned(),
        x: ("iteration".to_owned(), 0.0..10_000.0),
        y: ("half the summed squared error".to_owned(), 5e-4..high * 1.2),
        is_log: (false, true),
        series: vec![
            Series::line("all weights 0.1", Tint::Red, equal.losses.clone()),
            Series::line("random weights", Tint::Blue, random.losses.clone()),
        ],
    }
    .figure("Both nets, the same cases, the same rate. Only the first weights differ.")
}

fn surfaces(data: &Value, equal: &Run, random: &Run) -> Result<Markup> {
    let n_moments = equal.snapshots.len();
    let replay = json!({"equal": data["equal"]["snapshots"], "random": data["random"]["snapshots"]});
    Ok(html! {
        figure id="xor-replay" {
            div.columns {
                @for (key, name, run) in [("equal", "All weights 0.1", equal), ("random", "Random weights", random)] {
                    div {
                        h3 { (name) }
                        (still(run, name)?)
                        canvas hidden data-run=(key) width="320" height="320" role="img" aria-label={ "Output of the net over the square, " (name) } {}
                        p.small data-units=(key) { "Outputs at the end, for 00, 01, 10, 11: " (run.predictions.map(|p| format!("{p:.3}")).join(", ")) }
                    }
                }
            }
            div.control hidden {
                label for="xor-moment" { "Iteration" }
                input id="xor-moment" type="range" min="0" max=(n_moments - 1) value=(n_moments - 1);
                output for="xor-moment" { "10000" }
            }
            figcaption {
                "The net's output over the unit square: blue is 1, red is 0, pale is one half. The corners are the four cases; each wants the colour of its ring. "
                "Each short stroke is the line on which a hidden unit is undecided. From equal weights there is only one stroke: four units in one place."
            }
        }
        (script("xor-data", &replay, SCRIPT))
    })
}

/// The surface at the end as squares, for a reader without scripts.
fn still(run: &Run, name: &str) -> Result<Markup> {
    let end = run.snapshots.last().context("the figures have no snapshot")?;
    let side = 1.0 / N_SQUARES as f64;
    Ok(html! {
        svg.drawing.still viewBox="0 0 1 1" role="img" aria-label={ "Output of the net over the square at the end, " (name) } {
            @for row in 0..N_SQUARES {
                @for column in 0..N_SQUARES {
                    @let (a, b) = ((column as f64 + 0.5) * side, (row as f64 + 0.5) * side);
                    rect x=(format!("{:.3}", column as f64 * side)) y=(format!("{:.3}", 1.0 - (row + 1) as f64 * side)) width=(side) height=(side) fill=(colour(output(end, a, b))) {}
                }
            }
        }
    })
}

fn output(net: &Snapshot, a: f64, b: f64) -> f64 {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let input = [a, b, 1.0];
    let unit = |j: usize| sigmoid(net.w0.iter().zip(input).map(|(row, x)| row[j] * x).sum());
    sigmoid(net.w1.iter().enumerate().map(|(j, w)| w * unit(j)).sum())
}

const RED: [f64; 3] = [194.0, 38.0, 28.0];
const PALE: [f64; 3] = [240.0, 240.0, 236.0];
const BLUE: [f64; 3] = [31.0, 95.0, 196.0];

/// Red at 0, pale at a half, blue at 1: the same colours in light and dark, they are a scale.
fn colour(p: f64) -> String {
    let mix = |from: [f64; 3], to: [f64; 3], t: f64| -> String {
        let part = |n: usize| (from[n] + (to[n] - from[n]) * t).round() as u8;
        format!("rgb({},{},{})", part(0), part(1), part(2))
    };
    if p < 0.5 { mix(RED, PALE, p * 2.0) } else { mix(PALE, BLUE, p * 2.0 - 1.0) }
}

#[derive(Deserialize)]
struct Cell {
    start: String,
    hidden: u64,
    activation: String,
    share: f64,
    low: f64,
    high: f64,
}

/// A table for each activation: starts across, hidden units down, the share of solved nets as the colour.
fn heat(data: &Value) -> Result<Markup> {
    let cells: Vec<Cell> = figure(&data["sweep"], "cells")?;
    let n_nets: u64 = figure(&data["sweep"], "nets")?;
    let mut starts: Vec<&str> = Vec::new();
    for cell in &cells {
        if !starts.contains(&cell.start.as_str()) {
            starts.push(&cell.start);
        }
    }
    let of = |activation: &str, hidden: u64, start: &str| {
        cells.iter().find(|c| c.activation == activation && c.hidden == hidden && c.start == start)
    };
    Ok(html! {
        @for activation in ["sigmoid", "tanh"] {
            div.wide tabindex="0" role="region" aria-label={ "Solved nets, hidden layer of " (activation) } {
                table.heat {
                    caption { "Hidden layer of " (activation) ": per cent of " (n_nets) " seeds that solve XOR in 10,000 iterations at rate 1; a cell's title has the interval of 95 %." }
                    thead { tr { th scope="col" { "Hidden units" } @for start in &starts { th.number scope="col" { (start) } } } }
                    tbody {
                        @for hidden in 1..=8 {
                            tr {
                                th scope="row" { (hidden) }
                                @for start in &starts {
                                    @if let Some(cell) = of(activation, hidden, start) {
                                        td.number style=(format!("background:color-mix(in srgb, var(--blue) {:.0}%, transparent)", 45.0 * cell.share)) title=(format!("{:.1} to {:.1} %", 100.0 * cell.low, 100.0 * cell.high)) {
                                            (format!("{:.0}", 100.0 * cell.share))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    })
}

fn tables(data: &Value) -> Result<Markup> {
    let shares: Vec<Value> = figure(data, "shares")?;
    let perturbed: Vec<Value> = figure(data, "perturbed")?;
    let percent = |value: &Value| format!("{:.0} %", 100.0 * value.as_f64().unwrap_or(f64::NAN));
    Ok(html! {
        div.columns {
            table {
                caption { "Random starts between -1 and 1 that solve XOR, of " (data["seeds"].as_u64().unwrap_or(0)) }
                thead { tr { th scope="col" { "Hidden units" } th.number scope="col" { "Solved" } } }
                tbody { @for row in &shares { tr { td { (row["hidden"].as_u64().unwrap_or(0)) } td.number { (percent(&row["share"])) } } } }
            }
            table {
                caption { "Starts from 0.1, each weight moved by at most this part of itself" }
                thead { tr { th scope="col" { "Moved by" } th.number scope="col" { "Solved" } } }
                tbody { @for row in &perturbed { tr { td { (crate::report::show::digits(row["size"].as_f64().unwrap_or(f64::NAN))) } td.number { (percent(&row["share"])) } } } }
            }
        }
    })
}

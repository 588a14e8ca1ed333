//! The pictures of the post `xor`.

use super::finding;
use crate::report::PageData;
use crate::report::chart::{Chart, Series, Tint};
use crate::report::figures::figure;
use crate::report::heat::{Cell, Heat};
use crate::report::layout::script;
use crate::report::show::{digits, grouped};
use anyhow::{Context as _, Result};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("../assets/xor.js");
/// The squares of a still surface along one side.
const N_SQUARES: usize = 24;
/// The side of the hidden units' plane, in its own units, and the room for its labels.
const PLANE: f64 = 320.0;
const PLANE_MARGIN: f64 = 34.0;

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

/// The loss curves, the replay with its slider, the theorem, the asymmetry, the sweep.
pub(super) fn pictures(page: PageData<'_>) -> Result<Markup> {
    let data = page.data;
    let (equal, random): (Run, Run) = (figure(data, "equal")?, figure(data, "random")?);
    Ok(html! {
        h2 { "The loss" }
        (losses(&equal, &random)?)
        h2 { "The training, replayed" }
        (replay(data, &equal, &random)?)
        (finding(page, "theorem")?)
        (theorem(data, &equal)?)
        (finding(page, "asymmetry")?)
        (asymmetry(data)?)
        h2 { "Which starts solve it" }
        (sweep(data)?)
    })
}

fn losses(equal: &Run, random: &Run) -> Result<Markup> {
    let all = || equal.losses.iter().chain(&random.losses).map(|point| point.1);
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    Chart {
        label: "Loss over 10,000 iterations: from equal weights it stays at one half, from random weights it falls".to_owned(),
        x: ("iteration".to_owned(), 0.0..10_000.0),
        y: ("half the summed squared error".to_owned(), low / 1.5..high * 1.5),
        is_log: (false, true),
        series: vec![
            Series::line("all weights 0.1", Tint::Red, equal.losses.clone()),
            Series::line("random weights", Tint::Blue, random.losses.clone()),
        ],
    }
    .figure("Both nets, the same cases, the same rate. Only the first weights differ. One half is the loss of a net that answers one half to everything.")
}

fn replay(data: &Value, equal: &Run, random: &Run) -> Result<Markup> {
    let n_moments = equal.snapshots.len();
    let replay = json!({"equal": data["equal"]["snapshots"], "random": data["random"]["snapshots"]});
    Ok(html! {
        figure.broad id="xor-replay" {
            div.control hidden {
                button type="button" { "Play" }
                label for="xor-moment" { "Iteration" }
                input id="xor-moment" type="range" min="0" max=(n_moments - 1) value=(n_moments - 1);
                output for="xor-moment" { "10000" }
            }
            div.columns {
                @for (key, name, run) in [("equal", "All weights 0.1", equal), ("random", "Random weights", random)] {
                    div {
                        h3 { (name) }
                        (still(run, name)?)
                        canvas hidden data-run=(key) width="480" height="480" role="img" aria-label={ "Output of the net over the square, " (name) } {}
                        p.small data-outputs=(key) { "Outputs for 00, 01, 10, 11: " (run.predictions.map(|p| format!("{p:.3}")).join(", ")) }
                        (plane(key, name, run)?)
                        p.small data-places=(key) { (places(run)) }
                    }
                }
            }
            figcaption {
                p { "Above, the net's output over the unit square: blue is 1, red is 0, pale is one half. The corners are the four cases, and each wants the colour of its ring. Each dark stroke is the line on which a hidden unit is undecided." }
                p { "Below, the hidden units as points in the plane of their two weights, with the way they came since the start (the small ring). Blue units speak for 1, red ones against. From equal weights there is one stroke and one point: four units in one place, at every moment." }
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
                    // A little wider than its place, so that no seam shows.
                    rect x=(format!("{:.3}", column as f64 * side)) y=(format!("{:.3}", 1.0 - (row + 1) as f64 * side)) width=".0425" height=".0425" fill=(colour(output(end, a, b))) {}
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
        format!("#{:02x}{:02x}{:02x}", part(0), part(1), part(2))
    };
    if p < 0.5 { mix(RED, PALE, p * 2.0) } else { mix(PALE, BLUE, p * 2.0 - 1.0) }
}

/// The hidden units as points, with their ways; the script moves the points.
fn plane(key: &str, name: &str, run: &Run) -> Result<Markup> {
    let end = run.snapshots.last().context("the figures have no snapshot")?;
    let weights = run.snapshots.iter().flat_map(|shot| shot.w0[..2].iter().flatten());
    let reach = nice(weights.fold(0.0_f64, |most, weight| most.max(weight.abs())));
    let centre = PLANE / 2.0;
    let scale = (centre - PLANE_MARGIN) / reach;
    let x = |weight: f64| format!("{:.1}", centre + weight * scale);
    let y = |weight: f64| format!("{:.1}", centre - weight * scale);
    let units = 0..end.w1.len();
    let way = |unit: usize| -> String {
        let points =
            run.snapshots.iter().map(|shot| format!("{},{}", x(shot.w0[0][unit]), y(shot.w0[1][unit])));
        points.collect::<Vec<_>>().join(" ")
    };
    Ok(html! {
        svg.drawing.plane viewBox=(format!("0 0 {PLANE} {PLANE}")) data-plane=(key) data-scale=(format!("{scale:.6}")) role="img" aria-label={ "The hidden units in the plane of their two weights, " (name) } {
            line.axis x1="0" y1=(centre) x2=(PLANE) y2=(centre) {}
            line.axis x1=(centre) y1="0" x2=(centre) y2=(PLANE) {}
            @for tick in [-reach, reach] {
                line.axis x1=(x(tick)) y1=(centre - 4.0) x2=(x(tick)) y2=(centre + 4.0) {}
                text x=(x(tick)) y=(centre + 20.0) text-anchor="middle" { (digits(tick)) }
                line.axis x1=(centre - 4.0) y1=(y(tick)) x2=(centre + 4.0) y2=(y(tick)) {}
                text x=(centre + 10.0) y=(format!("{:.1}", centre - tick * scale + 5.0)) { (digits(tick)) }
            }
            text x=(PLANE - 4.0) y=(centre - 8.0) text-anchor="end" { "first weight" }
            text x=(centre + 8.0) y="14" { "second weight" }
            @for unit in units.clone() {
                polyline.way points=(way(unit)) {}
                circle.start cx=(x(run.snapshots[0].w0[0][unit])) cy=(y(run.snapshots[0].w0[1][unit])) r="3.5" {}
            }
            @for unit in units {
                circle.unit.(if end.w1[unit] < 0.0 { "against" } else { "for" }) data-unit=(unit) cx=(x(end.w0[0][unit])) cy=(y(end.w0[1][unit])) r="7" {}
            }
        }
    })
}

/// The next larger of 1, 2, 5, 10, ... times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10.0_f64.powf(value.max(1e-9).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| step * power >= value).unwrap_or(10.0);
    step * power
}

/// In how many places the units are at the end, bit by bit.
fn places(run: &Run) -> String {
    let Some(end) = run.snapshots.last() else { return String::new() };
    let mut places: Vec<Vec<u64>> =
        (0..end.w1.len()).map(|unit| end.w0.iter().map(|row| row[unit].to_bits()).collect()).collect();
    places.sort_unstable();
    places.dedup();
    let noun = if places.len() == 1 { "place" } else { "places" };
    format!("{} hidden units in {} {noun}", end.w1.len(), places.len())
}

/// What was proved, and what was measured, side by side.
fn theorem(data: &Value, equal: &Run) -> Result<Markup> {
    let tried = &data["theorem"];
    let right: [u64; 5] = figure(tried, "right")?;
    let (nets, iterations): (u64, u64) = (figure(tried, "nets")?, figure(tried, "iterations")?);
    let one_side: f64 = figure(tried, "oneSide")?;
    let collapsed: u64 = figure(data, "collapsed")?;
    let answers = ["00", "01", "10", "11"].iter().zip([0, 1, 1, 0]).zip(equal.predictions);
    Ok(html! {
        div.columns {
            table {
                caption { "Where the net with all weights 0.1 ended. Its units were equal, bit for bit, at " (grouped(collapsed)) " of 10,001 moments." }
                thead { tr { th scope="col" { "Case" } th.number scope="col" { "Wanted" } th.number scope="col" { "Answered" } } }
                tbody { @for ((case, wanted), answered) in answers { tr { th scope="row" { (case) } td.number { (wanted) } td.number { (format!("{answered:.6}")) } } } }
            }
            table {
                caption {
                    (grouped(nets)) " other nets with equal units, of one to eight units, random weights and random rates, each trained for " (grouped(iterations))
                    " iterations. All four answers on one side of a half: " (format!("{:.1} %", 100.0 * one_side)) "."
                }
                thead { tr { th scope="col" { "Right answers" } th.number scope="col" { "Nets" } } }
                tbody { @for (n, count) in right.iter().enumerate() { tr { th scope="row" { (n) " of 4" } td.number { (grouped(*count)) } } } }
            }
        }
    })
}

#[derive(Deserialize)]
struct Perturbed {
    size: f64,
    share: f64,
    low: f64,
    high: f64,
    median: Option<f64>,
}

fn asymmetry(data: &Value) -> Result<Markup> {
    let rows: Vec<Perturbed> = figure(data, "perturbed")?;
    let (starts, given_up): (u64, f64) = (figure(data, "perturbedStarts")?, figure(data, "givenUp")?);
    let points: Vec<(f64, f64)> =
        rows.iter().filter(|row| row.size > 0.0).filter_map(|row| Some((row.size, row.median?))).collect();
    let chart = Chart {
        label: "Iterations until XOR is solved, by the size of the perturbation: a straight line on a logarithmic axis".to_owned(),
        x: ("each weight moved by at most this part of itself".to_owned(), 1e-16..1.0),
        y: ("iterations until half are solved".to_owned(), 0.0..given_up),
        is_log: (true, false),
        series: vec![
            Series::line("", Tint::Blue, points.clone()),
            Series::dots("the median of the starts", Tint::Blue, points),
        ],
    };
    Ok(html! {
        (chart.figure("A straight line on this axis: each tenfold smaller difference costs the same number of iterations more. The post stopped at 10,000.")?)
        div.wide tabindex="0" role="region" aria-label="Starts near 0.1" {
            table.slim {
                caption { (starts) " starts of each size, all weights 0.1 but for the perturbation. A start is given up after " (grouped(given_up as u64)) " iterations." }
                thead { tr { th scope="col" { "Moved by" } th.number scope="col" { "Solved within 10,000" } th.number scope="col" { "Interval of 95 %" } th.number scope="col" { "Half solved by" } } }
                tbody {
                    @for row in &rows {
                        tr {
                            th scope="row" { (size(row.size)) }
                            td.number { (percent(row.share)) } td.number { (percent(row.low)) " to " (percent(row.high)) }
                            td.number { @if let Some(median) = row.median { (grouped(median as u64)) } @else { "never" } }
                        }
                    }
                }
            }
        }
    })
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A power of ten as people write it.
fn size(size: f64) -> Markup {
    let power = size.log10().round();
    html! {
        @if size == 0.0 { "nothing" }
        @else if size >= 0.01 { (digits(size)) }
        @else { "10" sup { (format!("{power:.0}").replace('-', "−")) } }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Map {
    id: String,
    row_axis: String,
    column_axis: String,
    rows: Vec<String>,
    columns: Vec<String>,
    cells: Vec<Cell>,
}

/// The three maps, each with what it says.
fn sweep(data: &Value) -> Result<Markup> {
    let (nets, all): (u64, u64) = (figure(&data["sweep"], "nets")?, figure(&data["sweep"], "all")?);
    let maps: Vec<Map> = figure(&data["sweep"], "maps")?;
    let shares: Vec<Value> = figure(data, "shares")?;
    let seeds: u64 = figure(data, "seeds")?;
    let double = shares.iter().map(|row| {
        format!(
            "{} units {}",
            row["hidden"].as_u64().unwrap_or(0),
            percent(row["share"].as_f64().unwrap_or(f64::NAN))
        )
    });
    Ok(html! {
        p { strong { (grouped(all)) } " nets were trained for the maps below, " (grouped(nets)) " seeds in each cell, 10,000 iterations each. A cell has the share that solved XOR, in per cent, and under it the interval of 95 % (Wilson's). What is not on a map's two axes is the post's: four hidden units, sigmoids, squared error, rate 1, weights between -1 and 1." }
        @for map in &maps {
            (Heat {
                title: title(&map.id),
                row_axis: &map.row_axis,
                column_axis: &map.column_axis,
                rows: &map.rows,
                columns: &map.columns,
                cells: &map.cells,
            }.figure(story(&map.id)))
        }
        p.small { "The maps' nets count in single precision, many side by side. The reading copy in double precision, " (seeds) " seeds from -1 to 1: " (double.collect::<Vec<_>>().join(", ")) "." }
    })
}

fn title(map: &str) -> &'static str {
    match map {
        "scale" => "How many units, and how large at first",
        "rule" => "By which rule",
        _ => "How it is trained",
    }
}

fn story(map: &str) -> &'static str {
    match map {
        "scale" => {
            "One hidden unit never does it: that is the theorem. More units forgive more. And there is a best size to begin with: \
             too small, and ten thousand iterations pass before anything moves; too large, and the sigmoids start flat."
        }
        "rule" => {
            "The rules of the papers choose the spread from the layer's width, for deep nets. For so small a net of \
             sigmoids they all land in the good middle of the map above. The last one is the post's failing start, 0.1, moved by a tenth of itself: \
             enough for sigmoids, and not for ReLU."
        }
        _ => {
            "Cross-entropy does not mind the output's flat ends: it learns at small rates where squared error is still waiting, and \
             overshoots at large ones. A ReLU unit that falls silent for all four cases gets no correction ever after; with four units \
             that is the fate of most nets."
        }
    }
}

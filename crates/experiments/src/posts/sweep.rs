//! The sweep of the post `xor`: how often nets of many kinds solve it, over a thousand seeds a cell.
//!
//! Three maps: how wide and how large at first; by which rule at first; and what is trained how.
//! Each is a table of cells, and each cell a thousand nets that differ in their seed alone.

use crate::context::Context;
use anyhow::Result;
use nn_core::sweep::{self, Cell, CellResult, Hidden, Plan, SweepLoss};
use nn_core::{Init, Simd};
use serde_json::{Value, json};

/// Nets a cell: 114,688 in all.
const N_NETS: usize = 1_024;
/// Nets a cell of a full sweep: a million in all.
const N_NETS_FULL: usize = 8_960;
/// The post's iterations.
const N_EPOCHS: usize = 10_000;
/// The normal distribution's 97.5th percentile, for intervals of 95 %.
const Z: f64 = 1.96;

/// The scales of weights drawn evenly between minus and plus this much.
const SCALES: [f64; 7] = [0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0];
/// The rules that choose the spread by themselves or draw in another form.
const RULES: [(Init, &str); 7] = [
    (Init::Normal(1.0), "normal, 1"),
    (Init::TruncatedNormal(1.0), "cut normal, 1"),
    (Init::GlorotUniform, "Glorot"),
    (Init::LecunNormal, "LeCun"),
    (Init::HeNormal, "He"),
    (Init::Orthogonal(1.0), "orthogonal"),
    (Init::PerturbedConstant { value: 0.1, amplitude: 0.01 }, "0.1 ± a tenth"),
];
const RATES: [f32; 7] = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
/// The width at which rules, activations, losses and rates are compared: the post's.
const WIDTH: usize = 4;

/// What the sweep found.
pub(super) struct Sweep {
    /// All nets trained.
    pub(super) n_nets: usize,
    /// The shares that solve XOR, by hidden units from one on, of nets begun between -1 and 1.
    pub(super) by_width: Vec<f64>,
    /// The same of the post's four hidden units, by [`SCALES`].
    pub(super) by_scale: Vec<f64>,
    /// The same for rectified units (`ReLU`) at the rate 1.
    pub(super) relu: f64,
    /// The heat maps' figures.
    pub(super) data: Value,
}

/// A table of cells: its rows' and columns' names, and the cells row by row.
struct Map {
    id: &'static str,
    row_axis: &'static str,
    column_axis: &'static str,
    rows: Vec<String>,
    columns: Vec<String>,
    cells: Vec<Cell>,
}

/// Trains every cell of the three maps.
pub(super) fn run(context: &Context) -> Result<Sweep> {
    let n_nets = if context.settings.full { N_NETS_FULL } else { N_NETS };
    let plan = Plan { n_nets, seed: context.settings.seed, n_epochs: N_EPOCHS, simd: Simd::best() };
    let maps = maps();
    let cells: Vec<Cell> = maps.iter().flat_map(|map| map.cells.iter().copied()).collect();
    let mut results = Vec::with_capacity(cells.len());
    sweep::run(&cells, &plan, |result| results.push(result))?;
    let share = |cell: Cell| {
        results.iter().find(|result| result.cell == cell).map_or(f64::NAN, CellResult::solved_share)
    };
    let by_width = (1..=8).map(|width| share(Cell::post(width, Init::Uniform(1.0)))).collect();
    let by_scale = SCALES.iter().map(|scale| share(Cell::post(WIDTH, Init::Uniform(*scale)))).collect();
    let relu = share(Cell { hidden: Hidden::Relu, ..Cell::post(WIDTH, Init::Uniform(1.0)) });
    let mut rest = results.iter();
    let drawn: Vec<Value> = maps
        .iter()
        .map(|map| {
            let figures: Vec<Value> = rest.by_ref().take(map.cells.len()).map(figures).collect();
            json!({
                "id": map.id, "rowAxis": map.row_axis, "columnAxis": map.column_axis,
                "rows": map.rows, "columns": map.columns, "cells": figures,
            })
        })
        .collect();
    let data = json!({"nets": n_nets, "all": n_nets * cells.len(), "maps": drawn});
    Ok(Sweep { n_nets: n_nets * cells.len(), by_width, by_scale, relu, data })
}

/// 56 + 14 + 42 cells.
fn maps() -> [Map; 3] {
    let grid = |rows: usize, columns: usize, cell: &dyn Fn(usize, usize) -> Cell| {
        (0..rows * columns).map(|n| cell(n / columns, n % columns)).collect::<Vec<_>>()
    };
    let hidden = [(Hidden::Sigmoid, "sigmoid"), (Hidden::Tanh, "tanh"), (Hidden::Relu, "ReLU")];
    let losses = [(SweepLoss::HalfSquared, "squared error"), (SweepLoss::CrossEntropy, "cross-entropy")];
    let trained: Vec<(Hidden, SweepLoss, String)> = hidden
        .iter()
        .flat_map(|(hidden, name)| {
            losses.iter().map(move |(loss, of)| (*hidden, *loss, format!("{name}, {of}")))
        })
        .collect();
    let rules_for = [hidden[0], hidden[2]];
    [
        Map {
            id: "scale",
            row_axis: "Hidden units",
            column_axis: "Weights drawn evenly between minus and plus",
            rows: (1..=8).map(|width| width.to_string()).collect(),
            columns: SCALES.iter().map(f64::to_string).collect(),
            cells: grid(8, SCALES.len(), &|row, column| Cell::post(row + 1, Init::Uniform(SCALES[column]))),
        },
        Map {
            id: "rule",
            row_axis: "Hidden layer of",
            column_axis: "Weights drawn by the rule",
            rows: rules_for.iter().map(|(_, name)| (*name).to_owned()).collect(),
            columns: RULES.iter().map(|(_, name)| (*name).to_owned()).collect(),
            cells: grid(rules_for.len(), RULES.len(), &|row, column| Cell {
                hidden: rules_for[row].0,
                ..Cell::post(WIDTH, RULES[column].0)
            }),
        },
        Map {
            id: "training",
            row_axis: "Hidden layer, loss",
            column_axis: "Learning rate",
            rows: trained.iter().map(|(_, _, name)| name.clone()).collect(),
            columns: RATES.iter().map(f32::to_string).collect(),
            cells: grid(trained.len(), RATES.len(), &|row, column| Cell {
                hidden: trained[row].0,
                loss: trained[row].1,
                rate: RATES[column],
                ..Cell::post(WIDTH, Init::Uniform(1.0))
            }),
        },
    ]
}

/// What a map shows of a cell.
fn figures(result: &CellResult) -> Value {
    let (low, high) = interval(result.n_solved(), result.losses.len());
    json!({"share": result.solved_share(), "low": low, "high": high, "diverged": result.n_diverged()})
}

/// Wilson's interval of 95 % for a share of `n_solved` among `n` (Wilson 1927).
pub(super) fn interval(n_solved: usize, n: usize) -> (f64, f64) {
    let (n, share) = (n as f64, n_solved as f64 / n as f64);
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    // Rounding may carry an end past what a share can be.
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_share_and_stays_between_nought_and_one() {
        let (low, high) = interval(0, 100);
        assert!(low.abs() < 1e-12 && (high - 0.036_99).abs() < 1e-4, "{low} {high}");
        let (low, high) = interval(50, 100);
        assert!((low - 0.403_8).abs() < 1e-4 && (high - 0.596_2).abs() < 1e-4, "{low} {high}");
    }

    #[test]
    fn the_maps_are_whole_and_hold_as_many_nets_as_they_say() {
        let maps = maps();
        for map in &maps {
            assert_eq!(map.cells.len(), map.rows.len() * map.columns.len(), "{}", map.id);
        }
        let n_cells: usize = maps.iter().map(|map| map.cells.len()).sum();
        assert_eq!(n_cells * N_NETS, 114_688);
        assert!(n_cells * N_NETS_FULL >= 1_000_000);
    }
}

//! The sweep of the post `xor`: how often nets of many kinds solve it, over thousands of seeds.

use crate::context::Context;
use anyhow::Result;
use nn_core::sweep::{self, Cell, Grid, Hidden, Plan, SweepLoss};
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

/// The starts, with the names that the page shows.
const STARTS: [(Init, &str); 7] = [
    (Init::Uniform(0.1), "±0.1"),
    (Init::Uniform(0.5), "±0.5"),
    (Init::Uniform(1.0), "±1"),
    (Init::Uniform(2.0), "±2"),
    (Init::Uniform(4.0), "±4"),
    (Init::Normal(1.0), "normal, 1"),
    (Init::GlorotUniform, "Glorot"),
];

/// What the sweep found.
pub(super) struct Sweep {
    /// All nets trained.
    pub(super) n_nets: usize,
    /// The share of the post's kind of net, by the number of hidden units from one on, that solve XOR.
    pub(super) post: Vec<f64>,
    /// The heat maps' figures.
    pub(super) data: Value,
}

/// Trains the grid.
pub(super) fn run(context: &Context) -> Result<Sweep> {
    let n_nets = if context.settings.full { N_NETS_FULL } else { N_NETS };
    let grid = Grid {
        constant_input: vec![true],
        init: STARTS.iter().map(|(init, _)| *init).collect(),
        n_hidden: (1..=8).collect(),
        hidden: vec![Hidden::Sigmoid, Hidden::Tanh],
        loss: vec![SweepLoss::HalfSquared],
        rate: vec![1.0],
    };
    let cells = grid.cells();
    let plan = Plan { n_nets, seed: context.settings.seed, n_epochs: N_EPOCHS, simd: Simd::best() };
    let mut rows = Vec::new();
    let mut post = Vec::new();
    sweep::run(&cells, &plan, |result| {
        let (low, high) = interval(result.n_solved(), n_nets);
        if result.cell == Cell::post(result.cell.n_hidden, Init::Uniform(1.0)) {
            post.push(result.solved_share());
        }
        let start = STARTS.iter().find(|(init, _)| *init == result.cell.init).map_or("", |(_, name)| name);
        rows.push(json!({
            "start": start, "hidden": result.cell.n_hidden, "activation": result.cell.hidden,
            "share": result.solved_share(), "low": low, "high": high,
        }));
    })?;
    Ok(Sweep { n_nets: n_nets * cells.len(), post, data: json!({"nets": n_nets, "cells": rows}) })
}

/// Wilson's interval of 95 % for a share of `n_solved` among `n` (Wilson 1927).
fn interval(n_solved: usize, n: usize) -> (f64, f64) {
    let (n, share) = (n as f64, n_solved as f64 / n as f64);
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    ((middle - half) / scale, (middle + half) / scale)
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
}

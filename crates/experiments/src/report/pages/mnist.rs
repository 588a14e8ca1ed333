//! The pictures of the follow-up `mnist`.

use crate::report::chart::{Chart, Series, Tint};
use crate::report::figures::figure;
use crate::report::heat::background;
use crate::report::show::grouped;
use anyhow::Result;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write as _;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Learnt {
    losses: Vec<f64>,
    accuracies: Vec<f64>,
    constant_units: [Vec<u64>; 2],
}

#[derive(Deserialize)]
struct Shown {
    digit: u8,
    read: u8,
    rows: [Vec<[usize; 3]>; 2],
}

/// Which digits, both trainings, some readings, and what is taken for what.
pub(super) fn pictures(data: &Value) -> Result<Markup> {
    let (source, n_train, n_test): (String, u64, u64) =
        (figure(data, "source")?, figure(data, "train")?, figure(data, "test")?);
    let (post, he): (Learnt, Learnt) = (figure(data, "post")?, figure(data, "he")?);
    Ok(html! {
        p { "The digits: " strong { (source) } "; " (grouped(n_train)) " to train on, " (grouped(n_test)) " others to test on." }
        h2 { "Learning" }
        div.columns { (losses(&post, &he)?) (accuracies(&post, &he)?) }
        p { "Units that say the same to every test digit, in the two hidden layers: from small positive weights " (units(&post)) "; by He's rule " (units(&he)) "." }
        h2 { "Readings" }
        (readings(&figure::<Vec<Shown>>(data, "shown")?))
        h2 { "What is taken for what" }
        (confusion(&figure::<Vec<[u64; 10]>>(data, "confusion")?))
    })
}

fn units(learnt: &Learnt) -> String {
    let words = |layers: &[u64]| layers.iter().map(u64::to_string).collect::<Vec<_>>().join(" and ");
    format!(
        "{} at the start, {} at the end",
        words(&learnt.constant_units[0]),
        words(&learnt.constant_units[1])
    )
}

fn by_epoch(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().map(|(epoch, value)| (epoch as f64 + 1.0, *value)).collect()
}

fn losses(post: &Learnt, he: &Learnt) -> Result<Markup> {
    let all = || post.losses.iter().chain(&he.losses).copied();
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    Chart {
        label: "Mean loss of each epoch: from small positive weights it falls later than by He's rule"
            .to_owned(),
        x: ("epoch".to_owned(), 1.0..post.losses.len() as f64),
        y: ("mean cross-entropy".to_owned(), low * 0.8..high * 1.2),
        is_log: (false, true),
        series: vec![
            Series::line("small positive weights", Tint::Red, by_epoch(&post.losses)),
            Series::line("He's rule", Tint::Blue, by_epoch(&he.losses)),
        ],
    }
    .half("The mean over the digits of each epoch, before each step.")
}

fn accuracies(post: &Learnt, he: &Learnt) -> Result<Markup> {
    Chart {
        label: "Share of unseen digits read right after each epoch".to_owned(),
        x: ("epoch".to_owned(), 1.0..post.accuracies.len() as f64),
        y: ("read right".to_owned(), 0.0..1.0),
        is_log: (false, false),
        series: vec![
            Series::line("small positive weights", Tint::Red, by_epoch(&post.accuracies)),
            Series::line("He's rule", Tint::Blue, by_epoch(&he.accuracies)),
        ],
    }
    .half("The share of test digits that are read right.")
}

fn readings(shown: &[Shown]) -> Markup {
    html! {
        ul.digits {
            @for one in shown {
                li {
                    svg.drawing viewBox="0 0 28 28" role="img" aria-label={ "A " (one.digit) ", read as " (one.read) } {
                        path.light d=(path(&one.rows[0])) {}
                        path d=(path(&one.rows[1])) {}
                    }
                    @if one.digit == one.read { (one.read) } @else { strong { (one.read) } " for " (one.digit) }
                }
            }
        }
        p.small { "Test digits, and what the second net reads; a mistake names the digit that was meant." }
    }
}

/// Runs of ink as one path of small bars.
fn path(runs: &[[usize; 3]]) -> String {
    let mut path = String::new();
    for [x, y, length] in runs {
        // Writing to a string cannot fail.
        let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
    }
    path
}

fn confusion(counts: &[[u64; 10]]) -> Markup {
    let total = |row: &[u64; 10]| row.iter().sum::<u64>().max(1) as f64;
    html! {
        div.wide tabindex="0" role="region" aria-label="Digits and their readings" {
            table.heat {
                caption { "Rows: the digit. Columns: what the second net reads." }
                thead { tr { th scope="col" { "Digit" } @for read in 0..10 { th.number scope="col" { (read) } } } }
                tbody {
                    @for (digit, row) in counts.iter().enumerate() {
                        tr {
                            th scope="row" { (digit) }
                            @for count in row {
                                td style=(background(*count as f64 / total(row))) {
                                    (count)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

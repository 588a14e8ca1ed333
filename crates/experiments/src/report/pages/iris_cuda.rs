//! The pictures of the post `iris-cuda`.

use crate::report::figures::figure;
use crate::report::show::grouped;
use anyhow::Result;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kernel {
    #[serde(rename = "kernel")]
    name: String,
    registers: u64,
    spilled_bytes: u64,
    shared_bytes: u64,
    instructions: u64,
    occupancy: u64,
}

/// Where it ran, the predictions by three ways, the launches saved, and the kernels' figures.
pub(super) fn pictures(data: &Value, device: &str) -> Result<Markup> {
    let kernels: Vec<Kernel> = figure(data, "kernels")?;
    let (launches, fused): (u64, u64) = (figure(data, "launches")?, figure(data, "launchesFused")?);
    let instructions: Option<(u64, u64)> = figure(data, "threadInstructions")?;
    Ok(html! {
        p {
            "The kernels ran on: " strong { (device) } ". "
            @if device == "simulated" { "No graphics card was found, so the compiled kernels were carried out on the processor, with every memory access checked. What that cannot show is time, caches, and faults of a weakly ordered memory." }
        }
        h2 { "Three ways to the same digits" }
        (predictions(data)?)
        h2 { "Launches" }
        p {
            "Kernel by kernel, 50 epochs take " strong { (grouped(launches)) } " launches; the fused kernel takes " strong { (grouped(fused)) } ". "
            @if let Some((apart, together)) = instructions { "The simulator counted " (grouped(apart)) " thread instructions for the first, " (grouped(together)) " for the second." }
        }
        h2 { "The kernels" }
        div.wide tabindex="0" role="region" aria-label="The kernels' figures" {
            table.kernels {
                caption { "As their compiler reports them for sm_80." }
                thead { tr {
                    th scope="col" { "Kernel" } th.number scope="col" { "Registers" } th.number scope="col" { "Spilled bytes" }
                    th.number scope="col" { "Shared bytes" } th.number scope="col" { "Instructions" } th.number scope="col" { "Occupancy" }
                } }
                @for (title, rows) in groups(&kernels) {
                    tbody {
                        tr { th.group scope="rowgroup" colspan="6" { span { (title) } } }
                        @for row in rows { tr {
                            td { code { (row.name) } } td.number { (row.registers) } td.number { (row.spilled_bytes) }
                            td.number { (grouped(row.shared_bytes)) } td.number { (row.instructions) } td.number { (row.occupancy) " %" }
                        } }
                    }
                }
            }
        }
    })
}

/// What the kernels are for, in the order of the table.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "The post's seven subroutines",
        &["multiply", "subtract", "sigmoid", "sigmoid_derivative", "dot", "dot_bt", "dot_at_add"],
    ),
    ("The post's whole training in one launch", &["fit", "fit_warp", "fit_many"]),
    ("Beyond the post: products of matrices", &["matmul_tiled", "matmul_tf32"]),
    (
        "Beyond the post: a net of any widths up to 128, forward and back in one launch",
        &["fused_f32", "fused_tf32", "sum_partials"],
    ),
    (
        "Beyond the post: nets as large as that for MNIST, all steps in one launch, or a step as five",
        &["train_cooperative", "step_forward", "step_loss", "step_back", "step_update", "step_next"],
    ),
];

/// The table's parts; a kernel that no part names is in the last, so that none is left out.
fn groups(kernels: &[Kernel]) -> Vec<(&'static str, Vec<&Kernel>)> {
    let find = |names: &[&str]| -> Vec<&Kernel> {
        names.iter().filter_map(|name| kernels.iter().find(|row| row.name == *name)).collect()
    };
    let named = |row: &&Kernel| GROUPS.iter().any(|(_, names)| names.contains(&row.name.as_str()));
    let others = kernels.iter().filter(|row| !named(row)).collect();
    let mut groups: Vec<_> = GROUPS.iter().map(|(title, names)| (*title, find(names))).collect();
    groups.push(("Others", others));
    groups.retain(|(_, rows)| !rows.is_empty());
    groups
}

fn predictions(data: &Value) -> Result<Markup> {
    let rows: [(&str, [f64; 4]); 3] = [
        ("kernel by kernel", figure(data, "kernelByKernel")?),
        ("one launch", figure(data, "fused")?),
        ("nn-core, no kernel", figure(data, "plain")?),
    ];
    Ok(html! {
        div.wide tabindex="0" role="region" aria-label="Predictions by three ways" {
            table {
                thead { tr { th scope="col" { "Way" } @for n in 1..=4 { th.number scope="col" { "Record " (n) } } } }
                tbody { @for (way, pred) in &rows { tr { th scope="row" { (way) } @for p in pred { td.number { (format!("{p:.8}")) } } } } }
            }
        }
    })
}

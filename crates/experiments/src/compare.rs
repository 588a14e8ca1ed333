//! What changed between two runs.

use crate::claims::{Claim, Value};
use crate::report::show;
use crate::results::Results;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Compares the runs in two directories (or of two `results.json`): what they were, each claim that differs with
/// how far it moved, and which of the figures behind the pages differ.
///
/// # Errors
///
/// Where a run's files cannot be read; they are named.
pub fn runs(a: &Path, b: &Path) -> Result<String> {
    let (run_a, run_b) = (Results::read(a)?, Results::read(b)?);
    let mut lines = vec![table(&run_a, &run_b)];
    if a.is_dir() && b.is_dir() {
        let mut differing = Vec::new();
        let both = run_a.posts.iter().filter(|post| run_b.posts.iter().any(|other| other.id == post.id));
        for post in both {
            let (mine, theirs) = (figures(a, &post.id)?, figures(b, &post.id)?);
            let mut names: Vec<&String> = mine.keys().chain(theirs.keys()).collect();
            names.sort_unstable();
            names.dedup();
            names.retain(|name| mine.get(*name) != theirs.get(*name));
            if !names.is_empty() {
                let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
                differing.push(format!("{}.json: {}", post.id, names.join(", ")));
            }
        }
        lines.push(format!("figures of {} pages differ", differing.len()));
        lines.extend(differing);
    }
    Ok(lines.join("\n"))
}

/// A post's figures by name; none where nothing of it was run.
fn figures(run: &Path, post: &str) -> Result<serde_json::Map<String, serde_json::Value>> {
    let file = run.join(format!("{post}.json"));
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let figures: serde_json::Value =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    Ok(figures.as_object().cloned().unwrap_or_default())
}

/// A line for each claim that differs, and what the two runs were.
#[must_use]
pub fn table(a: &Results, b: &Results) -> String {
    let mut lines = vec![describe("a", a), describe("b", b)];
    let (claims_a, claims_b) = (by_id(a), by_id(b));
    let mut ids: Vec<&str> = claims_a.keys().chain(claims_b.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let differing = ids.iter().filter(|id| claims_a.get(*id) != claims_b.get(*id));
    let rows: Vec<String> = differing
        .map(|id| {
            let (a, b) = (claims_a.get(id), claims_b.get(id));
            format!("{id}: {} -> {}{}", outcome(a), outcome(b), moved(a, b))
        })
        .collect();
    let total = ids.len();
    lines.push(format!("{} of {total} claims differ", rows.len()));
    lines.extend(rows);
    lines.join("\n")
}

fn describe(name: &str, run: &Results) -> String {
    let machine = &run.machine;
    let config = &run.config;
    let seconds: f64 = run.posts.iter().map(|post| post.seconds).sum();
    let mut asked = vec![format!("{} seed {}", run.mode.name(), run.seed)];
    asked.extend((!config.only.is_empty()).then(|| format!("only {}", config.only.join(" "))));
    asked.extend(config.books.map(|n| format!("{n} books")));
    asked.extend(config.articles.map(|n| format!("{n} articles")));
    asked.extend(config.full.then(|| "full".to_owned()));
    asked.extend(config.digits.then(|| "real digits".to_owned()));
    format!(
        "{name}: {}, commit {}, {} ({}) with {} threads, kernels {}, {seconds:.1} s",
        asked.join(", "),
        machine.commit,
        machine.cpu,
        machine.simd,
        machine.threads,
        machine.device
    )
}

fn by_id(run: &Results) -> BTreeMap<&str, &Claim> {
    run.posts.iter().flat_map(|post| &post.claims).map(|claim| (claim.id.as_str(), claim)).collect()
}

fn outcome(claim: Option<&&Claim>) -> String {
    match claim {
        None => "absent".to_owned(),
        Some(claim) => {
            let measured = claim.measured.as_ref().map(|value| show(value) + ", ").unwrap_or_default();
            measured + claim.verdict.name()
        }
    }
}

/// By how much a measured number moved, as a part of what it was.
fn moved(a: Option<&&Claim>, b: Option<&&Claim>) -> String {
    let number = |claim: Option<&&Claim>| claim?.measured.as_ref().and_then(Value::number);
    match (number(a), number(b)) {
        (Some(a), Some(b)) if a != 0.0 && a.to_bits() != b.to_bits() => {
            format!(" ({:+.3} %)", 100.0 * (b / a - 1.0))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Mode;
    use crate::machine::Machine;
    use crate::results::{Config, Post};
    use serde_json::json;

    fn run(seed: u64, measured: f64) -> Results {
        let claim = json!({"id": "xor.x", "kind": "beyond", "statement": "", "expected": null,
            "measured": measured, "tolerance": 0.0, "unit": "", "verdict": "measured"});
        let claims = vec![serde_json::from_value(claim).unwrap()];
        let post = Post { id: "xor".into(), title: String::new(), seconds: 0.5, config: json!(null), claims };
        let machine = Machine::here(1, "none", "abc");
        let config = Config { full: true, ..Config::default() };
        Results { schema: 1, seed, mode: Mode::Demo, config, machine, posts: vec![post] }
    }

    #[test]
    fn a_moved_figure_is_named_with_how_far_it_moved() {
        let table = table(&run(1, 2.0), &run(2, 2.5));
        assert!(table.contains("demo seed 1, full, commit abc"), "{table}");
        assert!(
            table.contains("1 of 1 claims differ\nxor.x: 2, measured -> 2.5, measured (+25.000 %)"),
            "{table}"
        );
        assert!(super::table(&run(1, 2.0), &run(1, 2.0)).contains("0 of 1 claims differ"));
    }
}

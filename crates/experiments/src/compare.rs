//! What changed between two runs.

use crate::claims::Claim;
use crate::report::show;
use crate::results::Results;
use std::collections::BTreeMap;

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
        .map(|id| format!("{id}: {} -> {}", outcome(claims_a.get(id)), outcome(claims_b.get(id))))
        .collect();
    let total = ids.len();
    lines.push(format!("{} of {total} claims differ", rows.len()));
    lines.extend(rows);
    lines.join("\n")
}

fn describe(name: &str, run: &Results) -> String {
    let machine = &run.machine;
    let seconds: f64 = run.posts.iter().map(|post| post.seconds).sum();
    format!(
        "{name}: {} seed {}, commit {}, {} with {} threads, {seconds:.1} s",
        run.mode.name(),
        run.seed,
        machine.commit,
        machine.cpu,
        machine.threads
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

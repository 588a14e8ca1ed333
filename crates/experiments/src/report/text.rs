//! The table of claims for a terminal.

use crate::claims::{Claim, Value, Verdict};
use crate::report::show;
use crate::results::Results;

/// A line a claim, under its post, and the sums.
#[must_use]
pub fn table(results: &Results) -> String {
    let claims = || results.posts.iter().flat_map(|post| &post.claims);
    let width = claims().map(|claim| claim.id.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for claim in claims() {
        let line = format!(
            "{:<width$}  {:<14}  {:>14}  {:>14}  {}",
            claim.id,
            claim.verdict.name(),
            shown(claim.expected.as_ref()),
            shown(claim.measured.as_ref()),
            note(claim)
        );
        lines.push(line.trim_end().to_owned());
    }
    let header = format!("{:<width$}  {:<14}  {:>14}  {:>14}", "claim", "verdict", "expected", "measured");
    lines.insert(0, header);
    lines.push(sums(results));
    lines.join("\n")
}

fn sums(results: &Results) -> String {
    let part = |verdict| format!("{} {}", results.count(verdict), Verdict::name(verdict));
    let verdicts = [Verdict::Reproduced, Verdict::Measured, Verdict::NotRun, Verdict::NotReproduced];
    format!("{} (mode {}, seed {})", verdicts.map(part).join(", "), results.mode.name(), results.seed)
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "-".to_owned(), show)
}

fn note(claim: &Claim) -> String {
    let said = claim.said.as_ref().map(|said| format!("the post: {}", show(said)));
    [said, claim.reason.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

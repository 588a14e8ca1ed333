//! A run: each post in turn, its measurements judged, the records written, the report drawn.

use crate::claims::{Claim, Value, Verdict, judge};
use crate::context::Context;
use crate::definition::{self, ClaimDefinition, Definition};
use crate::files::write_whole;
use crate::machine::Machine;
use crate::posts::{self, Findings};
use crate::report;
use crate::results::{Config, Post, Results};
use anyhow::{Context as _, Result};
use std::time::Instant;

/// Runs the posts that were asked for and writes everything into the output directory.
///
/// A post that fails is recorded as claims that were not reproduced, with the reason; the others run
/// all the same.
///
/// # Errors
///
/// Where the output cannot be written.
pub fn run(context: &Context) -> Result<Results> {
    let settings = &context.settings;
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(settings.threads).build().context("the threads")?;
    let definitions = definition::all()?;
    let chosen: Vec<&Definition> = definitions
        .iter()
        .filter(|post| settings.only.is_empty() || settings.only.contains(&post.id))
        .collect();
    let mut device = "none".to_owned();
    let mut finished = Vec::new();
    for post in chosen {
        context.say(&format!("{}: {}", post.id, post.title));
        let started = Instant::now();
        let found = pool.install(|| posts::run(&post.id, context));
        let seconds = started.elapsed().as_secs_f64();
        if let Err(error) = &found {
            context.say(&format!("{}: failed: {error:#}", post.id));
        }
        if let Some(name) = found.as_ref().ok().and_then(|found| found.device.clone()) {
            device = name;
        }
        let claims = judged(post, context, &found);
        let data = found.map(|found| found.data).unwrap_or_default();
        let config = serde_json::to_value(&post.config)?;
        let outcome = Post { id: post.id.clone(), title: post.title.clone(), seconds, config, claims };
        finished.push((outcome, data));
    }
    let results = Results {
        schema: 1,
        seed: settings.seed,
        mode: settings.mode,
        config: Config::of(settings),
        machine: Machine::here(settings.threads, &device, &settings.commit),
        posts: finished.iter().map(|(outcome, _)| outcome.clone()).collect(),
    };
    // The figures lie beside the results, so that a page can be drawn again from the files alone.
    for (outcome, data) in &finished {
        let path = settings.out.join(format!("{}.json", outcome.id));
        write_whole(&path, (serde_json::to_string(data)? + "\n").as_bytes())?;
    }
    write_whole(&settings.out.join("results.json"), results.json()?.as_bytes())?;
    // From the files, not from what is still in memory: what a page shows is what anybody can read there.
    report::draw(&settings.out)?;
    Ok(results)
}

fn judged(post: &Definition, context: &Context, found: &Result<Findings>) -> Vec<Claim> {
    let mode = context.settings.mode;
    let posed = post.claims.iter().filter(|claim| claim.posed_in.contains(&mode));
    posed.map(|claim| judged_claim(claim, context, found)).collect()
}

fn judged_claim(definition: &ClaimDefinition, context: &Context, found: &Result<Findings>) -> Claim {
    let mut claim = Claim {
        id: definition.id.clone(),
        kind: definition.kind,
        statement: definition.statement.clone(),
        expected: definition.expected(context.settings.mode).cloned(),
        measured: None,
        tolerance: definition.tolerance,
        unit: definition.unit.clone(),
        verdict: Verdict::NotReproduced,
        said: definition.said.clone(),
        reason: None,
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            claim.reason = Some(format!("the run failed: {error:#}"));
            return claim;
        }
    };
    if let Some(reason) = found.not_run.get(&claim.id).or(found.nothing_run.as_ref()) {
        claim.verdict = Verdict::NotRun;
        claim.reason = Some(reason.clone());
        return claim;
    }
    if definition.site_truth {
        claim.expected = found.truths.get(&claim.id).cloned();
    }
    match found.measured.get(&claim.id) {
        Some(measured) => {
            claim.verdict = judge(claim.expected.as_ref(), measured, claim.tolerance);
            claim.measured = Some(finite(measured));
        }
        None => claim.reason = Some("the run did not measure it".to_owned()),
    }
    claim
}

/// JSON has no number that is not finite: its name says what was measured.
fn finite(value: &Value) -> Value {
    match value {
        Value::Number(number) if !number.is_finite() => Value::Text(number.to_string()),
        other => other.clone(),
    }
}

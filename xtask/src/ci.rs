//! `ci`: everything that must hold before a change lands, but for the tests themselves.

use crate::{Outcome, arrows, docs, kernels, workspace};
use std::process::ExitCode;

/// Formats, lints, documents and proves, with warnings as errors.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err("`cargo xtask ci` takes no arguments".to_owned());
    }
    step("format", || workspace::check(&mut workspace::cargo(&["fmt", "--all", "--check"])))?;
    step("arrows between the crates", arrows::check)?;
    step("clippy", || {
        let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        workspace::check(&mut workspace::cargo(&clippy))
    })?;
    step("documentation", || {
        let mut doc = workspace::cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
        workspace::check(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("generated tables", || docs::check().map(|_| ()))?;
    step("kernels", || kernels::run(&["--check".to_owned()]))?;
    Ok(ExitCode::SUCCESS)
}

fn step(name: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    eprintln!("ci: {name}");
    work().map_err(|error| format!("{name}: {error}"))
}

//! `reproduce-all` and `compare`: builds the experiments in release mode and hands them the arguments.

use crate::{Outcome, workspace};
use std::process::{Command, ExitCode};

/// Runs the experiments' `command`; its exit code becomes ours.
pub(crate) fn run(command: &str, arguments: &[String]) -> Outcome {
    // The simulated CUDA driver is a library that is loaded at run time, so it is built by name.
    workspace::check(&mut workspace::cargo(&[
        "build",
        "--release",
        "-p",
        "experiments",
        "-p",
        "ptx-driver",
    ]))?;
    let program = workspace::target_dir().join("release").join("experiments");
    let mut experiments = Command::new(&program);
    experiments.arg(command).args(arguments);
    if command == "reproduce-all" {
        experiments.args(["--commit", &commit()]);
    }
    let status = experiments.status().map_err(|error| format!("{}: {error}", program.display()))?;
    // A run that a signal ended has no code; the caller learns that it did not finish.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::from(2), ExitCode::from))
}

/// The checked-out commit, marked where files differ from it, or "unknown" outside of git.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(workspace::root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    match (git(&["rev-parse", "--short=12", "HEAD"]), git(&["status", "--porcelain"])) {
        (Some(hash), Some(changes)) if changes.is_empty() => hash,
        (Some(hash), _) => format!("{hash} with changes"),
        (None, _) => "unknown".to_owned(),
    }
}

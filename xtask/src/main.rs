//! `cargo xtask`: the list of the workspace's commands, each one a module with a `run`.
//!
//! It calls cargo and links none of the crates, so it builds in seconds.

mod arrows;
mod bench;
mod ci;
mod digits;
mod docs;
mod kernels;
mod reproduce;
mod venv;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND [ARGUMENTS]

  reproduce-all   run every post end to end, write the report (see: reproduce-all --help)
  compare A B     what changed between two runs' results.json
  bench           compare with other tools side by side: [--only ID]... [--runs N] [--list]
  kernels         compile the CUDA kernels to PTX: [--check]; test and time them on this machine's GPU: --gpu
  digits          fetch 10,000 real digits from a registry package, for `reproduce-all --digits`
  docs            write the generated tables of README and docs: [--check]
  ci              format, lints, docs, and the arrows between the crates

Examples:
  cargo xtask reproduce-all
  cargo xtask reproduce-all --only iris --only xor --open
  cargo xtask bench --only nn-core/iris-vs-numpy
";

/// How a command ended when it could run at all; `Err` is for commands that could not.
pub(crate) type Outcome = Result<ExitCode, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("--help", &[][..]),
    };
    let outcome = match command {
        "reproduce-all" => reproduce::run("reproduce-all", rest),
        "compare" => reproduce::run("compare", rest),
        "bench" => bench::run(rest),
        "kernels" => kernels::run(rest).map(|()| ExitCode::SUCCESS),
        "digits" => digits::run(rest),
        "docs" => docs::run(rest),
        "ci" => ci::run(rest),
        "--help" | "-h" | "help" => {
            say(HELP.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        unknown => Err(format!("no command `{unknown}`: `cargo xtask --help` lists them")),
    };
    outcome.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::from(2)
    })
}

/// Writes one line of result to stdout; everything else goes to stderr.
#[expect(clippy::print_stdout, reason = "the one place where results are printed")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

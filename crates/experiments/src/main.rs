//! The program `experiments`: parses, runs, prints the result, and says by its exit code how it went.

use anyhow::{Context as _, Result};
use clap::Parser as _;
use experiments::cli::{Cli, Command, Reproduce};
use experiments::context::Context;
use experiments::{compare, definition, report, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    match act(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn act(command: Command) -> Result<bool> {
    match command {
        Command::ReproduceAll(options) => reproduce(&options),
        Command::Draw { run } => {
            report::draw(&run)?;
            Ok(true)
        }
        Command::Compare { a, b } => {
            say(&compare::runs(&a, &b)?);
            Ok(true)
        }
        Command::Claims { post } => {
            let mut definitions = definition::all()?;
            definitions.retain(|definition| post.as_ref().is_none_or(|post| *post == definition.id));
            say(&definition::markdown(&definitions));
            Ok(true)
        }
        Command::Post { post } => {
            let definitions = definition::all()?;
            let wanted = definitions.iter().find(|definition| definition.id == post);
            say(&definition::page(wanted.with_context(|| format!("no post {post}"))?));
            Ok(true)
        }
    }
}

fn reproduce(options: &Reproduce) -> Result<bool> {
    let context = Context::new(options.settings(), options.quiet)?;
    let results = run::run(&context)?;
    if options.json {
        say(results.json()?.trim_end());
    } else {
        say(&report::text::table(&results));
    }
    let index = options.out.join("index.html");
    if options.bundle {
        let bundle = options.out.join("report.html");
        report::bundle(&options.out, &bundle)?;
        context.say(&format!("the report in one file: {}", bundle.display()));
    }
    context.say(&format!("the report: {}", index.display()));
    if options.open {
        opener::open(&index).with_context(|| format!("cannot open {}", index.display()))?;
    }
    Ok(results.holds())
}

/// Writes one result to stdout; everything else goes to stderr.
#[expect(clippy::print_stdout, reason = "the one place where results are printed")]
fn say(text: &str) {
    println!("{text}");
}

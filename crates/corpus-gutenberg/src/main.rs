//! The program `corpus-gutenberg`: list, download, clean, verify, export, stats, search.

mod cli;
mod export;
mod pictures;
mod stats;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use cli::{Cli, Command, Stored};
use corpus_fetch::console::Printer;
use corpus_fetch::{Estimate, thousands};
use corpus_gutenberg::{About, Catalogue, CleanOptions, Cut, Job, Report, Source, clean_files};
use serde_json::json;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let printer = Printer { json: cli.json, quiet: cli.quiet };
    match run(cli.command, printer) {
        Ok(failed) => ExitCode::from(u8::from(failed)),
        Err(error) => {
            printer.error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Runs a command; tells whether some items failed.
fn run(command: Command, printer: Printer) -> Result<bool> {
    match command {
        Command::List(live) => list(&live.job()?, printer).map(|()| false),
        Command::Download(live) => download(&live.job()?, printer),
        Command::Clean { files, out, explain, keep_line_ends, remove_soft_hyphens } => {
            let options = CleanOptions { unix_lines: !keep_line_ends, remove_soft_hyphens };
            clean(&files, &out, options, explain, printer)
        }
        Command::Verify(stored) => verify(&stored, printer),
        Command::Export { stored, output, unique, catalogue: given } => {
            let catalogue = catalogue(&stored, given.as_deref())?;
            export::export(&stored.job()?, catalogue.as_ref(), &output, unique, printer).map(|()| false)
        }
        Command::Stats { stored, catalogue: given, pictures } => {
            let job = stored.job()?;
            let catalogue = catalogue(&stored, given.as_deref())?;
            let pictures = pictures.unwrap_or_else(|| stored.dir.join("stats"));
            stats::stats(&job, catalogue.as_ref(), &pictures, printer).map(|()| false)
        }
        Command::Search { catalogue, filter } => search(&catalogue, &filter, printer).map(|()| false),
    }
}

fn list(job: &Job, printer: Printer) -> Result<()> {
    let listed = job.list()?;
    printer.result(
        &json!(listed),
        &format!(
            "{} files listed, {} chosen, {} new; {}",
            thousands(listed.files),
            thousands(listed.chosen),
            thousands(listed.new),
            Estimate::new(listed.pending, job.pace)
        ),
    );
    Ok(())
}

fn download(job: &Job, printer: Printer) -> Result<bool> {
    let listed = job.collect()?;
    let chosen = thousands(listed.chosen);
    // A tree on this machine is read at once; only a site is asked at a pace.
    printer.talk(&if matches!(job.source, Source::Tree(_)) {
        format!("{chosen} files chosen, {} to clean", thousands(listed.pending))
    } else {
        let to_fetch = listed.pending.min(job.max_items.unwrap_or(u64::MAX));
        format!("{chosen} files chosen; {}", Estimate::new(to_fetch, job.pace))
    });
    let mut meter = printer.meter();
    let report = job.download(|progress| meter.show(progress))?;
    meter.finish();
    for (_, reason) in &report.failed {
        printer.talk(&format!("failed: {reason}"));
    }
    for (_, reason) in &report.postponed {
        printer.talk(&format!("to be tried again by the next run: {reason}"));
    }
    job.write_manifest()?;
    printer.result(&json!(report), &summary(&report));
    if let Some(why) = &report.why {
        printer.talk(why);
    }
    Ok(!report.failed.is_empty() || report.deferred > 0 || report.broken_off)
}

fn summary(report: &Report) -> String {
    format!(
        "{} books, {} bytes of text, {} on disk, {} bytes without headers and licences; {} failed, {} to come; {} requests",
        thousands(report.items),
        thousands(report.bytes),
        thousands(report.disk_bytes),
        thousands(report.bytes_text),
        report.failed.len(),
        thousands(report.pending + report.deferred),
        thousands(report.requests)
    )
}

fn clean(
    files: &[PathBuf],
    out: &Path,
    options: CleanOptions,
    explain: bool,
    printer: Printer,
) -> Result<bool> {
    let mut failed = false;
    clean_files(files, out, options, |file, cleaned| match cleaned {
        Ok((about, cuts)) => show_cleaned(file, &about, &cuts, explain, printer),
        Err(error) => {
            failed = true;
            printer.error(&format!("{}: {:#}", file.display(), anyhow::Error::from(error)));
        }
    })
    .with_context(|| format!("--out {}", out.display()))?;
    Ok(failed)
}

fn show_cleaned(file: &Path, about: &About, cuts: &[Cut], explain: bool, printer: Printer) {
    let mut line = json!(about);
    line["file"] = json!(file);
    if explain {
        line["cuts"] = json!(cuts);
    }
    let mut text = format!(
        "{}: {}, lines {} to {}, {} of {} bytes{}",
        file.display(),
        about.title.as_deref().unwrap_or("(no title)"),
        about.start_line,
        about.end_line,
        about.bytes_out,
        about.bytes_in,
        if about.kept_whole { "; kept whole, the rules would have left next to nothing" } else { "" }
    );
    if explain {
        // Writing to a String cannot fail.
        for cut in cuts {
            let _ = write!(text, "\n  cut {} to {}: {}", cut.first_line, cut.last_line, cut.reason);
        }
        for left in &about.left {
            let _ = write!(text, "\n  left in the archive: {left}");
        }
    }
    printer.result(&line, &text);
}

fn verify(stored: &Stored, printer: Printer) -> Result<bool> {
    let broken = stored.job()?.verify()?;
    for key in &broken {
        printer
            .result(&json!({"broken": key}), &format!("broken: {key} (the next download fetches it again)"));
    }
    printer.talk(&format!("{} broken", broken.len()));
    Ok(!broken.is_empty())
}

/// The catalogue that was given, or the one that a download left in its directory.
fn catalogue(stored: &Stored, given: Option<&Path>) -> Result<Option<Catalogue>> {
    let left = stored.dir.join("pg_catalog.csv.gz");
    match given {
        Some(path) => Ok(Some(Catalogue::read(path)?)),
        None if left.exists() => Ok(Some(Catalogue::read(&left)?)),
        None => Ok(None),
    }
}

fn search(catalogue: &Path, filter: &cli::FilterArgs, printer: Printer) -> Result<()> {
    let catalogue = Catalogue::read(catalogue).with_context(|| {
        format!(
            "{}: no catalogue; `corpus-gutenberg list --author NAME --contact YOU@EXAMPLE.ORG` fetches one",
            catalogue.display()
        )
    })?;
    let filter = filter.filter();
    let mut n_found = 0;
    for record in catalogue.select(&filter) {
        n_found += 1;
        let title = record.title.split_whitespace().collect::<Vec<_>>().join(" ");
        printer.result(
            &json!(record),
            &format!("{:>6}  {title} / {} ({})", record.id, record.authors, record.language),
        );
    }
    printer.talk(&format!("{} books", thousands(n_found)));
    Ok(())
}

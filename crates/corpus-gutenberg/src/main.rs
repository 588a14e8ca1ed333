//! The program `corpus-gutenberg`: list, download, clean, verify, export, stats, search.

mod cli;

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser as _;
use cli::{Cli, Command, Stored};
use corpus_fetch::console::Printer;
use corpus_fetch::{Estimate, thousands, write_whole, write_whole_with};
use corpus_gutenberg::{Book, Catalogue, Job, Report, clean};
use corpus_text::counts::Counts;
use corpus_text::{Paragraphs, TokenOptions, tokens};
use rayon::prelude::*;
use serde_json::json;

/// Files that `clean` has in memory at a time.
const GROUP: usize = 64;

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
        Command::Clean { files, out, explain } => clean_files(&files, &out, explain, printer),
        Command::Verify(stored) => verify(&stored, printer),
        Command::Export { stored, output } => export(&stored, &output, printer).map(|()| false),
        Command::Stats(stored) => stats(&stored, printer).map(|()| false),
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
    printer.talk(&format!(
        "{} files chosen; {}",
        thousands(listed.chosen),
        Estimate::new(listed.pending.min(job.max_items.unwrap_or(u64::MAX)), job.pace)
    ));
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

fn clean_files(files: &[PathBuf], out: &Path, explain: bool, printer: Printer) -> Result<bool> {
    std::fs::create_dir_all(out).with_context(|| format!("--out {}: cannot be made", out.display()))?;
    let mut written: HashSet<OsString> = HashSet::new();
    let mut failed = false;
    for group in files.chunks(GROUP) {
        let books: Vec<Result<Book>> = group.par_iter().map(|file| clean_file(file)).collect();
        for (file, book) in group.iter().zip(books) {
            let done = book.and_then(|book| {
                let stem = file.file_stem().context("has no name")?.to_owned();
                let path = out.join(&stem).with_added_extension("txt");
                ensure!(written.insert(stem), "another file of this name was written to {}", path.display());
                write_whole(&path, book.text.as_bytes())?;
                Ok(book)
            });
            match done {
                Ok(book) => show_cleaned(file, &book, explain, printer),
                Err(error) => {
                    failed = true;
                    printer.error(&format!("{}: {error:#}", file.display()));
                }
            }
        }
    }
    Ok(failed)
}

fn clean_file(file: &Path) -> Result<Book> {
    let bytes = std::fs::read(file)?;
    Ok(clean(&bytes, &file.to_string_lossy())?)
}

fn show_cleaned(file: &Path, book: &Book, explain: bool, printer: Printer) {
    let about = &book.about;
    let mut line = json!(about);
    line["file"] = json!(file);
    if explain {
        line["cuts"] = json!(book.cuts);
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
        for cut in &book.cuts {
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

fn export(stored: &Stored, output: &Path, printer: Printer) -> Result<()> {
    let job = stored.job()?;
    let name = output.to_string_lossy();
    let mut n_documents = 0_u64;
    let mut n_tokens = 0_u64;
    let mut count = |tokens: u64| {
        n_documents += 1;
        n_tokens += tokens;
    };
    if name.ends_with(".parquet") {
        let mut writer = corpus_text::table::ParquetWriter::create(output)?;
        job.documents(|document| {
            count(document.tokens);
            Ok(writer.write(document)?)
        })?;
        writer.commit()?;
    } else if name.ends_with(".jsonl") || name.ends_with(".jsonl.zst") {
        let mut writer = corpus_text::jsonl::JsonLinesWriter::create(output)?;
        job.documents(|document| {
            count(document.tokens);
            Ok(writer.write(&document)?)
        })?;
        writer.commit()?;
    } else if name.ends_with(".txt") {
        let mut writer = corpus_text::plain::SentenceWriter::create(
            output,
            Paragraphs::BlankLines,
            TokenOptions::FOR_VECTORS,
        )?;
        job.documents(|document| {
            count(document.tokens);
            Ok(writer.write(&document.text)?)
        })?;
        writer.commit()?;
    } else {
        bail!(
            "{}: end the name with .parquet, .jsonl, .jsonl.zst or .txt (a sentence a line)",
            output.display()
        );
    }
    write_card(&job, output, n_documents, n_tokens)?;
    printer.result(
        &json!({"documents": n_documents, "tokens": n_tokens, "output": output}),
        &format!("{} books, {} tokens in {}", thousands(n_documents), thousands(n_tokens), output.display()),
    );
    Ok(())
}

/// The data card beside an export: what it is, how it was made, what may be done with it.
fn write_card(job: &Job, output: &Path, n_documents: u64, n_tokens: u64) -> Result<()> {
    let report = job.report()?;
    let mut languages: BTreeMap<String, u64> = BTreeMap::new();
    job.entries(|entry| {
        *languages.entry(entry.about.language.unwrap_or_else(|| "not stated".to_owned())).or_default() += 1;
        Ok(())
    })?;
    write_whole_with(&output.with_added_extension("card.md"), |card| {
        writeln!(card, "# {}\n", output.file_name().unwrap_or_default().to_string_lossy())?;
        writeln!(card, "Books of Project Gutenberg, without its headers, licences and credits.\n")?;
        writeln!(
            card,
            "| | |\n|---|---|\n| books | {} |\n| tokens | {} |",
            thousands(n_documents),
            thousands(n_tokens)
        )?;
        writeln!(card, "| bytes as published | {} |", thousands(report.bytes))?;
        writeln!(card, "| bytes of the books | {} |", thousands(report.bytes_text))?;
        writeln!(card, "| could not be had | {} |", report.failed.len())?;
        for (language, n_books) in &languages {
            writeln!(card, "| in {language} | {} |", thousands(*n_books))?;
        }
        writeln!(
            card,
            "\nMade by corpus-gutenberg {}: one text a book, decoded, stripped.\n",
            env!("CARGO_PKG_VERSION")
        )?;
        writeln!(
            card,
            "Most of these books are in the public domain in the United States; some are under copyright and \
             distributed by permission, as their own headers say (kept in `raw/`). Other countries have other laws. \
             The name Project Gutenberg is a trademark; with its name and licence removed, a text may be used as any \
             text of the public domain."
        )
    })?;
    Ok(())
}

fn stats(stored: &Stored, printer: Printer) -> Result<()> {
    let job = stored.job()?;
    let report = job.report()?;
    let mut counts = Counts::new();
    job.books(|_, text| {
        for token in tokens(&text, TokenOptions::FOR_VECTORS) {
            counts.add(&token);
        }
        Ok(())
    })?;
    let (zipf, heaps) = (counts.zipf(), counts.heaps());
    let ranked = counts.ranked();
    let frequent: Vec<_> = ranked.iter().take(20).map(|(word, n)| json!({"word": word, "n": n})).collect();
    let law = |law: &Option<corpus_text::counts::PowerLaw>| {
        law.as_ref().map_or_else(
            || "too few words".to_owned(),
            |law| format!("exponent {:.3}, R2 {:.3}", law.exponent, law.r_squared),
        )
    };
    let text = format!(
        "{}\n{} tokens, {} types\nZipf's law: {}\nHeaps' law: {}\nmost frequent: {}",
        summary(&report),
        thousands(counts.n_tokens()),
        thousands(counts.n_types()),
        law(&zipf),
        law(&heaps),
        ranked.iter().take(20).map(|(word, _)| *word).collect::<Vec<_>>().join(" ")
    );
    let exponent = |law: &Option<corpus_text::counts::PowerLaw>| law.as_ref().map(|law| law.exponent);
    printer.result(
        &json!({"report": report, "tokens": counts.n_tokens(), "types": counts.n_types(),
            "zipf_exponent": exponent(&zipf), "heaps_exponent": exponent(&heaps), "frequent": frequent}),
        &text,
    );
    Ok(())
}

fn search(catalogue: &Path, filter: &cli::FilterArgs, printer: Printer) -> Result<()> {
    let bytes = std::fs::read(catalogue).with_context(|| {
        format!(
            "{}: cannot be read; `corpus-gutenberg list --author NAME --contact YOU@EXAMPLE.ORG` fetches the catalogue",
            catalogue.display()
        )
    })?;
    let catalogue = Catalogue::parse(&bytes, &catalogue.display().to_string())?;
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

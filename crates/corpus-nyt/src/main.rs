//! The program `corpus-nyt`: list, download, import, extract, verify, export, stats.

mod charts;
mod cli;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser as _;
use cli::{Cli, Command, Wanted};
use corpus_fetch::console::Printer;
use corpus_fetch::{human, thousands, write_whole};
use corpus_nyt::copies::Copies;
use corpus_nyt::saved::{Form, Piece, files_in, pieces};
use corpus_nyt::{
    Answers, Article, Collected, Error, Extracted, Job, Plan, document, extract, extract_general, import,
};
use corpus_text::Document;
use serde_json::{Value, json};

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

/// Runs a command; tells whether some items failed or are to come.
fn run(command: Command, printer: Printer) -> Result<bool> {
    match command {
        Command::List(wanted) if wanted.dry_run => dry_run(&wanted, printer).map(|()| false),
        Command::Download(wanted) if wanted.dry_run => dry_run(&wanted, printer).map(|()| false),
        Command::List(wanted) => list(&wanted, printer),
        Command::Download(wanted) => download(&wanted, printer),
        Command::Import { stored, files } => import_files(&stored.job()?, &files, printer),
        Command::Extract { files, general } => Ok(extract_files(&files, general, printer)),
        Command::Verify(stored) => verify(&stored.job_of_stored()?, printer),
        Command::Export { stored, days, output, without_copies, without_text } => {
            let mut job = stored.job_of_stored()?;
            days.choose(&mut job);
            export(&job, &output, without_copies, without_text, printer).map(|()| false)
        }
        Command::Stats { stored, days, svg } => {
            let mut job = stored.job_of_stored()?;
            days.choose(&mut job);
            stats(&job, svg.as_deref(), printer).map(|()| false)
        }
    }
}

/// What would be asked, and how long it would take.
fn dry_run(wanted: &Wanted, printer: Printer) -> Result<()> {
    let job = wanted.job()?;
    let mut plans: Vec<(&str, Plan)> = Vec::new();
    if wanted.by_api() {
        plans.push((job.paper.api().map_or("interface", |api| api.name), job.plan_answers()?));
    }
    if wanted.pages {
        plans.push(("pages and indexes", job.plan_pages()?));
    }
    for (what, plan) in plans {
        let at_least = if plan.at_least { "at least " } else { "" };
        let mut text = format!(
            "{what}: {at_least}{} requests to make, {} done; {} at this pace",
            thousands(plan.requests),
            thousands(plan.done),
            human(Duration::from_secs(plan.seconds))
        );
        if let (Some(days), Some(left)) = (plan.days, plan.left_today) {
            // Writing to a String cannot fail.
            let _ = write!(text, ", on {days} days ({left} requests are left of today's budget)");
        }
        printer.result(&json!({"what": what, "plan": plan}), &text);
    }
    Ok(())
}

fn list(wanted: &Wanted, printer: Printer) -> Result<bool> {
    let job = wanted.job()?;
    let mut incomplete = false;
    if wanted.by_api() {
        let answers = ask(&job, printer)?;
        incomplete |= tell_answers(&job, &answers, printer);
    }
    if wanted.pages {
        let found = collect(&job, wanted, printer)?;
        incomplete |= !found.index_failed.is_empty();
        let estimate = corpus_fetch::Estimate::new(found.listed, job.pace);
        printer.result(
            &json!(found),
            &format!(
                "{} articles listed, {} new ({} index pages read); {estimate}",
                thousands(found.listed),
                thousands(found.new),
                found.index_pages
            ),
        );
    }
    Ok(incomplete)
}

fn download(wanted: &Wanted, printer: Printer) -> Result<bool> {
    let job = wanted.job()?;
    let mut incomplete = false;
    if wanted.by_api() {
        let answers = ask(&job, printer)?;
        incomplete |= tell_answers(&job, &answers, printer);
        if !wanted.pages && job.paper.api().is_some_and(|api| !api.has_text) {
            printer.talk(
                "This interface has no text. Texts come from licensed or saved material (`corpus-nyt import`), or \
                 from the pages where you have the right to fetch them (`--pages --index api`).",
            );
        }
    }
    if wanted.pages {
        let found = collect(&job, wanted, printer)?;
        incomplete |= !found.index_failed.is_empty();
        printer.talk(&format!("{} articles listed, {} new", thousands(found.listed), thousands(found.new)));
        incomplete |= download_pages(&job, printer)?;
    }
    Ok(incomplete)
}

/// What failed, each with its address once.
fn tell_failed(failed: &[(String, String)], printer: Printer) {
    for (url, reason) in failed {
        let what = if reason.contains(url) { reason.clone() } else { format!("{url}: {reason}") };
        printer.talk(&format!("failed: {what}"));
    }
}

/// Why a run ended early, unless a failure has said so.
fn tell_why(why: Option<&str>, failed: &[(String, String)], printer: Printer) {
    if let Some(why) = why.filter(|why| !failed.iter().any(|(_, reason)| why.contains(reason))) {
        printer.talk(why);
    }
}

/// Asks the paper's interface, with progress.
fn ask(job: &Job, printer: Printer) -> Result<Answers> {
    if let Some(api) = job.paper.api().filter(|_| job.terms_accepted) {
        printer.talk(api.terms);
    }
    let mut meter = printer.meter();
    let answers = job.answers(|progress| meter.show(progress));
    meter.finish();
    Ok(answers?)
}

/// Tells what came; whether something is missing.
fn tell_answers(job: &Job, answers: &Answers, printer: Printer) -> bool {
    tell_failed(&answers.failed, printer);
    let has_text = job.paper.api().is_some_and(|api| api.has_text);
    let texts = if has_text { format!(", {} with text", thousands(answers.texts)) } else { String::new() };
    printer.result(
        &json!(answers),
        &format!(
            "{} articles{texts} in {} answers; {} requests made, {} failed, {} to come",
            thousands(answers.articles),
            thousands(answers.answers),
            answers.requests,
            answers.failed.len(),
            thousands(answers.pending)
        ),
    );
    tell_why(answers.why.as_deref(), &answers.failed, printer);
    !answers.failed.is_empty() || answers.pending > 0
}

/// Finds the articles' pages.
fn collect(job: &Job, wanted: &Wanted, printer: Printer) -> Result<Collected> {
    if job.terms_accepted {
        printer.talk(job.paper.terms());
    }
    let mut found = Collected::default();
    if wanted.by_indexes() {
        found = job.collect()?;
    }
    if wanted.by_api() {
        let listed = job.collect_from_answers()?;
        found.new += listed.new;
        found.listed = listed.listed;
    }
    tell_failed(&found.index_failed, printer);
    Ok(found)
}

fn download_pages(job: &Job, printer: Printer) -> Result<bool> {
    let mut meter = printer.meter();
    let report = job.download(|progress| meter.show(progress));
    meter.finish();
    let report = report?;
    tell_failed(&report.failed, printer);
    let others: Vec<String> = report.not_articles.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    printer.result(
        &json!(report),
        &format!(
            "{} articles, {} other pages{others}, {} failed, {} to come; {} requests",
            thousands(report.articles),
            report.not_articles.values().sum::<u64>(),
            report.failed.len(),
            thousands(report.pending + report.deferred),
            thousands(report.requests)
        ),
    );
    tell_why(report.why.as_deref(), &report.failed, printer);
    Ok(!report.failed.is_empty() || report.pending + report.deferred > 0)
}

fn import_files(job: &Job, files: &[PathBuf], printer: Printer) -> Result<bool> {
    job.stop.on_ctrl_c()?;
    let done = job.import(files)?;
    for (file, reason) in &done.failed {
        printer.error(&format!("{}: {reason}", file.display()));
    }
    printer.result(
        &json!(done),
        &format!(
            "{} pages and {} answers imported into {}, {} known, {} files failed",
            thousands(done.pages),
            thousands(done.answers),
            job.dir.display(),
            thousands(done.known),
            done.failed.len()
        ),
    );
    Ok(!done.failed.is_empty())
}

fn extract_files(paths: &[PathBuf], general: bool, printer: Printer) -> bool {
    let mut failed = false;
    for path in paths {
        let files = files_in(path).unwrap_or_else(|error| {
            failed = true;
            printer.error(&error.to_string());
            Vec::new()
        });
        for file in files {
            if let Err(error) = extract_file(&file, general, printer, &mut failed) {
                failed = true;
                printer.error(&error.to_string());
            }
        }
    }
    failed
}

fn extract_file(file: &Path, general: bool, printer: Printer, failed: &mut bool) -> Result<(), Error> {
    for piece in pieces(file)? {
        let piece = piece?;
        match piece.form {
            Form::Json => {
                for listed in import::answer(&String::from_utf8_lossy(&piece.body))
                    .map_err(|error| error.within(&piece.file))?
                {
                    show_article(&piece.file, &listed.article, printer);
                }
            }
            Form::Page => *failed |= !show_page(&piece, general, printer),
        }
    }
    Ok(())
}

/// Shows what one page is; false if it is not an article.
fn show_page(piece: &Piece, general: bool, printer: Printer) -> bool {
    let (url, charset) = (piece.url.as_deref(), piece.charset.as_deref());
    let page = if general {
        extract_general(&corpus_text::decode(&piece.body, charset).text, url)
    } else {
        extract(&piece.body, url, charset)
    };
    match page {
        Extracted::Article(article) => {
            show_article(&piece.file, &article, printer);
            true
        }
        Extracted::NotArticle(kind) => {
            printer.result(&json!({"file": piece.file, "url": url, "not_article": kind, "text": ""}), "");
            printer.talk(&format!("{}: not an article: {}", piece.file.display(), kind.as_str()));
            false
        }
    }
}

fn show_article(file: &Path, a: &Article, printer: Printer) {
    let line = json!({"file": file, "url": a.url, "title": a.title, "authors": a.authors, "published": a.published,
        "updated": a.updated, "section": a.section, "kicker": a.kicker, "keywords": a.keywords, "language": a.language,
        "corrections": a.corrections, "parser": a.parser, "text": a.text()});
    let title = a.title.as_deref().unwrap_or("(no title)");
    let published = a.published.as_deref().unwrap_or("undated");
    printer.result(&line, &format!("{title}\n{} - {published}\n\n{}\n", a.authors.join(", "), a.text()));
}

fn verify(job: &Job, printer: Printer) -> Result<bool> {
    let broken = job.verify()?;
    for key in &broken {
        printer
            .result(&json!({"broken": key}), &format!("broken: {key} (the next download fetches it again)"));
    }
    printer.talk(&format!("{} broken", broken.len()));
    Ok(!broken.is_empty())
}

/// Hands over the documents to write: the stored articles and, where wanted, what is only listed.
fn each_document(
    job: &Job,
    without_text: bool,
    mut each: impl FnMut(Document) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut keys = std::collections::HashSet::new();
    job.articles(|article, origin| {
        if without_text {
            keys.insert(origin.key.clone());
        }
        each(document(job.paper.id(), &origin.key, article))
    })?;
    if without_text {
        job.listed(|listed| {
            let url = listed.article.url.clone().unwrap_or_default();
            let key = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).to_owned();
            if keys.contains(&key) { Ok(()) } else { each(document(job.paper.id(), &key, listed.article)) }
        })?;
    }
    Ok(())
}

fn export(
    job: &Job,
    output: &Path,
    without_copies: bool,
    without_text: bool,
    printer: Printer,
) -> Result<()> {
    let name = output.to_string_lossy().into_owned();
    let failed = |e: corpus_text::Error| Error::from(e);
    let (mut documents, mut near, mut wire) = (0_u64, 0_u64, 0_u64);
    let mut copies = Copies::new();
    let mut marks = String::new();
    // Marks a document; false if it is to be left out.
    let mut keep = |document: &Document| {
        if let Some(mark) = copies.mark(document) {
            near += u64::from(mark.near.is_some());
            wire += u64::from(mark.wire.is_some());
            let _ = writeln!(marks, "{}", json!(mark));
            if without_copies && mark.near.is_some() {
                return false;
            }
        }
        documents += 1;
        true
    };
    let stem =
        if let Some(stem) = name.strip_suffix(".parquet") {
            let mut writer = corpus_text::table::ParquetWriter::create(output)?;
            each_document(job, without_text, |d| {
                if keep(&d) { writer.write(d).map_err(failed) } else { Ok(()) }
            })?;
            writer.commit()?;
            stem
        } else if let Some(stem) = name.strip_suffix(".jsonl").or_else(|| name.strip_suffix(".jsonl.zst")) {
            let mut writer = corpus_text::jsonl::JsonLinesWriter::create(output)?;
            each_document(job, without_text, |d| {
                if keep(&d) { writer.write(&d).map_err(failed) } else { Ok(()) }
            })?;
            writer.commit()?;
            stem
        } else {
            bail!("{}: end the name with .jsonl, .jsonl.zst or .parquet", output.display());
        };
    let beside = PathBuf::from(format!("{stem}.copies.jsonl"));
    write_whole(&beside, marks.as_bytes())?;
    printer.result(
        &json!({"documents": documents, "output": output, "near": near, "wire": wire, "copies": beside}),
        &format!(
            "{} articles in {}; marked in {}: {near} near-duplicates{}, {wire} texts of agencies",
            thousands(documents),
            output.display(),
            beside.display(),
            if without_copies { " (left out)" } else { "" }
        ),
    );
    Ok(())
}

/// Counts by month and by year.
#[derive(Default)]
struct Tally {
    articles: BTreeMap<String, u64>,
    words: BTreeMap<String, u64>,
}

impl Tally {
    fn add(&mut self, published: Option<&str>, words: u64) {
        let part = |end| published.and_then(|date| date.get(..end)).unwrap_or("undated").to_owned();
        *self.articles.entry(part(7)).or_default() += 1;
        *self.words.entry(part(4)).or_default() += words;
    }

    fn json(&self) -> Value {
        json!({"articles_per_month": self.articles, "words_per_year": self.words})
    }
}

fn stats(job: &Job, svg: Option<&Path>, printer: Printer) -> Result<()> {
    let mut tally = Tally::default();
    job.documents(|d| {
        tally.add(d.published.as_deref(), d.tokens);
        Ok(())
    })?;
    let mut what = "";
    if tally.articles.is_empty() {
        // A list without texts has counts of its own.
        what = ", as listed";
        job.listed(|listed| {
            tally.add(listed.article.published.as_deref(), listed.words.unwrap_or(0));
            Ok(())
        })?;
    }
    let mut pictures = Vec::new();
    if let Some(dir) = svg {
        let name = job.paper.name();
        for (file, title, counts) in [
            ("articles-per-month.svg", format!("{name}: articles per month{what}"), &tally.articles),
            ("words-per-year.svg", format!("{name}: words per year{what}"), &tally.words),
        ] {
            let path = dir.join(file);
            let picture =
                charts::bars(&title, counts).with_context(|| format!("drawing {}", path.display()))?;
            write_whole(&path, picture.as_bytes())?;
            pictures.push(path);
        }
    }
    let mut result = tally.json();
    result["listed_only"] = json!(!what.is_empty());
    result["pictures"] = json!(pictures);
    let drawing = format!(
        "Articles per month{what}\n{}\nWords per year{what}\n{}",
        charts::text_bars(&tally.articles),
        charts::text_bars(&tally.words)
    );
    printer.result(&result, &drawing);
    for path in &pictures {
        printer.talk(&format!("drawn: {}", path.display()));
    }
    Ok(())
}

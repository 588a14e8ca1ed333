//! The program `corpus-nyt`: list, download, extract, verify, export, stats.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand};
use corpus_fetch::console::Printer;
use corpus_nyt::papers::{Newspaper, paper};
use corpus_nyt::{Extracted, Job, extract, extract_general, warc};
use jiff::civil::Date;
use serde_json::json;

/// Newspapers as a corpus: lists, polite downloads, articles without what surrounds them.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  corpus-nyt extract page.html saved/*.html.gz --json\n  \
    corpus-nyt download --dir data --from 1987-01-01 --to 1987-01-31 --contact you@example.org --accept-terms\n  \
    corpus-nyt export --dir data --output articles.parquet\n\nExit: 0 done, 1 some items failed (listed), 2 could not run."
)]
struct Cli {
    /// JSON Lines on stdout.
    #[arg(long, global = true)]
    json: bool,
    /// Nothing but results and errors.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find articles in the paper's indexes.
    List(Live),
    /// Find articles and fetch their pages.
    Download(Live),
    /// Read articles from saved pages (HTML, gzipped or not, WARC).
    Extract {
        /// Files, or `-` for stdin.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Use the general extractor for every page.
        #[arg(long)]
        general: bool,
    },
    /// Check every stored page against its checksum.
    Verify(Stored),
    /// Write the stored articles as documents.
    Export {
        #[command(flatten)]
        stored: Stored,
        /// `.jsonl`, `.jsonl.zst` or `.parquet`.
        #[arg(long)]
        output: PathBuf,
    },
    /// Articles per month and words per year.
    Stats(Stored),
}

#[derive(Args)]
struct Stored {
    /// Download directory.
    #[arg(long, default_value = "data/raw/nyt")]
    dir: PathBuf,
    /// Which paper: nyt, guardian.
    #[arg(long, default_value = "nyt")]
    paper: String,
}

#[derive(Args)]
struct Live {
    #[command(flatten)]
    stored: Stored,
    /// First day.
    #[arg(long, default_value = "1987-01-01")]
    from: Date,
    /// Last day.
    #[arg(long)]
    to: Date,
    /// Your e-mail or web address, sent with each request.
    #[arg(long, default_value = "")]
    contact: String,
    /// You have read the paper's terms and have the right to go on.
    #[arg(long)]
    accept_terms: bool,
    /// A server on this machine that plays the paper's hosts.
    #[arg(long)]
    played_by: Option<String>,
    /// Seconds between requests; the paper's own pace if left out.
    #[arg(long)]
    pace: Option<f64>,
    /// End after so many pages.
    #[arg(long)]
    max_items: Option<u64>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let printer = Printer { json: cli.json, quiet: cli.quiet };
    match run(&cli.command, printer) {
        Ok(failed) => ExitCode::from(u8::from(failed)),
        Err(error) => {
            printer.error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Runs a command; tells whether some items failed.
fn run(command: &Command, printer: Printer) -> Result<bool> {
    match command {
        Command::List(live) => list(live, printer).map(|()| false),
        Command::Download(live) => download(live, printer),
        Command::Extract { files, general } => Ok(extract_files(files, *general, printer)),
        Command::Verify(stored) => verify(stored, printer),
        Command::Export { stored, output } => export(stored, output, printer).map(|()| false),
        Command::Stats(stored) => stats(stored, printer).map(|()| false),
    }
}

impl Stored {
    fn paper(&self) -> Result<&'static dyn Newspaper> {
        paper(&self.paper).with_context(|| format!("no paper called {:?}: nyt or guardian", self.paper))
    }

    fn job(&self) -> Result<Job> {
        if !self.dir.join("ledger.sqlite").exists() {
            bail!(
                "{}: no download here (no ledger.sqlite); run `corpus-nyt download --dir` first",
                self.dir.display()
            );
        }
        Ok(Job::new(self.paper()?, &self.dir, Date::MIN, Date::MAX))
    }
}

impl Live {
    fn job(&self) -> Result<Job> {
        let mut job = Job::new(self.stored.paper()?, &self.stored.dir, self.from, self.to);
        job.contact.clone_from(&self.contact);
        job.terms_accepted = self.accept_terms;
        job.played_by.clone_from(&self.played_by);
        job.max_items = self.max_items;
        if let Some(pace) = self.pace {
            job.pace = Duration::try_from_secs_f64(pace).with_context(|| format!("--pace {pace}"))?;
        }
        job.stop.on_ctrl_c()?;
        Ok(job)
    }
}

fn list(live: &Live, printer: Printer) -> Result<()> {
    let job = live.job()?;
    let found = job.collect()?;
    let estimate = corpus_fetch::Estimate::new(found.listed, job.pace);
    printer.result(
        &json!(found),
        &format!(
            "{} articles listed, {} new ({} index pages read); {estimate}",
            found.listed, found.new, found.index_pages
        ),
    );
    Ok(())
}

fn download(live: &Live, printer: Printer) -> Result<bool> {
    let job = live.job()?;
    let found = job.collect()?;
    printer.talk(&format!("{} articles listed, {} new", found.listed, found.new));
    let mut meter = printer.meter();
    let report = job.download(|progress| meter.show(progress))?;
    meter.finish();
    for (url, reason) in &report.failed {
        printer.talk(&format!("failed: {url}: {reason}"));
    }
    let others: u64 = report.not_articles.values().sum();
    printer.result(
        &json!(report),
        &format!(
            "{} articles, {others} other pages, {} failed, {} to come; {} requests",
            report.articles,
            report.failed.len(),
            report.pending + report.deferred,
            report.requests
        ),
    );
    if let Some(why) = &report.why {
        printer.talk(why);
    }
    Ok(!report.failed.is_empty() || report.deferred > 0)
}

fn extract_files(files: &[PathBuf], general: bool, printer: Printer) -> bool {
    let mut failed = false;
    for file in files {
        let outcome = pages(file).map(|pages| {
            for (url, charset, bytes) in pages {
                let page = if general {
                    extract_general(&corpus_text::decode(&bytes, charset.as_deref()).text, url.as_deref())
                } else {
                    extract(&bytes, url.as_deref(), charset.as_deref())
                };
                failed |= !show(file, url.as_deref(), &page, printer);
            }
        });
        if let Err(error) = outcome {
            failed = true;
            printer.error(&format!("{error:#}"));
        }
    }
    failed
}

type RawPage = (Option<String>, Option<String>, Vec<u8>);

/// The pages in a file: one of HTML, many of WARC.
fn pages(file: &Path) -> Result<Vec<RawPage>> {
    if file.to_str().is_some_and(|f| f.ends_with(".warc.gz")) {
        let records = warc::read_file(file)?;
        return Ok(records
            .into_iter()
            .filter(|r| r.kind == "response")
            .map(|r| (r.url, r.charset, r.body))
            .collect());
    }
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).context("stdin")?;
    } else {
        bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    }
    Ok(vec![(None, None, warc::unpacked(file, bytes)?)])
}

/// Shows one page's outcome; false if it is not an article.
fn show(file: &Path, url: Option<&str>, page: &Extracted, printer: Printer) -> bool {
    match page {
        Extracted::Article(a) => {
            let line = json!({"file": file, "url": a.url, "title": a.title, "authors": a.authors, "published": a.published,
                "updated": a.updated, "section": a.section, "kicker": a.kicker, "keywords": a.keywords, "language": a.language,
                "corrections": a.corrections, "parser": a.parser, "text": a.text()});
            let title = a.title.as_deref().unwrap_or("(no title)");
            let published = a.published.as_deref().unwrap_or("undated");
            printer
                .result(&line, &format!("{title}\n{} - {published}\n\n{}\n", a.authors.join(", "), a.text()));
            true
        }
        Extracted::NotArticle(kind) => {
            printer.result(&json!({"file": file, "url": url, "not_article": kind, "text": ""}), "");
            printer.talk(&format!("{}: not an article: {}", file.display(), kind.as_str()));
            false
        }
    }
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
    let mut documents = 0_u64;
    let failed = |e: corpus_text::Error| corpus_nyt::Error::from(e);
    if name.ends_with(".parquet") {
        let mut writer = corpus_text::table::ParquetWriter::create(output)?;
        job.documents(|d| {
            documents += 1;
            writer.write(d).map_err(failed)
        })?;
        writer.commit()?;
    } else if name.ends_with(".jsonl") || name.ends_with(".jsonl.zst") {
        let mut writer = corpus_text::jsonl::JsonLinesWriter::create(output)?;
        job.documents(|d| {
            documents += 1;
            writer.write(&d).map_err(failed)
        })?;
        writer.commit()?;
    } else {
        bail!("{}: end the name with .jsonl, .jsonl.zst or .parquet", output.display());
    }
    printer.result(
        &json!({"documents": documents, "output": output}),
        &format!("{documents} articles in {}", output.display()),
    );
    Ok(())
}

fn stats(stored: &Stored, printer: Printer) -> Result<()> {
    let mut months: BTreeMap<String, u64> = BTreeMap::new();
    let mut words: BTreeMap<String, u64> = BTreeMap::new();
    stored.job()?.documents(|d| {
        let date = d.published.unwrap_or_default();
        *months.entry(date.get(..7).unwrap_or("undated").to_owned()).or_default() += 1;
        *words.entry(date.get(..4).unwrap_or("undated").to_owned()).or_default() += d.tokens;
        Ok(())
    })?;
    let drawing = format!("Articles per month\n{}\nWords per year\n{}", bars(&months), bars(&words));
    printer.result(&json!({"articles_per_month": months, "words_per_year": words}), &drawing);
    Ok(())
}

/// A bar chart in text, 50 columns for the largest.
fn bars(counts: &BTreeMap<String, u64>) -> String {
    let most = counts.values().copied().max().unwrap_or(0).max(1);
    let bar = |(name, &n): (&String, &u64)| {
        format!("{name:>8} {:<50} {n}\n", "#".repeat((n * 50).div_ceil(most) as usize))
    };
    counts.iter().map(bar).collect::<Vec<_>>().concat()
}

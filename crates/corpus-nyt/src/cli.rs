//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Parser, Subcommand};
use corpus_nyt::Job;
use corpus_nyt::papers::{Newspaper, paper, papers};
use jiff::civil::Date;

const EXAMPLES: &str = "\
Examples:
  corpus-nyt extract page.html saved/ archive.warc.gz --json      # any page, no request
  corpus-nyt import --paper nyt saved/ 1987.warc.gz 1987-1.json    # licensed or saved material, no request
  corpus-nyt list --paper nyt --from 1987-01-01 --to 1987-12-31 --dry-run
  corpus-nyt list --paper nyt --from 1987-01-01 --to 1987-12-31 \\
      --live --contact you@example.org --accept-terms --api-key-file key.txt
  corpus-nyt download --paper guardian --from 2018-06-01 --to 2018-06-30 \\
      --live --contact you@example.org --accept-terms              # key in GUARDIAN_API_KEY
  corpus-nyt export --paper guardian --output guardian.parquet
  corpus-nyt stats --paper guardian --svg pictures/

The same command run again goes on where it was. Exit: 0 done, 1 some items failed (listed) or are to come, 2 could not run.";

const LIVE: &str = "\
Ways to the articles:
  By default the paper's interface for programs is asked, with a key of your own: the Archive API of The New York Times
  (a list of all articles since 1851, no text; 5 requests a minute, 500 a day) or The Guardian's Open Platform (full
  text; 1 a second, 500 a day). Budgets are kept over restarts; when a day's is spent, the program says when to run the
  same command again, or waits with --wait.
  With --pages, the articles' own pages are found by the paper's indexes and fetched: only where you have the right.
  Nothing is asked of the real hosts without --live, --contact and --accept-terms. robots.txt is obeyed.";

/// Newspapers as a corpus: lists, polite downloads, articles without what surrounds them.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// JSON Lines on stdout.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Nothing but results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Find the articles of some days.
    #[command(after_help = LIVE)]
    List(Wanted),
    /// Find the articles of some days and fetch them.
    #[command(after_help = LIVE)]
    Download(Wanted),
    /// Put saved or licensed material into the download directory: folders, HTML, WARC, JSON of the papers' interfaces.
    Import {
        #[command(flatten)]
        stored: Stored,
        /// Files and folders.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Read articles from saved material: folders, HTML, WARC, JSON of the papers' interfaces; gzipped or not.
    Extract {
        /// Files and folders, or `-` for stdin.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Use the general extractor for every page.
        #[arg(long)]
        general: bool,
    },
    /// Check every stored page and answer against its checksum.
    Verify(Stored),
    /// Write the stored articles as documents, and beside them the marks of near-duplicates and of agencies' texts.
    Export {
        #[command(flatten)]
        stored: Stored,
        #[command(flatten)]
        days: Days,
        /// `.jsonl`, `.jsonl.zst` or `.parquet`; the marks go to the same name with `.copies.jsonl`.
        #[arg(long)]
        output: PathBuf,
        /// Leave out articles that are near-duplicates of earlier ones.
        #[arg(long)]
        without_copies: bool,
        /// Also what only the paper's list knows, with an empty text.
        #[arg(long)]
        without_text: bool,
    },
    /// Articles per month and words per year, in text and as pictures.
    Stats {
        #[command(flatten)]
        stored: Stored,
        #[command(flatten)]
        days: Days,
        /// Draw `articles-per-month.svg` and `words-per-year.svg` into this folder.
        #[arg(long)]
        svg: Option<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct Stored {
    /// Which paper: nyt, guardian.
    #[arg(long, default_value = "nyt")]
    paper: String,
    /// Download directory [default: data/PAPER].
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Days {
    /// First day.
    #[arg(long)]
    from: Option<Date>,
    /// Last day.
    #[arg(long)]
    to: Option<Date>,
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Wanted {
    #[command(flatten)]
    stored: Stored,
    /// First day [default: that of the paper's first year].
    #[arg(long)]
    from: Option<Date>,
    /// Last day.
    #[arg(long)]
    to: Date,
    /// Only these sections, as they stand in addresses: `world`. May be given several times, or with commas.
    #[arg(long, value_delimiter = ',')]
    section: Vec<String>,
    /// Fetch the articles' own pages, found by the paper's indexes.
    #[arg(long)]
    pub(crate) pages: bool,
    /// With --pages: which of the paper's indexes to read (nyt: spiderbites, sitemap, xml; guardian: lists), or `api`
    /// for what its interface has listed. Default: all but `api`.
    #[arg(long, value_delimiter = ',', requires = "pages")]
    index: Vec<String>,
    /// Say how many requests it takes and how long, and make none.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask the real hosts.
    #[arg(long, conflicts_with = "played_by")]
    live: bool,
    /// Your e-mail or web address, sent with each request.
    #[arg(long)]
    contact: Option<String>,
    /// You have read the terms and have the right to go on.
    #[arg(long)]
    accept_terms: bool,
    /// A file that holds your key for the paper's interface. Else it is taken from `NYT_API_KEY` or `GUARDIAN_API_KEY`.
    #[arg(long)]
    api_key_file: Option<PathBuf>,
    /// When a day's budget is spent, wait for the next.
    #[arg(long)]
    wait: bool,
    /// A server on this machine (`http://127.0.0.1:PORT`) that plays the paper's hosts.
    #[arg(long)]
    played_by: Option<String>,
    /// Seconds between requests; the paper's own pace if left out.
    #[arg(long)]
    pace: Option<f64>,
    /// End after so many pages or answers.
    #[arg(long)]
    max_items: Option<u64>,
}

impl Stored {
    fn paper(&self) -> Result<&'static dyn Newspaper> {
        let known = || papers().iter().map(|paper| paper.id()).collect::<Vec<_>>().join(", ");
        paper(&self.paper)
            .with_context(|| format!("no paper called {:?}: it is one of {}", self.paper, known()))
    }

    /// A job on the directory, for all days.
    pub(crate) fn job(&self) -> Result<Job> {
        let paper = self.paper()?;
        let dir = self.dir.clone().unwrap_or_else(|| PathBuf::from("data").join(paper.id()));
        Ok(Job::new(paper, &dir, Date::MIN, Date::MAX))
    }

    /// The same where something was stored before.
    pub(crate) fn job_of_stored(&self) -> Result<Job> {
        let job = self.job()?;
        let has = |ledger: &str| job.dir.join(ledger).exists();
        ensure!(
            has("ledger.sqlite") || has("api/ledger.sqlite"),
            "{}: nothing is stored here (no ledger.sqlite); run `corpus-nyt download` or `import` with this --dir first",
            job.dir.display()
        );
        Ok(job)
    }
}

impl Days {
    pub(crate) fn choose(&self, job: &mut Job) {
        job.from = self.from.unwrap_or(job.from);
        job.to = self.to.unwrap_or(job.to);
    }
}

impl Wanted {
    pub(crate) fn job(&self) -> Result<Job> {
        let mut job = self.stored.job()?;
        job.from = match self.from {
            Some(day) => day,
            None => Date::new(job.paper.first_year(), 1, 1).context("the paper's first year")?,
        };
        job.to = self.to;
        job.sections.clone_from(&self.section);
        job.indexes = self.index.iter().filter(|id| *id != "api").cloned().collect();
        job.contact = self.contact.clone().unwrap_or_default();
        // Without --live no real host is asked, whatever else is given.
        job.terms_accepted = self.accept_terms && self.live;
        job.played_by.clone_from(&self.played_by);
        job.wait = self.wait;
        job.max_items = self.max_items;
        if let Some(pace) = self.pace {
            let pace = Duration::try_from_secs_f64(pace).with_context(|| format!("--pace {pace}"))?;
            job.pace = pace;
            job.api_pace = pace;
        }
        job.api_key = self.key(job.paper)?;
        job.stop.on_ctrl_c()?;
        Ok(job)
    }

    /// Whether articles are listed by the paper's interface.
    pub(crate) fn by_api(&self) -> bool {
        !self.pages || self.index.iter().any(|id| id == "api")
    }

    /// Whether the paper's indexes are read.
    pub(crate) fn by_indexes(&self) -> bool {
        self.pages && (self.index.is_empty() || self.index.iter().any(|id| id != "api"))
    }

    /// The key, from the file or the environment.
    #[expect(clippy::disallowed_methods, reason = "the one place of this program that reads the environment")]
    fn key(&self, paper: &dyn Newspaper) -> Result<Option<String>> {
        let Some(api) = paper.api() else { return Ok(None) };
        let key = match &self.api_key_file {
            Some(file) => {
                std::fs::read_to_string(file).with_context(|| format!("--api-key-file {}", file.display()))?
            }
            None => match std::env::var(api.key_variable) {
                Ok(key) => key,
                Err(_) => return Ok(None),
            },
        };
        let key = key.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            // What it is instead is nobody's business: it may be another secret.
            bail!("the key for the {} must be one word of plain characters", api.name);
        }
        Ok(Some(key.to_owned()))
    }
}

//! The command line.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};
use corpus_fetch::console::deadline;
use corpus_gutenberg::{Filter, Job, Keep, Source};

const EXAMPLES: &str = "\
Examples:
  corpus-gutenberg download --author \"jane austen\" --max-items 20 --contact you@example.org
  corpus-gutenberg download --contact you@example.org            # every English book, as the post did
  corpus-gutenberg download --tree /srv/gutenberg                # from a mirror on this machine
  corpus-gutenberg download --tree /srv/gutenberg --language en --years 1990..2005
  corpus-gutenberg clean 1342-0.zip pg11.txt --out books --explain
  corpus-gutenberg export --output books.parquet
  corpus-gutenberg stats --dir data/gutenberg --pictures pictures
  corpus-gutenberg search --title \"moby dick\"
  corpus-gutenberg search --catalogue rdf-files.tar.bz2 --rights copyrighted

The same command run again goes on where it was. Exit: 0 done, 1 some items failed (listed), 2 could not run.";

/// Project Gutenberg as a corpus: lists, polite downloads, books without headers and licences.
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
    /// Read the list of books, and say how long their download would take.
    List(Live),
    /// Read the list, fetch the books, unpack them, cut off headers and licences.
    #[command(after_help = EXAMPLES)]
    Download(Live),
    /// Cut header, licence and credits off files, zipped or not.
    Clean {
        /// Zips or texts.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Where to write `<stem>.txt`.
        #[arg(long)]
        out: PathBuf,
        /// Say what was cut, and why.
        #[arg(long)]
        explain: bool,
        /// Leave line ends as the file has them, instead of ending every line with a line feed.
        #[arg(long)]
        keep_line_ends: bool,
        /// Remove soft hyphens, which mark where a word might be divided.
        #[arg(long)]
        remove_soft_hyphens: bool,
    },
    /// Check every text against its checksum.
    Verify(Stored),
    /// Write the books as one corpus file, with a data card beside it.
    Export {
        #[command(flatten)]
        stored: Stored,
        /// `.parquet`, `.jsonl`, `.jsonl.zst`, or `.txt` for a sentence a line.
        #[arg(long)]
        output: PathBuf,
        /// Leave out each book that is a near-duplicate of an earlier one.
        #[arg(long)]
        unique: bool,
        /// What the catalogue knows better: `pg_catalog.csv`, `.csv.gz`, RDF records. That of the directory by default.
        #[arg(long)]
        catalogue: Option<PathBuf>,
    },
    /// Books, bytes, words, the laws of Zipf and Heaps, growth by year, duplicates; pictures of them.
    Stats {
        #[command(flatten)]
        stored: Stored,
        /// The catalogue whose growth is shown. That of the directory by default, else the books' own headers.
        #[arg(long)]
        catalogue: Option<PathBuf>,
        /// Where the pictures go; `stats` in the directory by default.
        #[arg(long)]
        pictures: Option<PathBuf>,
    },
    /// Search the catalogue, offline.
    Search {
        /// The catalogue: `pg_catalog.csv`, `.csv.gz`, an RDF record, a folder of them, or their `.tar.bz2`.
        #[arg(long, default_value = "data/gutenberg/pg_catalog.csv.gz")]
        catalogue: PathBuf,
        #[command(flatten)]
        filter: FilterArgs,
    },
}

#[derive(Args)]
pub(crate) struct Stored {
    /// Download directory.
    #[arg(long, default_value = "data/gutenberg")]
    pub(crate) dir: PathBuf,
}

impl Stored {
    pub(crate) fn job(&self) -> Result<Job> {
        ensure!(
            self.dir.join("ledger.sqlite").exists(),
            "{}: no download here (no ledger.sqlite); run `corpus-gutenberg download --dir` first",
            self.dir.display()
        );
        Ok(Job::new(&self.dir))
    }
}

#[derive(Args)]
pub(crate) struct FilterArgs {
    /// A language's code, as `en`.
    #[arg(long)]
    language: Option<String>,
    /// Words of the author's name.
    #[arg(long)]
    author: Option<String>,
    /// Words of the title.
    #[arg(long)]
    title: Option<String>,
    /// Words of the subjects.
    #[arg(long)]
    subject: Option<String>,
    /// Words of the bookshelf's name.
    #[arg(long)]
    bookshelf: Option<String>,
    /// A class of the Library of Congress, or how it begins, as `PR`.
    #[arg(long)]
    class: Option<String>,
    /// Words about the rights, as `"public domain"`; only RDF records have them.
    #[arg(long)]
    rights: Option<String>,
    /// Years of release, as `1990..2005`.
    #[arg(long, value_parser = years)]
    years: Option<RangeInclusive<u16>>,
    /// Numbers of books.
    #[arg(long, value_delimiter = ',')]
    ids: Option<Vec<u32>>,
}

impl FilterArgs {
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            language: self.language.clone(),
            author: self.author.clone(),
            title: self.title.clone(),
            subject: self.subject.clone(),
            bookshelf: self.bookshelf.clone(),
            class: self.class.clone(),
            rights: self.rights.clone(),
            years: self.years.clone(),
            ids: self.ids.as_ref().map(|ids| ids.iter().copied().collect()),
        }
    }
}

fn years(text: &str) -> Result<RangeInclusive<u16>, String> {
    let number =
        |part: &str| part.parse::<u16>().map_err(|_| format!("{part:?} is no year; write 1990..2005"));
    match text.split_once("..") {
        Some((from, to)) => Ok(number(from)?..=number(to)?),
        None => number(text).map(|year| year..=year),
    }
}

#[derive(Args)]
pub(crate) struct Live {
    #[command(flatten)]
    stored: Stored,
    /// Your e-mail or web address, sent with each request; needed for the real site.
    #[arg(long, default_value = "", hide_default_value = true)]
    contact: String,
    /// Take the list from the catalogue, though no filter is given.
    #[arg(long, conflicts_with = "tree")]
    catalogue: bool,
    /// Take books from a directory tree on this machine instead of the site.
    #[arg(long)]
    tree: Option<PathBuf>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Read the catalogue from here: `pg_catalog.csv`, `.csv.gz`, RDF records, their folder or `.tar.bz2`.
    #[arg(long)]
    catalogue_file: Option<PathBuf>,
    /// What is kept of a book in several forms: the best, or all, as the list of 2017 did.
    #[arg(long, value_enum, default_value = "best")]
    keep: KeepForms,
    /// As `--keep all`.
    #[arg(long, hide = true)]
    keep_all: bool,
    /// Read the list again, though it was read before.
    #[arg(long)]
    refresh: bool,
    /// Seconds between requests, a tenth more or less each time; 2 if not given.
    #[arg(long)]
    pace: Option<f64>,
    /// End after so many books.
    #[arg(long)]
    max_items: Option<u64>,
    /// End when so many bytes were fetched.
    #[arg(long)]
    max_bytes: Option<u64>,
    /// Begin no book after so many hours.
    #[arg(long)]
    hours: Option<f64>,
    /// Begin no book after this time: `06:30`, `2026-11-30 06:30` or `2026-11-30T06:30Z`.
    #[arg(long, value_name = "TIME", conflicts_with = "hours")]
    until: Option<String>,
    /// A server on this machine that plays the site.
    #[arg(long)]
    played_by: Option<String>,
}

/// [`Keep`], as the command line names it.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeepForms {
    Best,
    All,
}

impl Live {
    pub(crate) fn job(&self) -> Result<Job> {
        let filter = self.filter.filter();
        let mut job = Job::new(&self.stored.dir);
        job.source = match &self.tree {
            Some(root) => {
                job.tree_filter = filter;
                ensure!(root.is_dir(), "--tree {}: no such directory", root.display());
                Source::Tree(std::path::absolute(root)?)
            }
            None if self.catalogue || self.catalogue_file.is_some() || !filter.is_empty() => {
                Source::Catalogue(filter)
            }
            None => Source::Harvest,
        };
        job.catalogue_file.clone_from(&self.catalogue_file);
        job.keep = if self.keep_all || self.keep == KeepForms::All { Keep::All } else { Keep::Best };
        job.refresh = self.refresh;
        job.played_by.clone_from(&self.played_by);
        job.contact.clone_from(&self.contact);
        (job.max_items, job.max_bytes) = (self.max_items, self.max_bytes);
        let seconds =
            |name: &str, n: f64| Duration::try_from_secs_f64(n).with_context(|| format!("{name} {n}"));
        if let Some(pace) = self.pace {
            job.pace = seconds("--pace", pace)?;
        }
        #[expect(clippy::disallowed_methods, reason = "the user's own clock sets the end")]
        let now = SystemTime::now();
        if let Some(hours) = self.hours {
            job.until = Some(now + seconds("--hours", hours * 3600.0)?);
        }
        if let Some(text) = &self.until {
            job.until = Some(deadline(text, now).map_err(|error| anyhow!("--until: {error}"))?);
        }
        job.stop.on_ctrl_c()?;
        Ok(job)
    }
}

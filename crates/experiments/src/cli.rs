//! The command line: `reproduce-all`, `draw`, `compare`, `claims`, `post`.

use crate::context::{Mode, Settings};
use crate::definition;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, value_parser};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  experiments reproduce-all
  experiments reproduce-all --only iris --only xor --open
  experiments reproduce-all --mirror ../shared/real --out target/reproduce-mirror
  experiments reproduce-all --live --contact you@example.org --accept-terms --books 20
  experiments compare target/reproduce target/reproduce-mirror

Exit code: 0 every claim that ran holds; 1 one does not (the report is written all the same); 2 could not run.";

/// Runs every post of the blog and checks its claims.
#[derive(Debug, Parser)]
#[command(name = "experiments", version, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the posts, print the table of claims, write the report.
    #[command(after_help = EXAMPLES)]
    ReproduceAll(Reproduce),
    /// Draw the pages of a finished run once more, from its results.json and data files alone.
    Draw {
        /// The run's directory.
        run: PathBuf,
    },
    /// Show what changed between two runs.
    Compare {
        /// A run's directory or its results.json.
        a: PathBuf,
        /// Another.
        b: PathBuf,
    },
    /// Print the table of claims with what is expected, in Markdown.
    Claims {
        /// Only this post's.
        #[arg(value_parser = PossibleValuesParser::new(definition::ids()))]
        post: Option<String>,
    },
    /// Print a post's definition in Markdown: its question, method, findings, configuration, claims.
    Post {
        /// Which.
        #[arg(value_parser = PossibleValuesParser::new(definition::ids()))]
        post: String,
    },
}

/// The options of a run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Reproduce {
    /// Run only this post; may be given more than once.
    #[arg(long, value_name = "POST", value_parser = PossibleValuesParser::new(definition::ids()))]
    pub only: Vec<String>,
    /// Where the report and the data go.
    #[arg(long, value_name = "DIR", default_value = "target/reproduce")]
    pub out: PathBuf,
    /// The seed of everything random.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Worker threads [default: one a core]; no result depends on their number.
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    #[command(flatten)]
    mode: ModeArgs,
    /// The address that the real sites can write to; needed by --live.
    #[arg(long, value_name = "EMAIL", requires = "live")]
    pub contact: Option<String>,
    /// You have read the sites' terms and keep to them; needed by --live.
    #[arg(long, requires = "live")]
    pub accept_terms: bool,
    /// Take at most this many books.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub books: Option<u32>,
    /// Take at most this many articles.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub articles: Option<u32>,
    /// Open the report when it is done.
    #[arg(long)]
    pub open: bool,
    /// Also write report.html, the whole report in one file.
    #[arg(long)]
    pub bundle: bool,
    /// Train a million nets for the XOR sweep, instead of a hundred thousand.
    #[arg(long)]
    pub full: bool,
    /// Digits for the post mnist: a directory with the four files of MNIST [default: they are drawn].
    #[arg(long, value_name = "DIR")]
    pub digits: Option<PathBuf>,
    /// Print results.json on stdout instead of the table.
    #[arg(long)]
    pub json: bool,
    /// No progress on stderr.
    #[arg(long)]
    pub quiet: bool,
    /// The checked-out commit, for the record.
    #[arg(long, value_name = "HASH", default_value = "unknown")]
    pub commit: String,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct ModeArgs {
    /// Generated sites on loopback; the default.
    #[arg(long)]
    demo: bool,
    /// Real material in a directory shaped like ../shared/real, served on loopback.
    #[arg(long, value_name = "DIR")]
    mirror: Option<PathBuf>,
    /// The real sites, slowly; goes on where it stopped.
    #[arg(long, requires = "contact", requires = "accept_terms")]
    live: bool,
}

impl Reproduce {
    /// The options as a run takes them.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let mode = match (&self.mode.mirror, self.mode.live) {
            (Some(_), _) => Mode::Mirror,
            (None, true) => Mode::Live,
            (None, false) => Mode::Demo,
        };
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Settings {
            only: self.only.clone(),
            out: self.out.clone(),
            seed: self.seed,
            threads: self.threads.map_or_else(cores, usize::from),
            mode,
            mirror: self.mode.mirror.clone(),
            contact: self.contact.clone().unwrap_or_default(),
            n_books: self.books.map(|n| n as usize),
            n_articles: self.articles.map(|n| n as usize),
            full: self.full,
            digits: self.digits.clone(),
            commit: self.commit.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn a_live_run_wants_a_contact_and_the_users_word() {
        let parse = |rest: &[&str]| Cli::try_parse_from(["experiments", "reproduce-all"].iter().chain(rest));
        assert!(parse(&["--live"]).unwrap_err().to_string().contains("--contact"));
        assert!(parse(&["--live", "--contact", "a@example.org"]).is_err());
        assert!(parse(&["--live", "--contact", "a@example.org", "--accept-terms"]).is_ok());
        assert!(parse(&["--demo", "--mirror", "x"]).is_err());
    }
}

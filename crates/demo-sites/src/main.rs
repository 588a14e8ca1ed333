//! `demo-sites`: serves a generated site, or a mirror of real files, on loopback until it is stopped.

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use demo_sites::faults::{FaultPlan, Faulty};
use demo_sites::{Site, gutenberg, newspaper, serve_on};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Serves loopback sites of the shapes that a corpus tool meets.
#[derive(Parser)]
#[command(after_help = "Examples:\n  demo-sites gutenberg --port 8080\n  demo-sites gutenberg-mirror DIR")]
struct Arguments {
    /// The loopback port; 0 takes a free one.
    #[arg(long, default_value_t = 0, global = true)]
    port: u16,
    /// Let something go wrong at this share of the addresses, 0 to 1; of the library's, at its zips only.
    #[arg(long, default_value_t = 0.0, global = true)]
    faults: f64,
    #[command(subcommand)]
    site: SiteChoice,
}

#[derive(Subcommand)]
enum SiteChoice {
    /// Project Gutenberg's shape with generated books.
    Gutenberg {
        /// The same seed gives the same books.
        #[arg(long, default_value_t = 42)]
        seed: u64,
        /// Number of books.
        #[arg(long, default_value_t = 60)]
        books: usize,
        /// Sentences a book.
        #[arg(long, default_value_t = 400)]
        sentences: usize,
        /// Leave out the files that cannot be had.
        #[arg(long)]
        sound: bool,
    },
    /// Project Gutenberg's shape with the zips of a mirror directory.
    GutenbergMirror {
        /// The mirror tree, with its `pg_catalog.csv`.
        directory: PathBuf,
    },
    /// The New York Times' shape with generated articles; its Archive API wants the key `demo-key`.
    Newspaper {
        /// The same seed gives the same articles.
        #[arg(long, default_value_t = 42)]
        seed: u64,
        /// Articles a day, of fifteen days.
        #[arg(long, default_value_t = 10)]
        per_day: usize,
    },
    /// The Guardian's shape with generated articles; its search wants the key `demo-key`.
    Guardian {
        /// The same seed gives the same articles.
        #[arg(long, default_value_t = 42)]
        seed: u64,
        /// Articles a day, of eight days.
        #[arg(long, default_value_t = 10)]
        per_day: usize,
    },
    /// A newspaper's shape with saved pages.
    NewspaperMirror {
        /// The directory of `KEY.html.gz` files with their `ground-truth.json`.
        directory: PathBuf,
        /// Which keys: those that begin so.
        #[arg(long, default_value = "nyt-")]
        prefix: String,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let site: Arc<dyn Site> = match &arguments.site {
        SiteChoice::Gutenberg { seed, books, sentences, sound } => gutenberg::Demo::new(gutenberg::Config {
            seed: *seed,
            n_books: *books,
            n_sentences: *sentences,
            broken: !sound,
        }),
        SiteChoice::GutenbergMirror { directory } => gutenberg::Mirror::open(directory)?,
        SiteChoice::Newspaper { seed, per_day } => newspaper::Demo::new(newspaper::Config {
            seed: *seed,
            n_per_day: *per_day,
            ..newspaper::Config::default()
        }),
        SiteChoice::Guardian { seed, per_day } => newspaper::Guardian::new(newspaper::GuardianConfig {
            seed: *seed,
            n_per_day: *per_day,
            ..newspaper::GuardianConfig::default()
        }),
        SiteChoice::NewspaperMirror { directory, prefix } => newspaper::Mirror::open(directory, prefix)?,
    };
    // Some faults last. One at the first page of the library's list would leave nothing to show.
    let is_library =
        matches!(arguments.site, SiteChoice::Gutenberg { .. } | SiteChoice::GutenbergMirror { .. });
    let only_suffix = if is_library { ".zip".to_owned() } else { String::new() };
    let plan = FaultPlan { share: arguments.faults, only_suffix, ..FaultPlan::default() };
    let site: Arc<dyn Site> = if arguments.faults > 0.0 { Arc::new(Faulty::new(site, plan)) } else { site };
    let server = serve_on((Ipv4Addr::LOCALHOST, arguments.port).into(), site)
        .with_context(|| format!("cannot serve on port {}: choose another by --port", arguments.port))?;
    announce(&server.base_url());
    server.wait();
    Ok(())
}

/// The base URL on stdout, for the script that started the server.
#[expect(clippy::print_stdout, reason = "the one line of output")]
fn announce(base_url: &str) {
    println!("{base_url}");
}

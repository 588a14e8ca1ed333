//! `results.json`: the run's outcome, a contract with other programs.

use crate::claims::{Claim, Verdict};
use crate::context::{Mode, Settings};
use crate::machine::Machine;
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The version of this layout.
    pub schema: u32,
    /// The run's seed.
    pub seed: u64,
    /// Where the sites were.
    pub mode: Mode,
    /// What the run was asked for besides.
    #[serde(default)]
    pub config: Config,
    /// The machine; it may differ between two equal runs.
    pub machine: Machine,
    /// The posts that ran, in the order of the report.
    pub posts: Vec<Post>,
}

/// What a run was asked for, besides its seed and mode; places of the machine are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The posts asked for, or none for all.
    pub only: Vec<String>,
    /// The most books to take.
    pub books: Option<usize>,
    /// The most articles to take.
    pub articles: Option<usize>,
    /// Whether the sweep was the large one.
    pub full: bool,
    /// Whether real digits were given.
    pub digits: bool,
}

impl Config {
    /// The part of the settings that is kept.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            only: settings.only.clone(),
            books: settings.n_books,
            articles: settings.n_articles,
            full: settings.full,
            digits: settings.digits.is_some(),
        }
    }
}

/// One post's outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// The post's name.
    pub id: String,
    /// The post's title.
    pub title: String,
    /// The time it took; it may differ between two equal runs.
    pub seconds: f64,
    /// The configuration as its definition states it.
    #[serde(default)]
    pub config: serde_json::Value,
    /// The claims in the order of the page.
    pub claims: Vec<Claim>,
}

impl Results {
    /// Whether no claim that ran failed.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.count(Verdict::NotReproduced) == 0
    }

    /// The claims with this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.posts.iter().flat_map(|post| &post.claims).filter(|claim| claim.verdict == verdict).count()
    }

    /// Reads a run's results: the file itself, or the directory that it lies in.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or is of another layout; it is named.
    pub fn read(path: &Path) -> Result<Self> {
        let file = if path.is_dir() { path.join("results.json") } else { path.to_owned() };
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        serde_json::from_str(&text).with_context(|| format!("{}: not a run's results", file.display()))
    }

    /// The file's text.
    ///
    /// # Errors
    ///
    /// None in practice: every field can be written as JSON.
    pub fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

//! What a run was asked to do, and where its files lie.

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the posts' sites are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Generated sites on loopback.
    Demo,
    /// Real material from a directory, served on loopback.
    Mirror,
    /// The real sites.
    Live,
}

impl Mode {
    /// All three.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![Self::Demo, Self::Mirror, Self::Live]
    }

    /// The word used in files and on pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Mirror => "mirror",
            Self::Live => "live",
        }
    }
}

/// A run's settings; the command line fills in each of them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The posts asked for, or none for all.
    pub only: Vec<String>,
    /// Where the report and the data go.
    pub out: PathBuf,
    /// The seed of everything random.
    pub seed: u64,
    /// The worker threads; no result depends on their number.
    pub threads: usize,
    /// Where the sites are.
    pub mode: Mode,
    /// The directory of a mirror run.
    pub mirror: Option<PathBuf>,
    /// The address that a live run sends along with each request.
    pub contact: String,
    /// The most books to take.
    pub n_books: Option<usize>,
    /// The most articles to take.
    pub n_articles: Option<usize>,
    /// The large XOR sweep.
    pub full: bool,
    /// The directory with the files of MNIST.
    pub digits: Option<PathBuf>,
    /// The checked-out commit, for the record.
    pub commit: String,
}

/// A checked run: the directories exist and can be written.
#[derive(Debug, Clone)]
pub struct Context {
    /// What was asked for.
    pub settings: Settings,
    /// Whether to talk about progress on stderr.
    pub is_quiet: bool,
    data: PathBuf,
}

impl Context {
    /// Checks the mirror, makes the output directory and tries to write there.
    ///
    /// # Errors
    ///
    /// Where the mirror is no directory or the output directory cannot be written; both are named.
    pub fn new(settings: Settings, is_quiet: bool) -> Result<Self> {
        if let Some(mirror) = &settings.mirror {
            ensure!(
                mirror.is_dir(),
                "--mirror {}: no such directory; it must be shaped like ../shared/real",
                mirror.display()
            );
        }
        if let Some(digits) = &settings.digits {
            ensure!(
                digits.is_dir(),
                "--digits {}: no such directory; it must hold the four files of MNIST, and `cargo xtask digits` makes one",
                digits.display()
            );
        }
        let data = settings.out.join("data").join(data_name(&settings));
        let cannot =
            || format!("--out {}: cannot be written; choose another directory", settings.out.display());
        fs::create_dir_all(&data).with_context(cannot)?;
        tempfile::tempfile_in(&settings.out).with_context(cannot)?;
        Ok(Self { settings, is_quiet, data })
    }

    /// The directory of a level (`raw`, `text`, `corpus`, `vectors`) of this mode, seed and size.
    ///
    /// # Errors
    ///
    /// Where it cannot be made.
    pub fn level(&self, level: &str) -> Result<PathBuf> {
        let path = self.data.join(level);
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// The directory above the levels.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Says one line of progress.
    pub fn say(&self, line: &str) {
        if !self.is_quiet {
            eprintln!("{line}");
        }
    }
}

/// A name for the data of one kind of run, so that no run takes over another's books.
fn data_name(settings: &Settings) -> String {
    let size = |letter: &str, n: Option<usize>| n.map(|n| format!("-{n}{letter}")).unwrap_or_default();
    let sizes = size("books", settings.n_books) + &size("articles", settings.n_articles);
    match (settings.mode, &settings.mirror) {
        (Mode::Demo, _) => format!("demo-{}{sizes}", settings.seed),
        (Mode::Mirror, Some(mirror)) => {
            let path = fs::canonicalize(mirror).unwrap_or_else(|_| mirror.clone());
            format!("mirror-{:08x}{sizes}", fingerprint(path.to_string_lossy().as_bytes()))
        }
        // A live run goes on where it stopped, whatever it is limited to this time.
        _ => "live".to_owned(),
    }
}

/// FNV-1a in 32 bits: a short name for a path.
fn fingerprint(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            only: Vec::new(),
            out: PathBuf::new(),
            seed: 42,
            threads: 1,
            mode: Mode::Demo,
            mirror: None,
            contact: String::new(),
            n_books: None,
            n_articles: None,
            full: false,
            digits: None,
            commit: String::new(),
        }
    }

    #[test]
    fn runs_of_another_kind_keep_their_data_apart() {
        let demo = settings();
        let other_seed = Settings { seed: 43, ..settings() };
        let few = Settings { n_books: Some(9), ..settings() };
        let mirror = Settings { mode: Mode::Mirror, mirror: Some("/".into()), ..settings() };
        let names = [&demo, &other_seed, &few, &mirror].map(data_name);
        assert_eq!(names[0], "demo-42");
        let mut unique = names.to_vec();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 4);
    }
}

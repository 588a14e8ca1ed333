//! The one place where the program writes: results to stdout, talk to stderr.

use std::io::Write as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// Knows what may be shown.
#[derive(Clone, Copy)]
pub(crate) struct Printer {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Printer {
    /// A result: as a line of JSON, or for people.
    pub(crate) fn result(self, json: &Value, text: &str) {
        let mut out = std::io::stdout().lock();
        // A closed pipe (`| head`) is the reader's wish and no error of ours.
        let _ = if self.json {
            writeln!(out, "{json}")
        } else if text.is_empty() {
            Ok(())
        } else {
            writeln!(out, "{text}")
        };
    }

    /// Talk: progress, warnings.
    pub(crate) fn talk(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// What went wrong.
    #[expect(clippy::unused_self, reason = "all output goes through the printer")]
    pub(crate) fn error(self, text: &str) {
        let _ = writeln!(std::io::stderr(), "error: {text}");
    }

    /// A progress bar on a terminal; elsewhere and when quiet, nothing.
    pub(crate) fn bar(self, total: u64) -> ProgressBar {
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{pos}/{len} {wide_bar} {per_sec} {eta} left") {
            bar.set_style(style);
        }
        bar
    }
}

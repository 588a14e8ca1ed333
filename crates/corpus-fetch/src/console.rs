//! What the programs that fetch have in common: results to stdout, talk and progress to stderr.
//!
//! With the feature `console`.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

pub use crate::deadline::deadline;
use crate::download::Progress;
use crate::estimate::{human, thousands};

/// Off a terminal, progress is said this often.
const LINE_EVERY: Duration = Duration::from_mins(1);

/// Knows what may be shown.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    /// Results as JSON Lines.
    pub json: bool,
    /// Nothing but results and errors.
    pub quiet: bool,
}

impl Printer {
    /// A result: as a line of JSON, or for people, where there is anything to say to them.
    pub fn result(self, json: &Value, text: &str) {
        // A closed pipe (`| head`) is the reader's wish and no error of ours.
        let mut out = std::io::stdout().lock();
        let _ = match (self.json, text) {
            (true, _) => writeln!(out, "{json}"),
            (false, "") => Ok(()),
            (false, text) => writeln!(out, "{text}"),
        };
    }

    /// Talk: progress, warnings.
    pub fn talk(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// What went wrong.
    pub fn error(self, text: &str) {
        let _ = writeln!(std::io::stderr(), "error: {text}");
    }

    /// Progress: a bar on a terminal, a line a minute elsewhere.
    #[must_use]
    pub fn meter(self) -> Meter {
        let on_terminal = std::io::stderr().is_terminal() && !self.quiet;
        let target = if on_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{pos}/{len} {wide_bar} {msg}") {
            bar.set_style(style);
        }
        Meter { printer: self, bar, on_terminal, said: Instant::now() }
    }
}

/// Shows how far a download is.
#[derive(Debug)]
pub struct Meter {
    printer: Printer,
    bar: ProgressBar,
    on_terminal: bool,
    said: Instant,
}

impl Meter {
    /// Shows one step.
    pub fn show(&mut self, progress: &Progress) {
        let done = progress.completed + progress.failed + progress.deferred;
        let left = progress.remaining.map_or_else(|| "?".to_owned(), human);
        let rate = done as f64 / progress.elapsed.as_secs_f64().max(0.001);
        let message = format!("{rate:.1}/s, {} bytes, {left} left", thousands(progress.bytes));
        if self.on_terminal {
            self.bar.set_length(progress.total);
            self.bar.set_position(done);
            self.bar.set_message(message);
        } else if self.said.elapsed() >= LINE_EVERY {
            self.said = Instant::now();
            self.printer.talk(&format!("{done}/{} {message}", progress.total));
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

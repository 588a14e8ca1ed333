//! The one place where the program writes: results to stdout, talk to stderr.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use corpus_fetch::{Progress, human, thousands};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// Off a terminal, progress is said this often.
const LINE_EVERY: Duration = Duration::from_mins(1);

/// Knows what may be shown.
#[derive(Clone, Copy)]
pub(crate) struct Printer {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Printer {
    /// A result: as a line of JSON, or for people.
    pub(crate) fn result(self, json: &Value, text: &str) {
        // A closed pipe (`| head`) is the reader's wish and no error of ours.
        let mut out = std::io::stdout().lock();
        let _ = if self.json { writeln!(out, "{json}") } else { writeln!(out, "{text}") };
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

    /// Progress: a bar on a terminal, a line a minute elsewhere.
    pub(crate) fn meter(self) -> Meter {
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
pub(crate) struct Meter {
    printer: Printer,
    bar: ProgressBar,
    on_terminal: bool,
    said: Instant,
}

impl Meter {
    pub(crate) fn show(&mut self, progress: &Progress) {
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

    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

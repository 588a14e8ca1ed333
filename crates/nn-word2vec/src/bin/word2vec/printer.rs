//! The one place that writes to the terminal: results on stdout, talk on stderr.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nn_word2vec::Progress;

/// A line of the result. A closed pipe ends the program's interest in its reader, not the program.
pub(crate) fn result(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line of talk.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Progress of training: a bar on a terminal, otherwise a line a minute.
pub(crate) struct TrainingProgress {
    bar: Option<ProgressBar>,
    quiet: bool,
    minutes_told: u64,
}

impl TrainingProgress {
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) =
                ProgressStyle::with_template("{bar:30} {percent}% {per_sec} words, {eta} left {msg}")
            {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, quiet, minutes_told: 0 }
    }

    pub(crate) fn update(&mut self, p: &Progress) {
        if let Some(bar) = &self.bar {
            bar.set_length(p.words_total);
            bar.set_position(p.words_done);
            bar.set_message(format!("loss {:.3}", p.loss));
        } else if !self.quiet && p.elapsed.as_secs() / 60 > self.minutes_told {
            self.minutes_told = p.elapsed.as_secs() / 60;
            let done = p.words_done as f64 / p.words_total.max(1) as f64;
            let rate = p.words_done as f64 / p.elapsed.as_secs_f64();
            let left = p.elapsed.as_secs_f64() * (1.0 - done) / done;
            complain(&format!(
                "{:.1}% {rate:.0} words/s, {left:.0} s left, loss {:.3}",
                100.0 * done,
                p.loss
            ));
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

//! The second seam: time, and the flag that cuts a wait short.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::error::{Error, Kind, Result};

/// What the crate asks of time.
pub trait Clock: Send + Sync {
    /// Today's time, for deadlines, budgets and `Retry-After` dates.
    fn now(&self) -> SystemTime;
    /// Time since some fixed moment; never runs backwards. For pace.
    fn elapsed(&self) -> Duration;
    /// Waits.
    fn sleep(&self, wait: Duration);
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose [`Clock::elapsed`] counts from here.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the real time is read")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, wait: Duration) {
        std::thread::sleep(wait);
    }
}

/// A flag that asks work to end cleanly; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A flag that nobody has raised yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag: waits end, the item in flight is dropped, what is done is committed.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the flag is raised.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Raises the flag at Ctrl-C; at the second one the program ends at once with exit code 130.
    ///
    /// # Errors
    ///
    /// When the thread that waits for the signal cannot be started.
    pub fn on_ctrl_c(&self) -> Result<()> {
        let failed = |source| Error::new(Kind::Usage, "cannot listen for Ctrl-C").because(source);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let stop = self.clone();
        std::thread::Builder::new()
            .name("ctrl-c".into())
            .spawn(move || {
                runtime.block_on(async {
                    while tokio::signal::ctrl_c().await.is_ok() {
                        if stop.is_requested() {
                            leave_at_once();
                        }
                        stop.request();
                    }
                });
            })
            .map_err(failed)?;
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.is_requested() { Err(Error::new(Kind::Stopped, "interrupted")) } else { Ok(()) }
    }

    /// Waits in slices, so that a raised flag is seen within a tenth of a second.
    pub(crate) fn sleep(&self, clock: &dyn Clock, wait: Duration) -> Result<()> {
        let end = clock.elapsed() + wait;
        loop {
            self.check()?;
            let left = end.saturating_sub(clock.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            clock.sleep(left.min(Duration::from_millis(100)));
        }
    }
}

#[expect(clippy::exit, reason = "whoever presses Ctrl-C twice wants out now, and the ledger survives a kill")]
fn leave_at_once() -> ! {
    std::process::exit(130)
}

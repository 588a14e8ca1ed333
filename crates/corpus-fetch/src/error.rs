//! The crate's one error: a private kind, predicates to act on, a message that names the thing.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

/// An error of the caller's own, as the closure of [`download`](crate::download) may return it.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What this crate's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that could not be done, with the URL, path or key it concerns in its message.
///
/// Keys in URLs are replaced before a message is made.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<BoxError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The answer's status, and what the server asks us to wait.
    Status(u16, Option<Duration>),
    /// The connection failed, stalled or ended early.
    Network,
    /// robots.txt forbids the path.
    Robots,
    /// robots.txt could not be had: nothing of the host may be fetched.
    RobotsUnknown,
    /// The address is not one that the configuration allows, or no address at all.
    Address,
    /// The body is larger than the cap.
    TooLarge,
    /// The body cannot be decoded.
    Malformed,
    /// A budget of the host is spent; it has room again after this time.
    Budget(Duration),
    /// The server asks for a longer wait than the configuration allows.
    Wait(Duration),
    Stopped,
    Locked,
    /// The caller's arguments contradict themselves or the ledger.
    Usage,
    Files,
    Ledger,
    Caller,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn file(what: &str, path: &Path, source: io::Error) -> Self {
        Self::new(Kind::Files, format!("cannot {what} {}", path.display())).because(source)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The HTTP status, where the server answered with one that is no success.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            Kind::Status(status, _) => Some(status),
            _ => None,
        }
    }

    /// Whether the same request may succeed later: a network fault, 408, 425, 429 or 5xx.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            Kind::Status(status, _) => matches!(status, 408 | 425 | 429 | 500..=599),
            Kind::Network | Kind::RobotsUnknown | Kind::Budget(_) | Kind::Wait(_) => true,
            _ => false,
        }
    }

    /// Whether the item itself is the trouble and asking again would be pointless or impolite:
    /// any other status (401, 402 and 403 among them), a path that robots.txt forbids, a host or
    /// redirect that is not allowed, a body over the cap or one that cannot be decoded.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self.kind, Kind::Robots | Kind::Address | Kind::TooLarge | Kind::Malformed)
            || (self.status().is_some() && !self.is_transient())
    }

    /// Whether robots.txt is the reason: it forbids the path, or it could not be had.
    #[must_use]
    pub fn is_robots(&self) -> bool {
        matches!(self.kind, Kind::Robots | Kind::RobotsUnknown)
    }

    /// Whether the work was interrupted by its [`Stop`](crate::Stop).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.kind == Kind::Stopped
    }

    /// Whether a request budget is spent; [`Error::retry_after`] says when there is room again.
    #[must_use]
    pub fn is_budget(&self) -> bool {
        matches!(self.kind, Kind::Budget(_))
    }

    /// Whether another process holds the ledger.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.kind == Kind::Locked
    }

    /// How long to wait before asking again, where the server or a budget says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            Kind::Status(_, wait) => wait,
            Kind::Budget(wait) | Kind::Wait(wait) => Some(wait),
            _ => None,
        }
    }

    /// The message with every cause behind it, for a record in the ledger.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            let line = error.to_string();
            // Libraries often repeat their cause in their own message.
            if !text.contains(&line) {
                text.push_str(": ");
                text.push_str(&line);
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        Self::new(Kind::Ledger, "the ledger could not be read or written").because(source)
    }
}

//! What can go wrong: one error type, whose message names both sides of a mismatch.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a net, its data or its file was refused, or why a training stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Shape { what: String, expected: String, found: String },
    Input(String),
    Diverged { epoch: usize, what: String },
    File { path: PathBuf, message: String },
}

impl Error {
    pub(crate) fn shape(what: impl Into<String>, expected: impl fmt::Debug, found: impl fmt::Debug) -> Self {
        let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
        Self { kind: Kind::Shape { what: what.into(), expected, found } }
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self { kind: Kind::Input(message.into()) }
    }

    pub(crate) fn diverged(epoch: usize, what: impl Into<String>) -> Self {
        Self { kind: Kind::Diverged { epoch, what: what.into() } }
    }

    pub(crate) fn file(path: &Path, message: impl Into<String>) -> Self {
        Self { kind: Kind::File { path: path.to_owned(), message: message.into() } }
    }

    /// The same error, said of one layer.
    pub(crate) fn in_layer(self, n: usize) -> Self {
        Self::input(format!("layer {n}: {self}"))
    }

    /// The same error, of a training that was in this epoch.
    pub(crate) fn at_epoch(mut self, now: usize) -> Self {
        if let Kind::Diverged { epoch, .. } = &mut self.kind {
            *epoch = now;
        }
        self
    }

    /// True where two shapes do not go together.
    #[must_use]
    pub fn is_shape(&self) -> bool {
        matches!(self.kind, Kind::Shape { .. })
    }

    /// True where a value or a setting handed in cannot be used.
    #[must_use]
    pub fn is_input(&self) -> bool {
        matches!(self.kind, Kind::Input(_))
    }

    /// True where a training left the finite numbers; the epoch is in [`Error::epoch`].
    #[must_use]
    pub fn is_diverged(&self) -> bool {
        matches!(self.kind, Kind::Diverged { .. })
    }

    /// True where a file cannot be read or written, or does not hold what it should.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File { .. })
    }

    /// The epoch at which a training diverged.
    #[must_use]
    pub fn epoch(&self) -> Option<usize> {
        match self.kind {
            Kind::Diverged { epoch, .. } => Some(epoch),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Shape { what, expected, found } => write!(f, "{what}: expected {expected}, found {found}"),
            Kind::Input(message) => f.write_str(message),
            Kind::File { path, message } => write!(f, "{}: {message}", path.display()),
            Kind::Diverged { epoch, what } => write!(f, "diverged at epoch {epoch}: {what} is not finite"),
        }
    }
}

impl std::error::Error for Error {}

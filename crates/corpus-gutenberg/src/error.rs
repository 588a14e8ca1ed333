//! The crate's one error: what could not be done, and with which file, address or list.

use std::fmt;
use std::path::Path;

/// What went wrong. The message names the thing; [`source`](std::error::Error::source) has the cause.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    what: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    List,
    Archive { damaged: bool },
    Fetch,
    Text,
    Setting,
}

/// The crate's results.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn file(doing: &str, path: &Path, source: std::io::Error) -> Self {
        Self {
            kind: Kind::File,
            what: format!("cannot {doing} {}", path.display()),
            source: Some(Box::new(source)),
        }
    }

    pub(crate) fn list(what: impl Into<String>) -> Self {
        Self { kind: Kind::List, what: what.into(), source: None }
    }

    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self { kind: Kind::Archive { damaged: false }, what: what.into(), source: None }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self { kind: Kind::Archive { damaged: true }, what: what.into(), source: None }
    }

    pub(crate) fn setting(what: impl Into<String>) -> Self {
        Self { kind: Kind::Setting, what: what.into(), source: None }
    }

    /// A list could not be read, or is not one.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.kind == Kind::List
    }

    /// An archive was not accepted: hostile, encrypted, without a text, or damaged.
    #[must_use]
    pub fn is_archive(&self) -> bool {
        matches!(self.kind, Kind::Archive { .. })
    }

    /// An archive arrived damaged (cut off, wrong checksum): fetching it again may help.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.kind == Kind::Archive { damaged: true }
    }

    /// A setting makes no sense.
    #[must_use]
    pub fn is_setting(&self) -> bool {
        self.kind == Kind::Setting
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl From<corpus_fetch::Error> for Error {
    fn from(error: corpus_fetch::Error) -> Self {
        Self {
            kind: Kind::Fetch,
            what: error.to_string(),
            source: std::error::Error::source(&error).map(|e| e.to_string().into()),
        }
    }
}

impl From<corpus_text::Error> for Error {
    fn from(error: corpus_text::Error) -> Self {
        Self {
            kind: Kind::Text,
            what: error.to_string(),
            source: std::error::Error::source(&error).map(|e| e.to_string().into()),
        }
    }
}

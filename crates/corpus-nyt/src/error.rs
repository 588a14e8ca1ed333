//! What can go wrong at the crate's door.

use std::fmt;
use std::path::Path;

/// An error that names the address, the path or the option that it is about.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Usage,
    Terms,
    Fetch,
    File,
    Malformed,
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, message: message.into(), source: None }
    }

    pub(crate) fn terms(message: impl Into<String>) -> Self {
        Self { kind: Kind::Terms, message: message.into(), source: None }
    }

    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self { kind: Kind::File, message: path.display().to_string(), source: Some(Box::new(source)) }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self { kind: Kind::Malformed, message: message.into(), source: None }
    }

    pub(crate) fn from_box(source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self { kind: Kind::Fetch, message: String::new(), source: Some(source) }
    }

    /// The same error, with the file that it is about before it.
    #[must_use]
    pub fn within(mut self, file: &Path) -> Self {
        self.message = format!("{}: {}", file.display(), self.message);
        self
    }

    /// The options contradict each other or lack something.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        self.kind == Kind::Usage
    }

    /// A live run was asked for without contact or acknowledgement of the terms.
    #[must_use]
    pub fn is_terms(&self) -> bool {
        self.kind == Kind::Terms
    }

    /// A file could not be read or written.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// Foreign bytes were not what they should be.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        self.kind == Kind::Malformed
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) if !self.message.is_empty() => write!(f, ": {source}"),
            Some(source) => write!(f, "{source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<corpus_fetch::Error> for Error {
    fn from(source: corpus_fetch::Error) -> Self {
        Self { kind: Kind::Fetch, message: String::new(), source: Some(Box::new(source)) }
    }
}

impl From<corpus_text::Error> for Error {
    fn from(source: corpus_text::Error) -> Self {
        Self { kind: Kind::File, message: String::new(), source: Some(Box::new(source)) }
    }
}

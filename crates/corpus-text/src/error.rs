//! The crate's one error: which file or item, where in it, and what was wrong.

use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong, with the file and the place in it.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    place: Place,
}

#[derive(Debug)]
enum Kind {
    Io(std::io::Error),
    Json(serde_json::Error),
    Parquet(parquet::errors::ParquetError),
    Arrow(arrow_schema::ArrowError),
    /// A file that is readable but is not of the form it should have.
    Form(String),
}

/// Where it went wrong: a path, and for line formats the line, counted from one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    path: Option<PathBuf>,
    line: Option<u64>,
}

impl Place {
    pub(crate) fn file(path: &Path) -> Self {
        Self { path: Some(path.to_owned()), line: None }
    }

    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

impl Error {
    pub(crate) fn io(place: Place, source: std::io::Error) -> Self {
        Self { kind: Kind::Io(source), place }
    }

    pub(crate) fn json(place: Place, source: serde_json::Error) -> Self {
        Self { kind: Kind::Json(source), place }
    }

    pub(crate) fn parquet(place: Place, source: parquet::errors::ParquetError) -> Self {
        Self { kind: Kind::Parquet(source), place }
    }

    pub(crate) fn arrow(place: Place, source: arrow_schema::ArrowError) -> Self {
        Self { kind: Kind::Arrow(source), place }
    }

    pub(crate) fn form(place: Place, what: impl Into<String>) -> Self {
        Self { kind: Kind::Form(what.into()), place }
    }

    /// Whether the operating system refused (no space, no permission, no such file): the data are not at fault.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self.kind, Kind::Io(_))
    }

    /// Whether the file was readable but is not of the form that was asked for.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        !self.is_io()
    }

    /// The file concerned, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.place.path.as_deref()
    }

    /// The line concerned, counted from one, where the format has lines.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.place.line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.place.path {
            write!(f, "{}", path.display())?;
            if let Some(line) = self.place.line {
                write!(f, ", line {line}")?;
            }
            write!(f, ": ")?;
        }
        match &self.kind {
            Kind::Io(source) => write!(f, "{source}"),
            Kind::Json(source) => write!(f, "not a document in JSON: {source}"),
            Kind::Parquet(source) => write!(f, "not a readable Parquet file: {source}"),
            Kind::Arrow(source) => write!(f, "Parquet columns: {source}"),
            Kind::Form(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Io(source) => Some(source),
            Kind::Json(source) => Some(source),
            Kind::Parquet(source) => Some(source),
            Kind::Arrow(source) => Some(source),
            Kind::Form(_) => None,
        }
    }
}

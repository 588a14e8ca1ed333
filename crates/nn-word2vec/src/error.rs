//! The crate's one error: what a caller can act on, and a message that names the thing.

use std::fmt;
use std::path::Path;

/// Why reading, training or writing failed.
///
/// The message names the file (with its byte position where it is malformed) or the option at fault.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<std::io::Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Config,
    Corpus,
    Format,
    UnknownWord,
    Io,
}

impl Error {
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message.into())
    }

    pub(crate) fn corpus(message: impl Into<String>) -> Self {
        Self::new(Kind::Corpus, message.into())
    }

    pub(crate) fn format(message: impl Into<String>) -> Self {
        Self::new(Kind::Format, message.into())
    }

    pub(crate) fn unknown_word(word: &str) -> Self {
        Self::new(Kind::UnknownWord, format!("the word `{word}` is not in the vocabulary"))
    }

    /// A question that cannot be asked, such as an analogy of two words; counts as an option's error.
    #[must_use]
    pub fn question(message: impl Into<String>) -> Self {
        Self::config(message)
    }

    pub(crate) fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        let message = format!("{doing} {}", path.display());
        Self { kind: Kind::Io, message, source: Some(source) }
    }

    fn new(kind: Kind, message: String) -> Self {
        Self { kind, message, source: None }
    }

    /// An option is outside its range, or options contradict each other.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// The corpus holds nothing that could be trained on.
    #[must_use]
    pub fn is_corpus(&self) -> bool {
        self.kind == Kind::Corpus
    }

    /// A file of vectors, of words or of test items is malformed.
    #[must_use]
    pub fn is_format(&self) -> bool {
        self.kind == Kind::Format
    }

    /// A word that was asked for is not in the vocabulary.
    #[must_use]
    pub fn is_unknown_word(&self) -> bool {
        self.kind == Kind::UnknownWord
    }

    /// The operating system refused to read or write.
    #[must_use]
    pub fn is_io(&self) -> bool {
        self.kind == Kind::Io
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

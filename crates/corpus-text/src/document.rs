//! A document: one book or one article, its text and what is known about it.

use serde::{Deserialize, Serialize};

use crate::tokens::count_tokens;

/// One book or article. The field names are the columns of the Parquet file and the keys of a JSON line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// A key unique within its source: `1342`, `1987/01/01/article`.
    pub id: String,
    /// Where it comes from: `gutenberg`, `nyt`, `guardian`.
    pub source: String,
    /// The address it was fetched from.
    #[serde(default)]
    pub url: Option<String>,
    /// The title as its source states it.
    #[serde(default)]
    pub title: Option<String>,
    /// The authors' names, without "By".
    #[serde(default)]
    pub authors: Vec<String>,
    /// A language tag: `en`.
    #[serde(default)]
    pub language: Option<String>,
    /// An RFC 3339 date-time, or a date where only the day is stated.
    #[serde(default)]
    pub published: Option<String>,
    /// The newspaper's section, or the library's class.
    #[serde(default)]
    pub section: Option<String>,
    /// What the source says about copyright.
    #[serde(default)]
    pub rights: Option<String>,
    /// The text itself, UTF-8, lines ended by `\n`.
    pub text: String,
    /// How many [tokens](crate::tokens()) the text has.
    #[serde(default)]
    pub tokens: u64,
    /// The BLAKE3 hash of `text`, 64 hexadecimal digits.
    #[serde(default)]
    pub blake3: String,
}

impl Document {
    /// A document of this text, its tokens counted and its hash computed; the other fields are for the caller to
    /// fill.
    #[must_use]
    pub fn new(id: impl Into<String>, source: impl Into<String>, text: impl Into<String>) -> Self {
        let mut document = Self { id: id.into(), source: source.into(), ..Self::default() };
        document.set_text(text.into());
        document
    }

    /// Replaces the text, and with it the count of tokens and the hash.
    pub fn set_text(&mut self, text: String) {
        self.tokens = count_tokens(&text);
        self.blake3 = blake3::hash(text.as_bytes()).to_hex().to_string();
        self.text = text;
    }

    /// Whether the hash and the count of tokens are those of the text, as after an honest round trip.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.blake3 == blake3::hash(self.text.as_bytes()).to_hex().as_str()
            && self.tokens == count_tokens(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derived_fields_follow_the_text() {
        let mut document = Document::new("1", "test", "One two three.");
        assert_eq!(document.tokens, 3);
        assert!(document.is_consistent());
        document.text.push_str(" Four.");
        assert!(!document.is_consistent());
        let longer = std::mem::take(&mut document.text);
        document.set_text(longer);
        assert_eq!(document.tokens, 4);
        assert!(document.is_consistent());
    }

    #[test]
    fn a_line_with_the_least_fields_is_a_document() {
        let document: Document = serde_json::from_str(r#"{"id":"7","source":"s","text":"t"}"#).unwrap();
        assert_eq!((document.id.as_str(), document.title, document.authors.len()), ("7", None, 0));
    }
}

//! Text corpora: what a document is, how bytes become text, text becomes sentences and tokens, and how documents
//! are written and read. No network, no clock.
//!
//! In reading order:
//!
//! | module | what it does |
//! |---|---|
//! | [`document`] | [`Document`]: one book or article with its metadata |
//! | [`mod@decode`] | bytes to text by mark, validity, declaration, detection; line ends |
//! | [`mod@sentences`] | English prose to sentences |
//! | [`mod@tokens`] | a sentence to words between spaces |
//! | [`counts`] | word counts, Zipf's and Heaps' laws |
//! | [`near`] | near-duplicates by MinHash |
//! | [`jsonl`], [`table`], [`plain`] | documents as JSON Lines, as Parquet, as one sentence a line |
//! | [`whole`] | files that appear whole or not at all |

pub mod document;

pub mod decode;

pub mod sentences;

pub mod tokens;

pub mod counts;

pub mod near;

pub mod jsonl;

pub mod table;

pub mod plain;

pub mod whole;

mod error;

pub use decode::{Decoded, How, decode, normalise_lines};
pub use document::Document;
pub use error::Error;
pub use sentences::{Paragraphs, sentences};
pub use tokens::{TokenOptions, tokens};

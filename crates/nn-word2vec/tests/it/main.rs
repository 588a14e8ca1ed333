//! Training from the outside: the same bytes, the planted structure, the originals' ways, bad input.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod checkpoints;
mod cli;
mod gensim;
#[cfg(feature = "parquet")]
mod parquet;
mod same_bytes;
mod structure;

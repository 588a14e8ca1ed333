//! The crate from outside: nets, training, files, and the C library's stream.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod data;
mod files;
mod glibc;
mod gradients;
mod training;

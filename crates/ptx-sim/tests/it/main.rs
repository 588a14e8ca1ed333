//! The simulator on small programs and on the committed kernels.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::float_cmp, reason = "equal to the last bit is what is asked")]

mod cooperative;
mod launches;
mod mutants;
mod rules;
mod second_compiler;

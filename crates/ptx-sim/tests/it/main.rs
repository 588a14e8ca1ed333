//! The simulator on small programs and on the committed kernels.

mod mutants;
mod rules;

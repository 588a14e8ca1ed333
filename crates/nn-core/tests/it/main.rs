//! The crate from outside: nets, training, files, and the C library's stream.

mod glibc;
mod gradients;
mod training;

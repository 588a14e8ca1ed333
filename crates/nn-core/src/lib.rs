//! Dense neural nets that one can read, trust, and run fast.
//!
//! The reading copies come first: [`ten_lines`](mod@ten_lines) is the post `iris`, [`two_layer`] the
//! net of the posts `xor` and `iris-cuda`; [`wide`] runs the ten lines in numbers as wide as you
//! like. Every faster version agrees with them, exactly or at a tolerance that its tests state.
//!
//! Nothing here opens a socket, reads the clock or draws a random number that a seed did not fix.

#![allow(clippy::needless_pass_by_value, reason = "views of arrays travel by value, as slices do")]

pub mod activation;
pub mod data;
pub mod error;
pub mod file;
pub mod glibc_rand;
pub mod gradient_check;
pub mod hessian;
pub mod init;
pub mod iris;
pub mod loss;
pub mod net;
pub mod optimiser;
mod pass;
pub mod scalar;
mod simd;
pub mod statistics;
pub mod stream;
pub mod sweep;
mod symmetry;
pub mod ten_lines;
pub mod tiny;
pub mod train;
pub mod two_layer;
pub mod wide;
pub mod xor;

pub use activation::Activation;
pub use error::Error;
pub use glibc_rand::GlibcRand;
pub use gradient_check::gradient_check;
pub use init::Init;
pub use loss::Loss;
pub use net::{Dense, Net};
pub use optimiser::{Optimiser, Schedule};
pub use scalar::Scalar;
pub use simd::Simd;
pub use stream::Stream;
pub use symmetry::symmetry;
pub use train::{Data, Trainer, Training};
pub use two_layer::TwoLayer;

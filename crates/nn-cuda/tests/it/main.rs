//! The kernels through `cudarc`, on whichever device there is; `NN_CUDA_DRIVER` picks (`system`, or a simulator's path).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod bounds;
mod fused;
mod kernels;
mod leaks;
mod nets;
mod streams;
mod support;
mod training;

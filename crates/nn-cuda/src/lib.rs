#![doc = include_str!("../README.md")]

mod device;
pub mod driver;
mod engine;
mod error;
mod ffi;
mod forward;
mod fused;
pub mod kernels;
mod layout;
mod net;
mod pinned;
pub mod plain;
pub mod post;
mod ptx;
pub mod report;
mod trainer;
mod two_layer;

pub use device::{Buffer, Device};
pub use driver::Driver;
pub use engine::Execution;
pub use error::Error;
pub use fused::{Gradient, Precision};
pub use kernels::FitConfig;
pub use net::CudaNet;
pub use pinned::Pinned;
pub use trainer::CudaTrainer;
pub use two_layer::CudaTwoLayer;

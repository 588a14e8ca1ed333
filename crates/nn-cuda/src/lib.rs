#![doc = include_str!("../README.md")]

mod device;
pub mod driver;
mod error;
mod ffi;
pub mod kernels;
mod net;
pub mod plain;
pub mod post;
mod ptx;
pub mod report;

pub use device::{Buffer, Device};
pub use driver::Driver;
pub use error::Error;
pub use kernels::FitConfig;
pub use net::CudaNet;

#![doc = include_str!("../README.md")]

pub mod faults;
pub mod gutenberg;
pub mod newspaper;
mod server;

pub use server::{Logged, Reply, Request, Server, Site, serve, serve_on};

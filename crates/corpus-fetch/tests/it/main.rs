//! The crate from outside: simulated worlds, and real HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod downloads;
mod kills;
mod manners;
mod scale;
mod server;
mod simulation;

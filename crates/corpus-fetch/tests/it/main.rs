//! The crate from outside: simulated worlds, and real HTTP on loopback.

mod downloads;
mod kills;
mod manners;
mod scale;
mod server;
mod simulation;

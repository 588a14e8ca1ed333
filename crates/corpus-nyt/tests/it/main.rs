//! Integration tests: the whole way over loopback, the real pages, mutated pages.

mod apis;
mod generations;
mod imports;
mod keys;
mod kills;
mod memory;
mod mutations;
mod program;
mod real;
mod simulation;
mod warcio;
mod whole_way;

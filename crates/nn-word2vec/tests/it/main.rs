//! Training from the outside: the same bytes, the planted structure, the originals' ways, bad input.

mod same_bytes;
mod structure;

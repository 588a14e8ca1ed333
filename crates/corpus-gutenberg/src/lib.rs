//! Project Gutenberg.
pub mod strip;
pub struct Header;

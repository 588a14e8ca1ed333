//! A site of Project Gutenberg's shape: harvest pages, zips, robots.txt, catalogue.
//!
//! [`Demo`] serves generated books whose right answer is known; [`Mirror`] serves a directory of
//! real ones. Both are a [`Shelf`] of files behind the same pages.

mod books;
mod demo;
mod frame;
mod mirror;
mod planted;
mod shelf;

pub use demo::{BookTruth, Config, Demo, FileKind, FileTruth};
pub use mirror::Mirror;
pub use shelf::{LINKS_PER_PAGE, Shelf};

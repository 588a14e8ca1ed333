#![doc = include_str!("../README.md")]

mod book;
mod catalogue;
mod error;
mod harvest;
mod header;
mod job;
mod name;
pub mod strip;
pub mod unpack;

pub use book::{About, Book, clean, clean_with};
pub use catalogue::{Catalogue, Filter, Record};
pub use error::{Error, Result};
pub use harvest::{HarvestPage, read_harvest_page};
pub use header::Header;
pub use job::{Entry, Job, Listed, Report, Source};
pub use name::{Choice, Form, Keep, Link, Name, choose};
pub use strip::{Cut, Reason, Stripped};

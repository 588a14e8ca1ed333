#![doc = include_str!("../README.md")]

mod book;
mod catalogue;
mod document;
mod duplicates;
mod error;
mod folder;
mod harvest;
mod header;
mod import;
mod job;
mod name;
mod rdf;
mod shelf;
pub mod strip;
pub mod unpack;

pub use book::{About, Book, CleanOptions, Cleaned, Workbench, clean};
pub use catalogue::{Catalogue, Filter, Record};
pub use duplicates::{DuplicateFinder, Duplicates, Near};
pub use error::{Error, Result};
pub use folder::clean_files;
pub use harvest::{HarvestPage, read_harvest_page};
pub use header::{COPYRIGHTED, Header, PUBLIC_DOMAIN, release_year};
pub use job::{Entry, Job, Listed, Report, Source};
pub use name::{Choice, Form, Keep, Link, Name, choose};
pub use strip::{Cut, Reason, Stripped};

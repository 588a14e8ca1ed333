#![doc = include_str!("../README.md")]

mod html;

mod article;
mod dates;
mod names;

mod facts;

mod general;
mod kinds;

pub mod api;

pub mod papers;

mod extract;

mod nitf;

pub mod warc;

pub mod saved;

pub mod import;

pub mod copies;

mod error;
mod job;

pub use article::{Article, Extracted, NotArticle};
pub use error::Error;
pub use extract::{extract, extract_general, extract_str};
pub use job::{Answers, Collected, Imported, Job, Origin, Plan, Report, Seams, document};

#![doc = include_str!("../README.md")]

mod html;

mod article;
mod dates;
mod names;

mod facts;

mod general;
mod kinds;

pub mod papers;

mod extract;

pub mod warc;

mod error;
mod job;

pub mod import;

pub use article::{Article, Extracted, NotArticle};
pub use error::Error;
pub use extract::{extract, extract_general, extract_str};
pub use job::{Collected, Job, Report, document};

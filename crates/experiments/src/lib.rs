//! Runs every post from its source to checked claims, and writes the report.
//!
//! A post is a module in [`posts`] and a definition file; [`run::run`] runs them and judges what
//! they measured against the one table of claims in [`definition`]; [`report`] draws the pages from
//! `results.json` and from the data files that the posts wrote, and from nothing else.

pub mod claims;
pub mod cli;
pub mod compare;
pub mod context;
pub mod definition;
pub mod files;
pub mod machine;
pub mod posts;
pub mod report;
pub mod results;
pub mod run;

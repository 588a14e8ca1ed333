//! The Guardian.

mod api;
mod generations;
mod index;

use std::time::Duration;

use jiff::civil::Date;

use super::{Generation, Index, IndexPage, Newspaper, PageView, path_of};
use crate::Error;
use crate::api::Api;
use crate::article::Article;

/// The Guardian.
#[derive(Clone, Copy, Debug)]
pub struct Guardian;

impl Newspaper for Guardian {
    fn id(&self) -> &'static str {
        "guardian"
    }

    fn name(&self) -> &'static str {
        "The Guardian"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &[".theguardian.com", ".guardian.co.uk"]
    }

    fn first_year(&self) -> i16 {
        1999
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn terms(&self) -> &'static str {
        "The Guardian's terms and its robots.txt restrict automated collection of its pages and bar their use to train \
         models without consent. Its Open Platform serves full text to a developer key of your own and is the way for \
         programs; fetch pages only where you have the right."
    }

    fn api(&self) -> Option<&'static Api> {
        Some(&api::OPEN_PLATFORM)
    }

    fn indexes(&self) -> &'static [Index] {
        index::INDEXES
    }

    fn index_days(&self, url: &str) -> Option<(Date, Date)> {
        index::days(url)
    }

    fn read_index(&self, url: &str, text: &str, from: Date, to: Date) -> Result<IndexPage, Error> {
        index::read(url, text, from, to)
    }

    fn day_of(&self, url: &str) -> Option<Date> {
        index::day_in(path_of(url))
    }

    fn section_of(&self, url: &str) -> Option<String> {
        index::section_in(path_of(url))
    }

    fn generations(&self) -> &'static [Generation] {
        generations::GENERATIONS
    }

    fn amend(&self, page: &PageView<'_>, article: &mut Article) {
        generations::amend(page, article);
    }
}

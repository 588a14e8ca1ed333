//! The New York Times.

mod api;
mod generations;
mod index;

use std::time::Duration;

use jiff::civil::Date;

use super::{Generation, Index, IndexPage, Newspaper, PageView, path_of};
use crate::Error;
use crate::api::Api;
use crate::article::Article;

/// The New York Times, from 1987.
#[derive(Clone, Copy, Debug)]
pub struct NewYorkTimes;

impl Newspaper for NewYorkTimes {
    fn id(&self) -> &'static str {
        "nyt"
    }

    fn name(&self) -> &'static str {
        "The New York Times"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &[".nytimes.com"]
    }

    fn first_year(&self) -> i16 {
        1987
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn terms(&self) -> &'static str {
        "The New York Times' terms of service and its robots.txt bar automated collection of nytimes.com's pages, and \
         their use to train models, without written consent. Fetch pages only where you have that right; the Archive \
         API (a key of your own) lists all articles, and licensed or saved material is read by `import` and `extract` \
         without any request."
    }

    fn api(&self) -> Option<&'static Api> {
        Some(&api::ARCHIVE)
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

//! The New York Times.

mod index;
mod pages;

use std::time::Duration;

use jiff::civil::Date;

use super::{Generation, IndexPage, Newspaper, PageView};
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
        "The New York Times' terms of service and robots.txt bar automated collection of nytimes.com's pages without \
         written consent. The Archive API (a key of your own, 5 requests a minute, 500 a day) lists all articles; \
         licensed or saved material is read by `extract` without any request. Go on only where you have the right."
    }

    fn index_roots(&self, from: Date, to: Date) -> Vec<String> {
        index::roots(from, to)
    }

    fn read_index(&self, url: &str, html: &str, from: Date, to: Date) -> IndexPage {
        index::read(url, html, from, to)
    }

    fn generations(&self) -> &'static [Generation] {
        pages::GENERATIONS
    }

    fn amend(&self, page: &PageView<'_>, article: &mut Article) {
        pages::amend(page, article);
    }
}

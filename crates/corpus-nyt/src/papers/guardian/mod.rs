//! The Guardian.

mod index;
mod pages;

use std::time::Duration;

use jiff::civil::Date;

use super::{Generation, IndexPage, Newspaper, PageView};
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
        "The Guardian's Open Platform serves full text to a developer key of your own (1 request a second, 500 a day), \
         for non-commercial use; its website's terms and robots.txt restrict automated collection of pages."
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

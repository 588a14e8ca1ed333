//! 2014 to 2020: `itemprop=articleBody`, on accelerated pages too.

use super::{COMMON, COMPONENTS, ELEMENTS, live_blog};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "itemprop-1",
    roots: &[Mark { attribute: "itemprop", word: "articleBody" }],
    skip: &[COMMON, ELEMENTS, COMPONENTS, live_blog::SKIP, &[class("article__content__ad")]],
    tails: &[],
    headline: &[],
    byline: &[class("byline")],
    dateline: &[Mark { attribute: "itemprop", word: "datePublished" }, class("content__dateline")],
    corrections: &[],
};

//! 2014 to 2020, the accelerated pages that lack `itemprop`: `div.content__article-body`.

use super::{COMMON, COMPONENTS, ELEMENTS, live_blog};
use crate::papers::{Generation, class};

pub(super) const GENERATION: Generation = Generation {
    name: "content-1",
    roots: &[class("content__article-body")],
    skip: &[COMMON, ELEMENTS, COMPONENTS, live_blog::SKIP, &[class("article__content__ad")]],
    tails: &[],
    headline: &[],
    byline: &[class("byline")],
    dateline: &[class("content__dateline")],
    corrections: &[],
};

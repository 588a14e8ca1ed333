//! To about 2014: `#article-body-blocks`.

use super::{COMMON, ELEMENTS};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "blocks-1",
    roots: &[Mark { attribute: "id", word: "article-body-blocks" }],
    skip: &[COMMON, ELEMENTS],
    tails: &[],
    headline: &[],
    byline: &[class("byline")],
    dateline: &[Mark { attribute: "pubdate", word: "" }, class("publication")],
    corrections: &[],
};

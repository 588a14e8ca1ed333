//! The pages for telephones, to about 2014: each paragraph a `p.p-block`.

use super::{COMMON, TAILS};
use crate::papers::{Generation, class};

pub(super) const GENERATION: Generation = Generation {
    name: "mobile-1",
    roots: &[class("p-block")],
    skip: &[COMMON],
    tails: TAILS,
    headline: &[class("headline")],
    byline: &[class("byline")],
    dateline: &[class("date")],
    corrections: &[],
};

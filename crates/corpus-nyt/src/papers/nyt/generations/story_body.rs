//! 2014 to 2018: each paragraph a `p.story-body-text`, between them what is sold, related, and signed up for.

use super::{COMMON, GRAPHICS, TAILS};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "story-body-1",
    roots: &[class("story-body-text"), class("story-subheading")],
    skip: &[COMMON, GRAPHICS, SKIP],
    tails: TAILS,
    headline: &[class("headline"), Mark { attribute: "itemprop", word: "headline" }],
    byline: &[class("byline")],
    dateline: &[class("dateline")],
    corrections: &[],
};

/// Modules between the paragraphs.
pub(super) const SKIP: &[Mark] = &[
    class("supplemental"),
    class("story-footer"),
    class("story-meta"),
    class("newsletter-signup"),
    class("interactive-promo"),
    class("related-coverage"),
];

//! 2018, between two layouts: the text in columns of `div.StoryBodyCompanionColumn`, with no section around them.

use super::{COMMON, GRAPHICS, TAILS, section, story_body};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "companion-1",
    roots: &[class("StoryBodyCompanionColumn")],
    skip: &[COMMON, GRAPHICS, section::SKIP, story_body::SKIP],
    tails: TAILS,
    headline: &[Mark { attribute: "itemprop", word: "headline" }],
    byline: &[],
    dateline: &[],
    corrections: &[],
};

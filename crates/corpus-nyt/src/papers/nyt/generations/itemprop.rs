//! Pages that mark their text by schema.org's name only: `itemprop=articleBody`, of any year.

use super::{COMMON, GRAPHICS, TAILS, article_body, section, story_body};
use crate::papers::{Generation, Mark};

pub(super) const GENERATION: Generation = Generation {
    name: "itemprop-1",
    roots: &[Mark { attribute: "itemprop", word: "articleBody" }],
    skip: &[COMMON, GRAPHICS, article_body::SKIP, story_body::SKIP, section::SKIP],
    tails: TAILS,
    headline: &[Mark { attribute: "itemprop", word: "headline" }],
    byline: &[],
    dateline: &[],
    corrections: &[],
};

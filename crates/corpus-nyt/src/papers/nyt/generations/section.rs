//! Since 2018: `section[name=articleBody]`, with JSON-LD beside it.
//!
//! The class names around it change with every build; the section's name does not.

use super::{COMMON, GRAPHICS, TAILS, story_body};
use crate::papers::{Generation, Mark};

pub(super) const GENERATION: Generation = Generation {
    name: "section-1",
    roots: &[Mark { attribute: "name", word: "articleBody" }],
    skip: &[COMMON, GRAPHICS, SKIP, story_body::SKIP],
    tails: TAILS,
    headline: &[
        Mark { attribute: "data-testid", word: "headline" },
        Mark { attribute: "itemprop", word: "headline" },
    ],
    byline: &[],
    dateline: &[],
    corrections: &[],
};

/// The box that asks to log in, what stands beside the columns, and pictures that open over the page.
pub(super) const SKIP: &[Mark] = &[
    Mark { attribute: "id", word: "gateway-content" },
    Mark { attribute: "role", word: "complementary" },
    Mark { attribute: "data-testid", word: "photoviewer-wrapper" },
];

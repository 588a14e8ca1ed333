//! To about 2013: `div.articleBody`, several of them on a page, with boxes set into the text.

use super::{COMMON, GRAPHICS, TAILS};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "article-body-1",
    roots: &[class("articleBody"), Mark { attribute: "id", word: "articleBody" }],
    skip: &[COMMON, GRAPHICS, SKIP],
    tails: TAILS,
    headline: &[class("articleHeadline"), Mark { attribute: "itemprop", word: "headline" }],
    byline: &[class("byline"), Mark { attribute: "id", word: "byline" }],
    dateline: &[class("dateline"), class("date")],
    corrections: CORRECTIONS,
};

/// Boxes set into the text, and the notes after it.
pub(super) const SKIP: &[Mark] = &[
    class("articleInline"),
    class("inlineModule"),
    class("authorIdentification"),
    class("articleCorrection"),
];

/// Corrections stand in the text's own element, and are told apart there.
const CORRECTIONS: &[Mark] = &[class("articleCorrection")];

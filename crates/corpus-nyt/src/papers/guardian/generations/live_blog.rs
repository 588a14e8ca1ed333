//! Live blogs: the text in blocks, each with its time, the newest on top.

use super::{COMMON, COMPONENTS, ELEMENTS};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "live-blog-1",
    roots: &[class("js-liveblog-body"), Mark { attribute: "id", word: "liveblog-body" }],
    skip: &[COMMON, ELEMENTS, COMPONENTS, SKIP],
    tails: &[],
    headline: &[],
    byline: &[],
    dateline: &[],
    corrections: &[],
};

/// What each block is framed with.
pub(super) const SKIP: &[Mark] = &[class("block-time"), class("block-share")];

//! The blogs, 2006 to about 2014, made with `WordPress`: `.entry-content`.

use super::{COMMON, GRAPHICS, article_body};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "blog-1",
    roots: &[class("entry-content")],
    skip: &[COMMON, GRAPHICS, SKIP, article_body::SKIP],
    // A blogger's last line is the blogger's own.
    tails: &[],
    headline: &[class("entry-title")],
    byline: &[class("byline")],
    dateline: &[class("date")],
    corrections: &[],
};

/// Pictures by their width, with their captions, and what was filed about the entry.
const SKIP: &[Mark] = &[class("wp-caption"), class("w480"), class("w190"), class("entry-meta")];

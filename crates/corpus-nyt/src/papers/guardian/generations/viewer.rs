//! Since 2020: `div.article-body-viewer-selector`; the other class names change with every build.

use super::{COMMON, COMPONENTS, ELEMENTS};
use crate::papers::{Generation, Mark, class};

pub(super) const GENERATION: Generation = Generation {
    name: "viewer-1",
    roots: &[class("article-body-viewer-selector"), class("article-body-commercial-selector")],
    skip: &[COMMON, ELEMENTS, COMPONENTS],
    tails: &[],
    headline: &[],
    byline: &[],
    dateline: &[Mark { attribute: "data-gu-name", word: "dateline" }],
    corrections: &[],
};

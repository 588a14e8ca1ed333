//! Lists of other articles.

use super::names::calls_itself_body;
use super::sums::Sums;
use crate::html::{Block, Dom, Tag};

/// Lists of other articles: each entry has a title that is a link, and perhaps the first lines.
///
/// An element is such a list if most of what it holds are three or more entries like that, unless it is the page.
pub(super) fn teasers(dom: &Dom<'_>, sums: &Sums, blocks: &[Block]) -> Vec<bool> {
    // A title is the first block of its entry, or the second after a picture's line or a section's name.
    let (mut titled, mut seen) = (vec![false; dom.len()], vec![0_u8; dom.len()]);
    for block in blocks {
        for id in std::iter::once(block.node).chain(dom.ancestors(block.node)) {
            let seen = &mut seen[id.index()];
            if *seen < 2 {
                *seen += 1;
                titled[id.index()] |= block.leads >= TITLE_MIN;
            }
        }
    }
    let mut lists = vec![false; dom.len()];
    for id in dom.ids() {
        if sums.links[id.index()] + sums.blocks[id.index()] < 3
            || sums.mass[id.index()] * 100 > sums.mass[0] * TEASERS_SHARE
        {
            continue;
        }
        let (mut entries, mut others) = (0, 0);
        for child in dom.children(id).filter(|child| sums.blocks[child.index()] > 0) {
            let is_entry = titled[child.index()]
                && sums.mass[child.index()] < ENTRY_MAX
                && !matches!(dom.tag(child), Tag::P | Tag::Text | Tag::A);
            if is_entry { entries += 1 } else { others += usize::from(sums.mass[child.index()] > 0) }
        }
        lists[id.index()] = entries >= 3 && entries > 2 * others && !calls_itself_body(dom, id);
    }
    lists
}

/// A link of so many bytes at the beginning of a block may be another article's title.
const TITLE_MIN: usize = 25;

/// An entry of a list of other articles weighs less.
const ENTRY_MAX: usize = 700;

/// What holds more than this share of the page's text is not beside the text, in percent.
const TEASERS_SHARE: usize = 60;

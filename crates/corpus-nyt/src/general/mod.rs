//! The general extractor: what is no text by name is left out, then one root, what goes on beside it, and its blocks
//! one by one.
//!
//! The rules hold no site's names. They were found on labelled pages of many sites and on pages that other
//! extractors are tested with; a choice of one root and then of its blocks is how far such rules carry: the best
//! subtree alone loses what stands beside it, and blocks judged alone let in every teaser.

mod keeps;
mod names;
mod region;
mod root;
mod sums;
mod tails;
mod teasers;

use crate::facts::Facts;
use crate::html::{Block, Blocks, Dom, Tag};

use keeps::{Rows, keeps, titles};
use names::{Named, is_hidden, is_outside, named};
use region::Region;
use root::root_of;
use sums::Sums;
use tails::without_tails;
use teasers::teasers;

/// The text's paragraphs.
pub(crate) fn paragraphs(dom: &Dom<'_>, facts: &Facts) -> Vec<String> {
    let body = dom.find(|dom, id| dom.tag(id) == Tag::Body).unwrap_or(Dom::root());
    let blocks =
        without_junk(dom, Blocks::collect(dom, body, |dom, id| is_outside(dom, id) || is_hidden(dom, id)));
    let found = text_of(dom, facts, blocks);
    if !found.is_empty() {
        return found;
    }
    // A page with a few words only, or one that shows its text by a script: whatever is no link.
    let all = || Blocks::collect(dom, body, is_outside);
    let found = text_of(dom, facts, without_junk(dom, all()));
    if !found.is_empty() {
        return found;
    }
    all().into_iter().filter(|block| block.linked * 2 < block.text.len()).map(|block| block.text).collect()
}

/// The paragraphs among these blocks.
fn text_of(dom: &Dom<'_>, facts: &Facts, blocks: Vec<Block>) -> Vec<String> {
    let sums = Sums::of(dom, &blocks);
    let Some(root) = root_of(dom, &sums.mass, &blocks) else { return Vec::new() };
    let region = Region::around(dom, &sums, root);
    let inside: Vec<Block> = blocks.into_iter().filter(|block| region.holds(dom, block)).collect();
    let rows = Rows::of(dom, &inside);
    let inside = without_tails(dom, &region, inside);
    let titles = titles(dom, &inside);
    let kept = inside
        .into_iter()
        .zip(titles)
        .filter(|(block, is_title)| *is_title || keeps(dom, facts, &rows, block));
    kept.map(|(block, _)| block.text).collect()
}

/// The blocks without those in parts that their names mark as no text.
fn without_junk(dom: &Dom<'_>, mut blocks: Vec<Block>) -> Vec<Block> {
    let sums = Sums::of(dom, &blocks);
    let mass = &sums.mass;
    let teasers = teasers(dom, &sums, &blocks);
    let mut junk = vec![false; dom.len()];
    for id in dom.ids() {
        // An element without blocks has nothing to leave out.
        if sums.blocks[id.index()] == 0 {
            continue;
        }
        let above = dom.parent(id).is_some_and(|parent| junk[parent.index()]);
        let is_below = |share: usize| mass[id.index()] * 100 <= mass[0] * share;
        let is_junk = || match named(dom, id) {
            Named::Nothing => false,
            Named::Junk => is_below(JUNK_SHARE),
            Named::Beside => is_below(BESIDE_SHARE),
        };
        junk[id.index()] = above || teasers[id.index()] || is_junk();
    }
    blocks.retain(|block| !junk[block.node.index()]);
    blocks
}

/// A part with a junk name is left out only if it holds less than this share of the page's text, in percent.
const JUNK_SHARE: usize = 25;

/// The same for those.
const BESIDE_SHARE: usize = 80;

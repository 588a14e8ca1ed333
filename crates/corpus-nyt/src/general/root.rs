//! The element that holds the text.

use super::names::calls_itself_body;
use super::sums::weight;
use crate::html::{Block, BlockKind, Dom, NodeId, Tag};

/// The element that holds the text.
///
/// The page may name it. Otherwise it is the smallest that holds most of the page's text; but where the longest run of
/// paragraphs side by side is not in it (many comments outweigh an article, each in a box of its own), that run's.
pub(super) fn root_of(dom: &Dom<'_>, mass: &[usize], blocks: &[Block]) -> Option<NodeId> {
    if mass[0] == 0 {
        return None;
    }
    let named =
        |id: &NodeId| dom.attr(*id, "itemprop") == Some("articleBody") && mass[id.index()] > NAMED_MIN;
    if let Some(named) = dom.ids().find(named) {
        return Some(named);
    }
    let root = heaviest_below(dom, mass, Dom::root());
    let is_within = |id: NodeId, above: NodeId| id == above || dom.is_within(id, above);
    let weighs = |id: NodeId, share: usize| mass[id.index()] * 100 >= mass[root.index()] * share;
    let run = longest_run(dom, blocks).filter(|&run| !is_within(run, root) && weighs(run, RUN_SHARE));
    let root = run.unwrap_or(root);
    // Many comments outweigh a short article, but they do not call themselves its body.
    let is_alone = dom.ids().filter(|&id| dom.tag(id) == Tag::Article).nth(1).is_none();
    let called = dom
        .ids()
        .filter(|&id| mass[id.index()] >= NAMED_MIN && weighs(id, CALLED_SHARE))
        .filter(|&id| (is_alone && dom.tag(id) == Tag::Article) || calls_itself_body(dom, id))
        .max_by_key(|&id| (calls_itself_body(dom, id), mass[id.index()], std::cmp::Reverse(id)));
    match called {
        Some(called) if !is_within(root, called) && !is_within(called, root) => {
            Some(heaviest_below(dom, mass, called))
        }
        _ => Some(root),
    }
}

/// The smallest element that holds most of what its holder weighs, and so on down from here.
fn heaviest_below(dom: &Dom<'_>, mass: &[usize], from: NodeId) -> NodeId {
    let mut root = from;
    while let Some(heaviest) = dom.children(root).max_by_key(|c| mass[c.index()])
        && mass[heaviest.index()] * 100 >= mass[root.index()] * 60
        && mass[heaviest.index()] > 0
        && dom.tag(heaviest) != Tag::P
    {
        root = heaviest;
    }
    root
}

/// What calls itself an article's body is it, if it weighs at least this share of what was found, in percent.
const CALLED_SHARE: usize = 10;

/// A run of paragraphs elsewhere is the article only if it weighs at least this share of what was found, in percent.
const RUN_SHARE: usize = 25;

/// An element that calls itself the article's body and weighs less is an excerpt.
const NAMED_MIN: usize = 200;

/// The first element whose own paragraphs weigh nearly as much as those of any other.
fn longest_run(dom: &Dom<'_>, blocks: &[Block]) -> Option<NodeId> {
    let mut own = vec![0_usize; dom.len()];
    for block in blocks.iter().filter(|block| block.kind == BlockKind::Paragraph) {
        if let Some(parent) = dom.parent(block.node) {
            own[parent.index()] += weight(block);
        }
    }
    let most = own.iter().copied().max().filter(|most| *most > 0)?;
    dom.ids().find(|id| own[id.index()] * 10 >= most * 7)
}

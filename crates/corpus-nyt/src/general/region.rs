//! What goes on beside the root.

use super::sums::Sums;
use crate::html::{Block, Dom, NodeId, Tag};

/// The parts of a page that hold the text: the root, and what goes on beside it.
///
/// Pages cut an article into sections, or set its first paragraph or its columns apart. So at each level above the
/// root those parts are taken in that weigh a good deal of it, or are made as the part that holds the root is.
pub(super) struct Region {
    pub(super) parts: Vec<bool>,
    /// Elements whose loose text, between the parts, belongs to it.
    pub(super) loose: Vec<bool>,
}

/// A part beside the root goes on with its text if it weighs this share of the root's, in percent.
const BESIDE_ROOT: usize = 20;

/// A single paragraph beside the root belongs to it from so many bytes.
const PARAGRAPH_BESIDE: usize = 80;

impl Region {
    pub(super) fn around(dom: &Dom<'_>, sums: &Sums, root: NodeId) -> Self {
        let mut region = Self { parts: vec![false; dom.len()], loose: vec![false; dom.len()] };
        region.parts[root.index()] = true;
        let mut within = root;
        let root_mass = sums.mass[root.index()];
        while !matches!(dom.tag(within), Tag::Article | Tag::Main | Tag::Body)
            && dom.attr(within, "itemprop") != Some("articleBody")
            && let Some(above) = dom.parent(within)
        {
            let class = dom.attr(within, "class").filter(|class| !class.is_empty());
            let is_made_as_within = |part: NodeId| {
                class.is_some() && dom.tag(part) == dom.tag(within) && dom.attr(part, "class") == class
            };
            let goes_on = |part: NodeId| {
                let mass = sums.mass[part.index()];
                mass > 0
                    && sums.is_unlinked(part)
                    && (mass * 100 >= root_mass * BESIDE_ROOT
                        || (mass >= PARAGRAPH_BESIDE
                            && (dom.tag(part) == Tag::P || (within == root && sums.is_prose(part))))
                        || is_made_as_within(part))
            };
            let children: Vec<NodeId> = dom.children(above).collect();
            let taken: Vec<bool> = children.iter().map(|&c| c == within || goes_on(c)).collect();
            // What stands between two parts of a text is part of it: headings, lists, short lines.
            let first = taken.iter().position(|t| *t).unwrap_or_default();
            let last = taken.iter().rposition(|t| *t).unwrap_or_default();
            if first < last {
                for (n, &child) in children.iter().enumerate().take(last + 1).skip(first) {
                    let is_between = sums.mass[child.index()] == 0 && sums.is_unlinked(child);
                    if child != within && (taken[n] || is_between) {
                        region.parts[child.index()] = true;
                    }
                }
                region.loose[above.index()] = true;
            }
            within = above;
        }
        region
    }

    pub(super) fn holds(&self, dom: &Dom<'_>, block: &Block) -> bool {
        self.loose[block.node.index()]
            || std::iter::once(block.node).chain(dom.ancestors(block.node)).any(|id| self.parts[id.index()])
    }
}

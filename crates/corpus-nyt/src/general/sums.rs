//! How much text lies where: sums over the blocks below each node.

use crate::html::{Block, BlockKind, Dom, NodeId};

/// Bytes of a block that speak for an article.
pub(super) fn weight(block: &Block) -> usize {
    let own = block.text.len().saturating_sub(2 * block.linked);
    if own < 40 || block.kind == BlockKind::Heading { 0 } else { own }
}

/// For each node, sums over the blocks within it.
pub(super) struct Sums {
    /// Their weight.
    pub(super) mass: Vec<usize>,
    /// Their bytes.
    pub(super) bytes: Vec<usize>,
    /// Their bytes within links.
    pub(super) linked: Vec<usize>,
    /// Their number.
    pub(super) blocks: Vec<usize>,
    /// The number of those that are links for the most part.
    pub(super) links: Vec<usize>,
    /// The number of those that are paragraphs.
    pub(super) paragraphs: Vec<usize>,
}

impl Sums {
    pub(super) fn of(dom: &Dom<'_>, blocks: &[Block]) -> Self {
        let zeros = || vec![0_usize; dom.len()];
        let mut sums = Self {
            mass: zeros(),
            bytes: zeros(),
            linked: zeros(),
            blocks: zeros(),
            links: zeros(),
            paragraphs: zeros(),
        };
        for block in blocks {
            let own = block.node.index();
            sums.mass[own] += weight(block);
            sums.bytes[own] += block.text.len();
            sums.linked[own] += block.linked;
            sums.blocks[own] += 1;
            sums.paragraphs[own] += usize::from(block.kind == BlockKind::Paragraph);
            sums.links[own] += usize::from(block.linked * 2 > block.text.len());
        }
        // Nodes are numbered in document order: each comes after the one that holds it.
        for id in dom.ids().rev() {
            if let Some(above) = dom.parent(id) {
                for sum in [
                    &mut sums.mass,
                    &mut sums.bytes,
                    &mut sums.linked,
                    &mut sums.blocks,
                    &mut sums.links,
                    &mut sums.paragraphs,
                ] {
                    sum[above.index()] += sum[id.index()];
                }
            }
        }
        sums
    }

    /// Whether there is nothing within but paragraphs without links.
    pub(super) fn is_prose(&self, id: NodeId) -> bool {
        self.linked[id.index()] == 0 && self.paragraphs[id.index()] == self.blocks[id.index()]
    }

    /// Whether less than a quarter of the text within lies in links, and few of its blocks are links: a list of other
    /// articles, each with its first lines, has a link to every block of text.
    pub(super) fn is_unlinked(&self, id: NodeId) -> bool {
        let of = |part: &[usize], whole: &[usize], times: usize| {
            part[id.index()] * times < whole[id.index()].max(1)
        };
        of(&self.linked, &self.bytes, 4) && of(&self.links, &self.blocks, 5)
    }
}

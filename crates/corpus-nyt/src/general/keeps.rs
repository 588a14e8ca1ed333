//! Whether a block among the text is text.

use super::sums::weight;
use crate::facts::Facts;
use crate::html::{Block, BlockKind, Dom, Tag};

/// Whether a block within the root is text.
pub(super) fn keeps(dom: &Dom<'_>, facts: &Facts, rows: &Rows, block: &Block) -> bool {
    let length = block.text.len();
    if length < LEGAL_MAX && is_legal(&block.text) {
        return false;
    }
    if matches!(block.kind, BlockKind::Cell | BlockKind::Item)
        && block.linked * 2 > length
        && rows.is_text(dom, block)
    {
        return true;
    }
    // A short paragraph may be mostly a link and still go on beside it; any other block that is half a link leads
    // elsewhere.
    let is_text_beside = block.kind == BlockKind::Paragraph && length >= block.linked + TEXT_BESIDE_LINK;
    if block.linked * 2 > length && !is_text_beside {
        return false;
    }
    if block.kind == BlockKind::Heading && facts.h1.contains(&block.text) {
        return false;
    }
    match block.kind {
        BlockKind::Plain => length > SHORT,
        BlockKind::Item => length > SHORT || block.linked == 0,
        _ => true,
    }
}

/// Bytes of a paragraph outside of its links that make it a text all the same.
const TEXT_BESIDE_LINK: usize = 50;

/// A loose line up to so many bytes is a label, not a sentence.
const SHORT: usize = 30;

/// Rows of tables and lists, each judged as a whole: a cell that is a link beside cells of text belongs to the text,
/// as does an item in a list of sentences.
pub(super) struct Rows {
    bytes: Vec<usize>,
    linked: Vec<usize>,
}

impl Rows {
    pub(super) fn of(dom: &Dom<'_>, blocks: &[Block]) -> Self {
        let mut rows = Self { bytes: vec![0; dom.len()], linked: vec![0; dom.len()] };
        for block in blocks.iter().filter(|block| matches!(block.kind, BlockKind::Cell | BlockKind::Item)) {
            if let Some(row) = dom.parent(block.node) {
                rows.bytes[row.index()] += block.text.len();
                rows.linked[row.index()] += block.linked;
            }
        }
        rows
    }

    pub(super) fn is_text(&self, dom: &Dom<'_>, block: &Block) -> bool {
        dom.parent(block.node).is_some_and(|row| {
            let (bytes, linked) = (self.bytes[row.index()], self.linked[row.index()]);
            linked * 2 <= bytes && bytes >= linked + TEXT_BESIDE_LINK
        })
    }
}

/// For each block, whether it is a heading that is a link and stands over a paragraph of its own: a list of things,
/// each named by a link and then told about.
pub(super) fn titles(dom: &Dom<'_>, blocks: &[Block]) -> Vec<bool> {
    (0..blocks.len())
        .map(|n| {
            let (block, next) = (&blocks[n], blocks.get(n + 1));
            block.kind == BlockKind::Heading
                && block.linked > 0
                && dom.tag(block.node) != Tag::H1
                && next.is_some_and(|next| {
                    next.kind == BlockKind::Paragraph
                        && weight(next) >= TOLD
                        && dom.parent(next.node) == dom.parent(block.node)
                })
        })
        .collect()
}

/// A paragraph of so many bytes is more than another article's first line.
const TOLD: usize = 200;

/// Whether a line tells who owns the text.
fn is_legal(line: &str) -> bool {
    const SAYS: [&str; 10] = [
        "all rights reserved",
        "alle rechte vorbehalten",
        "may not be published, broadcast",
        "may not be reproduced",
        "todos los derechos reservados",
        "todos os direitos reservados",
        "tous droits réservés",
        "tutti i diritti riservati",
        "все права защищены",
        "版权所有",
    ];
    let begins = line.len() < SIGN_MAX
        && ["©", "Copyright ©", "Copyright (c)"].iter().any(|sign| line.starts_with(sign));
    begins || {
        let line = line.to_lowercase();
        SAYS.iter().any(|says| line.contains(says))
    }
}

/// A notice of rights is shorter than this, in bytes.
const LEGAL_MAX: usize = 500;

/// A line that begins with the sign of copyright and is longer is a picture's credit before its paragraph.
const SIGN_MAX: usize = 150;

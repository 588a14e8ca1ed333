//! From the tree to lines of text: one line for each innermost block.

use std::borrow::Cow;

use super::{Dom, NodeId, Tag};

/// One innermost block of a page: the text of a paragraph, a heading, an item, a cell.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The element that holds the text.
    pub(crate) node: NodeId,
    /// Decoded text, white space folded; never empty.
    pub(crate) text: String,
    /// Bytes of `text` (about) that stand within links.
    pub(crate) linked: usize,
    /// Bytes of the link that it begins with, 0 if it begins with text.
    pub(crate) leads: usize,
    /// What kind of element holds it.
    pub(crate) kind: BlockKind,
}

/// What holds a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// A paragraph.
    Paragraph,
    /// `h1` to `h6`.
    Heading,
    /// A list's item.
    Item,
    /// A cell of a table.
    Cell,
    /// Preformatted text.
    Preformatted,
    /// Any other block.
    Plain,
}

/// Walks over a part of a page and collects its blocks.
pub(crate) struct Blocks<'d, 'a, F> {
    dom: &'d Dom<'a>,
    skip: F,
    found: Vec<Block>,
    line: String,
    linked: usize,
    leads: usize,
    breaks: usize,
}

impl<'d, 'a, F: FnMut(&Dom<'a>, NodeId) -> bool> Blocks<'d, 'a, F> {
    /// The blocks below `root`, in order, without the elements that `skip` names.
    pub(crate) fn collect(dom: &'d Dom<'a>, root: NodeId, skip: F) -> Vec<Block> {
        let mut walk =
            Self { dom, skip, found: Vec::new(), line: String::new(), linked: 0, leads: 0, breaks: 0 };
        walk.element(root, root, false);
        walk.flush(root);
        walk.found
    }

    fn element(&mut self, id: NodeId, holder: NodeId, link: bool) {
        let dom = self.dom;
        for child in dom.children(id) {
            let tag = dom.tag(child);
            match tag {
                Tag::Text => self.text(dom.text(child), link),
                Tag::Br => {
                    self.breaks += 1;
                    self.line.push('\n');
                    if self.breaks == 2 {
                        self.flush(holder);
                    }
                }
                _ if tag.is_silent() || (self.skip)(dom, child) => {}
                _ if tag.is_inline() => {
                    // An anchor without an address is a place, not a link; in old pages it may hold the whole text.
                    let is_link = tag == Tag::A && dom.attr(child, "href").is_some();
                    self.element(child, holder, link || is_link);
                }
                _ => {
                    self.flush(holder);
                    self.element(child, child, link);
                    self.flush(child);
                }
            }
        }
    }

    fn text(&mut self, raw: &str, link: bool) {
        if !raw.trim().is_empty() {
            self.breaks = 0;
        }
        let text = decode(raw);
        let length = text.trim().len();
        if link {
            if self.linked + self.leads == 0 && self.line.trim().is_empty() {
                self.leads = length;
            }
            self.linked += length;
        }
        self.line.push_str(&text);
    }

    fn flush(&mut self, holder: NodeId) {
        let text = clean(&self.line);
        if !text.is_empty() {
            let kind = match self.dom.tag(holder) {
                Tag::P => BlockKind::Paragraph,
                Tag::Li | Tag::Dd | Tag::Dt => BlockKind::Item,
                Tag::Td | Tag::Th => BlockKind::Cell,
                Tag::Pre => BlockKind::Preformatted,
                tag if tag.is_heading() => BlockKind::Heading,
                _ => BlockKind::Plain,
            };
            self.found.push(Block { node: holder, text, linked: self.linked, leads: self.leads, kind });
        }
        self.line.clear();
        (self.linked, self.leads, self.breaks) = (0, 0, 0);
    }
}

/// Character references decoded, by HTML's own table.
pub(crate) fn decode(raw: &str) -> Cow<'_, str> {
    if raw.contains('&') { htmlize::unescape(raw) } else { Cow::Borrowed(raw) }
}

/// White space folded to single spaces; soft hyphens, joiners and byte order marks dropped.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            space = true;
        } else if !matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}') {
            if space && !out.is_empty() {
                out.push(' ');
            }
            space = false;
            out.push(c);
        }
    }
    out
}

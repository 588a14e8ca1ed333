//! A page as a tree: one pass over the text, linear in its length, whatever the text is.
//!
//! This is not a browser's parser. It follows HTML's rules where they decide which words stand in which
//! block (implied end tags, raw text, void elements) and bounds what a hostile page could make it do: no
//! element lies deeper than [`DEPTH_MAX`], so that every later walk may recurse, and no page has more than
//! [`NODES_MAX`] nodes, so that memory is bounded whatever the page is. `html5ever` was measured first: it takes more than half of the time that a whole extraction may take, and a million nested
//! `<div>` make its scope checks quadratic.

mod tag;
mod tokens;
mod walk;

pub(crate) use tag::Tag;
pub(crate) use walk::{Block, BlockKind, Blocks, clean, decode};

use tokens::{Token, Tokens};

/// Elements nested deeper than this are attached at this depth instead.
pub(crate) const DEPTH_MAX: usize = 200;

/// A page of more nodes is refused as [`Oversized`].
///
/// A node costs about 100 bytes with the sums that are made over it, and a page may spend as little as three on one
/// (`<p>`), so that without this bound a page of 50 MB could take more than a gigabyte. The longest real pages seen
/// (live blogs, whole specifications on one page) have less than a fifth of it.
pub(crate) const NODES_MAX: usize = 1 << 21;

/// Why a page has no tree: it would have more than [`NODES_MAX`] nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oversized;

/// "No node" in the links between nodes.
const NONE: u32 = u32::MAX;

/// Index of a node in its [`Dom`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// The number of the node: nodes are numbered in document order.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// One element, or one stretch of text (`tag` is [`Tag::Text`]).
#[derive(Debug)]
struct Node<'a> {
    tag: Tag,
    parent: u32,
    first: u32,
    last: u32,
    next: u32,
    /// Of a text node: its text, undecoded. Of an element: its attributes, undecoded.
    source: &'a str,
}

/// The tree of one page, borrowing its text.
#[derive(Debug)]
pub(crate) struct Dom<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Dom<'a> {
    /// Reads a page. Every text is a page, if perhaps an odd tree.
    ///
    /// # Errors
    ///
    /// When it has more than [`NODES_MAX`] nodes.
    pub(crate) fn parse(source: &'a str) -> Result<Self, Oversized> {
        Builder::new(source).run()
    }

    /// The node above all others.
    pub(crate) const fn root() -> NodeId {
        NodeId(0)
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The tag of a node.
    pub(crate) fn tag(&self, id: NodeId) -> Tag {
        self.nodes[id.index()].tag
    }

    /// The node that holds this one.
    pub(crate) fn parent(&self, id: NodeId) -> Option<NodeId> {
        some(self.nodes[id.index()].parent)
    }

    /// The nodes directly below, in order.
    pub(crate) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut next = self.nodes[id.index()].first;
        std::iter::from_fn(move || {
            let id = some(next)?;
            next = self.nodes[id.index()].next;
            Some(id)
        })
    }

    /// Every node, in document order.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// The undecoded text of a text node; of a raw element (`script`, `title`) use its child.
    pub(crate) fn text(&self, id: NodeId) -> &'a str {
        let node = &self.nodes[id.index()];
        if node.tag == Tag::Text { node.source } else { "" }
    }

    /// The value of an attribute, undecoded, by its lower-case name.
    pub(crate) fn attr(&self, id: NodeId, name: &str) -> Option<&'a str> {
        let node = &self.nodes[id.index()];
        if node.tag == Tag::Text {
            return None;
        }
        tokens::Attributes::new(node.source).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// All attributes with their undecoded values.
    pub(crate) fn attributes(&self, id: NodeId) -> impl Iterator<Item = (&'a str, &'a str)> {
        let node = &self.nodes[id.index()];
        tokens::Attributes::new(if node.tag == Tag::Text { "" } else { node.source })
    }

    /// The first element in document order that the test accepts.
    pub(crate) fn find(&self, mut test: impl FnMut(&Self, NodeId) -> bool) -> Option<NodeId> {
        self.ids().find(|&id| self.tag(id) != Tag::Text && test(self, id))
    }

    /// The nodes above, nearest first.
    pub(crate) fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// Whether a node lies below another.
    pub(crate) fn is_within(&self, id: NodeId, above: NodeId) -> bool {
        self.ancestors(id).any(|one| one == above)
    }

    /// All text below a node, decoded, white space folded, without script and style.
    pub(crate) fn inner_text(&self, id: NodeId) -> String {
        let mut raw = String::new();
        self.push_text(id, &mut raw);
        clean(&raw)
    }

    fn push_text(&self, id: NodeId, out: &mut String) {
        match self.tag(id) {
            Tag::Text => out.push_str(&walk::decode(self.text(id))),
            tag if tag.is_silent() => {}
            tag => {
                if !tag.is_inline() {
                    out.push(' ');
                }
                for child in self.children(id) {
                    self.push_text(child, out);
                }
                if !tag.is_inline() {
                    out.push(' ');
                }
            }
        }
    }
}

fn some(link: u32) -> Option<NodeId> {
    (link != NONE).then_some(NodeId(link))
}

/// Makes the tree from tokens, with a bounded stack of open elements.
struct Builder<'a> {
    source: &'a str,
    nodes: Vec<Node<'a>>,
    open: Vec<(u32, Tag)>,
    /// Open elements that did not fit on the stack.
    over: usize,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str) -> Self {
        let mut nodes = Vec::with_capacity((source.len() / 40 + 1).min(NODES_MAX));
        nodes.push(Node {
            tag: Tag::Document,
            parent: NONE,
            first: NONE,
            last: NONE,
            next: NONE,
            source: "",
        });
        Self { source, nodes, open: vec![(0, Tag::Document)], over: 0 }
    }

    fn run(mut self) -> Result<Dom<'a>, Oversized> {
        for token in Tokens::new(self.source) {
            if self.nodes.len() >= NODES_MAX {
                return Err(Oversized);
            }
            match token {
                Token::Text(text) => {
                    self.append(Tag::Text, text);
                }
                Token::Start { tag, attributes, closed } => self.start(tag, attributes, closed),
                Token::End(tag) => self.end(tag),
            }
        }
        Ok(Dom { nodes: self.nodes })
    }

    fn append(&mut self, tag: Tag, source: &'a str) -> u32 {
        let id = self.nodes.len() as u32;
        let parent = self.open.last().map_or(0, |&(id, _)| id);
        self.nodes.push(Node { tag, parent, first: NONE, last: NONE, next: NONE, source });
        let last = self.nodes[parent as usize].last;
        if last == NONE {
            self.nodes[parent as usize].first = id;
        } else {
            self.nodes[last as usize].next = id;
        }
        self.nodes[parent as usize].last = id;
        id
    }

    fn start(&mut self, tag: Tag, attributes: &'a str, closed: bool) {
        match tag {
            Tag::Html | Tag::Body if self.open.iter().any(|&(_, t)| t == tag) => return,
            Tag::Body => self.open.truncate(self.position(Tag::Head, |_| false).unwrap_or(self.open.len())),
            Tag::Li => self.close_if_open(&[Tag::Li], |t| matches!(t, Tag::Ul | Tag::Ol)),
            Tag::Dt | Tag::Dd => self.close_if_open(&[Tag::Dt, Tag::Dd], |t| t == Tag::Dl),
            Tag::Tr => self.close_if_open(&[Tag::Tr], |t| t == Tag::Table),
            Tag::Td | Tag::Th => self.close_if_open(&[Tag::Td, Tag::Th], |t| t == Tag::Table),
            Tag::Option => self.close_if_open(&[Tag::Option], |t| t == Tag::Select),
            Tag::A => self.close_if_open(&[Tag::A], |t| !t.is_inline()),
            _ => {}
        }
        if tag.closes_paragraph() {
            self.close_if_open(&[Tag::P], Tag::is_scope);
        }
        let id = self.append(tag, attributes);
        if tag.is_void() || closed {
            return;
        }
        if self.open.len() < DEPTH_MAX {
            self.open.push((id, tag));
        } else {
            self.over += 1;
        }
    }

    fn end(&mut self, tag: Tag) {
        if self.over > 0 {
            self.over -= 1;
            return;
        }
        let barrier: fn(Tag) -> bool = if tag.is_table_part() {
            |t| t == Tag::Table
        } else if tag.is_inline() {
            |t| !t.is_inline()
        } else {
            Tag::is_scope
        };
        let wanted: &[Tag] = match tag {
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => {
                &[Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6]
            }
            // The end of the page's frame tells nothing: words after it still belong to the page.
            Tag::Html | Tag::Body | Tag::Document | Tag::Text => return,
            _ => &[tag],
        };
        self.close_if_open(wanted, barrier);
    }

    /// Closes the nearest of the wanted elements, and all inside it, unless a barrier lies before it.
    fn close_if_open(&mut self, wanted: &[Tag], barrier: impl Fn(Tag) -> bool) {
        for idx in (1..self.open.len()).rev() {
            let tag = self.open[idx].1;
            if wanted.contains(&tag) {
                self.open.truncate(idx);
                return;
            }
            if barrier(tag) {
                return;
            }
        }
    }

    fn position(&self, tag: Tag, barrier: impl Fn(Tag) -> bool) -> Option<usize> {
        (1..self.open.len()).rev().take_while(|&i| !barrier(self.open[i].1)).find(|&i| self.open[i].1 == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(dom: &Dom<'_>, id: NodeId) -> String {
        if dom.tag(id) == Tag::Text {
            return dom.text(id).trim().to_owned();
        }
        let inner: Vec<_> = dom.children(id).map(|c| shape(dom, c)).filter(|s| !s.is_empty()).collect();
        format!("{:?}({})", dom.tag(id), inner.join(" ")).to_lowercase()
    }

    #[track_caller]
    fn check(html: &str, expected: &str) {
        let dom = Dom::parse(html).expect("a small page");
        assert_eq!(shape(&dom, Dom::root()), expected);
    }

    #[test]
    fn implied_ends_of_paragraphs_and_items() {
        check("<p>a<p>b<div>c</div>", "document(p(a) p(b) div(c))");
        check("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "document(ul(li(a) li(b ul(li(c))) li(d)))");
        check("<table><tr><td>a<td>b<tr><td>c</table>d", "document(table(tr(td(a) td(b)) tr(td(c))) d)");
    }

    #[test]
    fn misnested_ends_do_not_tear_blocks() {
        check("<b><p>a</b>b</p>c", "document(b(p(a b) c))");
        check("<div><td>a</div>b</td>c", "document(div(td(a b) c))");
        check("a < b <3 </> c", "document(a < b <3 c)");
    }

    #[test]
    fn raw_text_is_not_markup() {
        check("<script>if (a<b) '<p>'</script>x", "document(script(if (a<b) '<p>') x)");
        check("<title>a <b></TITLE >x", "document(title(a <b>) x)");
        check("<!-- <p> -->a<!-->b<!-- c", "document(a b)");
    }

    #[test]
    fn a_million_nested_elements_are_shallow() {
        let html = "<div><b>".repeat(1_000_000);
        let dom = Dom::parse(&html).expect("less than the most");
        assert_eq!(dom.len(), 2_000_001);
        let deepest = dom.ids().last().map_or(0, |id| dom.ancestors(id).count());
        assert!(deepest <= DEPTH_MAX, "{deepest}");
    }

    #[test]
    fn a_page_of_too_many_nodes_is_refused() {
        // The document itself is a node.
        assert!(Dom::parse(&"<p>".repeat(NODES_MAX - 1)).is_ok());
        assert_eq!(Dom::parse(&"<p>".repeat(NODES_MAX)).err(), Some(Oversized));
    }
}

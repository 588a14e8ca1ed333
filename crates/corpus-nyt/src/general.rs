//! The general extractor: one root, then its blocks one by one, then the tail.

use crate::facts::Facts;
use crate::html::{Block, BlockKind, Blocks, Dom, NodeId, Tag};

/// Words in a class or an id by which pages name what is not the text.
const JUNK: [&str; 78] = [
    "ad",
    "ads",
    "advert",
    "advertisement",
    "adsense",
    "authorbox",
    "banner",
    "bio",
    "breadcrumb",
    "breadcrumbs",
    "byline",
    "caption",
    "comment",
    "comments",
    "cookie",
    "cookies",
    "consent",
    "copyright",
    "credit",
    "credits",
    "dateline",
    "disclaimer",
    "disqus",
    "donate",
    "follow",
    "footer",
    "footnote",
    "footnotes",
    "gdpr",
    "menu",
    "meta",
    "modal",
    "more",
    "nav",
    "navbar",
    "navigation",
    "newsletter",
    "newsletters",
    "outbrain",
    "pagination",
    "pager",
    "paywall",
    "popular",
    "popup",
    "promo",
    "promos",
    "recirc",
    "recommended",
    "recommendations",
    "related",
    "reply",
    "rights",
    "rss",
    "share",
    "sharing",
    "sharedaddy",
    "sidebar",
    "signup",
    "social",
    "sponsor",
    "sponsored",
    "subscribe",
    "subscription",
    "tag",
    "tags",
    "taboola",
    "teaser",
    "timestamp",
    "toolbar",
    "trending",
    "widget",
    "widgets",
    "tooltip",
    "jp",
    "respond",
    "login",
    "premium",
    "outro",
];

/// A part with a junk name is left out only if it holds less than this share of the page's text, in percent.
const JUNK_SHARE: usize = 25;

/// The text's paragraphs.
pub(crate) fn paragraphs(dom: &Dom<'_>, facts: &Facts) -> Vec<String> {
    let body = dom.find(|dom, id| dom.tag(id) == Tag::Body).unwrap_or(Dom::root());
    let blocks = Blocks::collect(dom, body, is_outside);
    let all = masses(dom, &blocks);
    let total = all[0];
    let mut junk = vec![false; dom.len()];
    for id in dom.ids() {
        let above = dom.parent(id).is_some_and(|p| junk[p.index()]);
        junk[id.index()] = above
            || (all[id.index()] * 100 <= total * JUNK_SHARE
                && !dom.tag(id).is_inline()
                && has_junk_name(dom, id));
    }
    let blocks: Vec<Block> = blocks.into_iter().filter(|b| !junk[b.node.index()]).collect();
    let Some(root) = root_of(dom, &masses(dom, &blocks)) else { return Vec::new() };
    let inside = blocks.into_iter().filter(|b| b.node == root || dom.ancestors(b.node).any(|a| a == root));
    inside.filter(|b| keeps(facts, b)).map(|b| b.text).collect()
}

/// Elements that never hold the text, and parts that a reader does not see.
fn is_outside(dom: &Dom<'_>, id: NodeId) -> bool {
    match dom.tag(id) {
        Tag::Nav
        | Tag::Footer
        | Tag::Aside
        | Tag::Button
        | Tag::Figure
        | Tag::Figcaption
        | Tag::Label
        | Tag::Menu => return true,
        tag if tag.is_inline() => return false,
        _ => {}
    }
    dom.attributes(id).any(|(name, value)| match name {
        "hidden" => true,
        "aria-hidden" => value == "true",
        "role" => matches!(value, "navigation" | "complementary" | "contentinfo" | "dialog" | "search"),
        _ => false,
    })
}

fn has_junk_name(dom: &Dom<'_>, id: NodeId) -> bool {
    if matches!(dom.tag(id), Tag::Text | Tag::Body | Tag::Html | Tag::Article | Tag::Main) {
        return false;
    }
    dom.attributes(id).filter(|(name, _)| matches!(*name, "class" | "id")).any(|(_, value)| {
        value
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| JUNK.iter().any(|j| word.eq_ignore_ascii_case(j)))
    })
}

/// Bytes of a block that speak for an article.
fn weight(block: &Block) -> usize {
    let own = block.text.len().saturating_sub(2 * block.linked);
    if own < 40 || block.kind == BlockKind::Heading { 0 } else { own }
}

/// For each node, the weight of the blocks within it.
fn masses(dom: &Dom<'_>, blocks: &[Block]) -> Vec<usize> {
    let mut mass = vec![0_usize; dom.len()];
    for block in blocks {
        let weight = weight(block);
        if weight > 0 {
            mass[block.node.index()] += weight;
            for above in dom.ancestors(block.node) {
                mass[above.index()] += weight;
            }
        }
    }
    mass
}

/// The smallest element that holds most of the page's text.
fn root_of(dom: &Dom<'_>, mass: &[usize]) -> Option<NodeId> {
    if mass[0] == 0 {
        return None;
    }
    let mut root = Dom::root();
    loop {
        let heaviest = dom.children(root).max_by_key(|c| mass[c.index()])?;
        if mass[heaviest.index()] * 100 < mass[root.index()] * 60 || dom.tag(heaviest) == Tag::P {
            return Some(root);
        }
        root = heaviest;
    }
}

/// Whether a block within the root is text.
fn keeps(facts: &Facts, block: &Block) -> bool {
    let length = block.text.len();
    if block.linked * 2 > length {
        return false;
    }
    if block.kind == BlockKind::Heading && facts.h1.contains(&block.text) {
        return false;
    }
    !matches!(block.kind, BlockKind::Plain | BlockKind::Item) || length > 30
}

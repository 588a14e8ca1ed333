//! The general extractor: one root, then its blocks one by one, then the tail.

use crate::facts::Facts;
use crate::html::{Block, BlockKind, Blocks, Dom, NodeId, Tag};

/// Words in a class or an id by which pages name what is not the text.
const JUNK: [&str; 76] = [
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
    "outro",
];

/// A part with a junk name is left out only if it holds less than this share of the page's text, in percent.
const JUNK_SHARE: usize = 25;

/// What readers wrote and what the site offers beside the text: often longer than the text itself.
const BESIDE: [&str; 9] =
    ["comment", "comments", "disqus", "popular", "recirc", "recommended", "respond", "taboola", "trending"];

/// The same for those.
const BESIDE_SHARE: usize = 80;

/// Headings and short lines that open what comes after an article.
const TAILS: [&str; 11] = [
    "about the author",
    "comments",
    "leave a comment",
    "leave a reply",
    "most popular",
    "most read",
    "recommended",
    "related articles",
    "share this",
    "trending",
    "you may also like",
];

/// A text is taken to be over at a tail only after this share of what was found, in percent.
const TAIL_AFTER: usize = 50;

/// A second headline begins another article only after this share of what was found, in percent.
const HEADLINE_SHARE: usize = 25;

/// The text's paragraphs.
pub(crate) fn paragraphs(dom: &Dom<'_>, facts: &Facts) -> Vec<String> {
    let body = dom.find(|dom, id| dom.tag(id) == Tag::Body).unwrap_or(Dom::root());
    let blocks = Blocks::collect(dom, body, is_outside);
    let blocks = without_junk(dom, blocks);
    let mass = masses(dom, &blocks);
    let Some(root) = root_of(dom, &mass, &blocks) else { return Vec::new() };
    let within = |block: &Block| block.node == root || dom.ancestors(block.node).any(|above| above == root);
    let inside: Vec<Block> = blocks.into_iter().filter(within).collect();
    let end = end_of(dom, &inside);
    inside.into_iter().take(end).filter(|block| keeps(facts, block)).map(|block| block.text).collect()
}

/// The blocks without those in parts that their names mark as no text.
fn without_junk(dom: &Dom<'_>, mut blocks: Vec<Block>) -> Vec<Block> {
    let mass = masses(dom, &blocks);
    let mut junk = vec![false; dom.len()];
    for id in dom.ids() {
        let above = dom.parent(id).is_some_and(|parent| junk[parent.index()]);
        let is_below = |share: usize| mass[id.index()] * 100 <= mass[0] * share;
        let is_junk = || {
            !dom.tag(id).is_inline()
                && ((is_below(JUNK_SHARE) && has_name_of(dom, id, &JUNK))
                    || (is_below(BESIDE_SHARE) && has_name_of(dom, id, &BESIDE)))
        };
        junk[id.index()] = above || is_junk();
    }
    blocks.retain(|block| !junk[block.node.index()]);
    blocks
}

/// Where the article's blocks end: at the next headline, or at a line that opens what comes after.
fn end_of(dom: &Dom<'_>, blocks: &[Block]) -> usize {
    let total: usize = blocks.iter().map(weight).sum();
    let is_enough = |weight: usize| weight * 100 >= total * HEADLINE_SHARE;
    let (mut passed, mut headlines) = (0, 0);
    for (n, block) in blocks.iter().enumerate() {
        if dom.tag(block.node) == Tag::H1 {
            headlines += 1;
            if headlines > 1 && is_enough(passed) {
                return n;
            }
        }
        let is_short = block.text.len() < 40 && passed * 100 >= total * TAIL_AFTER;
        if is_short && block.kind != BlockKind::Cell {
            let line = block.text.to_lowercase();
            if TAILS.iter().any(|tail| line.starts_with(tail)) {
                return n;
            }
        }
        passed += weight(block);
    }
    blocks.len()
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

fn has_name_of(dom: &Dom<'_>, id: NodeId, names: &[&str]) -> bool {
    if matches!(dom.tag(id), Tag::Text | Tag::Body | Tag::Html | Tag::Article | Tag::Main) {
        return false;
    }
    dom.attributes(id).filter(|(name, _)| matches!(*name, "class" | "id")).any(|(_, value)| {
        value
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)))
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

/// The element that holds the text.
///
/// The page may name it. Otherwise it is the smallest that holds most of the page's text; but where the longest run of
/// paragraphs side by side is not in it (many comments outweigh an article, each in a box of its own), that run's.
fn root_of(dom: &Dom<'_>, mass: &[usize], blocks: &[Block]) -> Option<NodeId> {
    if mass[0] == 0 {
        return None;
    }
    let named =
        |id: &NodeId| dom.attr(*id, "itemprop") == Some("articleBody") && mass[id.index()] > NAMED_MIN;
    if let Some(named) = dom.ids().find(named) {
        return Some(named);
    }
    let mut root = Dom::root();
    loop {
        let heaviest = dom.children(root).max_by_key(|c| mass[c.index()])?;
        if mass[heaviest.index()] * 100 < mass[root.index()] * 60 || dom.tag(heaviest) == Tag::P {
            break;
        }
        root = heaviest;
    }
    let is_within = |run: &NodeId| *run == root || dom.ancestors(*run).any(|above| above == root);
    let outweighs = |run: &NodeId| mass[run.index()] * 100 >= mass[root.index()] * RUN_SHARE;
    Some(longest_run(dom, blocks).filter(|run| !is_within(run) && outweighs(run)).unwrap_or(root))
}

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

/// Bytes of a paragraph outside of its links that make it a text all the same.
const TEXT_BESIDE_LINK: usize = 50;

/// A loose line up to so many bytes is a label, not a sentence.
const SHORT: usize = 30;

/// Whether a block within the root is text.
fn keeps(facts: &Facts, block: &Block) -> bool {
    let length = block.text.len();
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

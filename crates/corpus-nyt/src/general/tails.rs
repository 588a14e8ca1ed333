//! What is announced as no part of the text, and where the text ends.

use super::region::Region;
use super::sums::weight;
use crate::html::{Block, BlockKind, Dom, NodeId, Tag};

/// The blocks without what a heading or a short line announces as no part of the text.
///
/// Where that line opens an element of its own, this element is left out, wherever it stands. In the flow of the text
/// it is the end, if most of the text has passed; so is a second headline that leads elsewhere.
pub(super) fn without_tails(dom: &Dom<'_>, region: &Region, mut blocks: Vec<Block>) -> Vec<Block> {
    let total: usize = blocks.iter().map(weight).sum();
    let (mut passed, mut headlines) = (0, 0);
    let mut end = blocks.len();
    let mut boxes = vec![false; dom.len()];
    let mut last: Option<NodeId> = None;
    for (n, block) in blocks.iter().enumerate() {
        if last.is_some_and(|id| dom.is_within(block.node, id)) {
            continue;
        }
        if dom.tag(block.node) == Tag::H1 {
            headlines += 1;
            if headlines > 1 && block.linked > 0 && passed * 100 >= total * HEADLINE_SHARE {
                end = n;
                break;
            }
        }
        let is_line = block.text.chars().count() < TAIL_LINE && block.kind != BlockKind::Cell;
        let is_end = is_line && begins_with(&TAILS, &block.text);
        if is_end || (is_line && begins_with(&POINTERS, &block.text)) {
            let opened = n.checked_sub(1).map(|before| blocks[before].node);
            match box_of(dom, region, block.node, opened) {
                Some(found) => {
                    boxes[found.index()] = true;
                    last = Some(found);
                    continue;
                }
                None if is_end && passed * 100 >= total * TAIL_AFTER => {
                    end = n;
                    break;
                }
                None => {}
            }
        }
        passed += weight(block);
    }
    blocks.truncate(end);
    blocks.retain(|block| {
        !std::iter::once(block.node).chain(dom.ancestors(block.node)).any(|id| boxes[id.index()])
    });
    blocks
}

/// A line that announces is shorter than this, in characters.
const TAIL_LINE: usize = 40;

/// A text is taken to be over at a tail only after this share of what was found, in percent.
const TAIL_AFTER: usize = 50;

/// A second headline begins another article only after this share of what was found, in percent.
const HEADLINE_SHARE: usize = 25;

fn begins_with(openings: &[&str], line: &str) -> bool {
    let line = line.to_lowercase();
    openings.iter().any(|opening| line.starts_with(opening))
}

/// The largest element below the region's parts that begins with this node and holds more than it; `before` is the
/// node of the block that comes before.
fn box_of(dom: &Dom<'_>, region: &Region, node: NodeId, before: Option<NodeId>) -> Option<NodeId> {
    let is_open = |id: NodeId| before.is_some_and(|before| before == id || dom.is_within(before, id));
    std::iter::once(node)
        .chain(dom.ancestors(node))
        .take_while(|&id| !region.parts[id.index()] && !region.loose[id.index()] && !is_open(id))
        .last()
        .filter(|&found| found != node)
}

/// Headings and short lines that open what is no part of an article, in the languages that the web is mostly written in.
const TAILS: [&str; 76] = [
    // English
    "about the author",
    "comments",
    "join the conversation",
    "join the discussion",
    "latest news",
    "leave a comment",
    "leave a reply",
    "more stories",
    "most popular",
    "most read",
    "most viewed",
    "other articles",
    "people also read",
    "post a comment",
    "recent posts",
    "recommended",
    "related articles",
    "related content",
    "related news",
    "related posts",
    "related stories",
    "related topics",
    "share this",
    "sponsored",
    "trending",
    "what to read next",
    "you may also",
    "you might also",
    // German
    "das könnte",
    "diesen artikel",
    "hinterlasse einen kommentar",
    "hinterlassen sie einen kommentar",
    "kommentar schreiben",
    "kommentare",
    "meistgelesen",
    "neueste beiträge",
    "schreibe einen kommentar",
    "schreiben sie einen kommentar",
    "teilen mit",
    "verwandte artikel",
    "verwandte beiträge",
    "weitere artikel",
    "weitere beiträge",
    "ähnliche artikel",
    "ähnliche beiträge",
    // French
    "articles similaires",
    "commentaires",
    "laisser un commentaire",
    "laissez un commentaire",
    "les plus lus",
    "partager cet article",
    // Spanish and Portuguese
    "artículos relacionados",
    "comentarios",
    "comentários",
    "deja un comentario",
    "deixe um comentário",
    "lo más leído",
    "mais lidas",
    "noticias relacionadas",
    "notícias relacionadas",
    "te puede interesar",
    // Italian
    "articoli correlati",
    "commenti",
    "lascia un commento",
    "potrebbe interessarti",
    // Dutch and Polish
    "gerelateerde artikelen",
    "reacties",
    "komentarze",
    // Russian
    "комментарии",
    "похожие",
    // Chinese and Japanese
    "为你推荐",
    "您可能感兴趣",
    "你可能会喜欢",
    "相关",
    "関連記事",
    "コメント",
];

/// Lines that point to another article in the middle of a text: they end nothing.
const POINTERS: [&str; 21] = [
    "also read",
    "auch interessant",
    "leggi anche",
    "lees ook",
    "lesen sie auch",
    "lire aussi",
    "mehr zum thema",
    "more from",
    "more on this",
    "read also",
    "read more",
    "read next",
    "see also",
    "sur le même sujet",
    "up next",
    "veja também",
    "zobacz także",
    "à lire aussi",
    "читайте также",
    "延伸阅读",
    "推荐阅读",
];

//! A page block by block, as a reader sees it, and which of the blocks an extractor kept.
//!
//! The page is read here by another parser than the extractor's, so the two do not share a mistake.

use corpus_nyt::Article;
use scraper::{ElementRef, Html, Node, Selector};
use serde::Serialize;
use std::collections::HashSet;

/// Letters of a block that a page shows.
const N_LETTERS_SHOWN: usize = 180;
/// A block of fewer letters is joined with its like.
const N_LETTERS_SHORT: usize = 60;
/// Blocks that a page shows; of longer pages the front.
const N_BLOCKS_SHOWN: usize = 60;

/// A page beside what was taken from it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Beside {
    url: String,
    /// The extractor's name for the layout.
    layout: String,
    blocks: Vec<Block>,
    /// Whether `blocks` goes on to the page's end.
    is_whole: bool,
    /// Blocks of the page in all before any are joined, and those that are the text.
    n_blocks: usize,
    n_kept: usize,
}

/// A run of text that no block element interrupts.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Block {
    text: String,
    /// `text`, `title`, `author`, `date`, or `null` where it was dropped.
    role: Option<&'static str>,
}

/// Reads the page and finds each block's role.
pub(super) fn beside(html: &str, url: &str, article: &Article) -> Beside {
    let kept: HashSet<String> = article.paragraphs.iter().map(|paragraph| letters(paragraph)).collect();
    let blocks: Vec<Block> =
        texts(html).into_iter().map(|text| Block { role: role(&text, article, &kept), text }).collect();
    let n_kept = blocks.iter().filter(|block| block.role == Some("text")).count();
    let n_blocks = blocks.len();
    let mut blocks = joined(blocks);
    let is_whole = blocks.len() <= N_BLOCKS_SHOWN;
    blocks.truncate(N_BLOCKS_SHOWN);
    Beside { url: url.to_owned(), layout: article.parser.clone(), blocks, is_whole, n_blocks, n_kept }
}

/// Short dropped blocks in a row, a menu's entries most often, as one.
fn joined(blocks: Vec<Block>) -> Vec<Block> {
    let is_short = |block: &Block| block.role.is_none() && block.text.chars().count() < N_LETTERS_SHORT;
    let mut joined: Vec<Block> = Vec::new();
    let mut was_short = false;
    for block in blocks {
        let short = is_short(&block);
        match joined.last_mut() {
            Some(last) if short && was_short => last.text = format!("{} · {}", last.text, block.text),
            _ => joined.push(block),
        }
        was_short = short;
    }
    for block in &mut joined {
        block.text = shortened(&block.text);
    }
    joined
}

fn role(text: &str, article: &Article, kept: &HashSet<String>) -> Option<&'static str> {
    let own = letters(text);
    if kept.contains(&own) {
        return Some("text");
    }
    if article.title.as_deref().is_some_and(|title| letters(title) == own) {
        return Some("title");
    }
    // A byline is the names and little else.
    let is_byline = |name: &String| own.contains(&letters(name)) && own.len() < 3 * letters(name).len() + 20;
    if article.authors.iter().any(is_byline) {
        return Some("author");
    }
    let is_date = article.published.as_deref().is_some_and(|day| states(text, day));
    is_date.then_some("date")
}

/// Whether a short text states the day of an RFC 3339 date, in English words.
fn states(text: &str, day: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut parts = day.split(['-', 'T']).map(str::parse::<usize>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
    let has = |number: usize| words.iter().any(|word| word.parse() == Ok(number));
    let has_month = |name: &&str| words.iter().any(|word| word.starts_with(*name));
    text.len() < 80 && has(year) && has(day) && MONTHS.get(month.wrapping_sub(1)).is_some_and(has_month)
}

/// The page's runs of text, in order, without what is never seen.
fn texts(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let Ok(body) = Selector::parse("body") else { return Vec::new() };
    let mut walk = Walk::default();
    if let Some(body) = page.select(&body).next() {
        walk.element(body);
        walk.flush();
    }
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Vec<String>,
    line: String,
}

impl Walk {
    fn element(&mut self, element: ElementRef<'_>) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.line.push_str(text),
                Node::Element(_) => {
                    let Some(child) = ElementRef::wrap(child) else { continue };
                    let name = child.value().name();
                    if matches!(
                        name,
                        "script" | "style" | "noscript" | "template" | "svg" | "head" | "iframe"
                    ) {
                        continue;
                    }
                    let is_inline = matches!(
                        name,
                        "a" | "abbr"
                            | "b"
                            | "cite"
                            | "code"
                            | "em"
                            | "font"
                            | "i"
                            | "mark"
                            | "q"
                            | "s"
                            | "small"
                            | "span"
                            | "strong"
                            | "sub"
                            | "sup"
                            | "time"
                            | "u"
                            | "wbr"
                            | "nyt_byline"
                            | "nyt_headline"
                    );
                    if !is_inline {
                        self.flush();
                    }
                    self.element(child);
                    if !is_inline {
                        self.flush();
                    }
                }
                _ => {}
            }
        }
    }

    fn flush(&mut self) {
        let text = self.line.split_whitespace().collect::<Vec<_>>().join(" ");
        self.line.clear();
        if !text.is_empty() {
            self.found.push(text);
        }
    }
}

/// A text without case, spaces and punctuation.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(N_LETTERS_SHOWN) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corpus_nyt::extract_general;

    #[test]
    fn a_day_is_known_in_words() {
        assert!(states("Published: January 1, 1987", "1987-01-01"));
        assert!(states("Fri 24 Aug 2018 10.00 BST", "2018-08-24T09:00:00Z"));
        assert!(!states("January 2, 1987", "1987-01-01"));
        assert!(!states("1987", "1987"));
    }

    #[test]
    fn each_block_has_its_role() {
        let sentence =
            "The council met on Monday, and for once everybody in the room agreed about the bridge.";
        let html = format!(
            "<html><body><nav><p><a href=/>Home</a></p><p><a href=/x>World</a></p></nav><article><h1>A <em>bridge</em></h1>\
             <p>{sentence}</p><p>{sentence} Again.</p><p>{sentence} And again.</p></article>\
             <script>never()</script><footer>All rights reserved</footer></body></html>"
        );
        let extracted = extract_general(&html, None);
        let beside = beside(&html, "https://example.org/a", extracted.article().unwrap());
        let roles: Vec<_> = beside.blocks.iter().map(|block| block.role).collect();
        assert_eq!(roles, [None, Some("title"), Some("text"), Some("text"), Some("text"), None]);
        assert_eq!(beside.blocks[0].text, "Home · World");
        assert_eq!((beside.n_blocks, beside.n_kept), (7, 3));
    }
}

//! Newspapers: a paper is data, readers of its indexes, and a parser for each generation of its layout.
//!
//! To add one: a folder here that implements [`Newspaper`] with its [`Generation`]s, and its name in [`papers`].

mod index;

mod guardian;
mod nyt;

pub use guardian::Guardian;
pub use index::{Index, IndexPage};
pub use nyt::NewYorkTimes;

use std::time::Duration;

use jiff::civil::Date;

use crate::Error;
use crate::api::Api;
use crate::article::{Article, Extracted, NotArticle};
use crate::facts::Facts;
use crate::html::{BlockKind, Blocks, Dom, NodeId, Tag};
use crate::kinds::kind_of;

/// A newspaper.
pub trait Newspaper: Send + Sync {
    /// Short name: `nyt`.
    fn id(&self) -> &'static str;
    /// Full name.
    fn name(&self) -> &'static str;
    /// Hosts that its pages and indexes lie on; `.nytimes.com` stands for all below it.
    fn hosts(&self) -> &'static [&'static str];
    /// First year of its indexes.
    fn first_year(&self) -> i16;
    /// Time between requests.
    fn pace(&self) -> Duration;
    /// The facts of its terms that decide whether a live run is allowed.
    fn terms(&self) -> &'static str;
    /// Its interface for programs, the way to be preferred.
    fn api(&self) -> Option<&'static Api>;
    /// Its indexes; each leads to articles by its own way.
    fn indexes(&self) -> &'static [Index];
    /// The days that an index page lists, first and last; none if the address does not tell.
    fn index_days(&self, url: &str) -> Option<(Date, Date)>;
    /// Reads an index page (HTML, or an XML sitemap unpacked) into further index pages and articles.
    ///
    /// # Errors
    ///
    /// When it is no index page, or breaks off.
    fn read_index(&self, url: &str, text: &str, from: Date, to: Date) -> Result<IndexPage, Error>;
    /// The day in an article's address.
    fn day_of(&self, url: &str) -> Option<Date>;
    /// The section in an article's address.
    fn section_of(&self, url: &str) -> Option<String>;
    /// The layouts, newest first.
    fn generations(&self) -> &'static [Generation];
    /// Facts that only this paper's pages state, over what was read from any page.
    fn amend(&self, page: &PageView<'_>, article: &mut Article);
}

/// All papers.
#[must_use]
pub fn papers() -> &'static [&'static dyn Newspaper] {
    &[&NewYorkTimes, &Guardian]
}

/// The paper of this short name.
#[must_use]
pub fn paper(id: &str) -> Option<&'static dyn Newspaper> {
    papers().iter().copied().find(|p| p.id() == id)
}

/// The paper whose hosts this address lies on.
#[must_use]
pub fn paper_of(url: &str) -> Option<&'static dyn Newspaper> {
    let host = url.split_once("://")?.1.split(['/', ':', '?']).next()?.to_ascii_lowercase();
    let owns = |pattern: &str| host.ends_with(pattern) || pattern.strip_prefix('.') == Some(&host);
    papers().iter().copied().find(|p| p.hosts().iter().any(|h| owns(h)))
}

/// The path of an address, with its leading slash and without what stands behind a question mark.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

/// A page being read, as a paper sees it.
#[derive(Debug)]
pub struct PageView<'p> {
    pub(crate) dom: &'p Dom<'p>,
    pub(crate) facts: &'p Facts,
}

impl PageView<'_> {
    /// The texts of the elements that fit, none inside another: their sum is no longer than the page.
    fn outermost(&self, fits: impl Fn(NodeId) -> bool) -> Vec<String> {
        let (mut texts, mut end) = (Vec::new(), 0);
        for id in self.dom.ids() {
            if id.index() >= end && self.dom.tag(id) != Tag::Text && fits(id) {
                end = subtree_end(self.dom, id);
                texts.push(self.dom.inner_text(id));
            }
        }
        texts.retain(|text| !text.is_empty());
        texts
    }
}

/// A test on an element: an attribute, and a word of its value.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Attribute's name.
    pub attribute: &'static str,
    /// A word of its value; empty: the attribute is there.
    pub word: &'static str,
}

impl Mark {
    fn fits(self, dom: &Dom<'_>, id: NodeId) -> bool {
        dom.attr(id, self.attribute)
            .is_some_and(|v| self.word.is_empty() || v.split_ascii_whitespace().any(|w| w == self.word))
    }
}

/// A mark by class.
const fn class(word: &'static str) -> Mark {
    Mark { attribute: "class", word }
}

/// One generation of a layout, as data.
#[derive(Clone, Copy, Debug)]
pub struct Generation {
    /// Its name and version: `section-1`.
    pub name: &'static str,
    /// Elements that hold the text. All that fit are read, none inside another twice.
    pub roots: &'static [Mark],
    /// Elements inside that are no part of it, in lists that generations share.
    pub skip: &'static [&'static [Mark]],
    /// Endings of the article that are notes of the paper: a last paragraph with any of these is dropped.
    pub tails: &'static [&'static str],
    /// Where its headline stands, among first-level headings; empty: in any of them.
    pub headline: &'static [Mark],
    /// Where its authors stand, if neither meta tags nor JSON-LD tell them.
    pub byline: &'static [Mark],
    /// Where its day or time stands, if neither tells it.
    pub dateline: &'static [Mark],
    /// Where corrections stand.
    pub corrections: &'static [Mark],
}

impl Generation {
    /// The text's paragraphs; none if the page is not of this generation.
    pub(crate) fn paragraphs(&self, dom: &Dom<'_>) -> Option<Vec<String>> {
        let mut lines: Vec<String> = Vec::new();
        let mut end = 0;
        for id in dom.ids() {
            if id.index() < end || dom.tag(id) == Tag::Text || !self.roots.iter().any(|m| m.fits(dom, id)) {
                continue;
            }
            end = subtree_end(dom, id);
            let skip = |dom: &Dom<'_>, id: NodeId| {
                matches!(
                    dom.tag(id),
                    Tag::Aside
                        | Tag::Figure
                        | Tag::Nav
                        | Tag::Footer
                        | Tag::Button
                        | Tag::Form
                        | Tag::Table
                        | Tag::Header
                ) || self.skip.iter().copied().flatten().any(|m| m.fits(dom, id))
            };
            for block in Blocks::collect(dom, id, skip) {
                let loose = block.kind == BlockKind::Plain && block.linked * 2 > block.text.len();
                let advertisement =
                    matches!(block.text.as_str(), "Advertisement" | "Continue reading the main story" | "AD");
                if !loose && !advertisement {
                    lines.push(block.text);
                }
            }
        }
        let is_tail = |line: &String| line.len() < 500 && self.tails.iter().any(|t| line.contains(t));
        while lines.last().is_some_and(is_tail) {
            lines.pop();
        }
        (!lines.is_empty()).then_some(lines)
    }
}

/// One past the last node below `id`, or just past it.
fn subtree_end(dom: &Dom<'_>, id: NodeId) -> usize {
    let mut last = id;
    while let Some(child) = dom.children(last).last() {
        last = child;
    }
    last.index() + 1
}

/// Reads a page of a paper: its newest fitting generation, else the general way.
pub(crate) fn read(paper: &dyn Newspaper, dom: &Dom<'_>, facts: &Facts, url: Option<&str>) -> Extracted {
    let found = paper.generations().iter().find_map(|g| Some((g, g.paragraphs(dom)?)));
    let (parser, paragraphs) = match found {
        Some((generation, paragraphs)) => (format!("{}/{}", paper.id(), generation.name), paragraphs),
        None => ("general".to_owned(), crate::general::paragraphs(dom, facts)),
    };
    if let Some(kind) = kind_of(dom, facts, url, &paragraphs) {
        return Extracted::NotArticle(kind);
    }
    // No layout of an article, and a page that calls itself the site's: a section's front, however much it tells.
    let is_front = facts.meta("og:type").is_some_and(|kind| kind.eq_ignore_ascii_case("website"));
    if parser == "general" && is_front && !facts.is_article() {
        return Extracted::NotArticle(NotArticle::List);
    }
    let mut article = crate::extract::article(facts, url, paragraphs, parser);
    paper.amend(&PageView { dom, facts }, &mut article);
    Extracted::Article(Box::new(article))
}

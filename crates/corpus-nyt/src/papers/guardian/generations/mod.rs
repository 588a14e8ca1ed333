//! The page parsers of The Guardian, a file for each generation of the layout, and the facts that its pages state.

mod blocks;
mod content;
mod itemprop;
mod live_blog;
mod viewer;

use crate::article::Article;
use crate::dates::read_date;
use crate::html::Tag;
use crate::names::{read_byline, read_name};
use crate::papers::{Generation, Mark, PageView, class};

/// The layouts, newest first. A live blog comes before the others, whose marks are on each of its blocks.
pub(super) const GENERATIONS: &[Generation] = &[
    live_blog::GENERATION,
    viewer::GENERATION,
    itemprop::GENERATION,
    content::GENERATION,
    blocks::GENERATION,
];

/// What stands among the text in every generation and is no part of it.
const COMMON: &[Mark] =
    &[class("submeta"), class("after-article"), class("ad-slot"), class("content-footer"), class("caption")];

/// What the editors' system sets into the text, 2012 to 2020.
const ELEMENTS: &[Mark] = &[
    class("element-rich-link"),
    class("rich-link"),
    class("element-atom"),
    class("element-newsletter-signup"),
];

/// The same since 2020.
const COMPONENTS: &[Mark] = &[
    Mark { attribute: "data-component", word: "rich-link" },
    Mark { attribute: "data-spacefinder-role", word: "richLink" },
];

/// Facts that only this paper's pages state, over what was read from any page. Pages mix the marks of generations that
/// follow each other, so those of all are looked for.
pub(super) fn amend(page: &PageView<'_>, article: &mut Article) {
    let dom = page.dom;
    let fits = |id, marks: fn(&Generation) -> &'static [Mark]| {
        GENERATIONS.iter().flat_map(marks).any(|mark| mark.fits(dom, id))
    };
    if let Some(id) = dom.find(|dom, id| dom.tag(id) == Tag::H1)
        && let text = dom.inner_text(id)
        && !text.is_empty()
    {
        article.title = Some(text);
    }
    if article.authors.is_empty() {
        let people = page.outermost(|id| dom.attr(id, "rel") == Some("author"));
        article.authors = people.iter().filter_map(|name| read_name(name)).collect();
    }
    if article.authors.is_empty()
        && let Some(id) = dom.find(|_, id| fits(id, |g| g.byline))
    {
        article.authors = read_byline(&dom.inner_text(id));
    }
    if article.published.is_none() {
        // As it is written for programs, else as it is printed: "Fri 22 Jun 2018 12.00 BST".
        let datelines = || dom.ids().filter(|&id| dom.tag(id) != Tag::Text && fits(id, |g| g.dateline));
        article.published = datelines()
            .find_map(|id| read_date(dom.attr(id, "datetime")?))
            .or_else(|| datelines().next().and_then(|id| read_date(&dom.inner_text(id))));
    }
}

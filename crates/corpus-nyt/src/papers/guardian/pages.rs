//! The page parsers of The Guardian: a generation of the layout each, and what only its pages state.

use crate::article::Article;
use crate::html::Tag;
use crate::names::{read_byline, read_name};
use crate::papers::{Generation, Mark, PageView, class};

const SKIP: &[Mark] = &[
    class("submeta"),
    class("after-article"),
    class("element-rich-link"),
    class("element-atom"),
    class("block-share"),
    class("block-time"),
    class("ad-slot"),
    class("element-newsletter-signup"),
    class("content-footer"),
    class("caption"),
    class("rich-link"),
    class("article__content__ad"),
    Mark { attribute: "data-component", word: "rich-link" },
    Mark { attribute: "data-spacefinder-role", word: "richLink" },
];

/// The layouts, newest first.
pub(super) const GENERATIONS: &[Generation] = &[
    Generation {
        name: "viewer-1",
        roots: &[class("article-body-viewer-selector"), class("article-body-commercial-selector")],
        skip: SKIP,
        tails: &[],
    },
    Generation {
        name: "itemprop-1",
        roots: &[Mark { attribute: "itemprop", word: "articleBody" }],
        skip: SKIP,
        tails: &[],
    },
    Generation { name: "content-1", roots: &[class("content__article-body")], skip: SKIP, tails: &[] },
    Generation {
        name: "blocks-1",
        roots: &[Mark { attribute: "id", word: "article-body-blocks" }],
        skip: SKIP,
        tails: &[],
    },
];

/// Facts that only this paper's pages state, over what was read from any page.
pub(super) fn amend(page: &PageView<'_>, article: &mut Article) {
    let dom = page.dom;
    if let Some(id) = dom.find(|dom, id| dom.tag(id) == Tag::H1)
        && let text = dom.inner_text(id)
        && !text.is_empty()
    {
        article.title = Some(text);
    }
    if article.authors.is_empty() {
        let people = dom.ids().filter(|&id| dom.attr(id, "rel") == Some("author"));
        article.authors = people.filter_map(|id| read_name(&dom.inner_text(id))).collect();
    }
    if article.authors.is_empty()
        && let Some(id) = dom.find(|dom, id| dom.has_class(id, "byline"))
    {
        article.authors = read_byline(&dom.inner_text(id));
    }
}

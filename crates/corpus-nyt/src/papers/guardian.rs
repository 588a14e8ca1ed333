//! The Guardian.

use std::time::Duration;

use jiff::civil::Date;

use super::{Generation, IndexPage, Mark, Newspaper, PageView, class};
use crate::article::Article;
use crate::html::Tag;
use crate::names::{read_byline, read_name};

/// The Guardian.
#[derive(Clone, Copy, Debug)]
pub struct Guardian;

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

const GENERATIONS: &[Generation] = &[
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

impl Newspaper for Guardian {
    fn id(&self) -> &'static str {
        "guardian"
    }

    fn name(&self) -> &'static str {
        "The Guardian"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &[".theguardian.com", ".guardian.co.uk"]
    }

    fn first_year(&self) -> i16 {
        1999
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn terms(&self) -> &'static str {
        "The Guardian's Open Platform serves full text to a developer key of your own (1 request a second, 500 a day), \
         for non-commercial use; its website's terms and robots.txt restrict automated collection of pages."
    }

    fn index_roots(&self, _from: Date, _to: Date) -> Vec<String> {
        // Its list is the Open Platform; see `import`.
        Vec::new()
    }

    fn read_index(&self, _url: &str, _html: &str, _from: Date, _to: Date) -> IndexPage {
        IndexPage::default()
    }

    fn generations(&self) -> &'static [Generation] {
        GENERATIONS
    }

    fn amend(&self, page: &PageView<'_>, article: &mut Article) {
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
}

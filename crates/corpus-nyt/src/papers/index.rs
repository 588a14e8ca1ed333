//! What an index page lists, and how the links of any page are sorted into it.

use std::collections::HashSet;

use crate::html::{Dom, Tag, decode};

/// What an index page lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexPage {
    /// Further index pages.
    pub pages: Vec<String>,
    /// Articles' addresses.
    pub articles: Vec<String>,
}

/// What a link of an index page leads to.
pub(super) enum Listed {
    Index,
    Article,
}

impl IndexPage {
    /// Sorts a page's links by their paths, each once and without the page itself.
    pub(super) fn read(url: &str, html: &str, sort: impl Fn(&str) -> Option<Listed>) -> Self {
        let mut page = Self::default();
        let mut seen = HashSet::from([url.to_owned()]);
        let Ok(base) = url::Url::parse(url) else { return page };
        let dom = Dom::parse(html);
        for id in dom.ids().filter(|&id| dom.tag(id) == Tag::A) {
            let Some(href) = dom.attr(id, "href").map(decode) else { continue };
            let Ok(mut link) = base.join(href.trim()) else { continue };
            link.set_fragment(None);
            let Some(listed) = sort(link.path()) else { continue };
            let link = String::from(link);
            if seen.insert(link.clone()) {
                match listed {
                    Listed::Index => page.pages.push(link),
                    Listed::Article => page.articles.push(link),
                }
            }
        }
        page
    }
}

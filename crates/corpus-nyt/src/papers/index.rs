//! Lists of articles: what a paper's index pages are, and how the links of any of them are sorted.

use std::collections::HashSet;

use jiff::civil::Date;
use quick_xml::events::Event;

use crate::Error;
use crate::html::{Dom, NODES_MAX, Tag, decode};

/// One of a paper's indexes.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    /// Its short name: `sitemap`.
    pub id: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Where the search for articles of these days and sections (none: all) begins.
    pub roots: fn(from: Date, to: Date, sections: &[String]) -> Vec<String>,
}

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
    /// Sorts a page's links by their paths, each once and without the page itself. HTML and XML sitemaps (the
    /// protocol of sitemaps.org) are told apart by their first tag.
    ///
    /// # Errors
    ///
    /// When an XML sitemap breaks off, or a page of HTML has no link at all: then it is no index, but a notice in
    /// an index's place.
    pub(super) fn read(url: &str, text: &str, sort: impl Fn(&str) -> Option<Listed>) -> Result<Self, Error> {
        let base = url::Url::parse(url).map_err(|e| Error::malformed(format!("{url}: no address: {e}")))?;
        let links = if is_xml_sitemap(text) { locations(url, text)? } else { hrefs(url, text)? };
        if links.is_empty() && !is_xml_sitemap(text) {
            return Err(Error::malformed(format!("{url}: no link in it, so this is no index page")));
        }
        let mut page = Self::default();
        let mut seen = HashSet::from([url.to_owned()]);
        for link in links {
            let Ok(mut link) = base.join(link.trim()) else { continue };
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
        Ok(page)
    }
}

fn is_xml_sitemap(text: &str) -> bool {
    let head = &text.as_bytes()[..text.len().min(1024)];
    let has = |tag: &[u8]| head.windows(tag.len()).any(|part| part == tag);
    has(b"<urlset") || has(b"<sitemapindex")
}

/// The links of a page.
fn hrefs(url: &str, html: &str) -> Result<Vec<String>, Error> {
    let oversized = |_| Error::malformed(format!("{url}: more than {NODES_MAX} elements, so no index page"));
    let dom = Dom::parse(html).map_err(oversized)?;
    let anchors = dom.ids().filter(|&id| dom.tag(id) == Tag::A);
    Ok(anchors.filter_map(|id| Some(decode(dom.attr(id, "href")?).into_owned())).collect())
}

/// The `loc` elements of a sitemap or of an index of sitemaps; those of other namespaces (`image:loc`) are none.
fn locations(url: &str, xml: &str) -> Result<Vec<String>, Error> {
    let broken = |why: String| Error::malformed(format!("{url}: the XML sitemap is broken: {why}"));
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut found = Vec::new();
    let mut location: Option<String> = None;
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|e| broken(e.to_string()))? {
            Event::Start(tag) => {
                depth += 1;
                if tag.name().as_ref() == "loc" {
                    location = Some(String::new());
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                if tag.name().as_ref() == "loc" {
                    found.extend(location.take());
                }
            }
            Event::Text(text) => {
                if let Some(location) = &mut location {
                    location.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(location) = &mut location {
                    location.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                if let Some(location) = &mut location {
                    location.push_str(&decode(&format!("&{};", &*name)));
                }
            }
            Event::Eof if depth == 0 => return Ok(found),
            Event::Eof => return Err(broken("it breaks off".to_owned())),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITEMAP: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:image=\"x\">\
        <url><loc> https://a.example/x?a=1&amp;b=2 </loc><image:image><image:loc>https://a.example/i.jpg</image:loc></image:image></url>\
        <url><loc><![CDATA[https://a.example/y]]></loc></url></urlset>";

    #[test]
    fn an_xml_sitemap_gives_its_locations_and_a_torn_one_an_error() {
        let all = |_: &str| Some(Listed::Article);
        let page = IndexPage::read("https://a.example/sitemap.xml", SITEMAP, all).expect("whole");
        assert_eq!(page.articles, ["https://a.example/x?a=1&b=2", "https://a.example/y"]);
        for cut in SITEMAP.find("<url>").expect("a tag")..SITEMAP.len() {
            assert!(IndexPage::read("https://a.example/s", &SITEMAP[..cut], all).is_err(), "{cut}");
        }
        assert!(IndexPage::read("https://a.example/s", "<title>One moment</title>", all).is_err());
    }
}

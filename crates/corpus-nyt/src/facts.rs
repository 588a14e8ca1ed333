//! What a page says about itself: meta tags, JSON-LD, canonical address, headings.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use crate::dates::read_date;
use crate::html::{Dom, NodeId, Tag, clean, decode};
use crate::names::{read_byline, read_name};

/// JSON-LD blocks longer than this are data for scripts, not descriptions.
const JSON_LD_BYTES_MAX: usize = 1 << 20;

/// Types that JSON-LD may state; further ones are passed over.
const TYPES_MAX: usize = 1000;

/// A meta tag that says more says nothing that is asked for here.
const META_BYTES_MAX: usize = 1 << 16;

/// Names that a page may give to what its meta tags say; further ones are passed over.
const META_NAMES_MAX: usize = 1000;

/// A heading that is longer is no headline.
const HEADING_BYTES_MAX: usize = 1 << 12;

/// Statements of a page about itself.
///
/// Each is bounded, in length and in number, so that no page can make them take much more memory than it does.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    meta: HashMap<String, Rc<str>>,
    article: Option<Value>,
    types: Vec<String>,
    pub(crate) canonical: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) page_title: Option<String>,
    pub(crate) h1: Vec<String>,
}

impl Facts {
    /// Reads them in one pass over the nodes.
    pub(crate) fn read(dom: &Dom<'_>) -> Self {
        let mut facts = Self::default();
        for id in dom.ids() {
            match dom.tag(id) {
                Tag::Meta => facts.read_meta(dom, id),
                Tag::Link if attr_is(dom, id, "rel", "canonical") => {
                    facts.canonical =
                        facts.canonical.or_else(|| dom.attr(id, "href").map(|u| decode(u).trim().to_owned()));
                }
                Tag::Html => {
                    facts.language =
                        facts.language.or_else(|| dom.attr(id, "lang").map(|l| l.trim().to_owned()));
                }
                Tag::Title if facts.page_title.is_none() => {
                    facts.page_title = dom.children(id).next().map(|t| clean(&decode(dom.text(t))));
                }
                Tag::H1 if facts.h1.len() < 8 => {
                    let text = dom.inner_text(id);
                    facts.h1.push(if text.len() <= HEADING_BYTES_MAX { text } else { String::new() });
                }
                Tag::Script if dom.attr(id, "type").is_some_and(|t| t.contains("ld+json")) => {
                    facts.read_json_ld(dom, id);
                }
                _ => {}
            }
        }
        facts.h1.retain(|h| !h.is_empty());
        facts.language = facts.language.filter(|l| !l.is_empty());
        facts
    }

    fn read_meta(&mut self, dom: &Dom<'_>, id: NodeId) {
        let content = dom.attr(id, "content").filter(|c| c.len() <= META_BYTES_MAX);
        let Some(content) = content.map(|c| clean(&decode(c))).filter(|c| !c.is_empty()) else { return };
        let content: Rc<str> = content.into();
        for name in ["name", "property", "itemprop"].iter().filter_map(|n| dom.attr(id, n)) {
            for word in name.split_ascii_whitespace() {
                if self.meta.len() < META_NAMES_MAX {
                    self.meta.entry(word.to_ascii_lowercase()).or_insert_with(|| Rc::clone(&content));
                }
            }
        }
    }

    fn read_json_ld(&mut self, dom: &Dom<'_>, id: NodeId) {
        let Some(text) = dom.children(id).next().map(|c| dom.text(c)) else { return };
        let text = text.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>").trim();
        if text.len() > JSON_LD_BYTES_MAX {
            return;
        }
        let Ok(value) = serde_json::from_str::<Value>(text) else { return };
        let mut queue = vec![value];
        let mut seen = 0;
        while let Some(value) = queue.pop() {
            seen += 1;
            if seen > 200 {
                break;
            }
            match value {
                Value::Array(items) => queue.extend(items),
                Value::Object(mut object) => {
                    if let Some(Value::Array(graph)) = object.remove("@graph") {
                        queue.extend(graph);
                    }
                    let types: Vec<String> = strings(object.get("@type").unwrap_or(&Value::Null));
                    let is_article = types.iter().any(|t| t.contains("Article") || t.ends_with("Posting"));
                    self.types.extend(types.into_iter().take(TYPES_MAX.saturating_sub(self.types.len())));
                    if is_article && self.article.is_none() {
                        self.article = Some(Value::Object(object));
                    }
                }
                _ => {}
            }
        }
    }

    /// A meta tag's content by its lower-case name or property.
    pub(crate) fn meta(&self, name: &str) -> Option<&str> {
        self.meta.get(name).map(|content| &**content)
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|n| self.meta(n)).map(str::to_owned)
    }

    fn json(&self, field: &str) -> Option<String> {
        let text = clean(&decode(self.article.as_ref()?.get(field)?.as_str()?));
        (!text.is_empty()).then_some(text)
    }

    /// Whether a JSON-LD block of this type was seen.
    pub(crate) fn has_type(&self, name: &str) -> bool {
        self.types.iter().any(|t| t == name)
    }

    /// Whether JSON-LD calls it an article.
    pub(crate) fn is_article(&self) -> bool {
        self.article.is_some()
    }

    /// JSON-LD's `isAccessibleForFree` is false.
    pub(crate) fn is_closed(&self) -> bool {
        match self.article.as_ref().and_then(|a| a.get("isAccessibleForFree")) {
            Some(Value::Bool(free)) => !free,
            Some(Value::String(free)) => free.eq_ignore_ascii_case("false"),
            _ => false,
        }
    }

    /// The canonical address.
    pub(crate) fn url(&self) -> Option<String> {
        self.canonical
            .clone()
            .or_else(|| self.first(&["og:url", "twitter:url"]))
            .filter(|u| u.starts_with("http"))
    }

    /// The headline for sharing: may carry the section's or the author's name.
    pub(crate) fn share_title(&self) -> Option<String> {
        self.first(&["og:title", "twitter:title"])
    }

    /// The headline in JSON-LD.
    pub(crate) fn headline(&self) -> Option<String> {
        self.json("headline")
    }

    /// The authors, from JSON-LD or meta tags.
    pub(crate) fn authors(&self) -> Vec<String> {
        for name in
            ["byl", "dc.creator", "author", "article:author_name", "parsely-author", "sailthru.author"]
        {
            let names = self.meta(name).filter(|n| !n.contains("://")).map(read_byline).unwrap_or_default();
            if !names.is_empty() {
                return names;
            }
        }
        let listed = self.article.as_ref().and_then(|a| a.get("author"));
        let mut names = Vec::new();
        for one in
            listed.map(|a| a.as_array().map_or_else(|| vec![a.clone()], Clone::clone)).unwrap_or_default()
        {
            let name = one.as_str().or_else(|| one.get("name").and_then(Value::as_str)).unwrap_or_default();
            names.extend(read_name(&clean(&decode(name))));
        }
        names
    }

    /// When it was published.
    pub(crate) fn published(&self) -> Option<String> {
        const NAMES: [&str; 12] = [
            "article:published_time",
            "article:published",
            "datepublished",
            "ptime",
            "date",
            "dc.date",
            "parsely-pub-date",
            "sailthru.date",
            "pdate",
            "pubdate",
            "dat",
            "displaydate",
        ];
        NAMES
            .iter()
            .find_map(|n| read_date(self.meta(n)?))
            .or_else(|| read_date(&self.json("datePublished")?))
    }

    /// When it was last changed.
    pub(crate) fn updated(&self) -> Option<String> {
        const NAMES: [&str; 5] =
            ["article:modified_time", "article:modified", "datemodified", "utime", "og:updated_time"];
        NAMES.iter().find_map(|n| read_date(self.meta(n)?)).or_else(|| read_date(&self.json("dateModified")?))
    }

    /// The section.
    pub(crate) fn section(&self) -> Option<String> {
        self.first(&["article:section", "articlesection"])
            .or_else(|| self.json("articleSection"))
            .or_else(|| self.first(&["cg"]))
    }

    /// Subjects.
    pub(crate) fn keywords(&self) -> Vec<String> {
        let list = self.first(&["news_keywords", "keywords"]).unwrap_or_default();
        list.split(',').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect()
    }
}

fn attr_is(dom: &Dom<'_>, id: NodeId, name: &str, value: &str) -> bool {
    dom.attr(id, name).is_some_and(|v| v.eq_ignore_ascii_case(value))
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

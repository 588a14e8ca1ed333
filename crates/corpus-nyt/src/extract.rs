//! From a page's bytes to an [`Article`]: the crate's main door.

use crate::article::{Article, Extracted, NotArticle};
use crate::facts::Facts;
use crate::html::Dom;
use crate::kinds::kind_of;
use crate::nitf::{is_nitf, nitf};
use crate::papers;

/// Reads a page of any encoding. `url` is where it came from, if known; `charset` what HTTP said.
///
/// Pages of a known paper are read by that paper's parsers, all others (and layouts not seen yet) by the
/// general extractor. Files of the licensed corpus ([`import::nitf`](crate::import::nitf)) are known by their first tag.
#[must_use]
pub fn extract(bytes: &[u8], url: Option<&str>, charset: Option<&str>) -> Extracted {
    let label = charset.map(str::to_owned).or_else(|| declared(bytes));
    let decoded = corpus_text::decode(bytes, label.as_deref());
    extract_str(&decoded.text, url)
}

/// [`extract`] for decoded text.
#[must_use]
pub fn extract_str(html: &str, url: Option<&str>) -> Extracted {
    // A file of the licensed corpus; one that is broken is read as any page is.
    if is_nitf(html)
        && let Ok(article) = nitf(html)
    {
        return if article.paragraphs.is_empty() {
            Extracted::NotArticle(NotArticle::Empty)
        } else {
            Extracted::Article(Box::new(article))
        };
    }
    let Ok(dom) = Dom::parse(html) else { return Extracted::NotArticle(NotArticle::Oversized) };
    let facts = Facts::read(&dom);
    let own = facts.url();
    match own.as_deref().and_then(papers::paper_of).or_else(|| url.and_then(papers::paper_of)) {
        Some(paper) => papers::read(paper, &dom, &facts, url),
        None => general(&dom, &facts, url),
    }
}

/// Reads any page the general way, also those of known papers.
#[must_use]
pub fn extract_general(html: &str, url: Option<&str>) -> Extracted {
    let Ok(dom) = Dom::parse(html) else { return Extracted::NotArticle(NotArticle::Oversized) };
    general(&dom, &Facts::read(&dom), url)
}

fn general(dom: &Dom<'_>, facts: &Facts, url: Option<&str>) -> Extracted {
    let paragraphs = crate::general::paragraphs(dom, facts);
    match kind_of(dom, facts, url, &paragraphs) {
        Some(kind) => Extracted::NotArticle(kind),
        None => Extracted::Article(Box::new(article(facts, url, paragraphs, "general".to_owned()))),
    }
}

/// An article with what any page may say of itself.
pub(crate) fn article(facts: &Facts, url: Option<&str>, paragraphs: Vec<String>, parser: String) -> Article {
    let share = facts.share_title();
    // A heading that the shared title confirms is the headline as printed.
    let heading = facts.h1.iter().find(|h| share.as_ref().is_none_or(|s| s.contains(h.as_str())));
    Article {
        url: facts.url().or_else(|| url.map(str::to_owned)),
        title: heading.cloned().or_else(|| facts.headline()).or(share).or_else(|| facts.page_title.clone()),
        authors: facts.authors(),
        published: facts.published(),
        updated: facts.updated(),
        section: facts.section(),
        kicker: None,
        keywords: facts.keywords(),
        language: facts.language.clone(),
        corrections: Vec::new(),
        paragraphs,
        parser,
    }
}

/// The charset that a page declares in its first kilobytes.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).to_ascii_lowercase();
    let rest = &head[head.find("charset=")? + 8..];
    let label: String = rest
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    (!label.is_empty()).then_some(label)
}

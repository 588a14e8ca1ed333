//! Pages that are no articles, told by what they say of themselves and how little they say.

use crate::article::NotArticle;
use crate::facts::Facts;
use crate::html::{Dom, Tag};

/// What walls and refusals call themselves.
const WALLS: [&str; 11] = [
    "are you a robot",
    "not a robot",
    "access denied",
    "access to this page has been denied",
    "just a moment",
    "before you continue",
    "verify you are human",
    "checking your browser",
    "pardon our interruption",
    "attention required",
    "captcha",
];

/// What a stub asks for.
const GATES: [&str; 8] = [
    "subscribe to continue",
    "subscribe to read",
    "log in to continue",
    "sign in to continue",
    "to continue reading",
    "already a subscriber",
    "create a free account",
    "subscribers only",
];

/// The kind of a page that is not an article; none if it is one.
pub(crate) fn kind_of(
    dom: &Dom<'_>,
    facts: &Facts,
    url: Option<&str>,
    paragraphs: &[String],
) -> Option<NotArticle> {
    let words: usize = paragraphs.iter().map(|p| p.split_whitespace().count()).sum();
    let heading =
        facts.page_title.iter().chain(&facts.h1).map(|t| t.to_lowercase()).collect::<Vec<_>>().join(" ");
    if words < 150 && WALLS.iter().any(|w| heading.contains(w)) {
        return Some(NotArticle::Wall);
    }
    let own = facts.url();
    let path = url.or(own.as_deref()).and_then(|u| u.split_once("://")).map_or("", |(_, rest)| rest);
    let kind = facts.meta("pt").or_else(|| facts.meta("og:type")).unwrap_or_default().to_lowercase();
    if words < 150 {
        // A page may carry a video, say so, and tell about it all the same.
        let says_video = kind.starts_with("video") || (facts.has_type("VideoObject") && !facts.is_article());
        if path.contains("/video/") || (says_video && (words < 50 || facts.meta("pt").is_some())) {
            return Some(NotArticle::Video);
        }
        if kind.starts_with("interactive") || path.contains("/interactive/") {
            return Some(NotArticle::Interactive);
        }
        if kind.starts_with("slideshow")
            || ["/slideshow/", "/gallery/", "/pictures/"].iter().any(|p| path.contains(p))
        {
            return Some(NotArticle::Gallery);
        }
    }
    if words < 250 && (facts.is_closed() || words < 100) {
        let all = dom
            .find(|dom, id| dom.tag(id) == Tag::Body)
            .map(|b| dom.inner_text(b).to_lowercase())
            .unwrap_or_default();
        if GATES.iter().any(|g| all.contains(g)) && all.len() < 20_000 {
            return Some(NotArticle::Stub);
        }
    }
    if words == 0 {
        return Some(NotArticle::Empty);
    }
    let at_top = path.split('/').skip(1).filter(|p| !p.is_empty()).count() == 0 && !path.is_empty();
    if words < 150 && at_top && kind != "article" && !facts.is_article() {
        return Some(NotArticle::List);
    }
    None
}

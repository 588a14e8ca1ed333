//! The page parsers of The New York Times, a file for each generation of the layout, and the facts that its pages state.

mod article_body;
mod blog;
mod companion;
mod itemprop;
mod mobile;
mod section;
mod story_body;

use super::index::day_in;
use crate::article::Article;
use crate::dates::read_date;
use crate::html::Tag;
use crate::names::read_byline;
use crate::papers::{Generation, Mark, PageView, class};

/// The layouts, newest first; the last one tells the least of itself.
pub(super) const GENERATIONS: &[Generation] = &[
    section::GENERATION,
    companion::GENERATION,
    story_body::GENERATION,
    mobile::GENERATION,
    article_body::GENERATION,
    blog::GENERATION,
    itemprop::GENERATION,
];

/// What stands among the text in every generation and is no part of it.
const COMMON: &[Mark] = &[
    class("ad"),
    class("visually-hidden"),
    class("media"),
    class("image"),
    class("caption"),
    class("insetCol"),
    class("sharetools"),
    class("shareTools"),
];

/// Drawings with words in them, since about 2012.
const GRAPHICS: &[Mark] = &[
    class("g-artboard"),
    class("ai2html"),
    class("interactive-graphic"),
    class("interactive-content"),
    class("interactive-body"),
];

/// How the paper's notes at the end of an article begin or go on.
const TAILS: &[&str] = &[
    "contributed reporting",
    "contributed research",
    "Reporting was contributed by",
    "The Times is committed to publishing",
    "Follow The New York Times Opinion section on",
    "Like what you’re reading?",
    "A version of this article appear",
];

/// Facts that only this paper's pages state, over what was read from any page. Pages mix the marks of generations that
/// follow each other, so those of all are looked for.
pub(super) fn amend(page: &PageView<'_>, article: &mut Article) {
    let dom = page.dom;
    let first = |marks: fn(&Generation) -> &'static [Mark]| {
        dom.find(|dom, id| GENERATIONS.iter().flat_map(marks).any(|mark| mark.fits(dom, id)))
    };
    let headline = dom.find(|dom, id| {
        dom.tag(id) == Tag::H1 && GENERATIONS.iter().flat_map(|g| g.headline).any(|mark| mark.fits(dom, id))
    });
    article.title = headline
        .map(|id| dom.inner_text(id))
        .filter(|t| !t.is_empty())
        .or_else(|| page.facts.meta("hdl").map(str::to_owned))
        .or_else(|| article.title.take());
    if let Some((kicker, title)) = article.title.as_deref().and_then(|t| t.split_once(" | ")) {
        article.kicker = Some(kicker.to_owned());
        article.title = Some(title.to_owned());
    } else if let Some(kicker) = page.facts.share_title().as_deref().and_then(|t| t.split_once(" | ")) {
        article.kicker = Some(kicker.0.to_owned());
    }
    if article.authors.is_empty()
        && let Some(id) = first(|g| g.byline)
    {
        let byline = dom.inner_text(id);
        if byline.get(..3).is_some_and(|b| b.eq_ignore_ascii_case("by ")) {
            article.authors = read_byline(&byline);
        }
    }
    if article.published.is_none() {
        article.published = first(|g| g.dateline).and_then(|id| read_date(&dom.inner_text(id)));
    }
    if article.published.is_none() {
        article.published = article.url.as_deref().and_then(day_in).map(|d| d.to_string());
    }
    article.corrections =
        page.outermost(|id| GENERATIONS.iter().flat_map(|g| g.corrections).any(|mark| mark.fits(dom, id)));
}

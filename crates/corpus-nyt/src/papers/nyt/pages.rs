//! The page parsers of The New York Times: a generation of the layout each, and what only its pages state.

use super::index::day_in;
use crate::article::Article;
use crate::dates::read_date;
use crate::html::Tag;
use crate::names::read_byline;
use crate::papers::{Generation, Mark, PageView, class};

const TAILS: &[&str] = &[
    "contributed reporting",
    "contributed research",
    "Reporting was contributed by",
    "The Times is committed to publishing",
    "Follow The New York Times Opinion section on",
    "Like what you’re reading?",
    "A version of this article appear",
];

const SKIP: &[Mark] = &[
    class("ad"),
    class("visually-hidden"),
    class("supplemental"),
    class("articleInline"),
    class("story-footer"),
    class("story-meta"),
    class("articleCorrection"),
    class("newsletter-signup"),
    class("interactive-promo"),
    class("related-coverage"),
    class("inlineModule"),
    class("authorIdentification"),
    class("wp-caption"),
    class("w480"),
    class("w190"),
    class("insetCol"),
    class("media"),
    class("image"),
    class("caption"),
    class("g-artboard"),
    class("interactive-graphic"),
    class("interactive-content"),
    class("interactive-body"),
    class("ai2html"),
    class("entry-meta"),
    class("shareTools"),
    class("sharetools"),
    Mark { attribute: "id", word: "gateway-content" },
    Mark { attribute: "role", word: "complementary" },
    Mark { attribute: "data-testid", word: "photoviewer-wrapper" },
];

/// The layouts, newest first.
pub(super) const GENERATIONS: &[Generation] = &[
    // Since 2018; the class names around it change with every build, the section's name does not.
    Generation {
        name: "section-1",
        roots: &[Mark { attribute: "name", word: "articleBody" }],
        skip: SKIP,
        tails: TAILS,
    },
    Generation { name: "companion-1", roots: &[class("StoryBodyCompanionColumn")], skip: SKIP, tails: TAILS },
    Generation {
        name: "story-body-1",
        roots: &[class("story-body-text"), class("story-subheading")],
        skip: SKIP,
        tails: TAILS,
    },
    Generation { name: "mobile-1", roots: &[class("p-block")], skip: SKIP, tails: TAILS },
    Generation {
        name: "article-body-1",
        roots: &[class("articleBody"), Mark { attribute: "id", word: "articleBody" }],
        skip: SKIP,
        tails: TAILS,
    },
    Generation { name: "blog-1", roots: &[class("entry-content")], skip: SKIP, tails: &[] },
    Generation {
        name: "itemprop-1",
        roots: &[Mark { attribute: "itemprop", word: "articleBody" }],
        skip: SKIP,
        tails: TAILS,
    },
];

/// Facts that only this paper's pages state, over what was read from any page.
pub(super) fn amend(page: &PageView<'_>, article: &mut Article) {
    let dom = page.dom;
    let headline = dom.find(|dom, id| {
        dom.tag(id) == Tag::H1
            && (dom.attr(id, "itemprop") == Some("headline")
                || dom.attr(id, "data-testid") == Some("headline")
                || ["headline", "articleHeadline", "entry-title"].iter().any(|c| dom.has_class(id, c)))
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
        && let Some(id) =
            dom.find(|dom, id| dom.has_class(id, "byline") || dom.attr(id, "id") == Some("byline"))
    {
        let byline = dom.inner_text(id);
        if byline.get(..3).is_some_and(|b| b.eq_ignore_ascii_case("by ")) {
            article.authors = read_byline(&byline);
        }
    }
    if article.published.is_none() {
        let dateline = dom.find(|dom, id| dom.has_class(id, "dateline") || dom.has_class(id, "date"));
        article.published = dateline.and_then(|id| read_date(&dom.inner_text(id)));
    }
    if article.published.is_none() {
        article.published = article.url.as_deref().and_then(day_in).map(|d| d.to_string());
    }
    article.corrections = dom
        .ids()
        .filter(|&id| dom.has_class(id, "articleCorrection"))
        .map(|id| dom.inner_text(id))
        .filter(|t| !t.is_empty())
        .collect();
}

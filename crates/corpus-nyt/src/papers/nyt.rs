//! The New York Times.

use std::time::Duration;

use jiff::civil::Date;

use super::{Generation, IndexPage, Listed, Mark, Newspaper, PageView, class};
use crate::article::Article;
use crate::dates::read_date;
use crate::html::Tag;
use crate::names::read_byline;

/// The New York Times, from 1987.
#[derive(Clone, Copy, Debug)]
pub struct NewYorkTimes;

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

const GENERATIONS: &[Generation] = &[
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

impl Newspaper for NewYorkTimes {
    fn id(&self) -> &'static str {
        "nyt"
    }

    fn name(&self) -> &'static str {
        "The New York Times"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &[".nytimes.com"]
    }

    fn first_year(&self) -> i16 {
        1987
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn terms(&self) -> &'static str {
        "The New York Times' terms of service and robots.txt bar automated collection of nytimes.com's pages without \
         written consent. The Archive API (a key of your own, 5 requests a minute, 500 a day) lists all articles; \
         licensed or saved material is read by `extract` without any request. Go on only where you have the right."
    }

    fn index_roots(&self, from: Date, to: Date) -> Vec<String> {
        let mut roots: Vec<String> = (from.year()..=to.year())
            .map(|y| format!("http://spiderbites.nytimes.com/free_{y}/index.html"))
            .collect();
        roots.push("https://www.nytimes.com/sitemap/".to_owned());
        roots
    }

    fn read_index(&self, url: &str, html: &str, from: Date, to: Date) -> IndexPage {
        IndexPage::read(url, html, |path| {
            if index_in(path, from, to) {
                Some(Listed::Index)
            } else {
                day_in(path).filter(|day| (from..=to).contains(day)).map(|_| Listed::Article)
            }
        })
    }

    fn generations(&self) -> &'static [Generation] {
        GENERATIONS
    }

    fn amend(&self, page: &PageView<'_>, article: &mut Article) {
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
}

/// `/2016/07/30/` anywhere in an address.
fn day_in(path: &str) -> Option<Date> {
    let parts: Vec<&str> = path.split('/').collect();
    parts.windows(3).find_map(|p| {
        let sized = p[0].len() == 4 && p[1].len() <= 2 && p[2].len() <= 2;
        Date::new(p[0].parse().ok().filter(|_| sized)?, p[1].parse().ok()?, p[2].parse().ok()?).ok()
    })
}

/// Whether a path is an index page that may list articles of these days.
fn index_in(path: &str, from: Date, to: Date) -> bool {
    let numbers: Option<Vec<i16>> = if let Some(date) = path.strip_prefix("/sitemap/") {
        date.split_terminator('/').map(|p| p.parse().ok()).collect()
    } else if let Some(rest) = path.strip_prefix("/free_") {
        // `1987/articles_1987_01_00000.html`: year and month.
        let name = rest.split('/').nth(1).and_then(|f| f.strip_prefix("articles_"));
        name.and_then(|n| n.split('_').take(2).map(|p| p.parse().ok()).collect())
    } else {
        None
    };
    let bound = |date: Date, n: usize| [date.year(), date.month().into(), date.day().into()][..n].to_vec();
    numbers
        .is_some_and(|n| (1..=3).contains(&n.len()) && bound(from, n.len()) <= n && n <= bound(to, n.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn index_pages_outside_the_days_are_left_out() {
        let html = "<a href=/sitemap/1986/>a</a><a href='/sitemap/1987/'>b</a><a href=/sitemap/1987/02/>c</a>\
            <a href=/1987/01/02/world/x.html#c>d</a><a href=/1987/02/02/y.html>e</a><a href=/help>f</a>\
            <a href=/free_1987/articles_1987_01_00000.html>g</a>";
        let page = NewYorkTimes.read_index(
            "https://www.nytimes.com/sitemap/",
            html,
            date(1987, 1, 1),
            date(1987, 1, 31),
        );
        assert_eq!(
            page.pages,
            [
                "https://www.nytimes.com/sitemap/1987/",
                "https://www.nytimes.com/free_1987/articles_1987_01_00000.html"
            ]
        );
        assert_eq!(page.articles, ["https://www.nytimes.com/1987/01/02/world/x.html"]);
    }
}

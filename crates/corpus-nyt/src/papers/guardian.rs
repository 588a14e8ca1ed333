//! The Guardian.

use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Generation, IndexPage, Listed, Mark, Newspaper, PageView, class};
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

/// The sections whose lists are read.
const SECTIONS: [&str; 20] = [
    "artanddesign",
    "books",
    "business",
    "commentisfree",
    "culture",
    "education",
    "environment",
    "film",
    "football",
    "lifeandstyle",
    "media",
    "money",
    "music",
    "politics",
    "science",
    "society",
    "sport",
    "technology",
    "travel",
    "world",
];

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The day in an article's path, `/world/2018/jun/04/its-name`.
fn day_in(path: &str) -> Option<Date> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let at = parts
        .windows(4)
        .position(|part| part[0].len() == 4 && MONTHS.contains(&part[1]) && part[3] != "all")?;
    let month = MONTHS.iter().position(|month| *month == parts[at + 1])? + 1;
    Date::new(parts[at].parse().ok()?, i8::try_from(month).ok()?, parts[at + 2].parse().ok()?).ok()
}

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

    /// A list for each section and day; the paper has no index above them.
    fn index_roots(&self, from: Date, to: Date) -> Vec<String> {
        let days = from.series(1.day()).take_while(|day| *day <= to);
        let lists = |day: Date| {
            let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
            SECTIONS.map(|section| {
                format!(
                    "https://www.theguardian.com/{section}/{:04}/{month}/{:02}/all",
                    day.year(),
                    day.day()
                )
            })
        };
        days.flat_map(lists).collect()
    }

    fn read_index(&self, url: &str, html: &str, from: Date, to: Date) -> IndexPage {
        IndexPage::read(url, html, |path| {
            day_in(path).filter(|day| (from..=to).contains(day)).map(|_| Listed::Article)
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_list_a_section_and_day_and_the_days_of_paths() {
        let roots = Guardian.index_roots(date(2018, 6, 4), date(2018, 6, 5));
        assert_eq!(roots.len(), 2 * SECTIONS.len());
        assert!(roots.contains(&"https://www.theguardian.com/world/2018/jun/04/all".to_owned()));
        assert_eq!(day_in("/world/2018/jun/04/a-name"), Some(date(2018, 6, 4)));
        assert_eq!(day_in("/uk-news/live/2018/jun/04/a-name"), Some(date(2018, 6, 4)));
        assert_eq!(day_in("/world/2018/jun/04/all"), None);
        assert_eq!(day_in("/world/2018/jun"), None);
    }
}

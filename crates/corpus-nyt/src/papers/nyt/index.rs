//! The indexes of The New York Times: where its articles are listed.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::Error;
use crate::papers::index::{Index, IndexPage, Listed};

/// Today's index by years, months and days, the same in files for machines, and the one of the old site.
pub(super) const INDEXES: &[Index] = &[
    Index {
        id: "spiderbites",
        about: "the old site's lists, a page for each month's part (spiderbites.nytimes.com/free_YYYY/)",
        roots: |from, to, _| {
            (from.year()..=to.year())
                .map(|year| format!("http://spiderbites.nytimes.com/free_{year}/index.html"))
                .collect()
        },
    },
    Index {
        id: "sitemap",
        about: "the site map for readers, a page for each day (www.nytimes.com/sitemap/YYYY/MM/DD/)",
        roots: |_, _, _| vec!["https://www.nytimes.com/sitemap/".to_owned()],
    },
    Index {
        id: "xml",
        about: "the XML sitemaps that robots.txt names, a file for each month (www.nytimes.com/sitemaps/new/)",
        roots: |_, _, _| vec!["https://www.nytimes.com/sitemaps/new/sitemap.xml.gz".to_owned()],
    },
];

/// Reads an index page into further index pages and articles.
pub(super) fn read(url: &str, text: &str, from: Date, to: Date) -> Result<IndexPage, Error> {
    IndexPage::read(url, text, |path| {
        if let Some((first, last)) = days_of_path(path) {
            return (first <= to && from <= last).then_some(Listed::Index);
        }
        day_in(path).filter(|day| (from..=to).contains(day)).map(|_| Listed::Article)
    })
}

/// The days that an index page lists, first and last.
pub(super) fn days(url: &str) -> Option<(Date, Date)> {
    let (_, rest) = url.split_once("://")?;
    days_of_path(&rest[rest.find('/')?..])
}

/// `/2016/07/30/` anywhere in an address.
pub(super) fn day_in(path: &str) -> Option<Date> {
    let parts: Vec<&str> = path.split('/').collect();
    parts.windows(3).find_map(day_of_parts)
}

/// The part behind the day, `/2016/07/30/world/europe/a-name.html`: the section, where there is one.
pub(super) fn section_in(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.windows(3).position(|p| day_of_parts(p).is_some())? + 3;
    (at + 1 < parts.len()).then(|| parts[at].to_owned())
}

fn day_of_parts(parts: &[&str]) -> Option<Date> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if parts[0].len() != 4 || parts[1].len() > 2 || parts[2].len() > 2 || !parts.iter().all(|p| digits(p)) {
        return None;
    }
    Date::new(parts[0].parse().ok()?, parts[1].parse().ok()?, parts[2].parse().ok()?).ok()
}

/// The days of an index page's path: a site map's (`/sitemap/2020/08/16/`), an XML sitemap's
/// (`/sitemaps/new/sitemap-2020-08.xml.gz`), an old list's (`/free_1987/articles_1987_01_00000.html`). The pages
/// above a year list all days.
fn days_of_path(path: &str) -> Option<(Date, Date)> {
    let numbers: Vec<i16> = if let Some(date) = path.strip_prefix("/sitemap/") {
        date.split_terminator('/').map(|part| part.parse().ok()).collect::<Option<_>>()?
    } else if let Some(file) = path.strip_prefix("/sitemaps/new/") {
        let name = file.strip_suffix(".gz").unwrap_or(file).strip_suffix(".xml")?;
        name.strip_prefix("sitemap-")?.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?
    } else {
        let (year, file) = path.strip_prefix("/free_")?.split_once('/')?;
        match file.strip_prefix("articles_") {
            Some(name) => name.split('_').take(2).map(|part| part.parse().ok()).collect::<Option<_>>()?,
            None => vec![year.parse().ok()?],
        }
    };
    let small = |n: i16| i8::try_from(n).ok();
    match numbers.as_slice() {
        [] => Some((Date::MIN, Date::MAX)),
        [year] => Some((Date::new(*year, 1, 1).ok()?, Date::new(*year, 12, 31).ok()?)),
        [year, month] => {
            let first = Date::new(*year, small(*month)?, 1).ok()?;
            Some((first, first.last_of_month()))
        }
        [year, month, day] => {
            let day = Date::new(*year, small(*month)?, small(*day)?).ok()?;
            Some((day, day))
        }
        _ => None,
    }
}

/// The months that these days touch, each by its first day.
pub(super) fn months(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.first_of_month().series(1.month()).take_while(move |month| *month <= to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn index_pages_outside_the_days_are_left_out() {
        let html = "<a href=/sitemap/1986/>a</a><a href='/sitemap/1987/'>b</a><a href=/sitemap/1987/02/>c</a>\
            <a href=/1987/01/02/world/x.html#c>d</a><a href=/1987/02/02/y.html>e</a><a href=/help>f</a>\
            <a href=/free_1987/articles_1987_01_00000.html>g</a><a href=/sitemaps/new/sitemap-1987-01.xml.gz>h</a>\
            <a href=/sitemaps/new/sitemap-1987-02.xml.gz>i</a>";
        let page = read("https://www.nytimes.com/sitemap/", html, date(1987, 1, 1), date(1987, 1, 31))
            .expect("a page");
        assert_eq!(
            page.pages,
            [
                "https://www.nytimes.com/sitemap/1987/",
                "https://www.nytimes.com/free_1987/articles_1987_01_00000.html",
                "https://www.nytimes.com/sitemaps/new/sitemap-1987-01.xml.gz",
            ]
        );
        assert_eq!(page.articles, ["https://www.nytimes.com/1987/01/02/world/x.html"]);
    }

    #[test]
    fn the_days_of_index_pages_and_the_sections_of_articles() {
        let of = |path: &str| days(&format!("https://www.nytimes.com{path}"));
        assert_eq!(of("/sitemap/2020/02/"), Some((date(2020, 2, 1), date(2020, 2, 29))));
        assert_eq!(of("/sitemap/2020/02/03/"), Some((date(2020, 2, 3), date(2020, 2, 3))));
        assert_eq!(of("/sitemap/"), Some((Date::MIN, Date::MAX)));
        assert_eq!(of("/free_1987/index.html"), Some((date(1987, 1, 1), date(1987, 12, 31))));
        assert_eq!(of("/free_1987/articles_1987_04_00002.html"), Some((date(1987, 4, 1), date(1987, 4, 30))));
        assert_eq!(of("/sitemaps/new/sitemap-2026-11.xml.gz"), Some((date(2026, 11, 1), date(2026, 11, 30))));
        assert_eq!(of("/sitemaps/new/video.xml.gz"), None);
        assert_eq!(of("/sitemap/2020/13/"), None);
        assert_eq!(section_in("/2016/07/30/world/europe/x.html").as_deref(), Some("world"));
        assert_eq!(section_in("/2016/07/30/x.html"), None);
        assert_eq!(months(date(2020, 11, 30), date(2021, 2, 1)).count(), 4);
    }
}

//! The indexes of The New York Times: where its articles are listed.

use jiff::civil::Date;

use crate::papers::index::{IndexPage, Listed};

/// Where the search for articles of these days begins.
pub(super) fn roots(from: Date, to: Date) -> Vec<String> {
    let mut roots: Vec<String> = (from.year()..=to.year())
        .map(|y| format!("http://spiderbites.nytimes.com/free_{y}/index.html"))
        .collect();
    roots.push("https://www.nytimes.com/sitemap/".to_owned());
    roots
}

/// Reads an index page into further index pages and articles.
pub(super) fn read(url: &str, html: &str, from: Date, to: Date) -> IndexPage {
    IndexPage::read(url, html, |path| {
        if index_in(path, from, to) {
            Some(Listed::Index)
        } else {
            day_in(path).filter(|day| (from..=to).contains(day)).map(|_| Listed::Article)
        }
    })
}

/// `/2016/07/30/` anywhere in an address.
pub(super) fn day_in(path: &str) -> Option<Date> {
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
        let page = read("https://www.nytimes.com/sitemap/", html, date(1987, 1, 1), date(1987, 1, 31));
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

//! The indexes of The Guardian: where its articles are listed.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::papers::index::{IndexPage, Listed};

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

/// A list for each section and day; the paper has no index above them.
pub(super) fn roots(from: Date, to: Date) -> Vec<String> {
    let days = from.series(1.day()).take_while(|day| *day <= to);
    let lists = |day: Date| {
        let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
        SECTIONS.map(|section| {
            format!("https://www.theguardian.com/{section}/{:04}/{month}/{:02}/all", day.year(), day.day())
        })
    };
    days.flat_map(lists).collect()
}

/// Reads an index page into articles.
pub(super) fn read(url: &str, html: &str, from: Date, to: Date) -> IndexPage {
    IndexPage::read(url, html, |path| {
        day_in(path).filter(|day| (from..=to).contains(day)).map(|_| Listed::Article)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_list_a_section_and_day_and_the_days_of_paths() {
        let roots = roots(date(2018, 6, 4), date(2018, 6, 5));
        assert_eq!(roots.len(), 2 * SECTIONS.len());
        assert!(roots.contains(&"https://www.theguardian.com/world/2018/jun/04/all".to_owned()));
        assert_eq!(day_in("/world/2018/jun/04/a-name"), Some(date(2018, 6, 4)));
        assert_eq!(day_in("/uk-news/live/2018/jun/04/a-name"), Some(date(2018, 6, 4)));
        assert_eq!(day_in("/world/2018/jun/04/all"), None);
        assert_eq!(day_in("/world/2018/jun"), None);
    }
}

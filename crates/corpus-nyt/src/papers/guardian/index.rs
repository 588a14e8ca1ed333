//! The indexes of The Guardian: where its articles are listed.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::Error;
use crate::papers::index::{Index, IndexPage, Listed};

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

/// A list for each section and day; the paper has no index above them.
pub(super) const INDEXES: &[Index] = &[Index {
    id: "lists",
    about: "the lists of a section and a day (www.theguardian.com/SECTION/YYYY/mon/DD/all)",
    roots: |from, to, sections| {
        let chosen: Vec<&str> = if sections.is_empty() {
            SECTIONS.to_vec()
        } else {
            sections.iter().map(String::as_str).collect()
        };
        let lists = |day: Date| {
            let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
            let url = |section: &&str| {
                format!(
                    "https://www.theguardian.com/{section}/{:04}/{month}/{:02}/all",
                    day.year(),
                    day.day()
                )
            };
            chosen.iter().map(url).collect::<Vec<_>>()
        };
        from.series(1.day()).take_while(|day| *day <= to).flat_map(lists).collect()
    },
}];

/// Reads an index page into articles.
pub(super) fn read(url: &str, text: &str, from: Date, to: Date) -> Result<IndexPage, Error> {
    IndexPage::read(url, text, |path| {
        day_in(path).filter(|day| (from..=to).contains(day)).map(|_| Listed::Article)
    })
}

/// The day of a list, as first and last.
pub(super) fn days(url: &str) -> Option<(Date, Date)> {
    let day = day_in(&format!("{}/list", url.strip_suffix("/all")?))?;
    Some((day, day))
}

/// The day in an article's path, `/world/2018/jun/04/its-name`.
pub(super) fn day_in(path: &str) -> Option<Date> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let at = parts
        .windows(4)
        .position(|part| part[0].len() == 4 && MONTHS.contains(&part[1]) && part[3] != "all")?;
    let month = MONTHS.iter().position(|month| *month == parts[at + 1])? + 1;
    Date::new(parts[at].parse().ok()?, i8::try_from(month).ok()?, parts[at + 2].parse().ok()?).ok()
}

/// The first part of an article's path, its section.
pub(super) fn section_in(path: &str) -> Option<String> {
    day_in(path)?;
    path.trim_start_matches('/').split('/').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_list_a_section_and_day_and_the_days_of_paths() {
        let roots = (INDEXES[0].roots)(date(2018, 6, 4), date(2018, 6, 5), &[]);
        assert_eq!(roots.len(), 2 * SECTIONS.len());
        let world = (INDEXES[0].roots)(date(2018, 6, 4), date(2018, 6, 5), &["world".to_owned()]);
        assert_eq!(world.len(), 2);
        assert_eq!(days(&world[1]), Some((date(2018, 6, 5), date(2018, 6, 5))));
        assert!(roots.contains(&"https://www.theguardian.com/world/2018/jun/04/all".to_owned()));
        assert_eq!(day_in("/world/2018/jun/04/a-name"), Some(date(2018, 6, 4)));
        assert_eq!(day_in("/uk-news/live/2018/jun/04/a-name"), Some(date(2018, 6, 4)));
        assert_eq!(day_in("/world/2018/jun/04/all"), None);
        assert_eq!(day_in("/world/2018/jun"), None);
        assert_eq!(section_in("/world/2018/jun/04/a-name").as_deref(), Some("world"));
    }
}

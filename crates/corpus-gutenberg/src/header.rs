//! What a file's header says about the book.

use serde::{Deserialize, Serialize};

/// The fields of a header; what it does not state is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The book's number.
    pub id: Option<u32>,
    /// Its title.
    pub title: Option<String>,
    /// Its author, as stated; several stand in one string, as there.
    pub author: Option<String>,
    /// The language, as stated: `English`.
    pub language: Option<String>,
    /// The encoding, as stated: `ISO-8859-1`.
    pub encoding: Option<String>,
    /// The day of release, as stated.
    pub release: Option<String>,
    /// What it says about copyright: [`COPYRIGHTED`] or [`PUBLIC_DOMAIN`]; none where there is no header.
    pub rights: Option<String>,
}

/// The book is under copyright and distributed by permission; its own notice says more.
pub const COPYRIGHTED: &str = "Copyrighted. Read the copyright notice inside this book for details.";

/// As the library's records put it.
pub const PUBLIC_DOMAIN: &str = "Public domain in the USA.";

impl Header {
    /// Reads the lines above a book; [`Stripped::header_bytes`](crate::Stripped::header_bytes) says where they end.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        let mut parsed = Self::default();
        let lines: Vec<&str> = header.lines().map(str::trim_end).take(400).collect();
        for (idx, line) in lines.iter().enumerate() {
            let line = line.trim_start_matches('\u{feff}');
            let Some((field, value)) = line.split_once(':') else {
                parsed.number(line);
                continue;
            };
            let value = || whole_value(value, &lines[idx + 1..]);
            let slot = match field.trim().to_ascii_lowercase().as_str() {
                "title" => &mut parsed.title,
                "author" | "authors" => &mut parsed.author,
                "language" => &mut parsed.language,
                // One header in some thousands has the misspelling.
                "character set encoding" | "chatacter set encoding" => &mut parsed.encoding,
                "release date" | "posting date" => {
                    parsed.number(line);
                    let date = value();
                    let date = date.split('[').next().unwrap_or_default().trim().to_owned();
                    parsed.release.get_or_insert(date);
                    continue;
                }
                _ => {
                    parsed.number(line);
                    continue;
                }
            };
            if slot.is_none() {
                *slot = Some(value()).filter(|text| !text.is_empty());
            }
        }
        if parsed.title.is_none() {
            parsed.read_first_line(&lines);
        }
        parsed.read_rights(&lines);
        parsed
    }

    /// `[eBook #1342]`, `[Etext #1342]`.
    fn number(&mut self, line: &str) {
        if self.id.is_some() {
            return;
        }
        let lower = line.to_ascii_lowercase();
        let at = ["ebook #", "etext #", "e-text #", "ebook#", "etext#"]
            .iter()
            .find_map(|words| lower.find(words).map(|at| at + words.len()));
        let digits: String = at
            .map(|at| lower[at..].trim_start().chars().take_while(char::is_ascii_digit).collect())
            .unwrap_or_default();
        self.id = digits.parse().ok();
    }

    /// "This is a COPYRIGHTED Project Gutenberg eBook", or the small print of such a book; else the public domain, which
    /// every other header speaks of.
    fn read_rights(&mut self, lines: &[&str]) {
        let lower: Vec<String> = lines.iter().map(|line| line.to_ascii_lowercase()).collect();
        let is_copyrighted = |line: &String| {
            (line.contains("copyrighted") && line.contains("gutenberg"))
                || line.contains("for copyright protected etexts")
                || line.contains("for copyright protected ebooks")
        };
        if lower.iter().any(is_copyrighted) {
            self.rights = Some(COPYRIGHTED.to_owned());
        } else if lower.iter().any(|line| line.contains("gutenberg")) {
            self.rights = Some(PUBLIC_DOMAIN.to_owned());
        }
    }

    /// `The Project Gutenberg Etext of Crito, by Plato`: all that the letters of the 1990s state.
    fn read_first_line(&mut self, lines: &[&str]) {
        let Some(line) =
            lines.iter().map(|line| line.trim_matches(['*', ' ', '\u{feff}'])).find(|line| !line.is_empty())
        else {
            return;
        };
        let lower = line.to_ascii_lowercase();
        let starts = [
            "etext of ",
            "e-text of ",
            "ebook of ",
            "ebook, ",
            "gutenberg's ",
            "gutenberg\u{2019}s ",
            "etext: ",
        ];
        let at = starts.iter().filter_map(|words| lower.find(words).map(|at| at + words.len())).max();
        let Some(rest) = at.and_then(|at| line.get(at..)) else { return };
        let (title, author) =
            rest.rsplit_once(" by ").map_or((rest, None), |(title, author)| (title, Some(author)));
        self.title = Some(title.trim().trim_end_matches(',').to_owned()).filter(|title| !title.is_empty());
        if self.author.is_none() {
            self.author = author.map(|author| author.trim().to_owned()).filter(|author| !author.is_empty());
        }
    }
}

/// A long title runs on, indented, on the lines below.
fn whole_value(first: &str, below: &[&str]) -> String {
    let mut value = first.trim().to_owned();
    if value.is_empty() {
        return value;
    }
    for line in below.iter().take_while(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty()) {
        value.push(' ');
        value.push_str(line.trim());
    }
    value
}

/// The year in a date of release, however it is written: `May 3, 2022`, `March, 1999`, `2004-05-31`.
#[must_use]
pub fn release_year(stated: &str) -> Option<u16> {
    let numbers = stated.split(|c: char| !c.is_ascii_digit());
    numbers.filter(|number| number.len() == 4).find_map(|number| number.parse().ok())
}

/// The day of release as `2022-05-03`; nothing where only a month is stated.
pub(crate) fn release_day(stated: &str) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let year = release_year(stated)?;
    let words: Vec<&str> =
        stated.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let (month, day): (usize, u32) = match words[..] {
        [_, month, day] if words[0].len() == 4 && month.bytes().all(|b| b.is_ascii_digit()) => {
            (month.parse().ok()?, day.parse().ok()?)
        }
        [month, day, _] | [day, month, _] if month.len() >= 3 && day.len() <= 2 => {
            let month = month.get(..3)?.to_ascii_lowercase();
            (1 + MONTHS.iter().position(|name| *name == month)?, day.parse().ok()?)
        }
        _ => return None,
    };
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| format!("{year}-{month:02}-{day:02}"))
}

/// The tag of a language that a header names in English; an unknown name stays as it is, in lower case.
pub(crate) fn language_tag(stated: &str) -> String {
    const TAGS: [(&str, &str); 30] = [
        ("english", "en"),
        ("french", "fr"),
        ("german", "de"),
        ("finnish", "fi"),
        ("dutch", "nl"),
        ("italian", "it"),
        ("spanish", "es"),
        ("portuguese", "pt"),
        ("latin", "la"),
        ("greek", "el"),
        ("chinese", "zh"),
        ("swedish", "sv"),
        ("danish", "da"),
        ("norwegian", "no"),
        ("hungarian", "hu"),
        ("esperanto", "eo"),
        ("catalan", "ca"),
        ("polish", "pl"),
        ("czech", "cs"),
        ("russian", "ru"),
        ("japanese", "ja"),
        ("tagalog", "tl"),
        ("welsh", "cy"),
        ("irish", "ga"),
        ("icelandic", "is"),
        ("hebrew", "he"),
        ("bulgarian", "bg"),
        ("afrikaans", "af"),
        ("serbian", "sr"),
        ("romanian", "ro"),
    ];
    let lower = stated.trim().to_lowercase();
    let known = TAGS.iter().find(|(name, _)| *name == lower);
    known.map_or(lower, |(_, tag)| (*tag).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_modern_header() {
        let header = "The Project Gutenberg EBook of X\n\nTitle: A Long Title:\n       And More\n\nAuthor: Jane Roe\n\nRelease Date: May 3, 2022 [eBook #67979]\n\nLanguage: English\n\nCharacter set encoding: ISO-8859-1\n";
        let parsed = Header::parse(header);
        assert_eq!(parsed.title.as_deref(), Some("A Long Title: And More"));
        assert_eq!(parsed.author.as_deref(), Some("Jane Roe"));
        assert_eq!((parsed.id, parsed.release.as_deref()), (Some(67979), Some("May 3, 2022")));
        assert_eq!(
            (parsed.language.as_deref(), parsed.encoding.as_deref()),
            (Some("English"), Some("ISO-8859-1"))
        );
    }

    #[test]
    fn dates_languages_and_rights() {
        for (stated, day, year) in [
            ("May 3, 2022", Some("2022-05-03"), Some(2022)),
            ("3 September 1999", Some("1999-09-03"), Some(1999)),
            ("2004-05-31", Some("2004-05-31"), Some(2004)),
            ("March, 1999", None, Some(1999)),
            ("May 77, 2022", None, Some(2022)),
            ("soon", None, None),
        ] {
            assert_eq!((release_day(stated).as_deref(), release_year(stated)), (day, year), "{stated}");
        }
        assert_eq!((language_tag(" English"), language_tag("Ido")), ("en".to_owned(), "ido".to_owned()));
        let rights = |header: &str| Header::parse(header).rights;
        assert_eq!(rights("The Project Gutenberg EBook of X\n").as_deref(), Some(PUBLIC_DOMAIN));
        assert_eq!(
            rights("** This is a COPYRIGHTED Project Gutenberg eBook, Details Below **\n").as_deref(),
            Some(COPYRIGHTED)
        );
        assert_eq!(rights(""), None);
    }

    #[test]
    fn the_first_line_of_an_old_letter() {
        let parsed = Header::parse(
            "*The Project Gutenberg Etext of Crito, by Plato*\n#9 in our series\n\nMarch, 1999  [Etext #1657]\n",
        );
        assert_eq!(
            (parsed.title.as_deref(), parsed.author.as_deref(), parsed.id),
            (Some("Crito"), Some("Plato"), Some(1657))
        );
        assert_eq!(Header::parse(""), Header::default());
    }
}

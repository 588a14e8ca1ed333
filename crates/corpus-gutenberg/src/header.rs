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
}

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

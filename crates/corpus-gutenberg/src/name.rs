//! What a file's name says: the book's number, the encoding, whether it is packed.
//!
//! `1342-0.zip` is book 1342 in UTF-8, `1342-8.zip` in an 8-bit encoding, `1342.zip` in ASCII (or, of late, anything),
//! `pg1342.txt` made by the site itself. Odd names exist: `89-AnnexI.zip` is an annex of book 89, `3290-u.zip` book
//! 3290 in Unicode, `5192-tex.zip` its typesetting source, `10681-index.zip` a part of its own. Before 2004 books had
//! names of their own: `etext97/advsh10.zip` is edition 10 (the first), `advsh11.zip` the corrected one, `7psss10.zip`
//! and `8psss10.zip` the same text in 7 and in 8 bits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which of a book's texts a file holds, from the name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `-0`: UTF-8.
    Utf8,
    /// `-u`, `-utf8`: Unicode under an odd name.
    OddUnicode,
    /// `-8`: an 8-bit encoding.
    EightBit,
    /// Without a suffix: ASCII by the rule, and not always.
    Plain,
    /// `pgN.txt`: made by the site from another form.
    Generated,
    /// Anything else: an annex, an index, a source; what stands between `-` and the extension.
    Part(String),
}

/// A file's name, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The book's number; none for the names of before 2004.
    pub id: Option<u32>,
    /// Which text it is.
    pub form: Form,
    /// The name without its extension; with the folder before it, where the name has no number.
    pub stem: String,
    /// Whether it is a zip.
    pub packed: bool,
    /// For the names of before 2004, what all editions and encodings of a text have in common, and which of them it is.
    pub old: Option<OldName>,
}

/// A name of before 2004, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldName {
    /// The folder and the name without its edition and encoding: `etext97-advsh`.
    pub text: String,
    /// 10 is the first, 11 the first corrected one.
    pub edition: u8,
    /// A text after another source has a letter behind the edition's number: `moby10b`.
    pub version: String,
}

impl OldName {
    /// `None` for a name that has no edition in it, as `const11x-1`.
    fn parse(folder: &str, stem: &str) -> Option<(Self, Form)> {
        let stem = stem.to_ascii_lowercase();
        let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
        let (numbered, version) = stem.split_at(end);
        let (name, edition) = numbered.split_at_checked(numbered.len().checked_sub(2)?)?;
        let edition: u8 = edition.parse().ok().filter(|edition| *edition >= 10)?;
        let is_short = version.len() <= 1 && version.bytes().all(|b| b.is_ascii_lowercase());
        if !is_short || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        // `80day10` is about eighty days.
        let is_name = |rest: &str| rest.len() >= 2 && rest.starts_with(|c: char| c.is_ascii_alphabetic());
        let (name, form) = match name.split_at_checked(1) {
            Some(("8", rest)) if is_name(rest) => (rest, Form::EightBit),
            Some(("7", rest)) if is_name(rest) => (rest, Form::Plain),
            _ => (name, Form::Plain),
        };
        if name.is_empty() {
            return None;
        }
        let text = if folder.is_empty() { name.to_owned() } else { format!("{folder}-{name}") };
        Some((Self { text, edition, version: version.to_owned() }, form))
    }
}

impl Name {
    /// Understands the last part of an address or a path. `None` when it is neither a zip nor a text.
    #[must_use]
    pub fn parse(address: &str) -> Option<Self> {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let mut parts = path.rsplit('/');
        let file = parts.next()?;
        let folder = parts.next().unwrap_or_default();
        let ends = |end: &str| {
            let cut = file.len().checked_sub(end.len())?;
            file.get(cut..).filter(|tail| tail.eq_ignore_ascii_case(end)).map(|_| &file[..cut])
        };
        let unpacked = || ends(".txt").or_else(|| ends(".txt.utf-8"));
        let (stem, packed) =
            ends(".zip").map(|stem| (stem, true)).or_else(|| unpacked().map(|stem| (stem, false)))?;
        if stem.is_empty() || !stem.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
            return None;
        }
        let generated = stem.strip_prefix("pg").and_then(|number| number.parse().ok());
        if let Some(id) = generated {
            return Some(Self {
                id: Some(id),
                form: Form::Generated,
                stem: stem.to_owned(),
                packed,
                old: None,
            });
        }
        let (number, suffix) =
            stem.split_once('-').map_or((stem, None), |(number, suffix)| (number, Some(suffix)));
        let Ok(id) = number.parse() else {
            let (old, form) =
                OldName::parse(folder, stem).map_or((None, Form::Plain), |(old, form)| (Some(old), form));
            let stem = if folder.is_empty() { stem.to_owned() } else { format!("{folder}-{stem}") };
            return Some(Self { id: None, form, stem, packed, old });
        };
        let form = match suffix {
            None => Form::Plain,
            Some("0") => Form::Utf8,
            Some("8") => Form::EightBit,
            Some("u" | "utf8" | "utf-8") => Form::OddUnicode,
            Some(part) => Form::Part(part.to_owned()),
        };
        Some(Self { id: Some(id), form, stem: stem.to_owned(), packed, old: None })
    }

    /// Whether the name says that no text is inside: typesetting sources, pictures, sound.
    #[must_use]
    pub fn is_no_text(&self) -> bool {
        matches!(&self.form, Form::Part(part) if matches!(part.as_str(), "h" | "tex" | "t" | "pdf" | "p" | "x" | "m" | "mp3" | "ogg" | "images" | "page-images" | "lit" | "rtf" | "r" | "doc" | "xml" | "tei"))
    }

    /// The encoding that the name declares.
    #[must_use]
    pub fn encoding(&self) -> Option<&'static str> {
        match self.form {
            Form::Utf8 | Form::OddUnicode | Form::Generated => Some("UTF-8"),
            Form::EightBit => Some("Windows-1252"),
            Form::Plain | Form::Part(_) => None,
        }
    }
}

/// A file that a list names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Unique in a download: the stem of the file's name.
    pub key: String,
    /// Where it is.
    pub url: String,
}

/// What is kept of a book that comes in several forms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// One best text per book.
    #[default]
    Best,
    /// Everything the list has, as the list of 2017 did.
    All,
}

/// A file to fetch, why it was chosen, and what stands in for it when it cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The file.
    pub link: Link,
    /// The book's number, where the name has one.
    pub id: Option<u32>,
    /// In words, for the manifest.
    pub why: String,
    /// The book's other forms, best first.
    pub others: Vec<Link>,
}

/// Chooses among the files of a list; the choices are in the order in which the list names the books first.
///
/// The best text is the one that lost least: UTF-8, then 8-bit, then plain, then one made by the site. A book that has
/// only an odd form is not lost: that form is taken. Files that hold no text by their names come last, and are
/// taken when a book has nothing else, so that their refusal is on record.
#[must_use]
pub fn choose(links: &[Link], keep: Keep) -> Vec<Choice> {
    let named = |link: &Link| Name::parse(&link.url);
    if keep == Keep::All {
        let whole = |link: &Link| Choice {
            link: link.clone(),
            id: named(link).and_then(|name| name.id),
            why: "all forms are kept".to_owned(),
            others: Vec::new(),
        };
        return links.iter().map(whole).collect();
    }
    let mut order = Vec::new();
    let mut books: BTreeMap<String, Vec<(Link, Name)>> = BTreeMap::new();
    for link in links {
        let Some(name) = named(link) else { continue };
        let book = match (name.id, &name.old) {
            (Some(id), _) => id.to_string(),
            // Another source is another text.
            (None, Some(old)) => format!("{} {}", old.text, old.version),
            (None, None) => name.stem.clone(),
        };
        let forms = books.entry(book.clone()).or_insert_with(|| {
            order.push(book);
            Vec::new()
        });
        forms.push((link.clone(), name));
    }
    order.iter().filter_map(|book| books.remove(book)).map(best).collect()
}

fn best(mut forms: Vec<(Link, Name)>) -> Choice {
    // The packed one first: it is a third of the size.
    let edition = |name: &Name| name.old.as_ref().map_or(0, |old| old.edition);
    forms.sort_by_key(|(_, name)| {
        (name.is_no_text(), std::cmp::Reverse(edition(name)), name.form.clone(), !name.packed)
    });
    let names: Vec<String> = forms.iter().map(|(link, _)| link.key.clone()).collect();
    let (link, name) = forms.remove(0);
    let what = match &name.form {
        _ if name.old.is_some() && names.len() > 1 => {
            format!("edition {} is the newest, 8-bit before 7-bit", edition(&name))
        }
        Form::Utf8 => "UTF-8 comes first".to_owned(),
        Form::OddUnicode => "Unicode under an odd name".to_owned(),
        Form::EightBit => "8-bit, there is no UTF-8".to_owned(),
        Form::Plain => "plain, there is no -0 or -8".to_owned(),
        Form::Generated => "made by the site, there is nothing else".to_owned(),
        Form::Part(part) => format!("only the part '{part}' is listed"),
    };
    let why = if names.len() == 1 {
        format!("{what}; the only form")
    } else {
        format!("{what}; of {}", names.join(", "))
    };
    // A part is a text of its own and does not stand in for the book.
    let others =
        forms.into_iter().filter(|(_, n)| !matches!(n.form, Form::Part(_))).map(|(link, _)| link).collect();
    Choice { link, id: name.id, why, others }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(file: &str) -> Name {
        Name::parse(&format!("http://aleph.gutenberg.org/1/2/{file}")).unwrap()
    }

    fn links(files: &[&str]) -> Vec<Link> {
        files
            .iter()
            .map(|f| Link { key: f[..f.len() - 4].to_owned(), url: format!("http://x/{f}") })
            .collect()
    }

    #[test]
    fn odd_names_are_understood() {
        assert_eq!((name("1342-0.zip").id, name("1342-0.zip").form), (Some(1342), Form::Utf8));
        assert_eq!(name("12370-8.zip").form, Form::EightBit);
        assert_eq!((name("pg11.txt").id, name("pg11.txt").form), (Some(11), Form::Generated));
        assert_eq!(name("3290-u.zip").form, Form::OddUnicode);
        assert_eq!(name("89-AnnexI.zip").form, Form::Part("AnnexI".into()));
        assert!(name("5192-tex.zip").is_no_text());
        assert!(!name("10681-index.zip").is_no_text());
        let old = Name::parse("http://www.gutenberg.org/etext99/advsh10.zip").unwrap();
        assert_eq!((old.id, old.stem.as_str()), (None, "etext99-advsh10"));
        assert!(Name::parse("http://x/readme.html").is_none());
        assert!(Name::parse("http://x/.zip").is_none());
        assert!(Name::parse("http://x/a%2F..%2Fb.zip").is_none());
    }

    #[test]
    fn of_the_old_names_the_newest_edition_counts_and_8_bits_before_7() {
        let link =
            |path: &str| Link { key: Name::parse(path).unwrap().stem, url: format!("http://x/{path}") };
        let listed = [
            "etext97/advsh10.zip",
            "etext97/advsh12.zip",
            "etext04/7psss10.zip",
            "etext04/8psss10.zip",
            "etext01/moby10b.zip",
            "etext01/moby11.zip",
            "etext91/feder16.zip",
            "etext05/odd.zip",
        ]
        .map(link);
        let chosen = choose(&listed, Keep::Best);
        let keys: Vec<_> = chosen.iter().map(|choice| choice.link.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "etext97-advsh12",
                "etext04-8psss10",
                "etext01-moby10b",
                "etext01-moby11",
                "etext91-feder16",
                "etext05-odd"
            ]
        );
        assert!(
            chosen[0].why.contains("edition 12") && chosen[0].why.contains("advsh10"),
            "{}",
            chosen[0].why
        );
        assert_eq!(chosen[1].others[0].key, "etext04-7psss10");
        assert_eq!(choose(&listed, Keep::All).len(), 8);
    }

    #[test]
    fn no_book_is_lost_because_its_form_is_odd() {
        let all = links(&[
            "1-8.zip",
            "1.zip",
            "2-0.zip",
            "3.zip",
            "3-8.zip",
            "3-0.zip",
            "5192-tex.zip",
            "89-AnnexI.zip",
            "89.zip",
        ]);
        let chosen: Vec<_> = choose(&all, Keep::Best).into_iter().map(|c| c.link.key).collect();
        assert_eq!(chosen, ["1-8", "2-0", "3-0", "5192-tex", "89"]);
        let three = &choose(&all, Keep::Best)[2];
        assert_eq!(three.others.iter().map(|l| l.key.as_str()).collect::<Vec<_>>(), ["3-8", "3"]);
        assert!(three.why.contains("3-8"), "{}", three.why);
        assert_eq!(choose(&all, Keep::All).len(), all.len());
    }
}

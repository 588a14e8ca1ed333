//! Bylines to lists of names.

/// Splits a byline: `By PETER BAKER and ALAN COWELL` gives `Peter Baker`, `Alan Cowell`.
///
/// Where the writer is ("in Rome") and for whom ("Special to The New York Times") are no names.
pub(crate) fn read_byline(byline: &str) -> Vec<String> {
    let byline = byline.trim().trim_start_matches(['—', '-', ' ']);
    let byline = strip_by(byline);
    let mut names: Vec<String> = Vec::new();
    let mut list = byline.to_owned();
    for joint in [" and ", " AND ", " And ", " & ", " with ", " WITH "] {
        list = list.replace(joint, ",");
    }
    for part in list.split([',', ';', '|', '•', '/']) {
        if names.len() == NAMES_MAX {
            break;
        }
        let part = without_place(without_part(part.trim()));
        if is_note(part) {
            continue;
        }
        // "Jr." and the like belong to the name before.
        if let Some(last) = names.last_mut()
            && matches!(
                part.trim().trim_end_matches('.').to_ascii_lowercase().as_str(),
                "jr" | "sr" | "ii" | "iii" | "iv" | "md" | "m.d" | "phd" | "ph.d" | "esq"
            )
        {
            last.push_str(", ");
            last.push_str(&put_right(part.trim()));
            continue;
        }
        if let Some(name) = read_name(part)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// No byline has more names; what looks like one is text, and each name is looked for among those before.
const NAMES_MAX: usize = 100;

/// Names as an index lists them, `Doe, Jane; Roe, Richard Jr`, in the order in which they are spoken.
pub(crate) fn read_inverted(list: &str) -> Vec<String> {
    let spoken = |name: &str| match name.split_once(',') {
        Some((family, given)) => format!("{} {}", given.trim(), family.trim()),
        None => name.to_owned(),
    };
    let mut names = Vec::new();
    for name in list.split(';').filter_map(|name| read_name(&spoken(name.trim()))).take(NAMES_MAX) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// "Jane Doe in Rome" without the place.
fn without_place(part: &str) -> &str {
    let at = part.find(" in ").or_else(|| part.find(" IN "));
    match at {
        Some(at) if part[at + 4..].starts_with(char::is_uppercase) && part[..at].contains(' ') => &part[..at],
        _ => part,
    }
}

/// What stands in bylines beside names: for whom, and who did something else than write.
fn is_note(part: &str) -> bool {
    let part = part.to_lowercase();
    ["special to ", "photographs by ", "illustration by ", "illustrations by ", "translated by "]
        .iter()
        .any(|note| part.starts_with(note))
}

/// "Compiled by Jane Doe" without the part that she had in it.
fn without_part(part: &str) -> &str {
    [
        "compiled by ",
        "interview by ",
        "interviews by ",
        "reported by ",
        "text by ",
        "words by ",
        "written by ",
    ]
    .iter()
    .find(|role| part.get(..role.len()).is_some_and(|start| start.eq_ignore_ascii_case(role)))
    .map_or(part, |role| &part[role.len()..])
}

/// One name, without "By", put right; none if it is no name.
pub(crate) fn read_name(text: &str) -> Option<String> {
    let text =
        strip_by(text.trim()).trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':'));
    let fits = !text.is_empty()
        && text.len() <= 80
        && text.chars().any(char::is_alphabetic)
        && !text.contains("://");
    fits.then(|| put_right(text))
}

fn strip_by(text: &str) -> &str {
    match text.get(..3) {
        Some(by) if by.eq_ignore_ascii_case("by ") => text[3..].trim_start(),
        _ => text,
    }
}

/// Upper-case names to mixed case; words that have small letters stay as they are.
fn put_right(name: &str) -> String {
    let upper = |w: &str| w.chars().any(char::is_alphabetic) && !w.chars().any(char::is_lowercase);
    // "AP", "A. O. Scott": only where a word of four letters or two words shout is the case a style.
    let shouting = name.split_whitespace().filter(|w| upper(w)).map(str::len).sum::<usize>();
    if !name.split_whitespace().any(|w| upper(w) && w.chars().count() > 3) && shouting < 6 {
        return name.to_owned();
    }
    name.split_whitespace()
        .map(|w| {
            if upper(w) && !matches!(w.trim_end_matches('.'), "II" | "III" | "IV") && !is_initials(w) {
                capitalise(w)
            } else {
                w.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_initials(word: &str) -> bool {
    word.contains('.') && word.split('.').all(|p| p.chars().count() <= 1)
}

fn capitalise(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut begins = true;
    for c in word.chars() {
        if begins {
            out.push(c);
        } else {
            out.extend(c.to_lowercase());
        }
        let mac = out.ends_with("Mc") && out.len() == 2 && word.len() > 3;
        begins = matches!(c, '-' | '\'' | '’') || mac;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{read_byline, read_inverted};

    #[test]
    fn names_of_an_index() {
        assert_eq!(
            read_inverted("Doe, Jane; ROE, RICHARD; Reuters").join("|"),
            "Jane Doe|Richard Roe|Reuters"
        );
        assert!(read_inverted(" ; ").is_empty());
    }

    #[test]
    fn bylines() {
        for (byline, expected) in [
            ("By PETER BAKER", "Peter Baker"),
            ("By PATRICK HEALY and ALEXANDER BURNS", "Patrick Healy|Alexander Burns"),
            (
                "By A. O. SCOTT, MAUREEN O'BRIEN and JOHN MCDONALD",
                "A. O. Scott|Maureen O'Brien|John McDonald",
            ),
            ("Editorial", "Editorial"),
            ("By Henry Fountain, Jr. and Li WEI-LING", "Henry Fountain, Jr.|Li Wei-Ling"),
            ("AP", "AP"),
            ("By THE ASSOCIATED PRESS", "The Associated Press"),
            ("By REUTERS", "Reuters"),
            ("By THOMAS L. FRIEDMAN, Special to the New York Times", "Thomas L. Friedman"),
            ("By LAWRENCE K. ALTMAN, M.D.", "Lawrence K. Altman, M.D."),
            ("Rupert Neate in New York and Julian Borger", "Rupert Neate|Julian Borger"),
            ("Jane Doe in Rio de Janeiro, agencies", "Jane Doe|agencies"),
            ("Compiled by JANE DOE; Photographs by Richard Roe", "Jane Doe"),
            ("By JANE DOE with RICHARD ROE", "Jane Doe|Richard Roe"),
            ("By É. ÀBC and PETER D'ARCY-SMITH 3d", "É. Àbc|Peter D'Arcy-Smith 3d"),
            ("", ""),
        ] {
            assert_eq!(read_byline(byline).join("|"), expected);
        }
    }
}

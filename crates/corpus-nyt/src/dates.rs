//! Dates as papers have written them, to RFC 3339.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a date or a date and time; a time without a zone keeps its day only, for the zone may not be guessed.
///
/// Forms: `2016-07-29T16:42:34-04:00` (also with a space, without seconds, `+0000`), `2016-07-29`, `20160729`,
/// `20160729164234`, `July 29, 2016`, `29 July 2016`, `2016/07/29`.
pub(crate) fn read_date(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if matches!(digits, 8 | 14) && digits == text.len() {
        return day(&text[..4], &text[4..6], &text[6..8]);
    }
    if digits == 4 && text.len() >= 8 && text.is_ascii() && matches!(text.as_bytes()[4], b'-' | b'/') {
        let mut parts = text.splitn(3, ['-', '/']);
        let (year, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let date = day(year, month, &rest[..length])?;
        return Some(time(&rest[length..]).map_or_else(|| date.clone(), |time| format!("{date}T{time}")));
    }
    read_words(text)
}

fn read_words(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    for (i, word) in words.iter().enumerate() {
        let Some(month) =
            MONTHS.iter().position(|m| word.get(..3).is_some_and(|w| w.eq_ignore_ascii_case(m)))
        else {
            continue;
        };
        let month = (month + 1).to_string();
        let year_at =
            |k: usize| words.get(k).filter(|w| w.len() == 4 && w.bytes().all(|b| b.is_ascii_digit()));
        let before = i.checked_sub(1).and_then(|k| words.get(k));
        if let (Some(date), Some(year)) = (words.get(i + 1), year_at(i + 2))
            && let Some(found) = day(year, &month, date)
        {
            return Some(found);
        }
        if let (Some(date), Some(year)) = (before, year_at(i + 1))
            && let Some(found) = day(year, &month, date.trim_end_matches(|c: char| c.is_ascii_alphabetic()))
        {
            return Some(found);
        }
    }
    None
}

fn day(year: &str, month: &str, day: &str) -> Option<String> {
    let date = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (date.year() > 1000).then(|| date.to_string())
}

/// `T16:42:34.123-0400` to `16:42:34.123-04:00`.
fn time(text: &str) -> Option<String> {
    let text = text.strip_prefix(['T', 't', ' '])?.trim_start();
    let clock_end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(text.len());
    let (clock, zone) = text.split_at(clock_end);
    let clock = match clock.len() {
        5 => format!("{clock}:00"),
        8.. => clock.to_owned(),
        _ => return None,
    };
    let number = |range: std::ops::Range<usize>| clock.get(range).and_then(|p| p.parse::<u32>().ok());
    if number(0..2)? > 23 || number(3..5)? > 59 || number(6..8)? > 60 {
        return None;
    }
    let zone = zone.trim();
    if zone.eq_ignore_ascii_case("z") || zone == "UTC" || zone == "GMT" {
        return Some(format!("{clock}Z"));
    }
    let sign = zone.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        4 => Some(format!("{clock}{sign}{}:{}", &digits[..2], &digits[2..])),
        2 => Some(format!("{clock}{sign}{digits}:00")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read_date;

    #[test]
    fn forms() {
        for (text, expected) in [
            ("2016-07-29T16:42:34-04:00", "2016-07-29T16:42:34-04:00"),
            ("2019-11-18T18:54:53.000Z", "2019-11-18T18:54:53.000Z"),
            ("2016-07-29 16:42 +0000", "2016-07-29T16:42:00+00:00"),
            ("2016-07-29T16:42:34", "2016-07-29"),
            ("20160729164234", "2016-07-29"),
            ("December 21, 2010", "2010-12-21"),
            ("Published: January 1, 1987", "1987-01-01"),
            ("Mon 7 Nov 2016 17.44 GMT", "2016-11-07"),
        ] {
            assert_eq!(read_date(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "2016-13-01", "Feb 30, 2011", "yesterday", "20161", "2016-1é-02", "29é July 201"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}

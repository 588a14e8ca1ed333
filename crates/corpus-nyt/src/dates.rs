//! Dates as papers have written them, to RFC 3339.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a date or a date and time; a time without a zone keeps its day only, for the zone may not be guessed.
///
/// In prose, the time is read where it follows the day and names a zone that means one offset in the papers read here:
/// `Fri 22 Jun 2018 12.00 BST`.
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
            return Some(with_time(&found, &words[i + 3..]));
        }
        if let (Some(date), Some(year)) = (before, year_at(i + 1))
            && let Some(found) = day(year, &month, date.trim_end_matches(|c: char| c.is_ascii_alphabetic()))
        {
            return Some(with_time(&found, &words[i + 2..]));
        }
    }
    None
}

/// Zones by the names that papers print, and their offsets. A name that stands for both halves of a year ("ET") tells
/// none.
const ZONES: [(&str, &str); 7] = [
    ("GMT", "Z"),
    ("UTC", "Z"),
    ("BST", "+01:00"),
    ("EST", "-05:00"),
    ("EDT", "-04:00"),
    ("AEST", "+10:00"),
    ("AEDT", "+11:00"),
];

/// A day with the time that stands next to it, if it has a zone: `[at] 12.00 BST`, `12:00pm GMT`, `12 00 p m EST`.
fn with_time(day: &str, rest: &[&str]) -> String {
    let rest = rest.strip_prefix(&["at"]).unwrap_or(rest);
    clock(rest).map_or_else(|| day.to_owned(), |time| format!("{day}T{time}"))
}

fn clock(words: &[&str]) -> Option<String> {
    let [hour, minute, rest @ ..] = words else { return None };
    let hour: u32 = hour.parse().ok().filter(|_| hour.len() <= 2)?;
    let (minute, half) = minute.split_at_checked(2)?;
    let minute: u32 = minute.parse().ok()?;
    // "12.00pm", "12.00 pm", "12.00 p.m."
    let (half, rest) = match rest {
        ["am" | "AM", rest @ ..] | ["a", "m", rest @ ..] if half.is_empty() => ("am", rest),
        ["pm" | "PM", rest @ ..] | ["p", "m", rest @ ..] if half.is_empty() => ("pm", rest),
        _ => (half, rest),
    };
    let hour = match half.to_ascii_lowercase().as_str() {
        "" => hour,
        "am" if (1..=12).contains(&hour) => hour % 12,
        "pm" if (1..=12).contains(&hour) => hour % 12 + 12,
        _ => return None,
    };
    let (_, offset) = ZONES.iter().find(|(name, _)| rest.first() == Some(name))?;
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}:00{offset}"))
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
            ("Mon 7 Nov 2016 17.44 GMT", "2016-11-07T17:44:00Z"),
            ("Fri 22 Jun 2018 12.00 BST", "2018-06-22T12:00:00+01:00"),
            (
                "First published on Fri 22 Jun 2018 12.05 BST. Last modified on Sat 23 Jun 2018 9.00 GMT",
                "2018-06-22T12:05:00+01:00",
            ),
            ("22 June 2018 at 12.05am AEST", "2018-06-22T00:05:00+10:00"),
            ("July 29, 2016 4:42 p.m. EDT", "2016-07-29T16:42:00-04:00"),
            // A zone of two offsets, none, and times that are none.
            ("July 29, 2016 4:42 p.m. ET", "2016-07-29"),
            ("Fri 22 Jun 2018 12.00", "2018-06-22"),
            ("Fri 22 Jun 2018 24.00 BST", "2018-06-22"),
            ("Fri 22 Jun 2018 13.00pm BST", "2018-06-22"),
            ("Fri 22 Jun 2018, 300 GMT", "2018-06-22"),
            ("22 Jun 2018 12 0é BST", "2018-06-22"),
        ] {
            assert_eq!(read_date(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "2016-13-01", "Feb 30, 2011", "yesterday", "20161", "2016-1é-02", "29é July 201"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}

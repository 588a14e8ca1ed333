//! A time as people write it on a command line: when a run shall begin nothing more.

use std::time::SystemTime;

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// Reads a time of day (`06:30`, the next one), a date and time (`2026-11-30 06:30`), both of this
/// machine's zone, or an exact moment (`2026-11-30T06:30Z`, `2026-11-30T06:30+01:00`).
///
/// # Errors
///
/// With a message that says how to write it, when it is none of these, when the moment has passed, or
/// when the clock skips it.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// let moment = corpus_fetch::console::deadline("1970-01-02T00:00Z", UNIX_EPOCH)?;
/// assert_eq!(moment, UNIX_EPOCH + Duration::from_hours(24));
/// # Ok::<(), String>(())
/// ```
pub fn deadline(text: &str, now: SystemTime) -> Result<SystemTime, String> {
    in_zone(text, now, TimeZone::system())
}

fn in_zone(text: &str, now: SystemTime, zone: TimeZone) -> Result<SystemTime, String> {
    let now = Timestamp::try_from(now).map_err(|error| error.to_string())?;
    let moment = exact(text, &now.to_zoned_datetime(zone)).ok_or_else(|| {
        format!(
            "{text:?} is no time: write 06:30, 2026-11-30 06:30 (this machine's zone) or 2026-11-30T06:30Z"
        )
    })?;
    if moment <= now {
        return Err(format!("{text:?} has passed already"));
    }
    moment.try_into().map_err(|error: jiff::Error| error.to_string())
}

fn exact(text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
    let text = text.trim();
    let zone = now.time_zone();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    // A lone date is no time: the run would end at its first second, which nobody means.
    if !text.contains(':') {
        return None;
    }
    // The date first: a time of day is read out of a date with a time as well.
    if let Ok(moment) = text.parse::<DateTime>() {
        return Some(moment.to_zoned_datetime(zone.clone()).ok()?.timestamp());
    }
    if let Ok(time) = text.parse::<Time>() {
        let today = now.date().to_datetime(time).to_zoned_datetime(zone.clone()).ok()?.timestamp();
        let tomorrow =
            now.date().tomorrow().ok()?.to_datetime(time).to_zoned_datetime(zone.clone()).ok()?.timestamp();
        return Some(if today > now.timestamp() { today } else { tomorrow });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz;

    fn read(text: &str) -> Result<String, String> {
        // 2026-11-24 20:00 in a zone two hours east of Greenwich.
        let now: Timestamp = "2026-11-24T18:00Z".parse().unwrap();
        let moment = in_zone(text, now.try_into().unwrap(), TimeZone::fixed(tz::offset(2)))?;
        Ok(Timestamp::try_from(moment).unwrap().to_string())
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, moment) in [
            ("22:15", "2026-11-24T20:15:00Z"),
            ("06:30", "2026-11-25T04:30:00Z"),
            ("20:00", "2026-11-25T18:00:00Z"),
            ("2026-12-01 06:30", "2026-12-01T04:30:00Z"),
            ("2026-12-01T06:30:15", "2026-12-01T04:30:15Z"),
            ("2026-12-01T06:30Z", "2026-12-01T06:30:00Z"),
            ("2026-12-01T06:30+01:00", "2026-12-01T05:30:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(moment), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_is_past_is_refused_with_its_remedy() {
        for text in ["", "soon", "25:00", "2026-13-01 06:30", "2026-12-01", "-1"] {
            assert!(read(text).unwrap_err().contains("write 06:30"), "{text}");
        }
        assert!(read("2026-11-24 19:59").unwrap_err().contains("has passed"));
    }
}

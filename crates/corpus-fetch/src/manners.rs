//! Manners towards one host: what robots.txt allows, how long to wait between requests, how to back off.

use std::time::{Duration, SystemTime};

use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use texting_robots::Robot;

use crate::transport::Headers;

/// RFC 9309 asks a reader to take at least 500 KiB; what lies beyond is not read.
pub(crate) const ROBOTS_BYTES_MAX: u64 = 512 * 1024;

/// A host's robots.txt is asked for again after this time, as RFC 9309 (2.4) advises.
pub(crate) const ROBOTS_FRESH: Duration = Duration::from_hours(24);

/// What a host's robots.txt says to us.
pub(crate) struct Rules(Option<Robot>);

impl Rules {
    /// No file, or one that nobody may have: everything is allowed (RFC 9309, 2.3.1.3).
    pub(crate) fn all_allowed() -> Self {
        Self(None)
    }

    /// Reads a file for the agent `name/version`; `None` where it cannot be read.
    pub(crate) fn read(agent: &str, text: &[u8]) -> Option<Self> {
        let token = agent.split(['/', ' ']).next().unwrap_or_default();
        // A mark at the start of the file is not part of its first line.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        Robot::new(token, text).ok().map(|robot| Self(Some(robot)))
    }

    pub(crate) fn allowed(&self, url: &str) -> bool {
        self.0.as_ref().is_none_or(|robot| robot.allowed(url))
    }

    /// The crawl delay; one that is no sensible number is taken as a day, which no run will wait.
    pub(crate) fn delay(&self) -> Duration {
        let delay = self.0.as_ref().and_then(|robot| robot.delay).unwrap_or(0.0);
        if delay <= 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f32(delay)
            .map_or(Duration::from_hours(24), |delay| delay.min(Duration::from_hours(24)))
    }
}

/// The time between two requests: the pace, give or take the share `jitter`, never below the crawl
/// delay. The mean is the pace, so that an estimate made with it is honest.
pub(crate) fn interval(pace: Duration, jitter: f64, delay: Duration, rng: &mut Pcg64Mcg) -> Duration {
    let factor = if jitter > 0.0 { rng.random_range(1.0 - jitter..=1.0 + jitter) } else { 1.0 };
    pace.mul_f64(factor).max(delay)
}

/// The wait before retry number `attempt` (from 0): twice as long each time, up to a maximum, and a
/// random half of it taken off so that many clients don't come back in step.
pub(crate) fn back_off(base: Duration, max: Duration, attempt: u32, rng: &mut Pcg64Mcg) -> Duration {
    let full = base.saturating_mul(2_u32.saturating_pow(attempt)).min(max);
    full.mul_f64(rng.random_range(0.5..=1.0))
}

/// `Retry-After`, in seconds or as a date. A date is compared with the server's own `Date` where it
/// gives one, since only the distance matters and the two clocks may differ.
pub(crate) fn retry_after(headers: &Headers, now: SystemTime) -> Option<Duration> {
    let value = headers.get("retry-after")?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = headers.get("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// The validator with which a partial body may be continued (`If-Range` takes strong ones only): a
/// strong `ETag`, or a `Last-Modified` at least a second older than the answer (RFC 9110, 8.8.2.2).
pub(crate) fn strong_validator(headers: &Headers) -> Option<String> {
    if let Some(etag) = headers.get("etag").filter(|etag| etag.starts_with('"')) {
        return Some(etag.to_owned());
    }
    let modified = headers.get("last-modified")?;
    let modified_at = httpdate::parse_http_date(modified).ok()?;
    let answered_at = httpdate::parse_http_date(headers.get("date")?).ok()?;
    (answered_at.duration_since(modified_at).ok()? >= Duration::from_secs(1)).then(|| modified.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn rules(text: &str) -> Rules {
        Rules::read("corpus-test/1.0", text.as_bytes()).unwrap()
    }

    #[test]
    fn robots_groups_and_delays_are_obeyed() {
        let rules = rules(
            "User-agent: *\nDisallow: /\n\nUser-agent: Corpus-Test\nDisallow: /private\nAllow: /private/open\nCrawl-delay: 1.5\n",
        );
        assert!(rules.allowed("http://h.example/a"));
        assert!(!rules.allowed("http://h.example/private/x"));
        assert!(rules.allowed("http://h.example/private/open"));
        assert_eq!(rules.delay(), Duration::from_millis(1500));
    }

    #[test]
    fn strange_robots_do_no_harm() {
        assert_eq!(rules("User-agent: *\nCrawl-delay: 1e30\n").delay(), Duration::from_hours(24));
        assert_eq!(rules("User-agent: *\nCrawl-delay: -3\n").delay(), Duration::ZERO);
        assert!(rules("<html>not found</html>").allowed("http://h.example/"));
        let marked = Rules::read("corpus-test/1", b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n").unwrap();
        assert!(!marked.allowed("http://h.example/"));
    }

    #[test]
    fn the_interval_has_the_pace_as_its_mean_and_the_delay_as_its_floor() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let all: Vec<f64> = (0..10_000)
            .map(|_| interval(Duration::from_secs(2), 0.25, Duration::ZERO, &mut rng).as_secs_f64())
            .collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        assert!((mean - 2.0).abs() < 0.01, "{mean}");
        assert!(all.iter().all(|wait| (1.5..=2.5).contains(wait)));
        assert_eq!(
            interval(Duration::from_secs(2), 0.25, Duration::from_secs(9), &mut rng),
            Duration::from_secs(9)
        );
        assert_eq!(interval(Duration::ZERO, 0.25, Duration::ZERO, &mut rng), Duration::ZERO);
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let wait = |value: &str| retry_after(&[("retry-after", value)].into_iter().collect(), now);
        assert_eq!(wait("120"), Some(Duration::from_mins(2)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("99999999999999999999999"), Some(Duration::from_secs(u64::from(u32::MAX))));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait(""), None);
        let skewed =
            [("date", "Sun, 06 Nov 1994 10:00:00 GMT"), ("retry-after", "Sun, 06 Nov 1994 10:00:30 GMT")];
        assert_eq!(retry_after(&skewed.into_iter().collect(), now), Some(Duration::from_secs(30)));
    }

    #[test]
    fn only_strong_validators_continue_a_body() {
        let of = |headers: &[(&str, &str)]| strong_validator(&headers.iter().copied().collect());
        assert_eq!(of(&[("etag", "\"a\"")]), Some("\"a\"".into()));
        assert_eq!(of(&[("etag", "W/\"a\"")]), None);
        let modified = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(of(&[modified]), None);
        assert_eq!(of(&[modified, ("date", "Sun, 06 Nov 1994 08:49:37 GMT")]), None);
        assert_eq!(of(&[modified, ("date", "Sun, 06 Nov 1994 08:50:37 GMT")]), Some(modified.1.into()));
    }

    #[test]
    fn back_off_doubles_up_to_its_maximum() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        for (attempt, full) in [(0, 1.0), (1, 2.0), (3, 8.0), (6, 60.0), (40, 60.0)] {
            let wait =
                back_off(Duration::from_secs(1), Duration::from_mins(1), attempt, &mut rng).as_secs_f64();
            assert!((full / 2.0..=full).contains(&wait), "{attempt}: {wait}");
        }
    }
}

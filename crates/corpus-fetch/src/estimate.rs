//! How long it will take, said before the start.

use std::fmt;
use std::time::Duration;

/// Items at a pace, and the time that makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    items: u64,
    pace: Duration,
}

impl Estimate {
    /// So many items, one request each, with this mean time between requests.
    ///
    /// # Examples
    ///
    /// ```
    /// use corpus_fetch::Estimate;
    /// let estimate = Estimate::new(41_599, std::time::Duration::from_secs(2));
    /// assert_eq!(estimate.to_string(), "41,599 items at 2 s: 23 h 7 min");
    /// ```
    #[must_use]
    pub fn new(items: u64, pace: Duration) -> Self {
        Self { items, pace }
    }

    /// The whole time.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::try_from_secs_f64(self.items as f64 * self.pace.as_secs_f64()).unwrap_or(Duration::MAX)
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.items == 0 {
            return f.write_str("nothing left to fetch");
        }
        let word = if self.items == 1 { "item" } else { "items" };
        write!(f, "{} {word} ", thousands(self.items))?;
        if self.pace.is_zero() {
            return f.write_str("without a pause");
        }
        write!(f, "at {} s: {}", self.pace.as_secs_f64(), human(self.duration()))
    }
}

/// A duration in its two greatest units, rounded: `23 h 7 min`, `45 s`.
#[must_use]
pub fn human(duration: Duration) -> String {
    let seconds = (duration.as_secs_f64()).round() as u64;
    if seconds < 60 {
        return format!("{seconds} s");
    }
    if seconds < 3600 {
        return format!("{} min {} s", seconds / 60, seconds % 60);
    }
    let minutes = (seconds + 30) / 60;
    if minutes < 24 * 60 {
        return format!("{} h {} min", minutes / 60, minutes % 60);
    }
    let hours = (minutes + 30) / 60;
    format!("{} d {} h", hours / 24, hours % 24)
}

/// A number with commas between thousands.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_read_well() {
        let read = |items, ms| Estimate::new(items, Duration::from_millis(ms)).to_string();
        assert_eq!(read(0, 2000), "nothing left to fetch");
        assert_eq!(read(1200, 0), "1,200 items without a pause");
        assert_eq!(read(1, 500), "1 item at 0.5 s: 1 s");
        assert_eq!(read(90, 1000), "90 items at 1 s: 1 min 30 s");
        assert_eq!(read(1_000_000, 1000), "1,000,000 items at 1 s: 11 d 14 h");
        assert_eq!(Estimate::new(u64::MAX, Duration::MAX).duration(), Duration::MAX);
    }
}

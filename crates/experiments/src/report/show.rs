//! Values as people read them.

use crate::claims::Value;

/// A value in words or digits: counts in groups of three, numbers to seven digits.
#[must_use]
pub fn show(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Count(count) => grouped(*count),
        Value::Number(number) => digits(*number),
        Value::Text(text) => text.clone(),
    }
}

/// Seven significant digits, without zeros at the end; tiny and huge numbers with an exponent.
#[must_use]
pub(super) fn digits(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let magnitude = number.abs().log10().floor() as i32;
    if !(-5..9).contains(&magnitude) {
        let text = format!("{number:.2e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    let decimals = (6 - magnitude).clamp(0, 10) as usize;
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// 41599 as 41,599; up to four digits as they are, for they may be a year.
#[must_use]
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    if digits.len() <= 4 {
        return digits;
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(digits(0.051_196_467), "0.05119647");
        assert_eq!(digits(0.931_842_3), "0.9318423");
        assert_eq!(digits(1.0), "1");
        assert_eq!(digits(-0.187), "-0.187");
        assert_eq!(digits(1e-9), "1e-9");
        assert_eq!(digits(7.94e-6), "7.94e-6");
        assert_eq!(digits(0.000_045), "0.000045");
        assert_eq!(grouped(41_599), "41,599");
        assert_eq!(grouped(16_486_020_098), "16,486,020,098");
        assert_eq!(grouped(1987), "1987");
    }
}

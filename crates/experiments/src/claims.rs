//! A claim of a post: what it says, what a run must measure for it to hold, and the verdict.

use serde::{Deserialize, Serialize};

/// A number, a truth value or a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A count.
    Count(u64),
    /// Any other number.
    Number(f64),
    /// Words.
    Text(String),
}

impl Value {
    /// The value as a number, where it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(*count as f64),
            Self::Number(number) => Some(*number),
            Self::Bool(_) | Self::Text(_) => None,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}
impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Count(value as u64)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// Where a claim comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The post prints it.
    Printed,
    /// The post says it in words.
    Stated,
    /// The post's configuration is lost, and this is what the likely one gives.
    Inferred,
    /// The post does not know it.
    Beyond,
}

impl Kind {
    /// The word used in files and on pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Stated => "stated",
            Self::Inferred => "inferred",
            Self::Beyond => "beyond",
        }
    }
}

/// What became of a claim in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Measured, and as expected within the tolerance.
    #[serde(rename = "reproduced")]
    Reproduced,
    /// Measured, and not as expected; the only verdict that makes a run fail.
    #[serde(rename = "not reproduced")]
    NotReproduced,
    /// Measured, with nothing to expect in this mode.
    #[serde(rename = "measured")]
    Measured,
    /// Not measured, for a reason that is given.
    #[serde(rename = "not run")]
    NotRun,
}

impl Verdict {
    /// The words used in files and on pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::Measured => "measured",
            Self::NotRun => "not run",
        }
    }
}

/// A claim after a run, as `results.json` has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// `post.what`, unique.
    pub id: String,
    /// Where it comes from.
    pub kind: Kind,
    /// One sentence.
    pub statement: String,
    /// What must be measured; none where nothing can be expected in this mode.
    pub expected: Option<Value>,
    /// What was measured in this run.
    pub measured: Option<Value>,
    /// How far a number may be from the expected one.
    pub tolerance: f64,
    /// The unit of both, or nothing.
    pub unit: String,
    /// The outcome.
    pub verdict: Verdict,
    /// The post's own figure, where it is not what is expected here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Value>,
    /// Why it was not run, or why it could not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The verdict on a measured value.
///
/// Numbers agree when they are at most `tolerance` apart, which a value that is not a number never
/// is; everything else agrees when it is equal.
#[must_use]
pub fn judge(expected: Option<&Value>, measured: &Value, tolerance: f64) -> Verdict {
    let Some(expected) = expected else { return Verdict::Measured };
    let holds = match (expected.number(), measured.number()) {
        (Some(expected), Some(measured)) => (measured - expected).abs() <= tolerance,
        _ => expected == measured,
    };
    if holds { Verdict::Reproduced } else { Verdict::NotReproduced }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_within_the_tolerance_and_nan_never_does() {
        let expected = Value::Number(0.5);
        assert_eq!(judge(Some(&expected), &Value::Number(0.6), 0.11), Verdict::Reproduced);
        assert_eq!(judge(Some(&expected), &Value::Number(0.7), 0.11), Verdict::NotReproduced);
        assert_eq!(judge(Some(&expected), &Value::Number(f64::NAN), 9.0), Verdict::NotReproduced);
        assert_eq!(judge(Some(&Value::Count(3)), &Value::Number(3.0), 0.0), Verdict::Reproduced);
    }

    #[test]
    fn other_values_agree_when_equal() {
        assert_eq!(judge(Some(&true.into()), &true.into(), 0.0), Verdict::Reproduced);
        assert_eq!(judge(Some(&true.into()), &false.into(), 9.0), Verdict::NotReproduced);
        assert_eq!(judge(Some(&true.into()), &1_u64.into(), 9.0), Verdict::NotReproduced);
        assert_eq!(judge(None, &1_u64.into(), 0.0), Verdict::Measured);
    }
}

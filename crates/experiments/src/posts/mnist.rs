//! The follow-up post `mnist`: not in the material that this project starts from.

use super::Findings;

/// Nothing to run yet, and the reason.
pub(super) fn run() -> Findings {
    Findings::nothing(
        "the digit files are not at hand, and the post is not part of the material that is reproduced",
    )
}

//! The crate from outside: the generated site on loopback, the program, real books where they are at hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod cleaning;
mod faults;
mod kills;
mod mirror;
mod program;
mod scale;
mod simulation;
mod site;
mod tree_simulation;

use std::path::PathBuf;

/// The real material beside the checkout, or `None`, said aloud.
fn real(place: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real").join(place);
    if !path.exists() {
        eprintln!("NOT HERE: {}: this test checked nothing", path.display());
        return None;
    }
    Some(path)
}

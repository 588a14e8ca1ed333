//! The pairs that `cargo xtask bench` measures, with the peers' pinned versions.

/// Ours and one peer at the same work.
pub(super) struct Pair {
    /// As in `bench.json`: `crate/work-vs-peer`.
    pub id: &'static str,
    pub ours: Program,
    pub peer: Program,
    pub peer_name: &'static str,
    pub peer_version: &'static str,
}

/// A program that measures itself and prints `{"unit": ..., "value": ...}`.
pub(super) enum Program {
    /// An example of a package of this workspace, built in release mode.
    Example { package: &'static str, name: &'static str, arguments: &'static [&'static str] },
    /// A binary of a package of this workspace, built in release mode.
    Binary { package: &'static str, name: &'static str, arguments: &'static [&'static str] },
    /// A script run in an environment with exactly these packages.
    Python { packages: &'static [&'static str], script: &'static str, arguments: &'static [&'static str] },
    /// One C++ file, compiled at `-O3 -march=native`.
    Cpp { source: &'static str, arguments: &'static [&'static str] },
}

const NUMPY: &[&str] = &["numpy==2.3.5"];

/// Every pair, in the order in which they run.
pub(super) const PAIRS: &[Pair] = &[];

//! The arrows between the crates, proved from `cargo metadata`.
//!
//! What a crate may depend on is written here once; everything else is refused, whatever the kind
//! of dependency, but for tests: a crate's tests may use `demo-sites`.

use crate::workspace;
use serde_json::Value;

/// Each crate and the crates of this workspace that it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("nn-core", &[]),
    ("nn-word2vec", &[]),
    ("nn-cuda", &["nn-core"]),
    ("ptx-sim", &[]),
    ("ptx-driver", &["ptx-sim"]),
    ("corpus-text", &[]),
    ("corpus-fetch", &[]),
    ("corpus-gutenberg", &["corpus-fetch", "corpus-text"]),
    ("corpus-nyt", &["corpus-fetch", "corpus-text"]),
    ("demo-sites", &[]),
    (
        "experiments",
        &[
            "nn-core",
            "nn-cuda",
            "nn-word2vec",
            "ptx-sim",
            "corpus-text",
            "corpus-fetch",
            "corpus-gutenberg",
            "corpus-nyt",
            "demo-sites",
        ],
    ),
    ("xtask", &[]),
    ("workspace-tests", &[]),
];

/// Lists every arrow that is not allowed and every crate that the table does not know.
pub(crate) fn check() -> Result<(), String> {
    let printed = workspace::output(&mut workspace::cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--locked",
    ]))?;
    let metadata: Value =
        serde_json::from_str(&printed).map_err(|error| format!("cargo metadata: {error}"))?;
    let faults = faults(&metadata);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

fn faults(metadata: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            faults.push(format!("{name}: not in the table of arrows (xtask/src/arrows.rs)"));
            continue;
        };
        for dependency in package["dependencies"].as_array().map_or(&[][..], Vec::as_slice) {
            let target = dependency["name"].as_str().unwrap_or_default();
            let ours = ALLOWED.iter().any(|(known, _)| *known == target);
            let for_tests = dependency["kind"] == "dev" && target == "demo-sites";
            if ours && !allowed.contains(&target) && !for_tests {
                faults.push(format!("{name} -> {target}: this arrow is not allowed"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, dependency: &str, kind: &str) -> Value {
        json!({"packages": [{"name": name, "dependencies": [{"name": dependency, "kind": kind}]}]})
    }

    #[test]
    fn an_arrow_between_nets_and_corpora_is_refused() {
        assert_eq!(faults(&package("nn-core", "corpus-text", "normal")).len(), 1);
        assert_eq!(faults(&package("corpus-nyt", "nn-core", "dev")).len(), 1);
    }

    #[test]
    fn a_drawn_arrow_and_a_foreign_crate_pass() {
        assert!(faults(&package("nn-cuda", "nn-core", "normal")).is_empty());
        assert!(faults(&package("nn-core", "ndarray", "normal")).is_empty());
        assert!(faults(&package("corpus-nyt", "demo-sites", "dev")).is_empty());
    }

    #[test]
    fn a_library_must_not_need_the_demo() {
        assert_eq!(faults(&package("corpus-nyt", "demo-sites", "normal")).len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_is_refused() {
        assert_eq!(faults(&package("newcomer", "ndarray", "normal")).len(), 1);
    }
}

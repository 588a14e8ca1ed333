//! Each library crate works as somebody else's dependency.
//!
//! An outside workspace has a package for each, which depends on that crate by path and on nothing else, and whose
//! program is the first Rust block of the crate's README.

use std::fs;
use std::path::Path;
use std::process::Command;
use workspace_tests::{root, said, target_dir};

const LIBRARIES: &[&str] = &[
    "nn-core",
    "nn-cuda",
    "nn-word2vec",
    "ptx-sim",
    "corpus-text",
    "corpus-fetch",
    "corpus-gutenberg",
    "corpus-nyt",
    "demo-sites",
];

#[test]
fn every_library_runs_its_readme_in_a_package_of_its_own() {
    let outside = tempfile::tempdir().expect("a temporary directory");
    make_workspace(outside.path());
    // Few dependencies have the same features here as in the house, so they are built anew, as quickly as may be.
    let target = target_dir().join("alone");
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).arg("--offline").current_dir(outside.path());
        command.env("CARGO_TARGET_DIR", &target).output().expect("cargo starts")
    };
    let built = cargo(&["build", "--workspace"]);
    assert!(built.status.success(), "{}", said(&built));
    for library in LIBRARIES {
        let output = cargo(&["run", "--quiet", "--package", &format!("outside-{library}")]);
        assert!(output.status.success(), "{library}: {}", said(&output));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own scratch files")]
fn make_workspace(outside: &Path) {
    let members: Vec<String> = LIBRARIES.iter().map(|library| format!("\"outside-{library}\"")).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[profile.dev]\ndebug = false\n",
        members.join(", ")
    );
    fs::write(outside.join("Cargo.toml"), manifest).expect("the workspace's manifest");
    // The same versions as here, so that nothing has to be looked up.
    fs::copy(root().join("Cargo.lock"), outside.join("Cargo.lock")).expect("the lock file");
    for library in LIBRARIES {
        let folder = root().join("crates").join(library);
        let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
        let program =
            first_rust_block(&readme).unwrap_or_else(|| panic!("{library}: no Rust block in its README"));
        let package = outside.join(format!("outside-{library}"));
        let manifest = format!(
            "[package]\nname = \"outside-{library}\"\nedition = \"2024\"\n\n[dependencies]\n{library} = {{ path = \"{}\" }}\n",
            folder.display()
        );
        fs::create_dir_all(package.join("src")).expect("the package's folder");
        fs::write(package.join("Cargo.toml"), manifest).expect("its manifest");
        fs::write(package.join("src/main.rs"), program).expect("its program");
    }
}

fn first_rust_block(readme: &str) -> Option<&str> {
    let (_, from_block) = readme.split_once("```rust\n")?;
    from_block.split_once("```").map(|(block, _)| block)
}

//! Each library crate works as somebody else's dependency.
//!
//! For each, a package outside of the workspace is made that depends on that crate by path and on
//! nothing else, and whose program is the first Rust block of the crate's README.

use std::fs;
use std::path::Path;
use std::process::Command;
use workspace_tests::{root, said};

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
    // One build folder for all of them, kept between runs: they share most dependencies.
    let target = root().join("target/alone");
    for library in LIBRARIES {
        let package = outside.path().join(library);
        make_package(&package, library);
        let output = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--offline"])
            .current_dir(&package)
            .env("CARGO_TARGET_DIR", &target)
            .output()
            .expect("cargo starts");
        assert!(output.status.success(), "{library}: {}", said(&output));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own scratch files")]
fn make_package(package: &Path, library: &str) {
    let folder = root().join("crates").join(library);
    let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
    let program =
        first_rust_block(&readme).unwrap_or_else(|| panic!("{library}: no Rust block in its README"));
    let manifest = format!(
        "[package]\nname = \"outside-{library}\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{library} = {{ path = \"{}\" }}\n\n{}",
        folder.display(),
        dev_profile()
    );
    fs::create_dir_all(package.join("src")).expect("the package's folder");
    fs::write(package.join("Cargo.toml"), manifest).expect("its manifest");
    fs::write(package.join("src/main.rs"), program).expect("its program");
    // The same versions as here, so that nothing has to be looked up.
    fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock")).expect("the lock file");
}

/// The workspace's dev profile, but for what names single crates of it.
fn dev_profile() -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let profile = manifest.split("[profile.dev]").nth(1).expect("a dev profile");
    let lines = profile.lines().skip(1).take_while(|line| !line.starts_with('['));
    format!("[profile.dev]\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

fn first_rust_block(readme: &str) -> Option<&str> {
    let (_, from_block) = readme.split_once("```rust\n")?;
    from_block.split_once("```").map(|(block, _)| block)
}

//! What the workspace's end-to-end tests share: the built programs, a place for output, results.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The workspace's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The real material beside the checkout, or `None` (said aloud) where it is not here.
#[must_use]
pub fn real_material() -> Option<PathBuf> {
    let folder = root().join("../shared/real");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("NOT HERE: {}: this test checked nothing", folder.display());
    None
}

/// Where the running test was built, `target/debug` for `cargo test`.
fn build_dir() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    test.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// The target directory that the running test was built into.
#[must_use]
pub fn target_dir() -> PathBuf {
    build_dir().parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The `experiments` program with the simulated CUDA driver beside it, built once a test process.
///
/// # Panics
///
/// Panics when cargo cannot build them.
pub fn experiments() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--offline", "--locked", "-p", "experiments", "-p", "ptx-driver"])
            .current_dir(root());
        build.args(if build_dir().ends_with("release") { &["--release"][..] } else { &[] });
        let status = build.status().expect("cargo starts");
        assert!(status.success(), "cargo could not build the experiments: {status}");
        build_dir().join("experiments")
    });
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// What a program said, for a failing assertion.
#[must_use]
pub fn said(output: &Output) -> String {
    format!(
        "{}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

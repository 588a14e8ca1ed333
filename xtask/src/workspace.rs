//! The workspace as the commands see it: its root, its cargo, its build folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace's root, the parent of this package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo builds: `CARGO_TARGET_DIR` where the caller set one, else `target/`.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A cargo command in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs `command` to its end and tells what failed.
pub(crate) fn check(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{}: {error}", line_of(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", line_of(command))) }
}

/// Runs `command` and returns what it printed; its stderr passes through.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", line_of(command)))?;
    if !output.status.success() {
        return Err(format!("`{}` failed: {}", line_of(command), output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| format!("`{}` printed bytes that are not UTF-8", line_of(command)))
}

/// The command as a person would type it.
fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

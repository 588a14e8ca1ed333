//! Python environments that the commands make for themselves, with pinned packages.

use crate::workspace;
use std::path::PathBuf;
use std::process::Command;

/// Makes (once) the environment `target/venv/NAME` with exactly `packages`, and returns its folder.
///
/// Packages are pinned as `name==version`. The list is written beside the environment after the
/// installation, so that an interrupted one is made again.
pub(crate) fn prepare(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let folder = workspace::root().join("target/venv").join(name);
    let stamp = folder.join("packages.txt");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    eprintln!("making a Python environment with {}", packages.join(", "));
    let mut python = Command::new("python3");
    workspace::check(python.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    workspace::check(
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages),
    )?;
    #[expect(
        clippy::disallowed_methods,
        reason = "half a stamp differs from the list, and the environment is made again"
    )]
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(folder)
}

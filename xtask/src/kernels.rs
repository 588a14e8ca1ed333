//! `cargo xtask kernels [--check]`: the CUDA kernels compiled to PTX, and the report on what they take.

use crate::{venv, workspace};
use std::path::{Path, PathBuf};

/// The compiler is pinned: PTX newer than a driver is refused by it, so an old one serves the most machines.
const NVRTC: &str = "nvidia-cuda-nvrtc-cu12==12.0.140";

/// Compiles into the target directory; then copies what differs into `kernels/`, or with `--check` fails when
/// something does.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(format!("unknown arguments {args:?}: `cargo xtask kernels [--check]`")),
    };
    let nvrtc = find_library(&venv::prepare("nvrtc", &[NVRTC])?)?;
    let made = workspace::target_dir().join("kernels");
    if made.exists() {
        std::fs::remove_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
    }
    let mut compile =
        workspace::cargo(&["run", "--quiet", "-p", "nn-cuda", "--example", "compile_kernels", "--"]);
    workspace::check(compile.arg(nvrtc).arg(&made))?;

    let kept = workspace::root().join("crates/nn-cuda/kernels");
    let mut differing = Vec::new();
    for path in files_below(&made)? {
        let name = path.strip_prefix(&made).map_err(|error| error.to_string())?;
        let target = kept.join(name);
        if std::fs::read(&target).ok() != std::fs::read(&path).ok() {
            differing.push(name.display().to_string());
            if !check {
                replace(&path, &target)?;
            }
        }
    }
    for path in files_below(&kept.join("ptx"))? {
        let name = path.strip_prefix(&kept).map_err(|error| error.to_string())?;
        if !made.join(name).exists() {
            differing.push(format!("{} (no kernel makes it)", name.display()));
        }
    }
    if check && !differing.is_empty() {
        let list = differing.join(", ");
        return Err(format!(
            "these differ from what the sources compile to: {list}; run `cargo xtask kernels`"
        ));
    }
    let verdict = if differing.is_empty() { "nothing differs".to_owned() } else { differing.join(", ") };
    eprintln!("kernels: {verdict}");
    Ok(())
}

/// `libnvrtc.so.12` in the Python environment.
fn find_library(environment: &Path) -> Result<PathBuf, String> {
    files_below(&environment.join("lib"))?
        .into_iter()
        .find(|path| path.ends_with("nvidia/cuda_nvrtc/lib/libnvrtc.so.12"))
        .ok_or_else(|| {
            format!("no libnvrtc.so.12 in {}: remove that folder and try again", environment.display())
        })
}

/// All files below a directory, in a fixed order.
fn files_below(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let explain = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(explain)? {
        let path = entry.map_err(explain)?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Copies beside the target, then renames, so that no half file stays.
fn replace(from: &Path, to: &Path) -> Result<(), String> {
    let explain = |error: std::io::Error| format!("{}: {error}", to.display());
    if let Some(directory) = to.parent() {
        std::fs::create_dir_all(directory).map_err(explain)?;
    }
    let beside = to.with_extension("new");
    std::fs::copy(from, &beside).map_err(explain)?;
    std::fs::File::open(&beside).and_then(|file| file.sync_all()).map_err(explain)?;
    std::fs::rename(&beside, to).map_err(explain)
}

//! `cargo xtask kernels [--check | --gpu]`: the CUDA kernels compiled to PTX, and the report on what they take; or their
//! tests and benchmarks on the GPU of this machine.

use crate::{venv, workspace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler is pinned: PTX newer than a driver is refused by it, so an old one serves the most machines.
const NVRTC: &str = "nvidia-cuda-nvrtc-cu12==12.0.140";

/// Compiles into the target directory; then copies what differs into `kernels/`, or with `--check` fails when
/// something does. With `--gpu` it compiles nothing: see [`on_gpu`].
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        [flag] if flag == "--gpu" => return on_gpu(),
        _ => return Err(format!("unknown arguments {args:?}: `cargo xtask kernels [--check | --gpu]`")),
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

/// Runs on the system's GPU what otherwise runs on the simulator: every test, the criterion benches, and the
/// measurements of `examples/measure.rs`, beside cuBLAS and PyTorch where these are installed. The figures are written
/// to `target/bench/gpu-NAME.json`, NAME being the GPU's.
fn on_gpu() -> Result<(), String> {
    let measure = |arguments: &[&str]| {
        let run = ["run", "--release", "--quiet", "-p", "nn-cuda", "--example", "measure", "--"];
        let printed = workspace::output(&mut workspace::cargo(&[&run[..], arguments].concat()))?;
        serde_json::from_str::<Value>(&printed)
            .map_err(|error| format!("measure printed `{printed}`: {error}"))
    };
    let probed = measure(&["--probe"]).map_err(|error| format!("no GPU to run on here: {error}"))?;
    let name = probed["device"].as_str().unwrap_or("unnamed").to_owned();
    eprintln!("on: {name}");
    let mut tests = workspace::cargo(&["test", "--release", "-p", "nn-cuda"]);
    workspace::check(tests.env("NN_CUDA_DRIVER", "system"))?;
    workspace::check(&mut workspace::cargo(&["bench", "-p", "nn-cuda"]))?;
    let ours = measure(&[])?;
    let script = workspace::root().join("crates/nn-cuda/benches/peers/gpu.py");
    let printed = workspace::output(Command::new("python3").arg(script))?;
    let peers: Value =
        serde_json::from_str(&printed).map_err(|error| format!("gpu.py printed `{printed}`: {error}"))?;
    for (peer, reason) in peers["missing"].as_object().into_iter().flatten() {
        eprintln!("{peer}: {}", reason.as_str().unwrap_or_default());
    }
    let folder = workspace::target_dir().join("bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let path = folder.join(format!("gpu-{plain}.json"));
    let figures = json!({"device": name, "ours": ours["figures"], "peers": peers});
    write_whole(&path, &format!("{figures:#}\n"))?;
    crate::say(&format!("{}", path.display()));
    Ok(())
}

/// Writes beside the target, then renames, so that no half file stays.
fn write_whole(path: &Path, text: &str) -> Result<(), String> {
    use std::io::Write as _;
    let explain = |error: std::io::Error| format!("{}: {error}", path.display());
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside).map_err(explain)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(explain)?;
    std::fs::rename(&beside, path).map_err(explain)
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

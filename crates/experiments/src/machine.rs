//! The machine that a run ran on, for the record; no result depends on it.

use serde::{Deserialize, Serialize};
use std::fs;

/// What `results.json` says of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// The processors that this process may use.
    pub cores: usize,
    /// The worker threads of the run.
    pub threads: usize,
    /// The widest vector instructions that the processor has.
    pub simd: String,
    /// What ran the CUDA kernels: `simulated`, a GPU's name, or `none`.
    pub device: String,
    /// The commit of the code.
    pub commit: String,
}

impl Machine {
    /// This machine.
    #[must_use]
    pub fn here(threads: usize, device: &str, commit: &str) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (device, commit) = (device.to_owned(), commit.to_owned());
        Self { cpu: cpu_name(), cores, threads, simd: simd().to_owned(), device, commit }
    }
}

/// The name as Linux gives it; elsewhere the architecture has to do.
fn cpu_name() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn simd() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        "avx2"
    } else {
        "sse2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn simd() -> &'static str {
    if cfg!(target_arch = "aarch64") { "neon" } else { "none" }
}

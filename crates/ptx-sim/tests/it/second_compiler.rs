//! The kernels' sources through clang: the PTX of a compiler that shares nothing with NVIDIA's must run, pass all checks,
//! and give the same numbers. Runs where clang is, and says so where it is not.

use std::path::Path;
use std::process::Command;

use ptx_sim::Module;

use crate::launches::{Input, cases, committed, run};

const COMPILER: &str = "clang++";
/// Sources in which products and sums are not contracted.
const UNCONTRACTED: [&str; 2] = ["fused", "train"];
/// Kernels that take an exponential whatever they are given.
const SMOOTH: [&str; 4] = ["sigmoid", "fit", "fit_many", "fit_warp"];

/// The PTX that clang makes of a source.
fn compile(file: &str, architecture: u32) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kernels = here.join("../nn-cuda/kernels");
    let contract = if UNCONTRACTED.contains(&file) { "off" } else { "fast" };
    let output = Command::new(COMPILER)
        .args(["-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib", "-O2", "-S", "-o", "-"])
        .arg(format!("--cuda-gpu-arch=sm_{architecture}"))
        // The shuffles of a warp came with this version of PTX; without, clang takes an older one.
        .args(["-Xclang", "-target-feature", "-Xclang", "+ptx70"])
        .arg(format!("-ffp-contract={contract}"))
        .arg("-include")
        .arg(here.join("tests/cuda.h"))
        .arg(kernels.join(format!("{file}.cu")))
        .output()
        .expect("clang runs");
    assert!(output.status.success(), "{file}.cu: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("PTX is text")
}

/// Whether a launch needs an exponential, a logarithm or a hyperbolic tangent, which the two compilers' libraries have
/// different formulas for.
fn is_smooth(kernel: &str, inputs: &[Input]) -> bool {
    let shape = inputs.iter().rev().find_map(|input| match input {
        Input::Ints(ints) if ints.len() > 4 && ints.len() == 4 + 8 * ints[0] as usize => Some(ints),
        _ => None,
    });
    SMOOTH.contains(&kernel)
        || shape.is_some_and(|shape| {
            shape[1] >= 2 || shape[4..].chunks_exact(8).any(|layer| [1, 2].contains(&layer[2]))
        })
}

#[test]
fn clangs_ptx_gives_the_same_numbers() {
    if Command::new(COMPILER).arg("--version").output().is_err() {
        eprintln!("NOT RUN: {COMPILER} is not here, so no second compiler was tried (apt-get install clang)");
        return;
    }
    let (mut exact, mut close, mut worst) = (0, 0, 0.0f32);
    for architecture in [70, 80] {
        let mut compiled: Option<(&str, Module)> = None;
        for case in cases() {
            let path = committed(case.file, &format!("compute_{architecture}"));
            let Ok(source) = std::fs::read_to_string(path) else { continue };
            let module = Module::parse(&source).unwrap();
            // A kernel of tensor cores is in the newer file only.
            let Ok(kernel) = module.kernel(case.kernel) else { continue };
            if compiled.as_ref().is_none_or(|(file, _)| *file != case.file) {
                let ptx = compile(case.file, architecture);
                let module = Module::parse(&ptx).unwrap_or_else(|error| panic!("{}: {error}", case.file));
                compiled = Some((case.file, module));
            }
            let other = compiled.as_ref().unwrap().1.kernel(case.kernel).unwrap();
            for (n, (launch, inputs)) in case.launches.iter().enumerate() {
                let place = format!("sm_{architecture}, {}, launch {n}", case.kernel);
                let (wanted, _) = run(kernel, launch, inputs).unwrap();
                let (got, _) = run(other, launch, inputs).unwrap_or_else(|error| panic!("{place}: {error}"));
                if wanted == got {
                    exact += 1;
                    continue;
                }
                assert!(is_smooth(case.kernel, inputs), "{place}: not the same bits");
                close += 1;
                for (wanted, got) in wanted.iter().flatten().zip(got.iter().flatten()) {
                    assert_eq!(wanted.is_some(), got.is_some(), "{place}: written by one of them");
                    let (Some(wanted), Some(got)) = (wanted.map(f32::from_bits), got.map(f32::from_bits))
                    else {
                        continue;
                    };
                    if wanted == got || (wanted.is_nan() && got.is_nan()) {
                        continue;
                    }
                    let distance = (wanted - got).abs() / (1.0 + wanted.abs());
                    assert!(distance <= TOLERANCE, "{place}: {wanted}, not {got}");
                    worst = worst.max(distance);
                }
            }
        }
    }
    eprintln!("clang's PTX: {exact} launches to the last bit, {close} within {worst:.1e} of 1 + |value|");
    assert!(exact > 100 && close > 100, "{exact} {close}");
}

/// Of one and a number's size: a few ULP of an exponential, through a few steps.
const TOLERANCE: f32 = 4e-6;

//! Compiles `kernels/*.cu` to PTX with NVRTC and writes the report on their registers: called by `cargo xtask kernels`.
#![expect(unsafe_code, reason = "NVRTC is a foreign library")]

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use cudarc::nvrtc::result;
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

type Failure = Box<dyn std::error::Error>;

/// Files, the oldest architecture that each compiles for, and whether products and sums may be contracted.
const FILES: [(&str, u32, bool); 7] = [
    ("subroutines", 70, true),
    ("fit", 70, true),
    ("fit_warp", 70, true),
    ("matmul_tiled", 70, true),
    ("matmul_tf32", 80, true),
    ("fused", 70, false),
    ("train", 70, false),
];

/// Threads of a block as the host launches each kernel (the most, where that depends on the shapes), if not 128.
const BLOCKS: [(&str, u32); 10] = [
    ("fit", 256),
    ("fit_many", 256),
    ("matmul_tiled", 256),
    ("matmul_tf32", 32),
    ("train_cooperative", 256),
    ("step_forward", 256),
    ("step_loss", 256),
    ("step_back", 256),
    ("step_update", 256),
    ("step_next", 32),
];

const HEAD: &str = "\
# The kernels' figures

Written by `cargo xtask kernels`, checked by `cargo xtask kernels --check`; compiler: NVRTC 12.0.140.
Registers, spills and static shared memory are the assembler's, instructions are those of the PTX text (compute_80 for
sm_80 and sm_90), occupancy is theoretical, from registers, static shared memory and the launch's block.

| kernel | architecture | registers | spilled bytes | shared bytes | instructions | occupancy |
|--------|--------------|-----------|---------------|--------------|--------------|-----------|
";

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [nvrtc, out] = &arguments[..] else {
        return Err("usage: compile_kernels NVRTC_LIBRARY DIRECTORY".into());
    };
    // SAFETY: NVRTC's initialisers run, as in every program that links it. Open for the whole process, it is what
    // `cudarc` finds under its SONAME.
    let library = unsafe { Library::open(Some(nvrtc), RTLD_NOW | RTLD_GLOBAL) }?;
    std::mem::forget(library);

    let mut instructions = BTreeMap::new();
    for architecture in [70, 80] {
        let directory = out.join(format!("ptx/compute_{architecture}"));
        std::fs::create_dir_all(&directory)?;
        for (file, _, contract) in FILES.iter().filter(|(_, oldest, _)| *oldest <= architecture) {
            let options = [format!("--gpu-architecture=compute_{architecture}"), fmad(*contract)];
            let (ptx, _) = compile(file, &options)?;
            for (kernel, count) in count_instructions(&ptx) {
                instructions.insert((kernel, architecture), count);
            }
            write_whole(&directory.join(format!("{file}.ptx")), &ptx)?;
        }
    }
    let mut report = HEAD.to_owned();
    for (file, oldest, contract) in FILES {
        for architecture in [70, 80, 90].into_iter().filter(|architecture| oldest <= *architecture) {
            let target = format!("--gpu-architecture=sm_{architecture}");
            let options = [target, fmad(contract), "--ptxas-options=-v".to_owned()];
            let (_, log) = compile(file, &options)?;
            for figures in read_log(&log) {
                let Figures { kernel, registers, spilled, shared } = figures;
                let count = instructions
                    .get(&(kernel.clone(), architecture.min(80)))
                    .ok_or_else(|| format!("`{kernel}` is in the log, but not in the PTX"))?;
                let block = BLOCKS.iter().find(|(name, _)| *name == kernel).map_or(128, |(_, block)| *block);
                let occupancy = occupancy(architecture, registers, shared, block);
                writeln!(
                    report,
                    "| `{kernel}` | sm_{architecture} | {registers} | {spilled} | {shared} | {count} | {occupancy} % |"
                )?;
            }
        }
    }
    write_whole(&out.join("REPORT.md"), &report)
}

fn fmad(contract: bool) -> String {
    format!("--fmad={contract}")
}

/// The PTX and the log of a file.
fn compile(file: &str, options: &[String]) -> Result<(String, String), Failure> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels");
    let path = directory.join(format!("{file}.cu"));
    let mut options = options.to_vec();
    options.push(format!("--include-path={}", directory.display()));
    let source = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let source = CString::new(source)?;
    let name = CString::new(format!("{file}.cu"))?;
    let program = result::create_program(&source, Some(&name))?;
    // SAFETY: the program was created above and is destroyed below.
    let compiled = unsafe { result::compile_program(program, &options) };
    // SAFETY: as above; both texts end with a zero byte.
    let (log, ptx) = unsafe {
        let log = text(&result::get_program_log(program)?);
        let ptx = compiled.is_ok().then(|| result::get_ptx(program)).transpose()?.map(|ptx| text(&ptx));
        result::destroy_program(program)?;
        (log, ptx)
    };
    let ptx = ptx.ok_or_else(|| format!("{file}.cu does not compile: {log}"))?;
    // The log names what it could not do even where the compiler goes on.
    if log.contains("error") || log.contains("warning") {
        return Err(format!("{file}.cu: {log}").into());
    }
    Ok((ptx, log))
}

fn text(bytes: &[c_char]) -> String {
    let bytes: Vec<u8> = bytes.iter().map(|byte| byte.cast_unsigned()).collect();
    CStr::from_bytes_until_nul(&bytes)
        .map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned())
}

/// Kernels and their number of instructions: lines of a body that end with `;` and are no directive.
fn count_instructions(ptx: &str) -> Vec<(String, u32)> {
    let mut counts: Vec<(String, u32)> = Vec::new();
    for line in ptx.lines().map(str::trim) {
        if let Some((_, name)) = line.split_once(".entry ") {
            counts.push((name.trim_end_matches(['(', ' ']).to_owned(), 0));
        } else if line.ends_with(';')
            && !line.starts_with('.')
            && let Some((_, count)) = counts.last_mut()
        {
            *count += 1;
        }
    }
    counts
}

struct Figures {
    kernel: String,
    registers: u32,
    spilled: u32,
    shared: u32,
}

fn read_log(log: &str) -> Vec<Figures> {
    let mut all: Vec<Figures> = Vec::new();
    for line in log.lines() {
        if let Some(kernel) = line.split("entry function '").nth(1).and_then(|rest| rest.split('\'').next()) {
            all.push(Figures { kernel: kernel.to_owned(), registers: 0, spilled: 0, shared: 0 });
        } else if let Some(figures) = all.last_mut() {
            figures.spilled += before(line, " bytes spill stores") + before(line, " bytes spill loads");
            figures.shared += before(line, " bytes smem");
            figures.registers += before(line, " registers");
        }
    }
    all.sort_by(|a, b| a.kernel.cmp(&b.kernel));
    all
}

/// The number that stands before `unit`, or 0.
fn before(line: &str, unit: &str) -> u32 {
    let number = line.find(unit).and_then(|at| line[..at].rsplit([' ', ',']).next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Per cent of the warps that a multiprocessor can hold: registers are granted to a warp in units of 256 of 65,536,
/// shared memory from 96, 164 or 228 KiB (1 KiB of a block kept by the system from `sm_80` on), 32 blocks, 64 warps.
fn occupancy(architecture: u32, registers: u32, shared: u32, block: u32) -> u32 {
    let warps = block.div_ceil(32);
    let by_registers = 65_536 / (registers * 32).next_multiple_of(256) / warps;
    let (most_shared, kept) = match architecture {
        70 => (96, 0),
        80 => (164, 1024),
        _ => (228, 1024),
    };
    let by_shared = (most_shared * 1024u32).checked_div(shared + kept).unwrap_or(32);
    by_registers.min(by_shared).min(32).min(64 / warps) * warps * 100 / 64
}

fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let directory = path.parent().ok_or("a path without a directory")?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

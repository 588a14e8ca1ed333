//! `ptx-sim`: runs a kernel of a PTX file from the command line.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ptx_sim::{
    Arg, DEFAULT_BUDGET, DEFAULT_TURN, Error, Launch, MAX_SHARED_BYTES_OPT_IN, Memory, Module, Stats,
};

/// Runs PTX on the CPU and checks every step.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  ptx-sim list kernel.ptx
  ptx-sim run kernel.ptx --entry dot --block 32 --arg f32:1,2,3,4 --arg f32:5,6,7,8 --arg out:4 --arg i32:2 --arg i32:2 --arg i32:2

Exit codes: 0 done, 1 the kernel broke a rule, 2 it could not run."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists the kernels of a file with their parameters.
    List {
        /// The PTX file.
        file: PathBuf,
    },
    /// Runs one kernel and prints its buffers and instruction counts.
    Run {
        /// The PTX file.
        file: PathBuf,
        /// The kernel's name.
        #[arg(long)]
        entry: String,
        /// Blocks along x, y, z.
        #[arg(long, value_delimiter = ',', default_value = "1")]
        grid: Vec<u32>,
        /// Threads of a block along x, y, z.
        #[arg(long, value_delimiter = ',', default_value = "32")]
        block: Vec<u32>,
        /// Dynamic shared memory in bytes.
        #[arg(long, default_value_t = 0)]
        shared: u32,
        /// All blocks run at the same time.
        #[arg(long)]
        cooperative: bool,
        /// The most thread instructions.
        #[arg(long, default_value_t = DEFAULT_BUDGET)]
        budget: u64,
        /// Instructions that a warp runs before another gets its turn.
        #[arg(long, default_value_t = DEFAULT_TURN)]
        turn: u32,
        /// Makes one warp in eight slow, which ones follows from this seed.
        #[arg(long)]
        turn_seed: Option<u64>,
        /// An argument: `f32:1,2,3` a buffer of floats, `ints:1,-2` one of ints, `u32:4`, `i32:-4`, `float:0.5` a
        /// value, `out:N` a buffer of N words not yet written.
        #[arg(long = "arg", allow_hyphen_values = true)]
        arguments: Vec<String>,
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
        /// No instruction counts.
        #[arg(long)]
        quiet: bool,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop { message, code }) => {
            eprintln!("error: {message}");
            ExitCode::from(code)
        }
    }
}

struct Stop {
    message: String,
    code: u8,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let could_not_run =
            error.is_parse() || error.is_unsupported() || error.is_launch() || error.is_out_of_memory();
        Self { message: error.to_string(), code: if could_not_run { 2 } else { 1 } }
    }
}

fn stop(message: String) -> Stop {
    Stop { message, code: 2 }
}

fn run(command: Command) -> Result<(), Stop> {
    match command {
        Command::List { file } => {
            let module = read(&file)?;
            for kernel in module.kernels() {
                let sizes: Vec<String> = kernel.params().iter().map(|(_, bytes)| bytes.to_string()).collect();
                say(&format!(
                    "{}: parameters of {} bytes, {} instructions, {} bytes of shared memory",
                    kernel.name(),
                    sizes.join(", "),
                    kernel.static_instructions(),
                    kernel.static_shared()
                ))?;
            }
            Ok(())
        }
        Command::Run {
            file,
            entry,
            grid,
            block,
            shared,
            cooperative,
            budget,
            turn,
            turn_seed,
            arguments,
            json,
            quiet,
        } => {
            let module = read(&file)?;
            let mut memory = Memory::default();
            let mut values = Vec::new();
            let mut buffers = Vec::new();
            for (index, text) in arguments.iter().enumerate() {
                let (value, words) = argument(text, &mut memory)?;
                if let (Arg::Pointer(address), Some(words)) = (value, words) {
                    buffers.push((index, address, words, text.starts_with("ints:")));
                }
                values.push(value);
            }
            let launch = Launch {
                grid: three("grid", &grid)?,
                block: three("block", &block)?,
                shared_bytes: shared,
                max_shared_bytes: MAX_SHARED_BYTES_OPT_IN,
                cooperative,
                budget,
                turn,
                turn_seed,
            };
            let stats = module.kernel(&entry)?.run(&launch, &values, &mut memory)?;
            let buffers: Vec<(usize, Vec<Option<Word>>)> = buffers
                .into_iter()
                .map(|(index, address, words, ints)| {
                    (index, (0..words).map(|i| word(&mut memory, address + i * 4, ints)).collect())
                })
                .collect();
            if json { say(&as_json(&buffers, &stats)) } else { print(&buffers, &stats, quiet) }
        }
    }
}

fn read(file: &PathBuf) -> Result<Module, Stop> {
    let source =
        std::fs::read_to_string(file).map_err(|error| stop(format!("{}: {error}", file.display())))?;
    Module::parse(&source).map_err(|error| stop(format!("{}: {error}", file.display())))
}

/// An argument, and how many words its buffer has if it is one.
fn argument(text: &str, memory: &mut Memory) -> Result<(Arg, Option<u64>), Stop> {
    let bad = || {
        stop(format!(
            "argument `{text}`: f32:1,2,3, ints:1,-2, out:N, u32:4, i32:-4 and float:0.5 are understood"
        ))
    };
    let (kind, value) = text.split_once(':').ok_or_else(bad)?;
    match kind {
        "f32" | "ints" => {
            let words: Option<Vec<[u8; 4]>> = value
                .split(',')
                .map(|value| match kind {
                    "f32" => value.parse().ok().map(f32::to_le_bytes),
                    _ => value.parse().ok().map(i32::to_le_bytes),
                })
                .collect();
            let bytes = words.ok_or_else(bad)?.concat();
            let address = memory.allocate(bytes.len() as u64)?;
            memory.write(address, &bytes)?;
            Ok((Arg::Pointer(address), Some(bytes.len() as u64 / 4)))
        }
        "out" => {
            let words: u64 = value.parse().map_err(|_| bad())?;
            Ok((Arg::Pointer(memory.allocate(words.saturating_mul(4))?), Some(words)))
        }
        "u32" => Ok((Arg::U32(value.parse().map_err(|_| bad())?), None)),
        "i32" => Ok((Arg::I32(value.parse().map_err(|_| bad())?), None)),
        "float" => Ok((Arg::F32(value.parse().map_err(|_| bad())?), None)),
        _ => Err(bad()),
    }
}

fn three(name: &str, given: &[u32]) -> Result<[u32; 3], Stop> {
    match *given {
        [x] => Ok([x, 1, 1]),
        [x, y] => Ok([x, y, 1]),
        [x, y, z] => Ok([x, y, z]),
        _ => Err(stop(format!("--{name} takes one to three numbers, {} are given", given.len()))),
    }
}

/// A word of a buffer, as what it was given.
enum Word {
    Float(f32),
    Int(i32),
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Float(value) => value.fmt(f),
            Word::Int(value) => value.fmt(f),
        }
    }
}

/// The word at an address, or nothing where it was never written.
fn word(memory: &mut Memory, address: u64, is_int: bool) -> Option<Word> {
    let mut bytes = [0; 4];
    memory.read(address, &mut bytes).ok()?;
    Some(if is_int { Word::Int(i32::from_le_bytes(bytes)) } else { Word::Float(f32::from_le_bytes(bytes)) })
}

fn print(buffers: &[(usize, Vec<Option<Word>>)], stats: &Stats, quiet: bool) -> Result<(), Stop> {
    for (index, words) in buffers {
        let words: Vec<String> =
            words.iter().map(|word| word.as_ref().map_or("?".to_owned(), Word::to_string)).collect();
        say(&format!("argument {index}: {}", words.join(" ")))?;
    }
    if !quiet {
        say(&format!("{} thread instructions, {} barriers", stats.thread_instructions, stats.barriers))?;
        for (opcode, count) in stats.by_opcode.iter().filter(|(_, count)| *count > 0) {
            say(&format!("{count:>12}  {opcode}"))?;
        }
    }
    Ok(())
}

/// Opcodes hold no character that JSON would need to escape, and numbers that JSON lacks become null.
fn as_json(buffers: &[(usize, Vec<Option<Word>>)], stats: &Stats) -> String {
    let number = |word: &Option<Word>| match word {
        None => "null".to_owned(),
        Some(Word::Float(value)) if !value.is_finite() => "null".to_owned(),
        Some(word) => word.to_string(),
    };
    let buffers: Vec<String> = buffers
        .iter()
        .map(|(index, words)| {
            let words: Vec<String> = words.iter().map(number).collect();
            format!("{{\"argument\":{index},\"values\":[{}]}}", words.join(","))
        })
        .collect();
    let opcodes: Vec<String> = stats
        .by_opcode
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(opcode, count)| format!("\"{opcode}\":{count}"))
        .collect();
    format!(
        "{{\"thread_instructions\":{},\"barriers\":{},\"by_opcode\":{{{}}},\"buffers\":[{}]}}",
        stats.thread_instructions,
        stats.barriers,
        opcodes.join(","),
        buffers.join(",")
    )
}

/// Writes a line of result; a reader that went away is no error.
fn say(line: &str) -> Result<(), Stop> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(stop(format!("stdout: {error}"))),
        _ => Ok(()),
    }
}

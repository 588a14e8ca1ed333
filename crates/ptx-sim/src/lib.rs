//! Runs PTX, the virtual instruction set of NVIDIA's GPUs, on the CPU, and checks every step.
//!
//! [`Module::parse`] reads the text, [`Module::kernel`] finds an entry, [`Memory`] stands for the device's memory and
//! [`Kernel::run`] launches a grid. Checked are: accesses outside an allocation or misaligned, reads of registers or
//! memory never written, races in shared memory, barriers that some threads do not reach, the limits of a launch, and
//! an instruction budget against endless loops. An [`Error`] names the kernel, the line, the block and the thread.
//!
//! What it cannot show: time, caches, and the errors of weak memory ordering. Blocks run one after the other (in turns
//! when they are cooperative), so the same launch always gives the same bytes.
//!
//! Warps run in step, 32 lanes a row; a branch splits them and its post-dominator joins them. 32 and 64 bit integers,
//! f32, predicates, shuffles, atomics and `mma.sync` of TF32 are there; f64 and f16 arithmetic, textures, local memory
//! and calls are not, and say so.

mod decode;
mod error;
mod fast;
mod flow;
mod ir;
mod launch;
mod math;
mod memory;
mod parse;
mod shared;
mod warp;

pub use error::Error;
pub use launch::{
    DEFAULT_BUDGET, DEFAULT_TURN, Launch, MAX_BLOCK_THREADS, MAX_SHARED_BYTES, MAX_SHARED_BYTES_OPT_IN,
    MULTIPROCESSORS, Stats,
};
pub use memory::Memory;

use error::Kind;

/// A PTX text, read and ready to launch from.
#[derive(Debug)]
pub struct Module {
    version: String,
    target: String,
    kernels: Vec<Kernel>,
}

impl Module {
    /// Reads a PTX text and prepares all its kernels.
    ///
    /// # Errors
    ///
    /// [`Error::is_parse`] when it is not PTX, [`Error::is_unsupported`] when it uses what is not run here; both with
    /// the line.
    pub fn parse(source: &str) -> Result<Self, Error> {
        let text = parse::parse(source)?;
        let mut kernels = Vec::new();
        for entry in &text.entries {
            let decoded =
                decode::decode(entry, &text.shared).map_err(|error| error.in_kernel(&entry.name))?;
            kernels.push(Kernel {
                name: entry.name.clone(),
                params: decoded.params,
                static_shared: decoded.static_shared,
                max_threads: entry.max_threads,
                code: decoded.code,
            });
        }
        Ok(Self { version: text.version, target: text.target, kernels })
    }

    /// The text's `.version`, such as `8.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The text's `.target`, such as `sm_70`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// All kernels, in the text's order.
    #[must_use]
    pub fn kernels(&self) -> &[Kernel] {
        &self.kernels
    }

    /// The kernel of that name.
    ///
    /// # Errors
    ///
    /// [`Error::is_parse`] when there is none; the message lists those that are there.
    pub fn kernel(&self, name: &str) -> Result<&Kernel, Error> {
        self.kernels.iter().find(|kernel| kernel.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.kernels.iter().map(|kernel| kernel.name.as_str()).collect();
            Error::new(Kind::Parse, format!("no kernel `{name}`; there are: {}", known.join(", ")))
        })
    }
}

/// One entry of a [`Module`].
#[derive(Debug)]
pub struct Kernel {
    name: String,
    params: Vec<(u32, u32)>,
    static_shared: u32,
    max_threads: Option<u32>,
    code: ir::Code,
}

/// An argument of a kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arg {
    /// An address that [`Memory::allocate`] returned.
    Pointer(u64),
    /// `unsigned`
    U32(u32),
    /// `int`
    I32(i32),
    /// `float`
    F32(f32),
    /// `unsigned long long`
    U64(u64),
}

impl Kernel {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Offset and size in bytes of each parameter.
    #[must_use]
    pub fn params(&self) -> &[(u32, u32)] {
        &self.params
    }

    /// The size of all parameters together, in bytes.
    #[must_use]
    pub fn params_bytes(&self) -> usize {
        self.params.last().map_or(0, |(start, bytes)| (start + bytes) as usize)
    }

    /// Static shared memory of a block, in bytes.
    #[must_use]
    pub fn static_shared(&self) -> u32 {
        self.static_shared
    }

    /// The most threads of a block that the kernel was compiled for.
    #[must_use]
    pub fn max_threads(&self) -> u32 {
        self.max_threads.unwrap_or(MAX_BLOCK_THREADS)
    }

    /// The number of instructions in the text.
    #[must_use]
    pub fn static_instructions(&self) -> usize {
        // The last is the end that every kernel is given.
        self.code.instructions.len() - 1
    }

    /// Launches with typed arguments.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when the shape or the arguments do not fit, or any rule that a thread breaks.
    pub fn run(&self, launch: &Launch, args: &[Arg], memory: &mut Memory) -> Result<Stats, Error> {
        if args.len() != self.params.len() {
            let message = format!("{} arguments given, {} wanted", args.len(), self.params.len());
            return Err(Error::new(Kind::Launch, message).in_kernel(&self.name));
        }
        let mut bytes = vec![0; self.params_bytes()];
        for (i, (arg, (start, size))) in args.iter().zip(&self.params).enumerate() {
            let (value, given) = match *arg {
                Arg::Pointer(value) | Arg::U64(value) => (value, 8),
                Arg::U32(value) => (u64::from(value), 4),
                Arg::I32(value) => (u64::from(value.cast_unsigned()), 4),
                Arg::F32(value) => (u64::from(value.to_bits()), 4),
            };
            if given != *size {
                let message = format!("argument {i} has {given} bytes, the parameter has {size}");
                return Err(Error::new(Kind::Launch, message).in_kernel(&self.name));
            }
            let start = *start as usize;
            bytes[start..start + given as usize].copy_from_slice(&value.to_le_bytes()[..given as usize]);
        }
        launch::run(self, launch, &bytes, memory)
    }

    /// Launches with the arguments as bytes, each at the offset that [`Kernel::params`] gives.
    ///
    /// # Errors
    ///
    /// As [`Kernel::run`].
    pub fn run_raw(&self, launch: &Launch, params: &[u8], memory: &mut Memory) -> Result<Stats, Error> {
        launch::run(self, launch, params, memory)
    }
}

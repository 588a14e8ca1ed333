//! The one error of this crate: what went wrong, and where in the PTX, the grid and the block.

use std::fmt;

/// A program that could not be read or launched, or that broke a rule while it ran.
///
/// The message names the kernel, the line of the PTX, the block and the thread, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    message: String,
    kernel: Option<String>,
    line: Option<u32>,
    block: Option<[u32; 3]>,
    thread: Option<[u32; 3]>,
}

/// What kind of rule was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Parse,
    Unsupported,
    Launch,
    Residency,
    OutOfBounds,
    Misaligned,
    Uninitialised,
    Race,
    Divergence,
    Budget,
    Trap,
    OutOfMemory,
}

impl Kind {
    fn title(self) -> &'static str {
        match self {
            Kind::Parse => "cannot read the PTX",
            Kind::Unsupported => "unsupported PTX",
            Kind::Launch | Kind::Residency => "cannot launch",
            Kind::OutOfBounds => "access out of bounds",
            Kind::Misaligned => "misaligned access",
            Kind::Uninitialised => "read of an uninitialised value",
            Kind::Race => "shared-memory race",
            Kind::Divergence => "divergent barrier",
            Kind::Budget => "instruction budget used up",
            Kind::Trap => "trap",
            Kind::OutOfMemory => "out of device memory",
        }
    }
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), kernel: None, line: None, block: None, thread: None }
    }

    pub(crate) fn at_line(mut self, line: u32) -> Self {
        self.line.get_or_insert(line);
        self
    }

    pub(crate) fn in_kernel(mut self, kernel: &str) -> Self {
        self.kernel.get_or_insert_with(|| kernel.to_owned());
        self
    }

    pub(crate) fn in_block(mut self, block: [u32; 3]) -> Self {
        self.block.get_or_insert(block);
        self
    }

    pub(crate) fn in_thread(mut self, thread: [u32; 3]) -> Self {
        self.thread.get_or_insert(thread);
        self
    }

    /// The text is not PTX, or names something that is not there.
    #[must_use]
    pub fn is_parse(&self) -> bool {
        self.kind == Kind::Parse
    }

    /// The text is PTX, but uses an instruction or a feature that this simulator does not run.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.kind == Kind::Unsupported
    }

    /// The grid, block, arguments or shared memory exceed what the kernel or a device allows.
    #[must_use]
    pub fn is_launch(&self) -> bool {
        matches!(self.kind, Kind::Launch | Kind::Residency)
    }

    /// A cooperative launch of more blocks than can be resident together; [`Error::is_launch`] holds too.
    #[must_use]
    pub fn is_residency(&self) -> bool {
        self.kind == Kind::Residency
    }

    /// An access outside every live allocation, or across the end of one, or outside shared memory.
    #[must_use]
    pub fn is_out_of_bounds(&self) -> bool {
        self.kind == Kind::OutOfBounds
    }

    /// An address that is not a multiple of the size of the access.
    #[must_use]
    pub fn is_misaligned(&self) -> bool {
        self.kind == Kind::Misaligned
    }

    /// A register or memory was read before anything was written to it.
    #[must_use]
    pub fn is_uninitialised(&self) -> bool {
        self.kind == Kind::Uninitialised
    }

    /// Two threads touched one word of shared memory without a barrier between, at least one writing.
    #[must_use]
    pub fn is_race(&self) -> bool {
        self.kind == Kind::Race
    }

    /// A barrier or a warp-wide instruction that not all the threads it names have reached.
    #[must_use]
    pub fn is_divergence(&self) -> bool {
        self.kind == Kind::Divergence
    }

    /// The launch ran more thread instructions than it was allowed to.
    #[must_use]
    pub fn is_budget(&self) -> bool {
        self.kind == Kind::Budget
    }

    /// An allocation asked for more memory than the device has left.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        self.kind == Kind::OutOfMemory
    }

    /// The line of the PTX text, counted from 1, where one is known.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The block of the grid in which it happened, where it happened in one.
    #[must_use]
    pub fn block(&self) -> Option<[u32; 3]> {
        self.block
    }

    /// The thread of the block to which it happened, where it happened to one.
    #[must_use]
    pub fn thread(&self) -> Option<[u32; 3]> {
        self.thread
    }

    /// The kernel's name, where one is known.
    #[must_use]
    pub fn kernel(&self) -> Option<&str> {
        self.kernel.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.title(), self.message)?;
        let mut separator = " (";
        if let Some(kernel) = &self.kernel {
            write!(f, "{separator}kernel {kernel}")?;
            separator = ", ";
        }
        if let Some(line) = self.line {
            write!(f, "{separator}line {line}")?;
            separator = ", ";
        }
        if let Some([x, y, z]) = self.block {
            write!(f, "{separator}block {x},{y},{z}")?;
            separator = ", ";
        }
        if let Some([x, y, z]) = self.thread {
            write!(f, "{separator}thread {x},{y},{z}")?;
            separator = ", ";
        }
        if separator == ", " {
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

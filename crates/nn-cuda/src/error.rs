//! The one error of this crate.

use std::fmt;

/// Why a device, a kernel or a net could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unavailable,
    Shape,
    Input,
    Kernel,
    OutOfMemory,
    Launch,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// There is no device to run on; the message says whether the driver's library, a device, or a fitting driver is
    /// missing.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Two shapes do not fit each other; the message names both.
    #[must_use]
    pub fn is_shape(&self) -> bool {
        self.kind == Kind::Shape
    }

    /// A value that no kernel can work with: a size of zero, one that is too large, a number that is not finite.
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.kind == Kind::Input
    }

    /// PTX that the driver refuses, or a kernel that is not in it.
    #[must_use]
    pub fn is_kernel(&self) -> bool {
        self.kind == Kind::Kernel
    }

    /// The device has too little memory left.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        self.kind == Kind::OutOfMemory
    }

    /// A launch or a copy that the device refused or that failed there.
    #[must_use]
    pub fn is_launch(&self) -> bool {
        self.kind == Kind::Launch
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

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
    Residency,
    Unsupported,
    Diverged(usize),
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

    /// A cooperative launch of more blocks than the device can hold at a time; the message names both numbers.
    #[must_use]
    pub fn is_residency(&self) -> bool {
        self.kind == Kind::Residency
    }

    /// A setting of a net or a training that `nn-core` has and these kernels, or this device, have not; the message
    /// names it.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.kind == Kind::Unsupported
    }

    /// A training left the finite numbers; the epoch is in [`Error::epoch`].
    #[must_use]
    pub fn is_diverged(&self) -> bool {
        matches!(self.kind, Kind::Diverged(_))
    }

    /// The epoch at which a training diverged.
    #[must_use]
    pub fn epoch(&self) -> Option<usize> {
        match self.kind {
            Kind::Diverged(epoch) => Some(epoch),
            _ => None,
        }
    }
}

impl From<nn_core::Error> for Error {
    /// What nn-core says of a net, its data or a training, under the same kind.
    fn from(error: nn_core::Error) -> Self {
        let kind = if error.is_shape() {
            Kind::Shape
        } else if let Some(epoch) = error.epoch() {
            Kind::Diverged(epoch)
        } else {
            Kind::Input
        };
        Self::new(kind, error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

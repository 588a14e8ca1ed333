//! Page-locked host memory, and the copies that go on while the host does something else.

use std::fmt;

use cudarc::driver::PinnedHostSlice;

use crate::device::{Buffer, Device, failed};
use crate::error::{Error, Kind};
use crate::ffi;

/// Floats in page-locked host memory: the driver copies from and to it without a stop on the way, so a copy can run
/// beside kernels and beside the host.
///
/// Each reading of it waits until the copies that were started with it are done, and so does its end: nothing can be
/// seen or freed half-way.
pub struct Pinned {
    memory: PinnedHostSlice<f32>,
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned({})", self.memory.len())
    }
}

impl Pinned {
    /// The values, after all copies that were started with them.
    ///
    /// # Errors
    ///
    /// [`Error::is_launch`] when something that ran before failed.
    pub fn values(&self) -> Result<&[f32], Error> {
        self.memory.as_slice().map_err(|error| failed("pinned memory", error))
    }

    /// The values, to be overwritten, after all copies that were started with them.
    ///
    /// # Errors
    ///
    /// As [`Pinned::values`].
    pub fn values_mut(&mut self) -> Result<&mut [f32], Error> {
        self.memory.as_mut_slice().map_err(|error| failed("pinned memory", error))
    }
}

impl Device {
    /// `n` floats of page-locked host memory, all zero.
    ///
    /// # Errors
    ///
    /// [`Error::is_input`] when `n` is 0, [`Error::is_out_of_memory`].
    pub fn pinned(&self, n: usize) -> Result<Pinned, Error> {
        if n == 0 || i32::try_from(n).is_err() {
            let message = format!("pinned memory for {n} values: between 1 and {} are wanted", i32::MAX);
            return Err(Error::new(Kind::Input, message));
        }
        let memory =
            ffi::allocate_pinned(self.context(), n).map_err(|error| failed("pinned memory", error))?;
        Ok(Pinned { memory })
    }

    /// Starts copying all of `from` to `to`, on this handle's stream, and returns at once.
    ///
    /// # Errors
    ///
    /// [`Error::is_shape`] when they differ in length, [`Error::is_launch`].
    pub fn upload_async(&self, from: &Pinned, to: &mut Buffer) -> Result<(), Error> {
        same_length(from, to)?;
        self.stream().memcpy_htod(&from.memory, &mut to.slice).map_err(|error| failed("upload", error))
    }

    /// Starts copying all of `from` to `to`, on this handle's stream, after what runs there; returns at once.
    ///
    /// # Errors
    ///
    /// As [`Device::upload_async`].
    pub fn download_async(&self, from: &Buffer, to: &mut Pinned) -> Result<(), Error> {
        same_length(to, from)?;
        self.stream().memcpy_dtoh(&from.slice, &mut to.memory).map_err(|error| failed("download", error))
    }
}

fn same_length(pinned: &Pinned, buffer: &Buffer) -> Result<(), Error> {
    let (here, there) = (pinned.memory.len(), buffer.len());
    if here == there {
        return Ok(());
    }
    Err(Error::new(Kind::Shape, format!("{here} values in pinned memory and {there} on the device")))
}

//! Files that become memory: the one place where that happens.
#![expect(unsafe_code, reason = "mapping a file and reading its bytes as u32 or f32")]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// A read-only map of a file.
#[derive(Debug)]
pub(crate) struct MappedFile {
    // An empty file cannot be mapped.
    map: Option<Mmap>,
}

impl MappedFile {
    /// Maps a whole file.
    ///
    /// The files of this crate are either scratch files without a name, or appear whole by a rename and are never
    /// changed afterwards. A foreign program that cuts one while it is mapped ends this process with a bus error; one
    /// that writes into it changes numbers or ids, which are checked where they are used as places.
    pub(crate) fn new(file: &File) -> io::Result<Self> {
        let map = if file.metadata()?.len() == 0 {
            None
        } else {
            // SAFETY: the map is private to reading; what other processes could do to the file is said above.
            Some(unsafe { Mmap::map(file)? })
        };
        Ok(Self { map })
    }

    /// All bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    /// The file as native-endian `u32`; a torn last one is left out.
    pub(crate) fn ids(&self) -> &[u32] {
        // SAFETY: every bit pattern is a u32.
        let (before, ids, _) = unsafe { self.bytes().align_to::<u32>() };
        assert!(before.is_empty(), "a map starts at a page");
        ids
    }

    /// `len` native-endian `f32` from the byte `start` on; nothing where they do not lie there on their boundary.
    pub(crate) fn floats(&self, start: usize, len: usize) -> Option<&[f32]> {
        let bytes = self.bytes().get(start..)?.get(..len.checked_mul(4)?)?;
        // SAFETY: every bit pattern is an f32.
        let (before, floats, after) = unsafe { bytes.align_to::<f32>() };
        (before.is_empty() && after.is_empty()).then_some(floats)
    }
}

/// The bytes of floats as they lie in memory.
pub(crate) fn bytes_of(floats: &[f32]) -> &[u8] {
    // SAFETY: a float is four bytes without padding.
    unsafe { std::slice::from_raw_parts(floats.as_ptr().cast(), size_of_val(floats)) }
}

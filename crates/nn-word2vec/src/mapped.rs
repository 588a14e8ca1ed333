//! A read-only map of an unlinked scratch file of token ids: the one place where a file becomes memory.
#![expect(unsafe_code, reason = "mapping a file and reading its bytes as u32")]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Token ids in a file that no other program can open.
#[derive(Debug)]
pub(crate) struct MappedIds {
    // An empty file cannot be mapped.
    map: Option<Mmap>,
}

impl MappedIds {
    /// Maps a file of native-endian `u32`, written and unlinked by this process.
    pub(crate) fn new(file: &File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        assert!(len.is_multiple_of(4), "ids are written whole");
        let map = if len == 0 {
            None
        } else {
            // SAFETY: the file has no name, so nothing else can change or cut it while it is mapped.
            Some(unsafe { Mmap::map(file)? })
        };
        Ok(Self { map })
    }

    /// All ids.
    pub(crate) fn ids(&self) -> &[u32] {
        let Some(map) = &self.map else { return &[] };
        // SAFETY: a map starts at a page, its length is a multiple of 4, and every bit pattern is a u32.
        unsafe { std::slice::from_raw_parts(map.as_ptr().cast(), map.len() / 4) }
    }
}

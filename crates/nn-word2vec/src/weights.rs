//! The weights' memory: zeroed cache lines in huge pages where the system has them.
//!
//! A row of a word is a few lines at an unforeseeable place. With pages of 4 KiB nearly every row costs a walk through
//! the page tables, on a virtual machine through two of them; with pages of 2 MiB the tables fit the processor.
#![expect(unsafe_code, reason = "reading mapped memory as lines")]

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

use crate::lanes::{Line, SharedLine};

const LINE_BYTES: usize = size_of::<Line>();

/// A fixed number of lines.
#[derive(Debug)]
pub(crate) struct Lines {
    // Nothing cannot be mapped.
    map: Option<MmapMut>,
}

impl Lines {
    /// Zeroed lines.
    ///
    /// # Panics
    ///
    /// Panics when the system has no memory left, as a `Vec` does.
    pub(crate) fn zeroed(n_lines: usize) -> Self {
        let map = (n_lines > 0).then(|| {
            let n_bytes = n_lines.checked_mul(LINE_BYTES).expect("fewer bytes than addresses");
            let map =
                MmapMut::map_anon(n_bytes).unwrap_or_else(|e| panic!("{n_bytes} bytes of weights: {e}"));
            // Advice: a kernel without huge pages refuses it, and the weights lie in small ones.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            map
        });
        Self { map }
    }

    /// The same lines for one thread that reads and writes them in any order.
    pub(crate) fn cells(&mut self) -> &[Cell<Line>] {
        Cell::from_mut(&mut **self).as_slice_of_cells()
    }

    /// The same lines for several threads to read and write at once, as long as they are borrowed so.
    pub(crate) fn shared(&mut self) -> &[SharedLine] {
        let lines: &mut [Line] = self;
        // SAFETY: floats and atomic integers have the same size, and a shared line the alignment of a line; nobody else
        // sees the lines while they are borrowed mutably here.
        unsafe { std::slice::from_raw_parts(lines.as_mut_ptr().cast(), lines.len()) }
    }
}

impl Deref for Lines {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        let Some(map) = &self.map else { return &[] };
        // SAFETY: a map starts at a page and so at a line's alignment, holds whole lines, belongs to this value alone,
        // and every bit pattern is a float.
        unsafe { std::slice::from_raw_parts(map.as_ptr().cast(), map.len() / LINE_BYTES) }
    }
}

impl DerefMut for Lines {
    fn deref_mut(&mut self) -> &mut [Line] {
        let Some(map) = &mut self.map else { return &mut [] };
        // SAFETY: as above, and borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(map.as_mut_ptr().cast(), map.len() / LINE_BYTES) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_zero_and_keep_what_is_written() {
        let mut lines = Lines::zeroed(100_000);
        assert!(lines.iter().all(|line| *line == Line::default()));
        lines[99_999].0[15] = 2.5;
        assert!((lines.len(), lines[99_999].0[15].to_bits()) == (100_000, 2.5_f32.to_bits()));
        assert!(Lines::zeroed(0).is_empty());
    }
}

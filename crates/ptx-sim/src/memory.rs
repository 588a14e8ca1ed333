//! Device memory: allocations with gaps between them, and for every byte whether it was ever written.

use crate::error::{Error, Kind};

/// Addresses begin here, so that a null pointer and small numbers are never valid.
const FIRST_ADDRESS: u64 = 0x7_0000_0000;
/// What addresses are aligned to, and the least gap between two allocations.
const ALIGNMENT: u64 = 512;

/// The device's memory: what kernels and copies read and write.
///
/// Every access is checked: it must lie within one live allocation, at a multiple of its size, and what is read must
/// have been written before.
#[derive(Debug)]
pub struct Memory {
    allocations: Vec<Allocation>,
    next: u64,
    capacity: u64,
    used: u64,
    /// Where the last access was: the next one is most often there too.
    last: usize,
}

#[derive(Debug)]
struct Allocation {
    base: u64,
    bytes: Vec<u8>,
    /// 1 where the byte was written.
    written: Vec<u8>,
}

impl Default for Memory {
    /// 1 GiB, as the simulated device has.
    fn default() -> Self {
        Self::with_capacity(1 << 30)
    }
}

impl Memory {
    /// An empty memory that hands out at most `capacity` bytes at a time.
    #[must_use]
    pub fn with_capacity(capacity: u64) -> Self {
        Self { allocations: Vec::new(), next: FIRST_ADDRESS, capacity, used: 0, last: 0 }
    }

    /// The most bytes that can be allocated at a time.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The bytes allocated now.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The number of live allocations.
    #[must_use]
    pub fn live(&self) -> usize {
        self.allocations.len()
    }

    /// Allocates `bytes` (at least 1), uninitialised, and returns the address.
    ///
    /// # Errors
    ///
    /// [`Error::is_out_of_memory`] when less than that is left, [`Error::is_launch`] when `bytes` is 0.
    pub fn allocate(&mut self, bytes: u64) -> Result<u64, Error> {
        if bytes == 0 {
            return Err(Error::new(Kind::Launch, "an allocation of no bytes"));
        }
        let left = self.capacity - self.used;
        if bytes > left {
            let message = format!("{bytes} bytes asked for, {left} of {} left", self.capacity);
            return Err(Error::new(Kind::OutOfMemory, message));
        }
        let base = self.next;
        self.next += bytes.next_multiple_of(ALIGNMENT) + ALIGNMENT;
        self.used += bytes;
        let size = bytes as usize;
        self.allocations.push(Allocation { base, bytes: vec![0; size], written: vec![0; size] });
        Ok(base)
    }

    /// Gives back an allocation by the address that [`Memory::allocate`] returned.
    ///
    /// # Errors
    ///
    /// [`Error::is_out_of_bounds`] when no live allocation starts there (a double free, or a stray pointer).
    pub fn free(&mut self, address: u64) -> Result<(), Error> {
        match self.allocations.binary_search_by_key(&address, |allocation| allocation.base) {
            Ok(at) => {
                self.used -= self.allocations[at].bytes.len() as u64;
                self.allocations.remove(at);
                self.last = 0;
                Ok(())
            }
            Err(_) => {
                Err(Error::new(Kind::OutOfBounds, format!("no live allocation starts at {address:#x}")))
            }
        }
    }

    /// Copies `bytes` to `address`.
    ///
    /// # Errors
    ///
    /// [`Error::is_out_of_bounds`] when they do not lie within one allocation.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Error> {
        let (allocation, at) = self.find(address, bytes.len() as u64).map_err(Fault::into_error)?;
        allocation.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        allocation.written[at..at + bytes.len()].fill(1);
        Ok(())
    }

    /// Copies from `address` into `bytes`.
    ///
    /// # Errors
    ///
    /// [`Error::is_out_of_bounds`] as for [`Memory::write`], [`Error::is_uninitialised`] when one of them was never
    /// written.
    pub fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), Error> {
        let (allocation, at) = self.find(address, bytes.len() as u64).map_err(Fault::into_error)?;
        if let Some(gap) = allocation.written[at..at + bytes.len()].iter().position(|written| *written == 0) {
            let message = format!("byte {} of the allocation at {:#x}", at + gap, allocation.base);
            return Err(Error::new(Kind::Uninitialised, message));
        }
        bytes.copy_from_slice(&allocation.bytes[at..at + bytes.len()]);
        Ok(())
    }

    /// Copies `n` bytes within the device; what was never written stays so.
    ///
    /// # Errors
    ///
    /// [`Error::is_out_of_bounds`] when either range does not lie within one allocation.
    pub fn copy(&mut self, to: u64, from: u64, n: u64) -> Result<(), Error> {
        let (source, at) = self.find(from, n).map_err(Fault::into_error)?;
        let bytes = source.bytes[at..at + n as usize].to_vec();
        let written = source.written[at..at + n as usize].to_vec();
        let (target, at) = self.find(to, n).map_err(Fault::into_error)?;
        target.bytes[at..at + n as usize].copy_from_slice(&bytes);
        target.written[at..at + n as usize].copy_from_slice(&written);
        Ok(())
    }

    #[inline]
    fn find(&mut self, address: u64, bytes: u64) -> Result<(&mut Allocation, usize), Fault> {
        let holds = |allocation: &Allocation| {
            address >= allocation.base
                && (address - allocation.base).saturating_add(bytes) <= allocation.bytes.len() as u64
        };
        if !self.allocations.get(self.last).is_some_and(holds) {
            let at = self.allocations.partition_point(|allocation| allocation.base <= address);
            if at == 0 || !holds(&self.allocations[at - 1]) {
                let near = at.checked_sub(1).map(|at| &self.allocations[at]);
                return Err(Fault::new(Kind::OutOfBounds, describe(address, bytes, near)));
            }
            self.last = at - 1;
        }
        let allocation = &mut self.allocations[self.last];
        let at = (address - allocation.base) as usize;
        Ok((allocation, at))
    }

    #[inline]
    pub(crate) fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], Fault> {
        check_alignment(address, N as u64)?;
        let (allocation, at) = self.find(address, N as u64)?;
        if allocation.written[at..at + N] != [1; N] {
            let text =
                format!("{N} bytes at offset {at} of a global allocation of {}", allocation.bytes.len());
            return Err(Fault::new(Kind::Uninitialised, text));
        }
        let mut value = [0; N];
        value.copy_from_slice(&allocation.bytes[at..at + N]);
        Ok(value)
    }

    #[inline]
    pub(crate) fn store<const N: usize>(&mut self, address: u64, value: [u8; N]) -> Result<(), Fault> {
        check_alignment(address, N as u64)?;
        let (allocation, at) = self.find(address, N as u64)?;
        allocation.bytes[at..at + N].copy_from_slice(&value);
        allocation.written[at..at + N].fill(1);
        Ok(())
    }
}

fn describe(address: u64, bytes: u64, near: Option<&Allocation>) -> String {
    match near {
        Some(near) => format!(
            "{bytes} bytes at {address:#x}, which is offset {} of a global allocation of {} bytes",
            address - near.base,
            near.bytes.len()
        ),
        None => format!("{bytes} bytes at {address:#x}, below every global allocation"),
    }
}

#[inline]
pub(crate) fn check_alignment(address: u64, bytes: u64) -> Result<(), Fault> {
    if address.is_multiple_of(bytes) {
        Ok(())
    } else {
        Err(Fault::new(Kind::Misaligned, format!("{bytes} bytes at {address:#x}")))
    }
}

/// A broken rule before the place is known: boxed, so that the way without one stays cheap.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) text: Box<str>,
    /// The lane to which it happened, where it happened to one.
    pub(crate) lane: Option<u8>,
}

impl Fault {
    #[cold]
    pub(crate) fn new(kind: Kind, text: impl Into<Box<str>>) -> Self {
        Self { kind, text: text.into(), lane: None }
    }

    #[cold]
    pub(crate) fn at_lane(mut self, lane: usize) -> Self {
        self.lane = Some(lane as u8);
        self
    }

    fn into_error(self) -> Error {
        Error::new(self.kind, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_touch() {
        let mut memory = Memory::with_capacity(4096);
        let a = memory.allocate(512).unwrap();
        let b = memory.allocate(512).unwrap();
        assert!(b > a + 512);
        memory.write(a, &[7; 512]).unwrap();
        assert!(memory.write(a + 1, &[7; 512]).unwrap_err().is_out_of_bounds());
        assert!(memory.read(a - 1, &mut [0]).unwrap_err().is_out_of_bounds());
        assert!(memory.read(b, &mut [0]).unwrap_err().is_uninitialised());
        assert!(memory.allocate(4096).unwrap_err().is_out_of_memory());
        assert!(memory.allocate(0).unwrap_err().is_launch());
    }

    #[test]
    fn a_freed_allocation_is_gone() {
        let mut memory = Memory::default();
        let a = memory.allocate(16).unwrap();
        memory.free(a).unwrap();
        assert!(memory.free(a).unwrap_err().is_out_of_bounds());
        assert!(memory.write(a, &[1]).unwrap_err().is_out_of_bounds());
        assert_eq!((memory.live(), memory.used()), (0, 0));
    }
}

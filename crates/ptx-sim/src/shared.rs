//! A block's shared memory, and for every word who touched it last and when, which is how races are found.
//!
//! Time within a block is counted in *phases*: a barrier ends one. Two threads race when they touch one word in the
//! same phase, at least one of them writing, unless they are lanes of one warp and a `bar.warp.sync` lies between
//! (*steps* count those). Atomics race only with plain accesses.

use crate::error::Kind;
use crate::memory::{Fault, check_alignment};

/// The first valid address: small numbers, and negative offsets from the first variable, are caught.
pub(crate) const WINDOW_START: u32 = 1024;
/// What makes a shared address generic.
pub(crate) const GENERIC_BASE: u64 = 1 << 48;

#[derive(Debug, Default)]
pub(crate) struct Shared {
    words: Vec<u32>,
    history: Vec<History>,
    /// Counts barriers; phases start at 1, so that 0 means never.
    phase: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct History {
    write: Touch,
    read: Touch,
    atomic: Touch,
    /// Lanes of more than one warp, or more than one lane of that warp, read in the phase of `read`.
    many_warps: bool,
    many_lanes: bool,
    written: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Touch {
    phase: u32,
    step: u32,
    thread: u32,
}

/// Who touches: the thread within its block, and its warp's step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who {
    pub(crate) thread: u32,
    pub(crate) step: u32,
}

impl Touch {
    /// Whether this earlier touch and one by `who` now are unordered.
    #[inline]
    fn races(self, who: Who, phase: u32) -> bool {
        self.phase == phase
            && self.thread != who.thread
            && (self.thread / 32 != who.thread / 32 || self.step == who.step)
    }
}

impl Shared {
    pub(crate) fn new(bytes: u32) -> Self {
        let n = bytes.div_ceil(4) as usize;
        Self { words: vec![0; n], history: vec![History::default(); n], phase: 1 }
    }

    pub(crate) fn end_phase(&mut self) {
        self.phase += 1;
    }

    #[inline]
    fn index(&self, address: u64) -> Result<usize, Fault> {
        let at = address.wrapping_sub(u64::from(WINDOW_START)) / 4;
        if at < self.words.len() as u64 && address >= u64::from(WINDOW_START) {
            return Ok(at as usize);
        }
        let offset = address.wrapping_sub(u64::from(WINDOW_START)).cast_signed();
        let text = format!("4 bytes at offset {offset} of {} bytes of shared memory", self.words.len() * 4);
        Err(Fault::new(Kind::OutOfBounds, text))
    }

    #[inline]
    pub(crate) fn load(&mut self, address: u64, who: Who) -> Result<u32, Fault> {
        check_alignment(address, 4)?;
        let at = self.index(address)?;
        let phase = self.phase;
        let history = &mut self.history[at];
        if !history.written {
            return Err(Fault::new(Kind::Uninitialised, format!("shared memory at offset {}", at * 4)));
        }
        if history.write.races(who, phase) || history.atomic.races(who, phase) {
            return Err(race(at, "reads", history, who, phase));
        }
        let Touch { phase: last_phase, thread, step } = history.read;
        if last_phase != phase {
            history.many_warps = false;
            history.many_lanes = false;
        } else if thread / 32 != who.thread / 32 {
            history.many_warps = true;
        } else if step != who.step {
            history.many_lanes = false;
        } else if thread != who.thread {
            history.many_lanes = true;
        }
        history.read = Touch { phase, step: who.step, thread: who.thread };
        Ok(self.words[at])
    }

    #[inline]
    pub(crate) fn store(&mut self, address: u64, value: u32, who: Who) -> Result<(), Fault> {
        check_alignment(address, 4)?;
        let at = self.index(address)?;
        let phase = self.phase;
        let history = &mut self.history[at];
        let read_race = history.read.phase == phase
            && (history.many_warps
                || history.read.races(who, phase)
                || (history.many_lanes && history.read.step == who.step));
        if read_race || history.write.races(who, phase) || history.atomic.races(who, phase) {
            return Err(race(at, "writes", history, who, phase));
        }
        history.write = Touch { phase, step: who.step, thread: who.thread };
        history.written = true;
        self.words[at] = value;
        Ok(())
    }

    /// Applies `change` to a word and returns what was there.
    pub(crate) fn update(
        &mut self,
        address: u64,
        who: Who,
        change: impl Fn(u32) -> u32,
    ) -> Result<u32, Fault> {
        check_alignment(address, 4)?;
        let at = self.index(address)?;
        let phase = self.phase;
        let history = &mut self.history[at];
        if !history.written {
            return Err(Fault::new(Kind::Uninitialised, format!("shared memory at offset {}", at * 4)));
        }
        let read_race = history.read.phase == phase && (history.many_warps || history.read.races(who, phase));
        if read_race || history.write.races(who, phase) {
            return Err(race(at, "updates", history, who, phase));
        }
        history.atomic = Touch { phase, step: who.step, thread: who.thread };
        let old = self.words[at];
        self.words[at] = change(old);
        Ok(old)
    }
}

#[cold]
fn race(at: usize, does: &str, history: &History, who: Who, phase: u32) -> Fault {
    let others = [("wrote", history.write), ("updated", history.atomic), ("read", history.read)];
    let (did, other) = others
        .into_iter()
        .find(|(_, touch)| touch.races(who, phase))
        .unwrap_or(("and others read", history.read));
    let text = format!(
        "thread {} {does} the word at offset {} of shared memory that thread {} {did} with no barrier between",
        who.thread,
        at * 4,
        other.thread
    );
    Fault::new(Kind::Race, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u64 = WINDOW_START as u64;

    fn who(thread: u32) -> Who {
        Who { thread, step: 0 }
    }

    #[test]
    fn a_write_races_with_another_threads_read_until_a_barrier() {
        let mut shared = Shared::new(8);
        shared.store(A, 5, who(0)).unwrap();
        assert!(shared.load(A, who(1)).unwrap_err().kind == Kind::Race);
        shared.end_phase();
        assert_eq!(shared.load(A, who(1)).unwrap(), 5);
        assert_eq!(shared.load(A, who(40)).unwrap(), 5);
        // The writer's own read comes last and must not hide the others'.
        assert_eq!(shared.load(A, who(0)).unwrap(), 5);
        assert!(shared.store(A, 6, who(0)).unwrap_err().kind == Kind::Race);
        shared.end_phase();
        shared.store(A, 6, who(0)).unwrap();
    }

    #[test]
    fn a_warp_barrier_orders_lanes_of_one_warp_only() {
        let mut shared = Shared::new(8);
        shared.store(A, 5, who(0)).unwrap();
        assert_eq!(shared.load(A, Who { thread: 1, step: 1 }).unwrap(), 5);
        assert!(shared.load(A, Who { thread: 33, step: 1 }).unwrap_err().kind == Kind::Race);
    }

    #[test]
    fn what_lies_outside_or_was_never_written_is_told() {
        let mut shared = Shared::new(8);
        assert!(shared.load(A, who(0)).unwrap_err().kind == Kind::Uninitialised);
        assert!(shared.load(A + 8, who(0)).unwrap_err().kind == Kind::OutOfBounds);
        assert!(shared.load(A - 4, who(0)).unwrap_err().kind == Kind::OutOfBounds);
        assert!(shared.store(A + 2, 0, who(0)).unwrap_err().kind == Kind::Misaligned);
    }
}

//! One warp: 32 lanes that run in step, split at branches and meet again.
//!
//! Every instruction runs for all lanes at once over rows of 32 values, which is what makes the checks cheap: whether
//! all the values read were written is one comparison of bit masks.

#![expect(
    clippy::inline_always,
    reason = "one function an instruction, and all of them in the loop over a warp"
)]

use crate::error::Kind;
use crate::ir::{
    Access, Address, Atomic, Bin32, Bin64, Code, Compare, Logic, NEVER, Number, Op, Shift64, Shuffle, Slot,
    Space, Special, Tri32, Un32, Un64, Widen,
};
use crate::math::{exp2, field, fma_down, log2};
use crate::memory::{Fault, Memory, check_alignment};
use crate::shared::{GENERIC_BASE, Shared, Who};

type Row32 = [u32; 32];
type Row64 = [u64; 32];

const ALL: u32 = u32::MAX;

/// Lanes that run together: where they are, where they wait for others, and who they are.
#[derive(Debug, Clone, Copy)]
struct Frame {
    at: u32,
    join: u32,
    mask: u32,
}

#[derive(Debug)]
pub(crate) struct Warp {
    narrow: Vec<Row32>,
    wide: Vec<Row64>,
    predicates: Vec<u32>,
    /// For each slot, the lanes that have written it.
    narrow_valid: Vec<u32>,
    wide_valid: Vec<u32>,
    predicates_valid: Vec<u32>,
    frames: Vec<Frame>,
    /// Lanes that exist and have not left.
    live: u32,
    first_thread: u32,
    /// Counts `bar.warp.sync`.
    step: u32,
    pub(crate) waits: bool,
}

/// Where a block is in the grid and what shape both have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) grid: [u32; 3],
    pub(crate) block: [u32; 3],
    pub(crate) at: [u32; 3],
}

/// Why a warp stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    Barrier,
    Exited,
    /// It ran as many instructions as it was given, or sleeps until others moved on.
    Slice,
}

impl Warp {
    pub(crate) fn new(code: &Code, place: Place, index: u32, params: &[u8]) -> Self {
        let threads = place.block.iter().product::<u32>();
        let first_thread = index * 32;
        let here = (threads - first_thread).min(32);
        let live = if here == 32 { ALL } else { (1 << here) - 1 };
        let mut warp = Self {
            narrow: vec![[0; 32]; code.slots32],
            wide: vec![[0; 32]; code.slots64],
            predicates: vec![0; code.predicates],
            narrow_valid: vec![0; code.slots32],
            wide_valid: vec![0; code.slots64],
            predicates_valid: vec![0; code.predicates],
            frames: vec![Frame { at: 0, join: NEVER, mask: live }],
            live,
            first_thread,
            step: 0,
            waits: false,
        };
        for &(slot, value) in &code.constants32 {
            warp.put32(slot, [value; 32], ALL);
        }
        for &(slot, value) in &code.constants64 {
            warp.put64(slot, [value; 32], ALL);
        }
        for &(slot, value) in &code.constants_predicate {
            warp.put_predicate(slot, if value { ALL } else { 0 }, ALL);
        }
        for &(slot, at) in &code.params32 {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(&params[at as usize..at as usize + 4]);
            warp.put32(slot, [u32::from_le_bytes(bytes); 32], ALL);
        }
        for &(slot, at) in &code.params64 {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&params[at as usize..at as usize + 8]);
            warp.put64(slot, [u64::from_le_bytes(bytes); 32], ALL);
        }
        for &(slot, special) in &code.specials {
            let row = std::array::from_fn(|lane| {
                let tid = thread_at(place.block, first_thread + lane as u32);
                match special {
                    Special::Tid(axis) => tid[axis as usize],
                    Special::BlockSize(axis) => place.block[axis as usize],
                    Special::Block(axis) => place.at[axis as usize],
                    Special::GridSize(axis) => place.grid[axis as usize],
                    Special::Lane => lane as u32,
                    Special::Warp => index,
                }
            });
            warp.put32(slot, row, ALL);
        }
        warp
    }

    pub(crate) fn exited(&self) -> bool {
        self.live == 0
    }

    /// The line's index where the warp stands.
    pub(crate) fn at(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.at as usize)
    }

    /// The thread of a lane, or of the first lane that runs here.
    pub(crate) fn thread(&self, lane: Option<u8>) -> u32 {
        let mask = self.frames.last().map_or(1, |frame| frame.mask);
        self.first_thread + lane.map_or(mask.trailing_zeros(), u32::from)
    }

    /// Runs until a barrier, the end, or `slice` instructions; adds the lanes that ran each instruction to `counts`.
    #[inline(always)]
    pub(crate) fn run(
        &mut self,
        code: &Code,
        shared: &mut Shared,
        memory: &mut Memory,
        counts: &mut [u64],
        slice: u32,
    ) -> Result<Pause, Fault> {
        for _ in 0..slice {
            let Some(&frame) = self.frames.last() else { return Ok(Pause::Exited) };
            if frame.at == frame.join {
                self.frames.pop();
                continue;
            }
            let instruction = &code.instructions[frame.at as usize];
            let mut mask = frame.mask;
            if let Some((slot, negated)) = instruction.guard {
                let value = self.predicate(code, slot, mask)?;
                mask &= if negated { !value } else { value };
            }
            counts[frame.at as usize] += u64::from(mask.count_ones());
            match instruction.op {
                Op::Branch { target, join } => self.branch(frame, mask, target, join),
                Op::Exit => {
                    self.live &= !mask;
                    self.advance();
                    for frame in &mut self.frames {
                        frame.mask &= !mask;
                    }
                    self.frames.retain(|frame| frame.mask != 0);
                }
                Op::Barrier if mask != 0 => {
                    if mask != self.live {
                        let missing = (self.live & !mask).trailing_zeros();
                        let text = format!("thread {} of the warp has not come", self.first_thread + missing);
                        return Err(Fault::new(Kind::Divergence, text));
                    }
                    self.advance();
                    self.waits = true;
                    return Ok(Pause::Barrier);
                }
                _ if mask == 0 => self.advance(),
                Op::Yield => {
                    self.advance();
                    return Ok(Pause::Slice);
                }
                op => {
                    self.execute(code, op, mask, shared, memory)?;
                    self.advance();
                }
            }
        }
        Ok(if self.frames.is_empty() { Pause::Exited } else { Pause::Slice })
    }

    #[inline(always)]
    fn advance(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at += 1;
        }
    }

    #[inline(always)]
    fn branch(&mut self, frame: Frame, taken: u32, target: u32, join: u32) {
        let Some(top) = self.frames.last_mut() else { return };
        let fallen = frame.mask & !taken;
        if fallen == 0 {
            top.at = target;
        } else if taken == 0 {
            top.at += 1;
        } else {
            // The frame stays as the place where both ways meet, unless one below is that place already.
            if join == frame.join {
                self.frames.pop();
            } else {
                top.at = join;
            }
            for (at, mask) in [(frame.at + 1, fallen), (target, taken)] {
                if at != join {
                    self.frames.push(Frame { at, join, mask });
                }
            }
        }
    }

    #[inline(always)]
    fn narrow(&self, code: &Code, slot: Slot, mask: u32) -> Result<Row32, Fault> {
        if self.narrow_valid[slot as usize] & mask != mask {
            return Err(unwritten(code, 0, slot, mask & !self.narrow_valid[slot as usize]));
        }
        Ok(self.narrow[slot as usize])
    }

    #[inline(always)]
    fn wide(&self, code: &Code, slot: Slot, mask: u32) -> Result<Row64, Fault> {
        if self.wide_valid[slot as usize] & mask != mask {
            return Err(unwritten(code, 1, slot, mask & !self.wide_valid[slot as usize]));
        }
        Ok(self.wide[slot as usize])
    }

    #[inline(always)]
    fn predicate(&self, code: &Code, slot: Slot, mask: u32) -> Result<u32, Fault> {
        if self.predicates_valid[slot as usize] & mask != mask {
            return Err(unwritten(code, 2, slot, mask & !self.predicates_valid[slot as usize]));
        }
        Ok(self.predicates[slot as usize])
    }

    #[inline(always)]
    fn put32(&mut self, slot: Slot, row: Row32, mask: u32) {
        let target = &mut self.narrow[slot as usize];
        if mask == ALL {
            *target = row;
        } else {
            for lane in 0..32 {
                target[lane] = if mask & (1 << lane) == 0 { target[lane] } else { row[lane] };
            }
        }
        self.narrow_valid[slot as usize] |= mask;
    }

    #[inline(always)]
    fn put64(&mut self, slot: Slot, row: Row64, mask: u32) {
        let target = &mut self.wide[slot as usize];
        if mask == ALL {
            *target = row;
        } else {
            for lane in 0..32 {
                target[lane] = if mask & (1 << lane) == 0 { target[lane] } else { row[lane] };
            }
        }
        self.wide_valid[slot as usize] |= mask;
    }

    #[inline(always)]
    fn put_predicate(&mut self, slot: Slot, bits: u32, mask: u32) {
        let target = &mut self.predicates[slot as usize];
        *target = (*target & !mask) | (bits & mask);
        self.predicates_valid[slot as usize] |= mask;
    }

    #[inline(always)]
    fn execute(
        &mut self,
        code: &Code,
        op: Op,
        mask: u32,
        shared: &mut Shared,
        memory: &mut Memory,
    ) -> Result<(), Fault> {
        match op {
            Op::Bin32(op, d, a, b) => {
                let (a, b) = (self.narrow(code, a, mask)?, self.narrow(code, b, mask)?);
                self.put32(d, bin32(op, &a, &b), mask);
            }
            Op::Un32(op, d, a) => {
                let a = self.narrow(code, a, mask)?;
                self.put32(d, un32(op, &a), mask);
            }
            Op::Tri32(op, d, a, b, c) => {
                let (a, b, c) =
                    (self.narrow(code, a, mask)?, self.narrow(code, b, mask)?, self.narrow(code, c, mask)?);
                let f = |i: usize| (f32::from_bits(a[i]), f32::from_bits(b[i]), f32::from_bits(c[i]));
                let row = match op {
                    Tri32::MadLo => std::array::from_fn(|i| a[i].wrapping_mul(b[i]).wrapping_add(c[i])),
                    Tri32::Fma => std::array::from_fn(|i| f(i).0.mul_add(f(i).1, f(i).2).to_bits()),
                    Tri32::FieldU => std::array::from_fn(|i| field(a[i], b[i], c[i], false)),
                    Tri32::FieldS => std::array::from_fn(|i| field(a[i], b[i], c[i], true)),
                    Tri32::FmaDown => std::array::from_fn(|i| fma_down(f(i).0, f(i).1, f(i).2).to_bits()),
                };
                self.put32(d, row, mask);
            }
            Op::Bin64(op, d, a, b) => {
                let (a, b) = (self.wide(code, a, mask)?, self.wide(code, b, mask)?);
                self.put64(d, bin64(op, &a, &b), mask);
            }
            Op::Un64(op, d, a) => {
                let a = self.wide(code, a, mask)?;
                let row = match op {
                    Un64::Mov => a,
                    Un64::Not => a.map(|a| !a),
                    Un64::Neg => a.map(u64::wrapping_neg),
                    Un64::SharedToGeneric => a.map(|a| a.wrapping_add(GENERIC_BASE)),
                    Un64::GenericToShared => a.map(|a| a.wrapping_sub(GENERIC_BASE)),
                };
                self.put64(d, row, mask);
            }
            Op::Mad64(d, a, b, c) => {
                let (a, b, c) =
                    (self.wide(code, a, mask)?, self.wide(code, b, mask)?, self.wide(code, c, mask)?);
                let row = std::array::from_fn(|i| a[i].wrapping_mul(b[i]).wrapping_add(c[i]));
                self.put64(d, row, mask);
            }
            Op::Shift64(op, d, a, b) => {
                let (a, b) = (self.wide(code, a, mask)?, self.narrow(code, b, mask)?);
                let row = std::array::from_fn(|i| match op {
                    Shift64::Left => a[i].checked_shl(b[i]).unwrap_or(0),
                    Shift64::RightU => a[i].checked_shr(b[i]).unwrap_or(0),
                    Shift64::RightS => (a[i].cast_signed() >> b[i].min(63)).cast_unsigned(),
                });
                self.put64(d, row, mask);
            }
            Op::Widen(how, d, a) => {
                let a = self.narrow(code, a, mask)?;
                self.put64(d, widen(how, &a), mask);
            }
            Op::MulWide(how, d, a, b) => {
                let (a, b) = (self.narrow(code, a, mask)?, self.narrow(code, b, mask)?);
                self.put64(d, mul_wide(how, &a, &b), mask);
            }
            Op::MadWide(how, d, a, b, c) => {
                let (a, b) = (self.narrow(code, a, mask)?, self.narrow(code, b, mask)?);
                let c = self.wide(code, c, mask)?;
                let product = mul_wide(how, &a, &b);
                self.put64(d, std::array::from_fn(|i| product[i].wrapping_add(c[i])), mask);
            }
            Op::Narrow(d, a) => {
                let a = self.wide(code, a, mask)?;
                self.put32(d, a.map(|a| a as u32), mask);
            }
            Op::Pack(d, low, high) => {
                let (low, high) = (self.narrow(code, low, mask)?, self.narrow(code, high, mask)?);
                self.put64(d, std::array::from_fn(|i| u64::from(low[i]) | u64::from(high[i]) << 32), mask);
            }
            Op::Unpack(low, high, a) => {
                let a = self.wide(code, a, mask)?;
                self.put32(low, a.map(|a| a as u32), mask);
                self.put32(high, a.map(|a| (a >> 32) as u32), mask);
            }
            Op::Compare32(how, number, d, a, b) => {
                let (a, b) = (self.narrow(code, a, mask)?, self.narrow(code, b, mask)?);
                self.put_predicate(d, compare32(how, number, &a, &b), mask);
            }
            Op::Compare64(how, number, d, a, b) => {
                let (a, b) = (self.wide(code, a, mask)?, self.wide(code, b, mask)?);
                let bits = match number {
                    Number::S => pack(|i| ordered(how, &a[i].cast_signed(), &b[i].cast_signed())),
                    _ => pack(|i| ordered(how, &a[i], &b[i])),
                };
                self.put_predicate(d, bits, mask);
            }
            Op::Select32(d, a, b, p) => {
                let p = self.predicate(code, p, mask)?;
                // Only what is chosen must have been written.
                let (a, b) = (self.narrow(code, a, mask & p)?, self.narrow(code, b, mask & !p)?);
                self.put32(d, std::array::from_fn(|i| if p & (1 << i) == 0 { b[i] } else { a[i] }), mask);
            }
            Op::Select64(d, a, b, p) => {
                let p = self.predicate(code, p, mask)?;
                let (a, b) = (self.wide(code, a, mask & p)?, self.wide(code, b, mask & !p)?);
                self.put64(d, std::array::from_fn(|i| if p & (1 << i) == 0 { b[i] } else { a[i] }), mask);
            }
            Op::Predicate(logic, d, a, b) => {
                let (a, b) = (self.predicate(code, a, mask)?, self.predicate(code, b, mask)?);
                let bits = match logic {
                    Logic::And => a & b,
                    Logic::Or => a | b,
                    Logic::Xor => a ^ b,
                    Logic::Mov => a,
                    Logic::Not => !a,
                };
                self.put_predicate(d, bits, mask);
            }
            Op::Load(access, slots) => self.load(code, access, slots, mask, shared, memory)?,
            Op::LoadWide(access, through, d) => {
                self.load(code, access, [through; 4], mask, shared, memory)?;
                let how = if access.signed { Widen::Signed } else { Widen::Unsigned };
                let a = self.narrow(code, through, mask)?;
                self.put64(d, widen(how, &a), mask);
            }
            Op::Store(access, slots) => self.store(code, access, slots, mask, shared, memory)?,
            Op::Atomic(op, access, d, a, b) => {
                self.atomic(code, op, access, (d, a, b), mask, shared, memory)?;
            }
            Op::WarpBarrier(members) => {
                self.check_members(code, members, mask)?;
                self.step += 1;
            }
            Op::Shuffle { mode, d, found, a, b, c, members } => {
                self.check_members(code, members, mask)?;
                let (b, c) = (self.narrow(code, b, mask)?, self.narrow(code, c, mask)?);
                let value = self.narrow(code, a, mask)?;
                let mut row = value;
                let mut bits = 0;
                for lane in lanes(mask) {
                    let (source, inside) = shuffle_source(mode, lane as u32, b[lane], c[lane]);
                    let source = if inside { source as usize } else { lane };
                    if mask & (1 << source) == 0 {
                        let text = format!("the shuffle reads lane {source}, which takes no part");
                        return Err(Fault::new(Kind::Divergence, text).at_lane(lane));
                    }
                    row[lane] = value[source];
                    bits |= u32::from(inside) << lane;
                }
                self.put32(d, row, mask);
                if let Some(found) = found {
                    self.put_predicate(found, bits, mask);
                }
            }
            Op::MmaTf32(first) => self.mma_tf32(code, first, mask)?,
            Op::Trap => return Err(Fault::new(Kind::Trap, "the kernel gave up")),
            Op::Nothing | Op::Yield | Op::Branch { .. } | Op::Exit | Op::Barrier => {}
        }
        Ok(())
    }

    /// All lanes that a warp-wide instruction names must run it together.
    fn check_members(&self, code: &Code, members: Slot, mask: u32) -> Result<(), Fault> {
        let members = self.narrow(code, members, mask)?;
        for lane in lanes(mask) {
            let named = members[lane] & self.live;
            if named & !mask != 0 {
                let text = format!("lane {} is named, but is elsewhere", (named & !mask).trailing_zeros());
                return Err(Fault::new(Kind::Divergence, text).at_lane(lane));
            }
            if members[lane] & (1 << lane) == 0 {
                return Err(Fault::new(Kind::Divergence, "the lane does not name itself").at_lane(lane));
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn addresses(&self, code: &Code, address: Address, mask: u32) -> Result<Row64, Fault> {
        let base = if address.wide {
            self.wide(code, address.slot, mask)?
        } else {
            self.narrow(code, address.slot, mask)?.map(u64::from)
        };
        Ok(base.map(|base| base.wrapping_add_signed(address.offset)))
    }

    #[inline(always)]
    fn who(&self, lane: usize) -> Who {
        Who { thread: self.first_thread + lane as u32, step: self.step }
    }

    #[inline(always)]
    fn load(
        &mut self,
        code: &Code,
        access: Access,
        slots: [Slot; 4],
        mask: u32,
        shared: &mut Shared,
        memory: &mut Memory,
    ) -> Result<(), Fault> {
        let addresses = self.addresses(code, access.address, mask)?;
        let bytes = u64::from(access.bytes);
        for (part, &slot) in slots.iter().enumerate().take(access.n as usize) {
            let mut narrow = [0; 32];
            let mut wide = [0; 32];
            for lane in lanes(mask) {
                let start = addresses[lane];
                let result = (|| {
                    if access.n > 1 {
                        check_alignment(start, bytes * u64::from(access.n))?;
                    }
                    let at = start.wrapping_add(part as u64 * bytes);
                    if let Some(at) = shared_address(access.space, at) {
                        let who = self.who(lane);
                        if access.bytes == 8 {
                            check_alignment(at, 8)?;
                            wide[lane] =
                                u64::from(shared.load(at, who)?) | u64::from(shared.load(at + 4, who)?) << 32;
                        } else {
                            narrow[lane] = shared.load(at, who)?;
                        }
                        return Ok(());
                    }
                    match access.bytes {
                        8 => wide[lane] = u64::from_le_bytes(memory.load(at)?),
                        4 => narrow[lane] = u32::from_le_bytes(memory.load(at)?),
                        2 if access.signed => {
                            narrow[lane] = i32::from(i16::from_le_bytes(memory.load(at)?)).cast_unsigned();
                        }
                        2 => narrow[lane] = u32::from(u16::from_le_bytes(memory.load(at)?)),
                        _ if access.signed => {
                            narrow[lane] = i32::from(i8::from_le_bytes(memory.load(at)?)).cast_unsigned();
                        }
                        _ => narrow[lane] = u32::from(u8::from_le_bytes(memory.load(at)?)),
                    }
                    Ok(())
                })();
                result.map_err(|fault: Fault| fault.at_lane(lane))?;
            }
            if access.bytes == 8 {
                self.put64(slot, wide, mask);
            } else {
                self.put32(slot, narrow, mask);
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn store(
        &mut self,
        code: &Code,
        access: Access,
        slots: [Slot; 4],
        mask: u32,
        shared: &mut Shared,
        memory: &mut Memory,
    ) -> Result<(), Fault> {
        let addresses = self.addresses(code, access.address, mask)?;
        let bytes = u64::from(access.bytes);
        for (part, &slot) in slots.iter().enumerate().take(access.n as usize) {
            let (narrow, wide) = if access.bytes == 8 {
                ([0; 32], self.wide(code, slot, mask)?)
            } else {
                (self.narrow(code, slot, mask)?, [0; 32])
            };
            for lane in lanes(mask) {
                let start = addresses[lane];
                let result = (|| {
                    if access.n > 1 {
                        check_alignment(start, bytes * u64::from(access.n))?;
                    }
                    let at = start.wrapping_add(part as u64 * bytes);
                    if let Some(at) = shared_address(access.space, at) {
                        let who = self.who(lane);
                        if access.bytes == 8 {
                            check_alignment(at, 8)?;
                            shared.store(at, wide[lane] as u32, who)?;
                            return shared.store(at + 4, (wide[lane] >> 32) as u32, who);
                        }
                        return shared.store(at, narrow[lane], who);
                    }
                    match access.bytes {
                        8 => memory.store(at, wide[lane].to_le_bytes()),
                        4 => memory.store(at, narrow[lane].to_le_bytes()),
                        2 => memory.store(at, (narrow[lane] as u16).to_le_bytes()),
                        _ => memory.store(at, [narrow[lane] as u8]),
                    }
                })();
                result.map_err(|fault: Fault| fault.at_lane(lane))?;
            }
        }
        Ok(())
    }

    fn atomic(
        &mut self,
        code: &Code,
        op: Atomic,
        access: Access,
        (d, a, b): (Option<Slot>, Slot, Slot),
        mask: u32,
        shared: &mut Shared,
        memory: &mut Memory,
    ) -> Result<(), Fault> {
        let addresses = self.addresses(code, access.address, mask)?;
        let (a, b) = (self.narrow(code, a, mask)?, self.narrow(code, b, mask)?);
        let mut row = [0; 32];
        for lane in lanes(mask) {
            let (a, b) = (a[lane], b[lane]);
            let change = |old: u32| match op {
                Atomic::Add => old.wrapping_add(a),
                Atomic::FAdd => (f32::from_bits(old) + f32::from_bits(a)).to_bits(),
                Atomic::Exchange => a,
                Atomic::CompareAndSwap => {
                    if old == a {
                        b
                    } else {
                        old
                    }
                }
                Atomic::MinU => old.min(a),
                Atomic::MinS => old.cast_signed().min(a.cast_signed()).cast_unsigned(),
                Atomic::MaxU => old.max(a),
                Atomic::MaxS => old.cast_signed().max(a.cast_signed()).cast_unsigned(),
                Atomic::And => old & a,
                Atomic::Or => old | a,
            };
            let at = addresses[lane];
            let result = match shared_address(access.space, at) {
                Some(at) => shared.update(at, self.who(lane), change),
                None => memory.load(at).map(u32::from_le_bytes).and_then(|old| {
                    memory.store(at, change(old).to_le_bytes())?;
                    Ok(old)
                }),
            };
            row[lane] = result.map_err(|fault| fault.at_lane(lane))?;
        }
        if let Some(d) = d {
            self.put32(d, row, mask);
        }
        Ok(())
    }

    /// `D = A * B + C` for a 16 x 8 tile, the factors cut to TF32's ten bits of fraction.
    ///
    /// Lane `4 g + t` holds A's (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4), B's (t, g), (t + 4, g), and of C and D
    /// (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1), as the PTX manual lays out m16n8k8. Products are exact in
    /// f32; they are added in index order, each sum rounded to nearest. A device may add in another order.
    fn mma_tf32(&mut self, code: &Code, first: u32, mask: u32) -> Result<(), Fault> {
        if mask != ALL {
            return Err(Fault::new(Kind::Divergence, "`mma.sync` needs all 32 lanes"));
        }
        let slots = &code.fragments[first as usize..first as usize + 14];
        let cut = |bits: u32| f32::from_bits(bits & 0xffff_e000);
        let mut rows = [[0; 32]; 14];
        for i in 4..14 {
            rows[i] = self.narrow(code, slots[i], mask)?;
        }
        let (a, b, c) = (&rows[4..8], &rows[8..10], &rows[10..14]);
        let mut result = [[0; 32]; 4];
        for row in 0..16 {
            for column in 0..8 {
                let (part, lane) = (row / 8 * 2 + column % 2, row % 8 * 4 + column / 2);
                let mut sum = f32::from_bits(c[part][lane]);
                for k in 0..8 {
                    let left = cut(a[k / 4 * 2 + row / 8][row % 8 * 4 + k % 4]);
                    let right = cut(b[k / 4][column * 4 + k % 4]);
                    sum += left * right;
                }
                result[part][lane] = sum.to_bits();
            }
        }
        for (slot, row) in slots.iter().zip(result) {
            self.put32(*slot, row, mask);
        }
        Ok(())
    }
}

/// The coordinates of a thread counted through its block.
pub(crate) fn thread_at(block: [u32; 3], index: u32) -> [u32; 3] {
    [index % block[0], index / block[0] % block[1], index / block[0] / block[1]]
}

#[inline(always)]
fn lanes(mask: u32) -> impl Iterator<Item = usize> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let lane = rest.trailing_zeros();
        rest &= rest.wrapping_sub(1);
        (lane < 32).then_some(lane as usize)
    })
}

#[inline(always)]
fn shared_address(space: Space, address: u64) -> Option<u64> {
    match space {
        Space::Shared => Some(address),
        Space::Generic => address.checked_sub(GENERIC_BASE),
        Space::Global => None,
    }
}

#[cold]
fn unwritten(code: &Code, file: usize, slot: Slot, lanes: u32) -> Fault {
    let text = format!("register {}", code.register_names[file][slot as usize]);
    Fault::new(Kind::Uninitialised, text).at_lane(lanes.trailing_zeros() as usize)
}

#[inline(always)]
fn bin32(op: Bin32, a: &Row32, b: &Row32) -> Row32 {
    macro_rules! each {
        (|$x:ident, $y:ident| $value:expr) => {
            std::array::from_fn(|i| {
                let ($x, $y) = (a[i], b[i]);
                $value
            })
        };
    }
    macro_rules! float {
        (|$x:ident, $y:ident| $value:expr) => {
            std::array::from_fn(|i| {
                let ($x, $y) = (f32::from_bits(a[i]), f32::from_bits(b[i]));
                let value: f32 = $value;
                value.to_bits()
            })
        };
    }
    macro_rules! signed {
        (|$x:ident, $y:ident| $value:expr) => {
            std::array::from_fn(|i| {
                let ($x, $y) = (a[i].cast_signed(), b[i].cast_signed());
                let value: i32 = $value;
                value.cast_unsigned()
            })
        };
    }
    match op {
        Bin32::Add => each!(|x, y| x.wrapping_add(y)),
        Bin32::Sub => each!(|x, y| x.wrapping_sub(y)),
        Bin32::MulLo => each!(|x, y| x.wrapping_mul(y)),
        Bin32::MulHiU => each!(|x, y| ((u64::from(x) * u64::from(y)) >> 32) as u32),
        Bin32::MulHiS => signed!(|x, y| ((i64::from(x) * i64::from(y)) >> 32) as i32),
        // What a division by zero gives is left open by PTX; all ones is what devices give.
        Bin32::DivU => each!(|x, y| x.checked_div(y).unwrap_or(u32::MAX)),
        Bin32::DivS => signed!(|x, y| if y == 0 { -1 } else { x.wrapping_div(y) }),
        Bin32::RemU => each!(|x, y| x.checked_rem(y).unwrap_or(u32::MAX)),
        Bin32::RemS => signed!(|x, y| if y == 0 { -1 } else { x.wrapping_rem(y) }),
        Bin32::And => each!(|x, y| x & y),
        Bin32::Or => each!(|x, y| x | y),
        Bin32::Xor => each!(|x, y| x ^ y),
        Bin32::Shl => each!(|x, y| x.checked_shl(y).unwrap_or(0)),
        Bin32::ShrU => each!(|x, y| x.checked_shr(y).unwrap_or(0)),
        Bin32::ShrS => signed!(|x, y| x >> y.cast_unsigned().min(31)),
        Bin32::MinU => each!(|x, y| x.min(y)),
        Bin32::MinS => signed!(|x, y| x.min(y)),
        Bin32::MaxU => each!(|x, y| x.max(y)),
        Bin32::MaxS => signed!(|x, y| x.max(y)),
        Bin32::FAdd => float!(|x, y| x + y),
        Bin32::FSub => float!(|x, y| x - y),
        Bin32::FMul => float!(|x, y| x * y),
        Bin32::FDiv => float!(|x, y| x / y),
        Bin32::FMin => float!(|x, y| x.min(y)),
        Bin32::FMax => float!(|x, y| x.max(y)),
    }
}

#[inline(always)]
fn un32(op: Un32, a: &Row32) -> Row32 {
    let float = |f: fn(f32) -> f32| a.map(|a| f(f32::from_bits(a)).to_bits());
    match op {
        Un32::Mov => *a,
        Un32::Not => a.map(|a| !a),
        Un32::Neg => a.map(u32::wrapping_neg),
        Un32::Abs => a.map(|a| a.cast_signed().wrapping_abs().cast_unsigned()),
        Un32::FNeg => a.map(|a| a ^ 0x8000_0000),
        Un32::FAbs => a.map(|a| a & 0x7fff_ffff),
        Un32::FRcp => a.map(|a| (1.0 / f32::from_bits(a)).to_bits()),
        // Rounded to nearest; a device may be 1 ULP off. What is below the normal range counts as zero, before and after.
        Un32::FRcpFlushed => float(|a| flush(1.0 / flush(a))),
        Un32::FSqrt => float(f32::sqrt),
        Un32::FExp2 => a.map(|a| exp2(f32::from_bits(a)).to_bits()),
        Un32::FExp2Flushed => a.map(|a| flush(exp2(flush(f32::from_bits(a)))).to_bits()),
        Un32::FLog2 => float(log2),
        Un32::FLog2Flushed => float(|a| log2(flush(a))),
        Un32::FFloor => float(f32::floor),
        Un32::FCeil => float(f32::ceil),
        Un32::FTrunc => float(f32::trunc),
        Un32::FRound => float(f32::round_ties_even),
        // NaN saturates to zero.
        Un32::FSaturate => a.map(|a| {
            let value = f32::from_bits(a);
            let value = if value > 0.0 { value } else { 0.0 };
            (if value < 1.0 { value } else { 1.0 }).to_bits()
        }),
        Un32::FFromU => a.map(|a| (a as f32).to_bits()),
        Un32::FFromS => a.map(|a| (a.cast_signed() as f32).to_bits()),
        Un32::UFromFZero => a.map(|a| f32::from_bits(a) as u32),
        Un32::SFromFZero => a.map(|a| (f32::from_bits(a) as i32).cast_unsigned()),
        // To nearest, ties away from zero, ten bits of fraction; infinities and NaN stay.
        Un32::ToTf32 => {
            a.map(|a| if a & 0x7f80_0000 == 0x7f80_0000 { a } else { (a + 0x1000) & 0xffff_e000 })
        }
        Un32::Popc => a.map(u32::count_ones),
    }
}

/// Zero of the same sign for what is below the normal range.
#[inline(always)]
fn flush(a: f32) -> f32 {
    if a.is_subnormal() { 0.0f32.copysign(a) } else { a }
}

#[inline(always)]
fn bin64(op: Bin64, a: &Row64, b: &Row64) -> Row64 {
    match op {
        Bin64::Add => std::array::from_fn(|i| a[i].wrapping_add(b[i])),
        Bin64::Sub => std::array::from_fn(|i| a[i].wrapping_sub(b[i])),
        Bin64::MulLo => std::array::from_fn(|i| a[i].wrapping_mul(b[i])),
        Bin64::And => std::array::from_fn(|i| a[i] & b[i]),
        Bin64::Or => std::array::from_fn(|i| a[i] | b[i]),
        Bin64::Xor => std::array::from_fn(|i| a[i] ^ b[i]),
        Bin64::DivU => std::array::from_fn(|i| a[i].checked_div(b[i]).unwrap_or(u64::MAX)),
        Bin64::RemU => std::array::from_fn(|i| a[i].checked_rem(b[i]).unwrap_or(u64::MAX)),
        Bin64::DivS => std::array::from_fn(|i| {
            let (a, b) = (a[i].cast_signed(), b[i].cast_signed());
            if b == 0 { u64::MAX } else { a.wrapping_div(b).cast_unsigned() }
        }),
        Bin64::RemS => std::array::from_fn(|i| {
            let (a, b) = (a[i].cast_signed(), b[i].cast_signed());
            if b == 0 { u64::MAX } else { a.wrapping_rem(b).cast_unsigned() }
        }),
    }
}

#[inline(always)]
fn widen(how: Widen, a: &Row32) -> Row64 {
    match how {
        Widen::Signed => std::array::from_fn(|i| i64::from(a[i].cast_signed()).cast_unsigned()),
        Widen::Unsigned => std::array::from_fn(|i| u64::from(a[i])),
    }
}

#[inline(always)]
fn mul_wide(how: Widen, a: &Row32, b: &Row32) -> Row64 {
    match how {
        Widen::Signed => std::array::from_fn(|i| {
            (i64::from(a[i].cast_signed()) * i64::from(b[i].cast_signed())).cast_unsigned()
        }),
        Widen::Unsigned => std::array::from_fn(|i| u64::from(a[i]) * u64::from(b[i])),
    }
}

#[inline(always)]
fn pack(test: impl Fn(usize) -> bool) -> u32 {
    let mut bits = 0;
    for i in 0..32 {
        bits |= u32::from(test(i)) << i;
    }
    bits
}

#[inline(always)]
fn ordered<T: PartialOrd>(how: Compare, a: &T, b: &T) -> bool {
    match how {
        Compare::Eq => a == b,
        Compare::Ne => a != b && a.partial_cmp(b).is_some(),
        Compare::Lt => a < b,
        Compare::Le => a <= b,
        Compare::Gt => a > b,
        Compare::Ge => a >= b,
        Compare::EqOrNan => a == b || a.partial_cmp(b).is_none(),
        Compare::NeOrNan => a != b,
        Compare::LtOrNan => !matches!(a.partial_cmp(b), Some(order) if order.is_ge()),
        Compare::LeOrNan => !matches!(a.partial_cmp(b), Some(order) if order.is_gt()),
        Compare::GtOrNan => !matches!(a.partial_cmp(b), Some(order) if order.is_le()),
        Compare::GeOrNan => !matches!(a.partial_cmp(b), Some(order) if order.is_lt()),
        Compare::BothNumbers => a.partial_cmp(b).is_some(),
        Compare::AnyNan => a.partial_cmp(b).is_none(),
    }
}

#[inline(always)]
fn compare32(how: Compare, number: Number, a: &Row32, b: &Row32) -> u32 {
    // The common ones, so that each is one straight loop.
    match (number, how) {
        (Number::S, Compare::Lt) => pack(|i| a[i].cast_signed() < b[i].cast_signed()),
        (Number::S, Compare::Ge) => pack(|i| a[i].cast_signed() >= b[i].cast_signed()),
        (_, Compare::Eq) if number != Number::F => pack(|i| a[i] == b[i]),
        (_, Compare::Ne) if number != Number::F => pack(|i| a[i] != b[i]),
        (Number::U, _) => pack(|i| ordered(how, &a[i], &b[i])),
        (Number::S, _) => pack(|i| ordered(how, &a[i].cast_signed(), &b[i].cast_signed())),
        (Number::F, _) => pack(|i| ordered(how, &f32::from_bits(a[i]), &f32::from_bits(b[i]))),
    }
}

/// The lane that `lane` reads from, and whether it lies in its segment; the formulas are the PTX manual's.
fn shuffle_source(mode: Shuffle, lane: u32, b: u32, c: u32) -> (u32, bool) {
    let (offset, clamp, segment) = (b & 31, c & 31, (c >> 8) & 31);
    let first = lane & segment;
    let last = first | (clamp & !segment);
    match mode {
        Shuffle::Up => {
            let source = lane.wrapping_sub(offset);
            (source, source.cast_signed() >= last.cast_signed())
        }
        Shuffle::Down => (lane + offset, lane + offset <= last),
        Shuffle::Butterfly => (lane ^ offset, (lane ^ offset) <= last),
        Shuffle::Index => {
            let source = first | (offset & !segment);
            (source, source <= last)
        }
    }
}

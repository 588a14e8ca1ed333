//! From statements to instructions: names become slots, opcodes become operations, branches learn where they rejoin.

use std::collections::HashMap;

use crate::error::{Error, Kind};
use crate::flow;
use crate::ir::{
    Access, Address, Atomic, Bin32, Bin64, Code, Compare, Instruction, Logic, NEVER, Number, Op, Shift64,
    Shuffle, Slot, Space, Special, Tri32, Un32, Un64, Widen,
};
use crate::parse::{Entry, Operand, Statement, type_bytes};
use crate::shared::WINDOW_START;

type Result<T> = std::result::Result<T, Error>;

/// Which register file a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum File {
    Narrow,
    Wide,
    Predicate,
}

pub(crate) struct Decoded {
    pub(crate) code: Code,
    /// Offset and size of each parameter, in order.
    pub(crate) params: Vec<(u32, u32)>,
    pub(crate) static_shared: u32,
}

/// `module_shared` are the shared variables outside any kernel.
pub(crate) fn decode(entry: &Entry, module_shared: &[(String, u32, u32)]) -> Result<Decoded> {
    let mut params = Vec::new();
    let mut end = 0u32;
    for (name, bytes) in &entry.params {
        let align = bytes.next_power_of_two().clamp(1, 16);
        let start = end.next_multiple_of(align);
        params.push((name.clone(), start, *bytes));
        end = start + bytes;
    }
    // Static variables first, then the dynamic part, as a device lays them out.
    let mut shared = HashMap::new();
    let mut shared_end = WINDOW_START;
    let sized = entry.shared.iter().chain(module_shared).filter(|variable| variable.2 > 0);
    for (name, align, bytes) in sized {
        shared_end = shared_end.next_multiple_of((*align).max(1));
        shared.insert(name.clone(), shared_end);
        shared_end = shared_end.checked_add(*bytes).ok_or_else(|| {
            Error::new(Kind::Unsupported, format!("shared variable `{name}` of {bytes} bytes"))
                .at_line(entry.line)
        })?;
    }
    shared_end = shared_end.next_multiple_of(16);
    for (name, ..) in module_shared.iter().filter(|variable| variable.2 == 0) {
        shared.insert(name.clone(), shared_end);
    }
    let mut decoder = Decoder {
        code: Code::default(),
        registers: HashMap::new(),
        specials: HashMap::new(),
        constants32: HashMap::new(),
        constants64: HashMap::new(),
        params: &params,
        shared: &shared,
        labels: entry.labels.iter().map(|(name, at)| (name.as_str(), *at as u32)).collect(),
    };
    decoder.declare(entry)?;
    for statement in &entry.statements {
        let instruction = decoder.statement(statement).map_err(|error| error.at_line(statement.line))?;
        decoder.code.instructions.push(instruction);
        decoder.code.names.push(statement.opcode.join("."));
    }
    let last_line = entry.statements.last().map_or(entry.line, |statement| statement.line);
    decoder.code.instructions.push(Instruction { op: Op::Exit, guard: None, line: last_line });
    decoder.code.names.push("ret".to_owned());
    let mut code = decoder.code;
    flow::find_joins(&mut code.instructions);
    let params = params.into_iter().map(|(_, start, bytes)| (start, bytes)).collect();
    Ok(Decoded { code, params, static_shared: shared_end - WINDOW_START })
}

struct Decoder<'a> {
    code: Code,
    registers: HashMap<String, (File, Slot)>,
    specials: HashMap<Special, Slot>,
    constants32: HashMap<u32, Slot>,
    constants64: HashMap<u64, Slot>,
    params: &'a [(String, u32, u32)],
    shared: &'a HashMap<String, u32>,
    labels: HashMap<&'a str, u32>,
}

impl Decoder<'_> {
    fn declare(&mut self, entry: &Entry) -> Result<()> {
        for registers in &entry.registers {
            let at = |error: Error| error.at_line(registers.line);
            let file = match registers.ty.as_str() {
                ".pred" => File::Predicate,
                ty => match type_bytes(ty) {
                    Some(2 | 4) => File::Narrow,
                    Some(8) => File::Wide,
                    _ => return Err(at(unsupported(format!("registers of type `{ty}`")))),
                },
            };
            match registers.count {
                None => {
                    let slot = self.new_slot(file, &registers.name).map_err(at)?;
                    self.registers.insert(registers.name.clone(), (file, slot));
                }
                Some(count) => {
                    for i in 0..count {
                        let name = format!("{}{i}", registers.name);
                        let slot = self.new_slot(file, &name).map_err(at)?;
                        self.registers.insert(name, (file, slot));
                    }
                }
            }
        }
        Ok(())
    }

    fn new_slot(&mut self, file: File, name: &str) -> Result<Slot> {
        let (count, names) = match file {
            File::Narrow => (&mut self.code.slots32, &mut self.code.register_names[0]),
            File::Wide => (&mut self.code.slots64, &mut self.code.register_names[1]),
            File::Predicate => (&mut self.code.predicates, &mut self.code.register_names[2]),
        };
        let slot =
            Slot::try_from(*count).map_err(|_| unsupported("more than 65,535 registers of one size"))?;
        *count += 1;
        names.push(name.to_owned());
        Ok(slot)
    }

    fn statement(&mut self, s: &Statement) -> Result<Instruction> {
        let guard = match &s.guard {
            Some((name, negated)) => Some((self.predicate_named(name)?, *negated)),
            None => None,
        };
        Ok(Instruction { op: self.op(s)?, guard, line: s.line })
    }

    fn op(&mut self, s: &Statement) -> Result<Op> {
        let opcode: Vec<&str> = s.opcode.iter().map(String::as_str).collect();
        let o = &s.operands;
        let ty = opcode.last().copied().unwrap_or_default();
        let unknown = || unsupported(format!("instruction `{}`", s.opcode.join(".")));
        let wide = matches!(ty, "s64" | "u64" | "b64" | "f64");
        let n_operands = |n: usize| {
            if o.len() == n {
                Ok(())
            } else {
                let message = format!("`{}` takes {n} operands, {} are given", s.opcode.join("."), o.len());
                Err(Error::new(Kind::Parse, message))
            }
        };
        // An f64 arithmetic, a saturating or a flushing form would silently compute something else.
        let plain = opcode[1..].iter().all(|part| {
            matches!(
                *part,
                "lo" | "hi" | "wide" | "rn" | "rm" | "s16" | "u16" | "b16" | "s32" | "u32" | "b32" | "f32"
            ) || matches!(*part, "s64" | "u64" | "b64" | "pred" | "uni" | "sync" | "aligned")
        });
        match opcode[0] {
            "ret" | "exit" => n_operands(0).map(|()| Op::Exit),
            "trap" => n_operands(0).map(|()| Op::Trap),
            "membar" | "fence" => Ok(Op::Nothing),
            "nanosleep" if opcode == ["nanosleep", "u32"] => {
                n_operands(1)?;
                // How long is of no concern here, only that it is a number.
                self.narrow(&o[0])?;
                Ok(Op::Yield)
            }
            "bra" => {
                n_operands(1)?;
                let Operand::Name(label) = &o[0] else { return Err(unknown()) };
                let target = *self.labels.get(label.as_str()).ok_or_else(|| {
                    Error::new(
                        Kind::Parse,
                        format!("branch to `{label}`, which is not a label of this kernel"),
                    )
                })?;
                Ok(Op::Branch { target, join: NEVER })
            }
            "bar" | "barrier" => self.barrier(&opcode, o).ok_or_else(unknown)?,
            "mov" if plain => {
                n_operands(2)?;
                match (&o[0], &o[1]) {
                    (Operand::Vector(parts), _) if ty == "b64" && parts.len() == 2 => {
                        Ok(Op::Unpack(self.narrow(&parts[0])?, self.narrow(&parts[1])?, self.wide(&o[1])?))
                    }
                    (_, Operand::Vector(parts)) if ty == "b64" && parts.len() == 2 => {
                        Ok(Op::Pack(self.wide(&o[0])?, self.narrow(&parts[0])?, self.narrow(&parts[1])?))
                    }
                    _ if ty == "pred" => {
                        let a = self.predicate(&o[1])?;
                        Ok(Op::Predicate(Logic::Mov, self.predicate(&o[0])?, a, a))
                    }
                    _ if wide => Ok(Op::Un64(Un64::Mov, self.wide(&o[0])?, self.wide(&o[1])?)),
                    _ => Ok(Op::Un32(Un32::Mov, self.narrow(&o[0])?, self.narrow(&o[1])?)),
                }
            }
            "mov" if ty == "f64" => {
                n_operands(2)?;
                Ok(Op::Un64(Un64::Mov, self.wide(&o[0])?, self.wide(&o[1])?))
            }
            "cvta" => {
                n_operands(2)?;
                let op = match opcode[1..] {
                    ["to", "global", "u64"] | ["global", "u64"] => Un64::Mov,
                    ["to", "shared", "u64"] => Un64::GenericToShared,
                    ["shared", "u64"] => Un64::SharedToGeneric,
                    _ => return Err(unknown()),
                };
                Ok(Op::Un64(op, self.wide(&o[0])?, self.wide(&o[1])?))
            }
            "cvt" => {
                n_operands(2)?;
                self.convert(&opcode, o)?.ok_or_else(unknown)
            }
            "ld" | "st" | "ldu" => self.memory(&opcode, o)?.ok_or_else(unknown),
            "atom" | "red" => self.atomic(&opcode, o)?.ok_or_else(unknown),
            "setp" => {
                n_operands(3)?;
                let (["setp", name, ty], Some(number)) = (&opcode[..], number_of(ty)) else {
                    return Err(unknown());
                };
                let compare = compare_named(name, number).ok_or_else(unknown)?;
                if *ty == "f64" || *ty == "f16" {
                    return Err(unknown());
                }
                let d = self.predicate(&o[0])?;
                Ok(if wide {
                    Op::Compare64(compare, number, d, self.wide(&o[1])?, self.wide(&o[2])?)
                } else {
                    Op::Compare32(compare, number, d, self.narrow(&o[1])?, self.narrow(&o[2])?)
                })
            }
            "selp" => {
                n_operands(4)?;
                let p = self.predicate(&o[3])?;
                Ok(if wide {
                    Op::Select64(self.wide(&o[0])?, self.wide(&o[1])?, self.wide(&o[2])?, p)
                } else {
                    Op::Select32(self.narrow(&o[0])?, self.narrow(&o[1])?, self.narrow(&o[2])?, p)
                })
            }
            "and" | "or" | "xor" | "not" if ty == "pred" => {
                let logic = match opcode[0] {
                    "and" => Logic::And,
                    "or" => Logic::Or,
                    "xor" => Logic::Xor,
                    _ => Logic::Not,
                };
                n_operands(if logic == Logic::Not { 2 } else { 3 })?;
                let a = self.predicate(&o[1])?;
                let b = if logic == Logic::Not { a } else { self.predicate(&o[2])? };
                Ok(Op::Predicate(logic, self.predicate(&o[0])?, a, b))
            }
            "shfl" => self.shuffle(&opcode, o)?.ok_or_else(unknown),
            "mma" => self.mma(&opcode, o)?.ok_or_else(unknown),
            "mul" | "mad" if opcode.get(1) == Some(&"wide") && plain => {
                let signed = match ty {
                    "s32" => Widen::Signed,
                    "u32" => Widen::Unsigned,
                    _ => return Err(unknown()),
                };
                n_operands(if opcode[0] == "mul" { 3 } else { 4 })?;
                let (d, a, b) = (self.wide(&o[0])?, self.narrow(&o[1])?, self.narrow(&o[2])?);
                Ok(if opcode[0] == "mul" {
                    Op::MulWide(signed, d, a, b)
                } else {
                    Op::MadWide(signed, d, a, b, self.wide(&o[3])?)
                })
            }
            "mad" | "fma" | "bfe" if plain => {
                n_operands(4)?;
                let op = match opcode[..] {
                    ["mad", "lo", "s64" | "u64"] => {
                        return Ok(Op::Mad64(
                            self.wide(&o[0])?,
                            self.wide(&o[1])?,
                            self.wide(&o[2])?,
                            self.wide(&o[3])?,
                        ));
                    }
                    ["mad", "lo", "s32" | "u32"] => Tri32::MadLo,
                    ["fma", "rn", "f32"] => Tri32::Fma,
                    ["fma", "rm", "f32"] => Tri32::FmaDown,
                    ["bfe", "u32"] => Tri32::FieldU,
                    ["bfe", "s32"] => Tri32::FieldS,
                    _ => return Err(unknown()),
                };
                Ok(Op::Tri32(
                    op,
                    self.narrow(&o[0])?,
                    self.narrow(&o[1])?,
                    self.narrow(&o[2])?,
                    self.narrow(&o[3])?,
                ))
            }
            "shl" | "shr" if wide => {
                n_operands(3)?;
                let op = match (opcode[0], ty) {
                    ("shl", _) => Shift64::Left,
                    (_, "s64") => Shift64::RightS,
                    _ => Shift64::RightU,
                };
                Ok(Op::Shift64(op, self.wide(&o[0])?, self.wide(&o[1])?, self.narrow(&o[2])?))
            }
            _ if o.len() == 2 => {
                if wide {
                    let op = match opcode[..] {
                        ["not", "b64"] => Un64::Not,
                        ["neg", "s64"] => Un64::Neg,
                        _ => return Err(unknown()),
                    };
                    return Ok(Op::Un64(op, self.wide(&o[0])?, self.wide(&o[1])?));
                }
                let op = match opcode[..] {
                    ["not", "b32"] => Un32::Not,
                    ["neg", "s32"] => Un32::Neg,
                    ["abs", "s32"] => Un32::Abs,
                    ["neg", "f32"] => Un32::FNeg,
                    ["abs", "f32"] => Un32::FAbs,
                    ["rcp", "rn", "f32"] => Un32::FRcp,
                    ["rcp", "approx", "ftz", "f32"] => Un32::FRcpFlushed,
                    ["sqrt", "rn", "f32"] => Un32::FSqrt,
                    ["ex2", "approx", "ftz", "f32"] => Un32::FExp2Flushed,
                    ["ex2", "approx", "f32"] => Un32::FExp2,
                    ["lg2", "approx", "ftz", "f32"] => Un32::FLog2Flushed,
                    ["lg2", "approx", "f32"] => Un32::FLog2,
                    ["popc", "b32"] => Un32::Popc,
                    _ => return Err(unknown()),
                };
                Ok(Op::Un32(op, self.narrow(&o[0])?, self.narrow(&o[1])?))
            }
            _ if o.len() == 3 && wide => {
                let op = match opcode[..] {
                    ["add", "s64" | "u64"] => Bin64::Add,
                    ["sub", "s64" | "u64"] => Bin64::Sub,
                    ["mul", "lo", "s64" | "u64"] => Bin64::MulLo,
                    ["and", "b64"] => Bin64::And,
                    ["or", "b64"] => Bin64::Or,
                    ["xor", "b64"] => Bin64::Xor,
                    ["div", "u64"] => Bin64::DivU,
                    ["div", "s64"] => Bin64::DivS,
                    ["rem", "u64"] => Bin64::RemU,
                    ["rem", "s64"] => Bin64::RemS,
                    _ => return Err(unknown()),
                };
                Ok(Op::Bin64(op, self.wide(&o[0])?, self.wide(&o[1])?, self.wide(&o[2])?))
            }
            _ if o.len() == 3 => {
                let op = match opcode[..] {
                    ["add", "s32" | "u32"] => Bin32::Add,
                    ["sub", "s32" | "u32"] => Bin32::Sub,
                    ["mul", "lo", "s32" | "u32"] => Bin32::MulLo,
                    ["mul", "hi", "u32"] => Bin32::MulHiU,
                    ["mul", "hi", "s32"] => Bin32::MulHiS,
                    ["div", "u32"] => Bin32::DivU,
                    ["div", "s32"] => Bin32::DivS,
                    ["rem", "u32"] => Bin32::RemU,
                    ["rem", "s32"] => Bin32::RemS,
                    ["and", "b32"] => Bin32::And,
                    ["or", "b32"] => Bin32::Or,
                    ["xor", "b32"] => Bin32::Xor,
                    ["shl", "b32"] => Bin32::Shl,
                    ["shr", "u32" | "b32"] => Bin32::ShrU,
                    ["shr", "s32"] => Bin32::ShrS,
                    ["min", "u32"] => Bin32::MinU,
                    ["min", "s32"] => Bin32::MinS,
                    ["max", "u32"] => Bin32::MaxU,
                    ["max", "s32"] => Bin32::MaxS,
                    ["add", "f32"] | ["add", "rn", "f32"] => Bin32::FAdd,
                    ["sub", "f32"] | ["sub", "rn", "f32"] => Bin32::FSub,
                    ["mul", "f32"] | ["mul", "rn", "f32"] => Bin32::FMul,
                    ["div", "rn", "f32"] => Bin32::FDiv,
                    ["min", "f32"] => Bin32::FMin,
                    ["max", "f32"] => Bin32::FMax,
                    _ => return Err(unknown()),
                };
                Ok(Op::Bin32(op, self.narrow(&o[0])?, self.narrow(&o[1])?, self.narrow(&o[2])?))
            }
            _ => Err(unknown()),
        }
    }

    fn barrier(&mut self, opcode: &[&str], o: &[Operand]) -> Option<Result<Op>> {
        match opcode {
            ["bar" | "barrier", "sync"] | ["barrier", "sync", "aligned"] if o == [Operand::Int(0)] => {
                Some(Ok(Op::Barrier))
            }
            ["bar", "warp", "sync"] if o.len() == 1 => Some(self.narrow(&o[0]).map(Op::WarpBarrier)),
            _ => None,
        }
    }

    fn convert(&mut self, opcode: &[&str], o: &[Operand]) -> Result<Option<Op>> {
        let narrow = match opcode[1..] {
            ["s64", "s32"] => {
                return Ok(Some(Op::Widen(Widen::Signed, self.wide(&o[0])?, self.narrow(&o[1])?)));
            }
            ["u64", "u32"] => {
                return Ok(Some(Op::Widen(Widen::Unsigned, self.wide(&o[0])?, self.narrow(&o[1])?)));
            }
            ["u32" | "s32", "u64" | "s64"] => {
                return Ok(Some(Op::Narrow(self.narrow(&o[0])?, self.wide(&o[1])?)));
            }
            ["sat", "f32", "f32"] => Un32::FSaturate,
            ["rmi", "f32", "f32"] => Un32::FFloor,
            ["rpi", "f32", "f32"] => Un32::FCeil,
            ["rzi", "f32", "f32"] => Un32::FTrunc,
            ["rni", "f32", "f32"] => Un32::FRound,
            ["rn", "f32", "u32"] => Un32::FFromU,
            ["rn", "f32", "s32"] => Un32::FFromS,
            ["rzi", "u32", "f32"] => Un32::UFromFZero,
            ["rzi", "s32", "f32"] => Un32::SFromFZero,
            ["rna", "tf32", "f32"] => Un32::ToTf32,
            ["u32" | "s32", "u32" | "s32"] => Un32::Mov,
            _ => return Ok(None),
        };
        Ok(Some(Op::Un32(narrow, self.narrow(&o[0])?, self.narrow(&o[1])?)))
    }

    fn memory(&mut self, opcode: &[&str], o: &[Operand]) -> Result<Option<Op>> {
        let [data, address] = (if opcode[0] == "st" { [1, 0] } else { [0, 1] }).map(|i| o.get(i));
        let (Some(data), Some(Operand::Address(base, offset)), 2) = (data, address, o.len()) else {
            return Ok(None);
        };
        let ty = opcode[opcode.len() - 1];
        let (mut space, mut n) = (Space::Generic, 1);
        for part in &opcode[1..opcode.len() - 1] {
            match *part {
                "global" => space = Space::Global,
                "shared" => space = Space::Shared,
                "param" if opcode == ["ld", "param", ty] => return self.param(data, base, *offset, ty),
                "v2" => n = 2,
                "v4" => n = 4,
                // These order accesses or steer caches; the simulator runs one warp at a time and has no caches.
                "nc" | "volatile" | "relaxed" | "weak" | "gpu" | "cta" | "sys" | "cg" | "ca" | "cs"
                | "acquire" | "release" => {}
                _ => return Ok(None),
            }
        }
        let Some(bytes) = type_bytes(&format!(".{ty}")) else { return Ok(None) };
        // Races are tracked by the word: two threads' bytes in one word would look like one.
        if space != Space::Global && bytes < 4 {
            return Ok(None);
        }
        let address = self.address(base, *offset, space)?;
        let access = Access { space, bytes: bytes as u8, n, signed: ty.starts_with('s'), address };
        let parts = match data {
            Operand::Vector(parts) if n > 1 && parts.len() == n as usize => parts.as_slice(),
            one if n == 1 => std::slice::from_ref(one),
            _ => return Ok(None),
        };
        // A load may fill a register that is wider than its type.
        if let ([Operand::Name(name)], "ld", 1..=4) = (parts, opcode[0], bytes)
            && let Some(&(File::Wide, d)) = self.registers.get(name)
        {
            return Ok(Some(Op::LoadWide(access, self.new_slot(File::Narrow, name)?, d)));
        }
        let mut slots = [0; 4];
        for (slot, part) in slots.iter_mut().zip(parts) {
            *slot = if bytes == 8 { self.wide(part)? } else { self.narrow(part)? };
        }
        Ok(Some(if opcode[0] == "st" { Op::Store(access, slots) } else { Op::Load(access, slots) }))
    }

    fn param(&mut self, data: &Operand, base: &str, offset: i64, ty: &str) -> Result<Option<Op>> {
        let Some((_, start, size)) = self.params.iter().find(|(name, ..)| name == base) else {
            return Err(Error::new(Kind::Parse, format!("`{base}` is not a parameter of this kernel")));
        };
        let bytes = type_bytes(&format!(".{ty}")).unwrap_or(0);
        if offset < 0 || offset + i64::from(bytes) > i64::from(*size) || bytes < 4 {
            return Err(unsupported(format!("{bytes} bytes of parameter `{base}` at {offset}")));
        }
        let at = start + offset as u32;
        Ok(Some(if bytes == 8 {
            let slot = self.new_slot(File::Wide, base)?;
            self.code.params64.push((slot, at));
            Op::Un64(Un64::Mov, self.wide(data)?, slot)
        } else {
            let slot = self.new_slot(File::Narrow, base)?;
            self.code.params32.push((slot, at));
            Op::Un32(Un32::Mov, self.narrow(data)?, slot)
        }))
    }

    fn address(&mut self, base: &str, offset: i64, space: Space) -> Result<Address> {
        if let Some(&(file, slot)) = self.registers.get(base) {
            return match file {
                File::Wide => Ok(Address { wide: true, slot, offset }),
                File::Narrow if space == Space::Shared => Ok(Address { wide: false, slot, offset }),
                _ => Err(Error::new(Kind::Parse, format!("`{base}` cannot hold an address"))),
            };
        }
        match self.shared.get(base) {
            Some(&start) if space == Space::Shared => {
                Ok(Address { wide: true, slot: self.constant64(u64::from(start))?, offset })
            }
            _ => Err(unsupported(format!("address of `{base}`"))),
        }
    }

    fn atomic(&mut self, opcode: &[&str], o: &[Operand]) -> Result<Option<Op>> {
        let returns = opcode[0] == "atom";
        let ty = opcode[opcode.len() - 1];
        let mut space = Space::Generic;
        let mut name = "";
        for part in &opcode[1..opcode.len() - 1] {
            match *part {
                "global" => space = Space::Global,
                "shared" => space = Space::Shared,
                "relaxed" | "acquire" | "release" | "acq_rel" | "gpu" | "cta" | "sys" => {}
                other => name = other,
            }
        }
        let op = match (name, ty) {
            ("add", "u32" | "s32") => Atomic::Add,
            ("add", "f32") => Atomic::FAdd,
            ("exch", "b32") => Atomic::Exchange,
            ("cas", "b32") => Atomic::CompareAndSwap,
            ("min", "u32") => Atomic::MinU,
            ("min", "s32") => Atomic::MinS,
            ("max", "u32") => Atomic::MaxU,
            ("max", "s32") => Atomic::MaxS,
            ("and", "b32") => Atomic::And,
            ("or", "b32") => Atomic::Or,
            _ => return Ok(None),
        };
        let o_rest = if returns { o.get(1..).unwrap_or_default() } else { o };
        let values = if op == Atomic::CompareAndSwap { 2 } else { 1 };
        let Some((Operand::Address(base, offset), rest)) = o_rest.split_first() else { return Ok(None) };
        if rest.len() != values {
            return Ok(None);
        }
        let address = self.address(base, *offset, space)?;
        let d =
            if returns && o[0] != Operand::Name("_".to_owned()) { Some(self.narrow(&o[0])?) } else { None };
        let access = Access { space, bytes: 4, n: 1, signed: false, address };
        Ok(Some(Op::Atomic(op, access, d, self.narrow(&rest[0])?, self.narrow(&rest[values - 1])?)))
    }

    fn shuffle(&mut self, opcode: &[&str], o: &[Operand]) -> Result<Option<Op>> {
        let mode = match opcode {
            ["shfl", "sync", "up", "b32"] => Shuffle::Up,
            ["shfl", "sync", "down", "b32"] => Shuffle::Down,
            ["shfl", "sync", "bfly", "b32"] => Shuffle::Butterfly,
            ["shfl", "sync", "idx", "b32"] => Shuffle::Index,
            _ => return Ok(None),
        };
        let [d, a, b, c, members] = o else { return Ok(None) };
        let (d, found) = match d {
            Operand::Pair(d, p) => (self.narrow(&Operand::Name(d.clone()))?, Some(self.predicate_named(p)?)),
            d => (self.narrow(d)?, None),
        };
        let (a, b) = (self.narrow(a)?, self.narrow(b)?);
        Ok(Some(Op::Shuffle { mode, d, found, a, b, c: self.narrow(c)?, members: self.narrow(members)? }))
    }

    fn mma(&mut self, opcode: &[&str], o: &[Operand]) -> Result<Option<Op>> {
        if opcode != ["mma", "sync", "aligned", "m16n8k8", "row", "col", "f32", "tf32", "tf32", "f32"] {
            return Ok(None);
        }
        let first = self.code.fragments.len() as u32;
        if o.len() != 4 {
            return Ok(None);
        }
        for (operand, n) in o.iter().zip([4, 4, 2, 4]) {
            let Operand::Vector(parts) = operand else { return Ok(None) };
            if parts.len() != n {
                return Ok(None);
            }
            for part in parts {
                let slot = self.narrow(part)?;
                self.code.fragments.push(slot);
            }
        }
        Ok(Some(Op::MmaTf32(first)))
    }

    fn narrow(&mut self, operand: &Operand) -> Result<Slot> {
        match operand {
            Operand::Name(name) => match self.registers.get(name) {
                Some(&(File::Narrow, slot)) => Ok(slot),
                Some(_) => Err(Error::new(Kind::Parse, format!("`{name}` is not a 32 bit register"))),
                None => self.special(name),
            },
            Operand::Int(value) => self.constant32(*value as u32),
            Operand::F32(bits) => self.constant32(*bits),
            other => Err(unsupported(format!("operand {other:?} where a 32 bit value is expected"))),
        }
    }

    fn wide(&mut self, operand: &Operand) -> Result<Slot> {
        match operand {
            Operand::Name(name) => match self.registers.get(name) {
                Some(&(File::Wide, slot)) => Ok(slot),
                Some(_) => Err(Error::new(Kind::Parse, format!("`{name}` is not a 64 bit register"))),
                None => match self.shared.get(name) {
                    Some(&start) => self.constant64(u64::from(start)),
                    None => {
                        Err(unsupported(format!("`{name}`, which is no register or shared variable here")))
                    }
                },
            },
            Operand::Int(value) => self.constant64(*value as u64),
            Operand::F64(bits) => self.constant64(*bits),
            other => Err(unsupported(format!("operand {other:?} where a 64 bit value is expected"))),
        }
    }

    fn predicate(&mut self, operand: &Operand) -> Result<Slot> {
        match operand {
            Operand::Name(name) => self.predicate_named(name),
            Operand::Int(value) => {
                let slot = self.new_slot(File::Predicate, "constant")?;
                self.code.constants_predicate.push((slot, *value != 0));
                Ok(slot)
            }
            other => Err(unsupported(format!("operand {other:?} where a predicate is expected"))),
        }
    }

    fn predicate_named(&self, name: &str) -> Result<Slot> {
        match self.registers.get(name) {
            Some(&(File::Predicate, slot)) => Ok(slot),
            _ => Err(Error::new(Kind::Parse, format!("`{name}` is not a predicate"))),
        }
    }

    fn special(&mut self, name: &str) -> Result<Slot> {
        let axis = |suffix: &str| ["x", "y", "z"].iter().position(|axis| *axis == suffix).map(|at| at as u8);
        let special = match name.split_once('.') {
            Some(("%tid", a)) => axis(a).map(Special::Tid),
            Some(("%ntid", a)) => axis(a).map(Special::BlockSize),
            Some(("%ctaid", a)) => axis(a).map(Special::Block),
            Some(("%nctaid", a)) => axis(a).map(Special::GridSize),
            None if name == "%laneid" => Some(Special::Lane),
            None if name == "%warpid" => Some(Special::Warp),
            None if name == "WARP_SZ" => return self.constant32(32),
            None if self.shared.contains_key(name) => return self.constant32(self.shared[name]),
            _ => None,
        };
        let special = special.ok_or_else(|| unsupported(format!("`{name}`, which is no register here")))?;
        if let Some(&slot) = self.specials.get(&special) {
            return Ok(slot);
        }
        let slot = self.new_slot(File::Narrow, name)?;
        self.specials.insert(special, slot);
        self.code.specials.push((slot, special));
        Ok(slot)
    }

    fn constant32(&mut self, value: u32) -> Result<Slot> {
        if let Some(&slot) = self.constants32.get(&value) {
            return Ok(slot);
        }
        let slot = self.new_slot(File::Narrow, "constant")?;
        self.constants32.insert(value, slot);
        self.code.constants32.push((slot, value));
        Ok(slot)
    }

    fn constant64(&mut self, value: u64) -> Result<Slot> {
        if let Some(&slot) = self.constants64.get(&value) {
            return Ok(slot);
        }
        let slot = self.new_slot(File::Wide, "constant")?;
        self.constants64.insert(value, slot);
        self.code.constants64.push((slot, value));
        Ok(slot)
    }
}

fn number_of(ty: &str) -> Option<Number> {
    Some(match ty {
        "u32" | "u64" | "b32" | "b64" => Number::U,
        "s32" | "s64" => Number::S,
        "f32" => Number::F,
        _ => return None,
    })
}

fn compare_named(name: &str, number: Number) -> Option<Compare> {
    Some(match (name, number) {
        ("eq", _) => Compare::Eq,
        ("ne", _) => Compare::Ne,
        ("lt", _) | ("lo", Number::U) => Compare::Lt,
        ("le", _) | ("ls", Number::U) => Compare::Le,
        ("gt", _) | ("hi", Number::U) => Compare::Gt,
        ("ge", _) | ("hs", Number::U) => Compare::Ge,
        ("equ", Number::F) => Compare::EqOrNan,
        ("neu", Number::F) => Compare::NeOrNan,
        ("ltu", Number::F) => Compare::LtOrNan,
        ("leu", Number::F) => Compare::LeOrNan,
        ("gtu", Number::F) => Compare::GtOrNan,
        ("geu", Number::F) => Compare::GeOrNan,
        ("num", Number::F) => Compare::BothNumbers,
        ("nan", Number::F) => Compare::AnyNan,
        _ => return None,
    })
}

fn unsupported(what: impl Into<String>) -> Error {
    Error::new(Kind::Unsupported, what)
}

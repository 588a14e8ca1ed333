//! What the interpreter runs: instructions whose operands are slots of three register files.
//!
//! Constants, kernel parameters and special registers are slots too, filled before a warp starts, so that every operand
//! is read in the same way. 8, 16 and 32 bit values share one file, 64 bit values have their own, predicates are bits.

/// A slot of a register file.
pub(crate) type Slot = u16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bin32 {
    Add,
    Sub,
    MulLo,
    MulHiU,
    MulHiS,
    DivU,
    DivS,
    RemU,
    RemS,
    And,
    Or,
    Xor,
    Shl,
    ShrU,
    ShrS,
    MinU,
    MinS,
    MaxU,
    MaxS,
    FAdd,
    FSub,
    FMul,
    FDiv,
    FMin,
    FMax,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Un32 {
    Mov,
    Not,
    Neg,
    Abs,
    FNeg,
    FAbs,
    FRcp,
    FRcpFlushed,
    FSqrt,
    FExp2,
    FExp2Flushed,
    FLog2,
    FLog2Flushed,
    FFloor,
    FCeil,
    FTrunc,
    FRound,
    FSaturate,
    FFromU,
    FFromS,
    UFromFZero,
    SFromFZero,
    ToTf32,
    Popc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tri32 {
    MadLo,
    Fma,
    FmaDown,
    /// A field of bits: the value, its first bit, its length.
    FieldU,
    FieldS,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bin64 {
    Add,
    Sub,
    MulLo,
    And,
    Or,
    Xor,
    DivU,
    DivS,
    RemU,
    RemS,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Un64 {
    Mov,
    Not,
    Neg,
    /// Adds the base of the shared window, which makes an address generic.
    SharedToGeneric,
    /// Takes it away.
    GenericToShared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shift64 {
    Left,
    RightU,
    RightS,
}

/// 32 bits to 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widen {
    Signed,
    Unsigned,
}

/// An integer or float comparison; floats compare false with NaN unless the name says `Or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    EqOrNan,
    NeOrNan,
    LtOrNan,
    LeOrNan,
    GtOrNan,
    GeOrNan,
    BothNumbers,
    AnyNan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    U,
    S,
    F,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
    Xor,
    Mov,
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    Global,
    Shared,
    Generic,
}

/// Where an address comes from: a slot of the 64 bit file or of the 32 bit file, plus an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) wide: bool,
    pub(crate) slot: Slot,
    pub(crate) offset: i64,
}

/// `bytes` a value, `n` values side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) space: Space,
    pub(crate) bytes: u8,
    pub(crate) n: u8,
    pub(crate) signed: bool,
    pub(crate) address: Address,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Atomic {
    Add,
    FAdd,
    Exchange,
    CompareAndSwap,
    MinU,
    MinS,
    MaxU,
    MaxS,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shuffle {
    Up,
    Down,
    Butterfly,
    Index,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Op {
    Bin32(Bin32, Slot, Slot, Slot),
    Un32(Un32, Slot, Slot),
    Tri32(Tri32, Slot, Slot, Slot, Slot),
    Bin64(Bin64, Slot, Slot, Slot),
    Un64(Un64, Slot, Slot),
    /// `d = a * b + c` of 64 bit values, the low half.
    Mad64(Slot, Slot, Slot, Slot),
    /// The shift count is a 32 bit slot.
    Shift64(Shift64, Slot, Slot, Slot),
    Widen(Widen, Slot, Slot),
    MulWide(Widen, Slot, Slot, Slot),
    /// `d = a * b + c`, `a` and `b` 32 bit, the rest 64 bit.
    MadWide(Widen, Slot, Slot, Slot, Slot),
    Narrow(Slot, Slot),
    Pack(Slot, Slot, Slot),
    Unpack(Slot, Slot, Slot),
    Compare32(Compare, Number, Slot, Slot, Slot),
    Compare64(Compare, Number, Slot, Slot, Slot),
    Select32(Slot, Slot, Slot, Slot),
    Select64(Slot, Slot, Slot, Slot),
    Predicate(Logic, Slot, Slot, Slot),
    Load(Access, [Slot; 4]),
    /// Loads at most 32 bits into the first slot, and from there, widened, into the second: a 64 bit register.
    LoadWide(Access, Slot, Slot),
    Store(Access, [Slot; 4]),
    /// The destination (none for `red`), the value and, for compare-and-swap, the value to write.
    Atomic(Atomic, Access, Option<Slot>, Slot, Slot),
    Barrier,
    /// The slot holds the mask of lanes that take part.
    WarpBarrier(Slot),
    Shuffle {
        mode: Shuffle,
        d: Slot,
        found: Option<Slot>,
        a: Slot,
        b: Slot,
        c: Slot,
        members: Slot,
    },
    /// `D = A * B + C`, m16n8k8 with TF32 factors; the slots stand in `Code::fragments` from this index: 4 of D, 4 of A,
    /// 2 of B, 4 of C.
    MmaTf32(u32),
    /// Target and the place where both ways meet again.
    Branch {
        target: u32,
        join: u32,
    },
    Exit,
    Trap,
    /// Gives the other warps a turn: what waits for them sleeps, and need not be run until they moved on.
    Yield,
    Nothing,
}

/// `join` of a branch whose ways meet only at the kernel's end.
pub(crate) const NEVER: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Instruction {
    pub(crate) op: Op,
    /// The guarding predicate, and whether it is negated.
    pub(crate) guard: Option<(Slot, bool)>,
    pub(crate) line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Special {
    Tid(u8),
    BlockSize(u8),
    Block(u8),
    GridSize(u8),
    Lane,
    Warp,
}

/// A kernel made ready to run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Code {
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) slots32: usize,
    pub(crate) slots64: usize,
    pub(crate) predicates: usize,
    pub(crate) constants32: Vec<(Slot, u32)>,
    pub(crate) constants64: Vec<(Slot, u64)>,
    pub(crate) constants_predicate: Vec<(Slot, bool)>,
    pub(crate) specials: Vec<(Slot, Special)>,
    /// Slot and offset into the parameters.
    pub(crate) params32: Vec<(Slot, u32)>,
    pub(crate) params64: Vec<(Slot, u32)>,
    pub(crate) fragments: Vec<Slot>,
    /// The opcodes' names, an entry per instruction, for the counts.
    pub(crate) names: Vec<String>,
    /// The registers' names, for messages: 32 bit file, 64 bit file, predicates.
    pub(crate) register_names: [Vec<String>; 3],
}

//! A launch: the grid's blocks, their warps' turns, barriers, limits and the instruction budget.

use crate::Kernel;
use crate::error::{Error, Kind};
use crate::fast;
use crate::memory::{Fault, Memory};
use crate::shared::Shared;
use crate::warp::{Pause, Place, Warp, thread_at};

/// The most threads of a block, as on every device so far.
pub const MAX_BLOCK_THREADS: u32 = 1024;
/// Shared memory that every launch may use.
pub const MAX_SHARED_BYTES: u32 = 48 * 1024;
/// Shared memory that a kernel may be allowed to use: what compute capability 8.0 has.
pub const MAX_SHARED_BYTES_OPT_IN: u32 = 163 * 1024;
/// Multiprocessors of the simulated device; its limits are those of an A100.
pub const MULTIPROCESSORS: u32 = 108;
/// Threads, blocks and bytes of shared memory that a multiprocessor holds at a time.
const RESIDENT_THREADS: u32 = 2048;
const RESIDENT_BLOCKS: u32 = 32;
const RESIDENT_SHARED: u32 = 164 * 1024;
/// Shared memory of each block that the system keeps for itself.
const SYSTEM_SHARED: u32 = 1024;
/// Thread instructions that a launch may run unless it is told otherwise.
pub const DEFAULT_BUDGET: u64 = 20_000_000_000;

/// Instructions that a warp runs before another gets its turn, unless a launch says otherwise: only loops that wait for
/// others need turns at all.
pub const DEFAULT_TURN: u32 = 1 << 14;

/// The shape of a launch and its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Launch {
    /// Blocks along x, y and z.
    pub grid: [u32; 3],
    /// Threads of a block along x, y and z.
    pub block: [u32; 3],
    /// Dynamic shared memory of a block, in bytes.
    pub shared_bytes: u32,
    /// The most shared memory (static and dynamic) that this kernel may use, in bytes.
    pub max_shared_bytes: u32,
    /// All blocks run at the same time and may wait for each other.
    pub cooperative: bool,
    /// The most thread instructions, against endless loops.
    pub budget: u64,
    /// The most instructions that a warp runs before another gets its turn. A program whose threads meet as they should
    /// gives the same for any number; a small one finds those that only seemed to, because each warp came far in a turn.
    pub turn: u32,
    /// With a seed, one warp in eight is slow, drawn once for the launch: its turns are `turn` instructions, halved so
    /// often that any number of times down to one instruction is as likely as another.
    pub turn_seed: Option<u64>,
}

impl Launch {
    /// A launch of `grid` blocks of `block` threads along x, with no dynamic shared memory and the usual limits.
    #[must_use]
    pub fn new(grid: u32, block: u32) -> Self {
        Self {
            grid: [grid, 1, 1],
            block: [block, 1, 1],
            shared_bytes: 0,
            max_shared_bytes: MAX_SHARED_BYTES,
            cooperative: false,
            budget: DEFAULT_BUDGET,
            turn: DEFAULT_TURN,
            turn_seed: None,
        }
    }
}

/// What a launch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Instructions, each counted once for every thread that ran it.
    pub thread_instructions: u64,
    /// Barriers that blocks passed.
    pub barriers: u64,
    /// Thread instructions by opcode, most first.
    pub by_opcode: Vec<(String, u64)>,
    /// Thread instructions by line of the PTX, in the text's order; a line that no thread ran has 0. An instruction
    /// under a predicate counts for the threads whose predicate held, so a branch for those that took it.
    pub by_line: Vec<(u32, u64)>,
}

impl Kernel {
    /// Blocks of `threads` threads and `shared_bytes` of dynamic shared memory that a multiprocessor can hold at a
    /// time; 0 where not even one fits.
    ///
    /// Threads, blocks and shared memory are counted. Registers are not: PTX does not say how many an assembler will
    /// take, so a device may hold fewer.
    #[must_use]
    pub fn resident_blocks(&self, threads: u32, shared_bytes: u32) -> u32 {
        if threads == 0 || threads > self.max_threads().min(MAX_BLOCK_THREADS) {
            return 0;
        }
        let shared = u64::from(self.static_shared) + u64::from(shared_bytes);
        if shared > u64::from(MAX_SHARED_BYTES_OPT_IN) {
            return 0;
        }
        let by_threads = RESIDENT_THREADS / threads.next_multiple_of(32);
        let by_shared = RESIDENT_SHARED / (shared as u32 + SYSTEM_SHARED);
        by_threads.min(by_shared).min(RESIDENT_BLOCKS)
    }
}

/// How many instructions a turn of one warp has.
fn turn_of(launch: &Launch, block: [u32; 3], warp: usize) -> u32 {
    let Some(seed) = launch.turn_seed else { return launch.turn };
    // SplitMix64's mixing, a number after the other.
    let drawn = block.into_iter().map(u64::from).chain([warp as u64]).fold(seed, |state, number| {
        let state = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    });
    let (is_slow, halvings) =
        (drawn % 8 == 0, drawn / 8 % u64::from(u32::BITS - launch.turn.leading_zeros()));
    if is_slow { launch.turn >> halvings } else { launch.turn }
}

struct Block {
    place: Place,
    shared: Shared,
    warps: Vec<Warp>,
}

/// Runs `kernel` over the whole grid. `params` holds the arguments, each at its place.
pub(crate) fn run(
    kernel: &Kernel,
    launch: &Launch,
    params: &[u8],
    memory: &mut Memory,
) -> Result<Stats, Error> {
    check(kernel, launch, params).map_err(|error| error.in_kernel(&kernel.name))?;
    let mut counts = vec![0; kernel.code.instructions.len()];
    let mut barriers = 0;
    let [nx, ny, nz] = launch.grid;
    let places = (0..nz).flat_map(|z| (0..ny).flat_map(move |y| (0..nx).map(move |x| [x, y, z])));
    if launch.cooperative {
        let mut blocks: Vec<Block> = places.map(|at| Block::new(kernel, launch, params, at)).collect();
        while !blocks.is_empty() {
            for block in &mut blocks {
                block.turn(kernel, launch, memory, &mut counts, &mut barriers)?;
            }
            blocks.retain(|block| !block.done());
        }
    } else {
        for at in places {
            let mut block = Block::new(kernel, launch, params, at);
            while !block.done() {
                block.turn(kernel, launch, memory, &mut counts, &mut barriers)?;
            }
        }
    }
    let mut stats = Stats { thread_instructions: counts.iter().sum(), barriers, ..Stats::default() };
    for (instruction, count) in kernel.code.instructions.iter().zip(&counts) {
        match stats.by_line.last_mut() {
            Some((line, sum)) if *line == instruction.line => *sum += count,
            _ => stats.by_line.push((instruction.line, *count)),
        }
    }
    for (name, count) in kernel.code.names.iter().zip(counts) {
        match stats.by_opcode.iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => *sum += count,
            None => stats.by_opcode.push((name.clone(), count)),
        }
    }
    stats.by_opcode.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(stats)
}

fn check(kernel: &Kernel, launch: &Launch, params: &[u8]) -> Result<(), Error> {
    let refuse = |message: String| Err(Error::new(Kind::Launch, message));
    if launch.grid.contains(&0) || launch.block.contains(&0) {
        return refuse(format!("grid {:?} and block {:?} must not be empty", launch.grid, launch.block));
    }
    if launch.turn == 0 {
        return refuse("turns of 0 instructions would never end".to_owned());
    }
    if launch.grid[0] > i32::MAX as u32 || launch.grid[1] > 65_535 || launch.grid[2] > 65_535 {
        return refuse(format!("grid {:?} exceeds 2147483647, 65535, 65535", launch.grid));
    }
    let threads = launch.block.iter().map(|n| u64::from(*n)).product::<u64>();
    let most = kernel.max_threads().min(MAX_BLOCK_THREADS);
    if threads > u64::from(most) || launch.block[2] > 64 {
        return refuse(format!("block {:?} has {threads} threads, the kernel allows {most}", launch.block));
    }
    let shared = u64::from(kernel.static_shared) + u64::from(launch.shared_bytes);
    if shared > u64::from(launch.max_shared_bytes) {
        return refuse(format!("{shared} bytes of shared memory, {} are allowed", launch.max_shared_bytes));
    }
    if params.len() < kernel.params_bytes() {
        return refuse(format!("{} bytes of arguments, {} are needed", params.len(), kernel.params_bytes()));
    }
    let blocks = launch.grid.iter().map(|n| u64::from(*n)).product::<u64>();
    let each = kernel.resident_blocks(threads as u32, launch.shared_bytes);
    if launch.cooperative && blocks > u64::from(each) * u64::from(MULTIPROCESSORS) {
        let text = format!(
            "{blocks} cooperative blocks, but only {each} on each of {MULTIPROCESSORS} multiprocessors can be resident"
        );
        return Err(Error::new(Kind::Residency, text));
    }
    Ok(())
}

impl Block {
    fn new(kernel: &Kernel, launch: &Launch, params: &[u8], at: [u32; 3]) -> Self {
        let place = Place { grid: launch.grid, block: launch.block, at };
        let warps = launch.block.iter().product::<u32>().div_ceil(32);
        Self {
            place,
            shared: Shared::new(kernel.static_shared + launch.shared_bytes),
            warps: (0..warps).map(|index| Warp::new(&kernel.code, place, index, params)).collect(),
        }
    }

    fn done(&self) -> bool {
        self.warps.iter().all(Warp::exited)
    }

    /// Gives every warp that does not wait one turn, then opens the barrier when all that are left wait at it.
    fn turn(
        &mut self,
        kernel: &Kernel,
        launch: &Launch,
        memory: &mut Memory,
        counts: &mut [u64],
        barriers: &mut u64,
    ) -> Result<(), Error> {
        for index in 0..self.warps.len() {
            let warp = &mut self.warps[index];
            if warp.waits || warp.exited() {
                continue;
            }
            let turn = turn_of(launch, self.place.at, index);
            match fast::run(warp, &kernel.code, &mut self.shared, memory, counts, turn) {
                Ok(Pause::Slice) => {
                    if counts.iter().sum::<u64>() > launch.budget {
                        let text = format!("more than {} thread instructions", launch.budget);
                        return Err(self.explain(kernel, index, Fault::new(Kind::Budget, text)));
                    }
                }
                Ok(Pause::Barrier | Pause::Exited) => {}
                Err(fault) => return Err(self.explain(kernel, index, fault)),
            }
        }
        let mut left = self.warps.iter().filter(|warp| !warp.exited()).peekable();
        if left.peek().is_some() && left.all(|warp| warp.waits) {
            self.shared.end_phase();
            *barriers += 1;
            for warp in &mut self.warps {
                warp.waits = false;
            }
        }
        // Summing takes as long as a short phase, and a budget need not be met to the instruction.
        if barriers.is_multiple_of(256) && counts.iter().sum::<u64>() > launch.budget {
            let text = format!("more than {} thread instructions", launch.budget);
            return Err(self.explain(kernel, 0, Fault::new(Kind::Budget, text)));
        }
        Ok(())
    }

    fn explain(&self, kernel: &Kernel, warp: usize, fault: Fault) -> Error {
        let warp = &self.warps[warp];
        let thread = thread_at(self.place.block, warp.thread(fault.lane));
        let error = Error::new(fault.kind, fault.text).in_kernel(&kernel.name).in_block(self.place.at);
        let error = error.in_thread(thread);
        match kernel.code.instructions.get(warp.at()) {
            Some(instruction) => error.at_line(instruction.line),
            None => error,
        }
    }
}

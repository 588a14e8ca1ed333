//! The interpreter's loop compiled twice: for any processor, and for one with AVX2 and FMA.
//!
//! Both give the same bits: `mul_add` rounds once in either, the other only takes a call for each lane.
#![expect(
    unsafe_code,
    reason = "a function compiled for more instructions is called after asking the processor"
)]

use crate::ir::Code;
use crate::memory::{Fault, Memory};
use crate::shared::Shared;
use crate::warp::{Pause, Warp};

pub(crate) fn run(
    warp: &mut Warp,
    code: &Code,
    shared: &mut Shared,
    memory: &mut Memory,
    counts: &mut [u64],
    slice: u32,
) -> Result<Pause, Fault> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor was asked in the line above for the very features that the function is compiled for.
        return unsafe { run_avx2(warp, code, shared, memory, counts, slice) };
    }
    warp.run(code, shared, memory, counts, slice)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(
    warp: &mut Warp,
    code: &Code,
    shared: &mut Shared,
    memory: &mut Memory,
    counts: &mut [u64],
    slice: u32,
) -> Result<Pause, Fault> {
    warp.run(code, shared, memory, counts, slice)
}

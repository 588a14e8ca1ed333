//! Blocks that wait for each other, and the instructions that nets' kernels brought with them.

use ptx_sim::{Arg, Error, Launch, MULTIPROCESSORS, Memory, Module, Stats};

/// Every block adds one to `count` and waits until all have; the last word of each block's share is then the count.
const MEET: &str = ".version 8.0
.target sm_70
.address_size 64
.visible .entry meet(.param .u64 out, .param .u64 count)
.maxntid 64, 1, 1
{
.reg .pred %p<4>; .reg .b32 %r<16>; .reg .b64 %rd<8>;
ld.param.u64 %rd1, [out]; ld.param.u64 %rd2, [count];
mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %nctaid.x;
setp.ne.s32 %p1, %r1, 0;
@%p1 bra met;
membar.gl;
atom.global.add.u32 %r4, [%rd2], 1;
wait:
ld.volatile.global.u32 %r5, [%rd2];
setp.lt.u32 %p2, %r5, %r3;
@!%p2 bra met;
nanosleep.u32 20;
bra.uni wait;
met:
bar.sync 0;
ld.volatile.global.u32 %r6, [%rd2];
mul.wide.u32 %rd3, %r2, 4; add.s64 %rd4, %rd1, %rd3;
st.global.u32 [%rd4], %r6;
ret;
}
";

fn meet(launch: &Launch, text: &str) -> Result<(Vec<u8>, Stats), Error> {
    let module = Module::parse(text)?;
    let mut memory = Memory::default();
    let blocks = launch.grid[0] as usize;
    let (out, count) = (memory.allocate(blocks as u64 * 4)?, memory.allocate(4)?);
    memory.write(count, &[0; 4])?;
    let stats = module.kernel("meet")?.run(launch, &[Arg::Pointer(out), Arg::Pointer(count)], &mut memory)?;
    let mut bytes = vec![0; blocks * 4];
    memory.read(out, &mut bytes)?;
    Ok((bytes, stats))
}

#[test]
fn blocks_that_wait_for_all_come_through_cheaply_when_they_sleep() {
    let launch = Launch { cooperative: true, ..Launch::new(50, 64) };
    let (bytes, stats) = meet(&launch, MEET).unwrap();
    assert!(bytes.chunks_exact(4).all(|word| word == 50u32.to_le_bytes()));
    let awake = MEET.replace("nanosleep.u32 20;", "");
    let (same, busy) = meet(&launch, &awake).unwrap();
    assert_eq!(same, bytes);
    // A block that does not sleep turns in its loop for a whole turn.
    assert!(busy.thread_instructions > 10 * stats.thread_instructions, "{busy:?} {stats:?}");
}

#[test]
fn waiting_for_a_block_that_has_no_turn_is_found_out() {
    let launch = Launch { budget: 1_000_000, ..Launch::new(2, 64) };
    let error = meet(&launch, MEET).unwrap_err();
    assert!(error.is_budget(), "{error}");
}

#[test]
fn more_blocks_than_can_be_resident_are_refused() {
    let module = Module::parse(MEET).unwrap();
    let kernel = module.kernel("meet").unwrap();
    // By threads, by blocks, by shared memory, and not at all.
    assert_eq!(kernel.resident_blocks(64, 0), 32);
    assert_eq!(kernel.resident_blocks(33, 0), 32);
    assert_eq!(kernel.resident_blocks(64, 40 * 1024), 4);
    assert_eq!(kernel.resident_blocks(65, 0), 0);
    assert_eq!(kernel.resident_blocks(0, 0), 0);
    assert_eq!(kernel.resident_blocks(64, 1 << 20), 0);
    let launch =
        Launch { shared_bytes: 40 * 1024, cooperative: true, ..Launch::new(4 * MULTIPROCESSORS, 64) };
    meet(&launch, MEET).unwrap();
    let error = meet(&Launch { grid: [4 * MULTIPROCESSORS + 1, 1, 1], ..launch }, MEET).unwrap_err();
    assert!(error.is_residency() && error.is_launch(), "{error}");
    assert!(error.to_string().contains("433 cooperative blocks, but only 4 on each of 108"), "{error}");
    // Without the promise that all run together, the number does not matter.
    let lone = MEET.replace("setp.lt.u32 %p2, %r5, %r3;", "mov.pred %p2, 0;");
    meet(&Launch { cooperative: false, grid: [4 * MULTIPROCESSORS + 1, 1, 1], ..launch }, &lone).unwrap();
}

/// Runs one lane over `values`, eight words of its own.
fn one_lane(body: &str, values: [u32; 8]) -> [u32; 8] {
    let text = format!(
        ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u64 values) {{
.reg .pred %p<8>; .reg .f32 %f<8>; .reg .b32 %r<8>; .reg .b64 %rd<8>;
ld.param.u64 %rd1, [values];
{body}
ret;
}}\n"
    );
    let module = Module::parse(&text).unwrap();
    let mut memory = Memory::default();
    let at = memory.allocate(32).unwrap();
    memory.write(at, &values.map(u32::to_le_bytes).concat()).unwrap();
    module.kernel("k").unwrap().run(&Launch::new(1, 1), &[Arg::Pointer(at)], &mut memory).unwrap();
    let mut bytes = [0; 32];
    memory.read(at, &mut bytes).unwrap();
    let words = bytes.as_chunks().0;
    std::array::from_fn(|i| u32::from_le_bytes(words[i]))
}

#[test]
fn a_load_fills_a_register_wider_than_its_type() {
    let words = one_lane(
        "ld.global.s32 %rd2, [%rd1]; ld.global.u32 %rd3, [%rd1]; ld.global.s8 %rd4, [%rd1+4];
st.global.u64 [%rd1], %rd2; st.global.u64 [%rd1+8], %rd3; st.global.u64 [%rd1+16], %rd4;",
        [0xffff_fff6, 0x80, 0, 0, 0, 0, 0, 0],
    );
    assert_eq!(words, [0xffff_fff6, u32::MAX, 0xffff_fff6, 0, 0xffff_ff80, u32::MAX, 0, 0]);
}

#[test]
fn predicates_can_be_constant_and_reciprocals_flushed() {
    let words = one_lane(
        "mov.pred %p1, 0; mov.pred %p2, -1;
selp.u32 %r1, 7, 8, %p1; selp.u32 %r2, 7, 8, %p2;
st.global.u32 [%rd1+24], %r1; st.global.u32 [%rd1+28], %r2;
ld.global.f32 %f1, [%rd1]; rcp.approx.ftz.f32 %f2, %f1; st.global.f32 [%rd1], %f2;
ld.global.f32 %f1, [%rd1+4]; rcp.approx.ftz.f32 %f2, %f1; st.global.f32 [%rd1+4], %f2;
ld.global.f32 %f1, [%rd1+8]; rcp.approx.ftz.f32 %f2, %f1; st.global.f32 [%rd1+8], %f2;",
        [4.0f32.to_bits(), 0x8000_0001, 3.0e38f32.to_bits(), 0, 0, 0, 0, 0],
    );
    assert_eq!(
        words[..3].iter().map(|w| f32::from_bits(*w)).collect::<Vec<_>>(),
        [0.25, f32::NEG_INFINITY, 0.0]
    );
    assert_eq!(words[6..], [8, 7]);
}

#[test]
fn roundings_logarithms_and_fields() {
    let words = one_lane(
        "ld.global.f32 %f1, [%rd1]; ld.global.u32 %r1, [%rd1+4];
cvt.rmi.f32.f32 %f2, %f1; st.global.f32 [%rd1], %f2;
cvt.rpi.f32.f32 %f2, %f1; st.global.f32 [%rd1+4], %f2;
cvt.rzi.f32.f32 %f2, %f1; st.global.f32 [%rd1+8], %f2;
cvt.rni.f32.f32 %f2, %f1; st.global.f32 [%rd1+12], %f2;
bfe.u32 %r2, %r1, 4, 8; st.global.u32 [%rd1+16], %r2;
bfe.s32 %r2, %r1, 28, 4; st.global.u32 [%rd1+20], %r2;
mov.f32 %f3, 0f41000000; lg2.approx.f32 %f2, %f3; st.global.f32 [%rd1+24], %f2;
mov.f32 %f3, 0fC3020000; ex2.approx.f32 %f2, %f3; st.global.f32 [%rd1+28], %f2;",
        [(-2.5f32).to_bits(), 0xfabc_def1, 0, 0, 0, 0, 0, 0],
    );
    assert_eq!(words[..4].iter().map(|w| f32::from_bits(*w)).collect::<Vec<_>>(), [-3.0, -2.0, -2.0, -2.0]);
    // 2^-130 lies below the normal range, and stays without `.ftz`.
    let below = 2.0f32.powi(-126) / 16.0;
    assert_eq!(words[4..], [0xef, u32::MAX, 3.0f32.to_bits(), below.to_bits()]);
}

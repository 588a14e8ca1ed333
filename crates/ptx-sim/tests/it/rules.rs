//! Each rule that a program can break, broken by a small program; and control flow that must come out right.

use ptx_sim::{Arg, Error, Launch, Memory, Module, Stats};

const HEAD: &str = ".version 8.0\n.target sm_80\n.address_size 64\n";

/// A kernel with the parameters `out` (a pointer) and `n`, and some registers; the body begins on line 11.
fn program(body: &str) -> String {
    format!(
        "{HEAD}.visible .entry k(.param .u64 out, .param .u32 n) {{
.reg .pred %p<8>; .reg .f32 %f<32>; .reg .b32 %r<32>; .reg .b64 %rd<8>;
.shared .align 4 .b8 tile[256];
ld.param.u64 %rd1, [out]; ld.param.u32 %r1, [n];
mov.u32 %r2, %tid.x; mul.wide.u32 %rd2, %r2, 4; add.s64 %rd3, %rd1, %rd2;
mov.u64 %rd4, tile; add.s64 %rd5, %rd4, %rd2;

{body}
ret;
}}\n"
    )
}

/// Runs over `threads` with `out` of as many words, all zero; returns the words.
fn run(body: &str, launch: &Launch, n: u32) -> Result<(Vec<u32>, Stats), Error> {
    let module = Module::parse(&program(body))?;
    let mut memory = Memory::default();
    let words = launch.block.iter().product::<u32>() as usize;
    let out = memory.allocate(words as u64 * 4)?;
    memory.write(out, &vec![0; words * 4])?;
    let stats = module.kernel("k")?.run(launch, &[Arg::Pointer(out), Arg::U32(n)], &mut memory)?;
    let mut bytes = vec![0; words * 4];
    memory.read(out, &mut bytes)?;
    let words = bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    Ok((words, stats))
}

fn fails(body: &str, block: u32) -> Error {
    run(body, &Launch { budget: 100_000, ..Launch::new(1, block) }, 8).unwrap_err()
}

#[test]
fn a_split_warp_becomes_whole_again() {
    let body = "
setp.lt.u32 %p1, %r2, %r1;
@%p1 bra low;
mov.u32 %r3, 100;
bra.uni join;
low:
mov.u32 %r3, 0; mov.u32 %r4, 0;
loop:
add.u32 %r3, %r3, %r4; add.u32 %r4, %r4, 1;
setp.le.u32 %p2, %r4, %r2;
@%p2 bra loop;
join:
bar.sync 0;
st.global.u32 [%rd3], %r3;";
    let (words, stats) = run(body, &Launch::new(1, 40), 8).unwrap();
    for (i, word) in words.iter().enumerate() {
        assert_eq!(*word as usize, if i < 8 { i * (i + 1) / 2 } else { 100 });
    }
    assert_eq!(stats.barriers, 1);
    assert_eq!(stats.by_opcode.iter().find(|(name, _)| name == "bar.sync").unwrap().1, 40);
}

#[test]
fn lanes_that_left_do_not_hold_up_the_others() {
    let body = "
setp.ge.u32 %p1, %r2, %r1;
@%p1 ret;
bar.sync 0;
st.global.u32 [%rd3], 7;";
    let (words, _) = run(body, &Launch::new(1, 64), 8).unwrap();
    assert_eq!(words.iter().filter(|word| **word == 7).count(), 8);
}

#[test]
fn memory_rules() {
    let error = fails("st.global.u32 [%rd3+4], 1;", 32);
    assert!(error.is_out_of_bounds(), "{error}");
    assert_eq!(
        (error.thread(), error.block(), error.kernel()),
        (Some([31, 0, 0]), Some([0, 0, 0]), Some("k"))
    );
    assert_eq!(error.line(), Some(11));
    assert!(fails("st.global.u32 [%rd3+-4], 1;", 32).is_out_of_bounds());
    assert!(fails("st.global.u32 [%rd3+2], 1;", 32).is_misaligned());
    assert!(fails("mov.u64 %rd7, 0; st.global.u32 [%rd7], 1;", 1).is_out_of_bounds());
    assert!(fails("st.shared.u32 [%rd5+256], 1;", 32).is_out_of_bounds());
    assert!(fails("st.shared.u32 [%rd5+-4], 1;", 1).is_out_of_bounds());
    assert!(fails("ld.shared.u32 %r3, [%rd5];", 32).is_uninitialised());
    let error = fails("add.u32 %r3, %r4, 1;", 32);
    assert!(error.is_uninitialised() && error.to_string().contains("%r4"), "{error}");
    // Written on one way only, and read by a thread that took the other.
    let error = fails("setp.lt.u32 %p1, %r2, %r1; @%p1 mov.u32 %r3, 1; add.u32 %r4, %r3, 1;", 32);
    assert!(error.is_uninitialised() && error.thread() == Some([8, 0, 0]), "{error}");
}

#[test]
fn races_and_barriers() {
    let neighbour = "xor.b32 %r3, %r2, 1; mul.wide.u32 %rd6, %r3, 4; add.s64 %rd6, %rd4, %rd6;
st.shared.u32 [%rd5], %r2; BARRIER ld.shared.u32 %r4, [%rd6]; st.global.u32 [%rd3], %r4;";
    assert!(fails(&neighbour.replace("BARRIER", ""), 32).is_race());
    for barrier in ["bar.sync 0;", "bar.warp.sync 0xffffffff;"] {
        let (words, _) = run(&neighbour.replace("BARRIER", barrier), &Launch::new(1, 32), 8).unwrap();
        assert!(words.iter().enumerate().all(|(i, word)| *word as usize == i ^ 1));
    }
    // Two warps need more than a warp's barrier.
    let far = format!("st.shared.u32 [%rd5], 0; bar.sync 0; {}", neighbour.replace("%r2, 1;", "%r2, 32;"));
    assert!(fails(&far.replace("BARRIER", "bar.warp.sync 0xffffffff;"), 64).is_race());
    assert!(fails("mov.u64 %rd6, tile; st.shared.u32 [%rd6], %r2;", 2).is_race());
    assert!(fails("setp.lt.u32 %p1, %r2, %r1; @%p1 bar.sync 0;", 32).is_divergence());
    let shuffle = "setp.lt.u32 %p1, %r2, %r1; @%p1 shfl.sync.bfly.b32 %r3|%p2, %r2, 1, 31, 0xffffffff;";
    assert!(fails(shuffle, 32).is_divergence());
}

#[test]
fn every_message_names_the_kernel_the_line_the_block_and_the_thread() {
    let grid = Launch { budget: 100_000, ..Launch::new(2, 32) };
    let cases = [
        (
            "setp.ne.u32 %p1, %r2, 5; @%p1 bra skip;\nst.global.u32 [%rd3+512], 1;\nskip:",
            "access out of bounds: 4 bytes at 0x700000214, which is offset 532 of a global allocation of 128 bytes \
             (kernel k, line 12, block 0,0,0, thread 5,0,0)",
        ),
        (
            "st.global.u32 [%rd3+2], 1;",
            "misaligned access: 4 bytes at 0x700000002 (kernel k, line 11, block 0,0,0, thread 0,0,0)",
        ),
        (
            "\n\nadd.f32 %f1, %f2, %f3;",
            "read of an uninitialised value: register %f2 (kernel k, line 13, block 0,0,0, thread 0,0,0)",
        ),
        (
            "ld.shared.u32 %r3, [%rd5];",
            "read of an uninitialised value: shared memory at offset 0 (kernel k, line 11, block 0,0,0, thread 0,0,0)",
        ),
        (
            "mov.u32 %r6, %ctaid.x; setp.eq.u32 %p1, %r6, 0; @%p1 bra skip;
st.shared.u32 [tile+8], %r2;\nskip:",
            "shared-memory race: thread 1 writes the word at offset 8 of shared memory that thread 0 wrote with no \
             barrier between (kernel k, line 12, block 1,0,0, thread 1,0,0)",
        ),
        (
            "setp.lt.u32 %p1, %r2, %r1; @%p1 bar.sync 0;",
            "divergent barrier: thread 8 of the warp has not come (kernel k, line 11, block 0,0,0, thread 0,0,0)",
        ),
        (
            "loop:\nbra loop;",
            "instruction budget used up: more than 100000 thread instructions \
             (kernel k, line 12, block 0,0,0, thread 0,0,0)",
        ),
        ("trap;", "trap: the kernel gave up (kernel k, line 11, block 0,0,0, thread 0,0,0)"),
        ("\nsin.approx.f32 %f1, %f2;", "unsupported PTX: instruction `sin.approx.f32` (kernel k, line 12)"),
    ];
    for (body, wanted) in cases {
        assert_eq!(run(body, &grid, 8).unwrap_err().to_string(), wanted, "{body}");
    }
    let message = |launch: Launch| run("", &launch, 0).unwrap_err().to_string();
    assert_eq!(
        message(Launch::new(1, 1025)),
        "cannot launch: block [1025, 1, 1] has 1025 threads, the kernel allows 1024 (kernel k)"
    );
    assert_eq!(
        message(Launch { shared_bytes: 49_000, ..grid }),
        "cannot launch: 49256 bytes of shared memory, 49152 are allowed (kernel k)"
    );
    assert_eq!(
        message(Launch { turn: 0, ..grid }),
        "cannot launch: turns of 0 instructions would never end (kernel k)"
    );
}

#[test]
fn lines_are_counted_and_turns_change_nothing_but_the_order() {
    let body = "setp.lt.u32 %p1, %r2, %r1;\n@%p1 bra low;\nst.global.u32 [%rd3], 1;\nlow:\nbar.sync 0;";
    let (words, stats) = run(body, &Launch::new(1, 40), 8).unwrap();
    let line = |wanted: u32| stats.by_line.iter().find(|(line, _)| *line == wanted).map(|(_, n)| *n);
    // A branch counts for those that take it.
    assert_eq!([11, 12, 13, 14, 15].map(line), [Some(40), Some(8), Some(32), None, Some(40)]);
    assert_eq!(stats.by_line.iter().map(|(_, n)| n).sum::<u64>(), stats.thread_instructions);
    for turn_seed in [None, Some(1), Some(2)] {
        let launch = Launch { turn: 3, turn_seed, ..Launch::new(1, 40) };
        assert_eq!(run(body, &launch, 8).unwrap(), (words.clone(), stats.clone()));
    }
}

#[test]
fn shuffles_and_atomics() {
    let body =
        "shfl.sync.down.b32 %r3|%p1, %r2, 3, 31, -1; selp.u32 %r4, %r3, 99, %p1; st.global.u32 [%rd3], %r4;";
    let (words, _) = run(body, &Launch::new(1, 32), 0).unwrap();
    assert!(words.iter().enumerate().all(|(i, word)| *word as usize == if i < 29 { i + 3 } else { 99 }));
    let body = "atom.global.add.u32 %r3, [%rd1], 2;";
    let (words, _) = run(body, &Launch { grid: [3, 2, 1], ..Launch::new(1, 64) }, 0).unwrap();
    assert_eq!(words[0], 3 * 2 * 64 * 2);
}

#[test]
fn cooperative_blocks_may_wait_for_each_other() {
    // Every block counts itself and waits until all four have.
    let body = "mov.u32 %r5, 0; atom.global.add.u32 %r3, [%rd1], 1;
wait:
ld.volatile.global.u32 %r4, [%rd1];
setp.lt.u32 %p1, %r4, 4;
@%p1 bra wait;";
    let launch = Launch { cooperative: true, budget: 1_000_000, ..Launch::new(4, 1) };
    assert_eq!(run(body, &launch, 0).unwrap().0, [4]);
    assert!(run(body, &Launch { cooperative: false, ..launch }, 0).unwrap_err().is_budget());
}

#[test]
fn launches_and_texts_that_cannot_run() {
    let launch = |launch: Launch| run("", &launch, 0).unwrap_err();
    assert!(launch(Launch { grid: [0, 1, 1], ..Launch::new(1, 1) }).is_launch());
    assert!(launch(Launch::new(1, 1025)).is_launch());
    assert!(launch(Launch { shared_bytes: 49_000, ..Launch::new(1, 1) }).is_launch());
    assert!(launch(Launch { cooperative: true, ..Launch::new(100_000, 1) }).is_launch());
    assert!(fails("loop: bra loop;", 1).is_budget());

    let error = Module::parse(&program("frobnicate.f32 %f1, %f2;")).unwrap_err();
    assert!(error.is_unsupported() && error.to_string().contains("frobnicate.f32"), "{error}");
    assert_eq!(error.line(), Some(11));
    for bad in
        ["add.f64 %rd1, %rd2, %rd3;", "add.sat.s32 %r1, %r2, %r3;", "fma.rn.ftz.f32 %f1, %f2, %f3, %f4;"]
    {
        assert!(Module::parse(&program(bad)).unwrap_err().is_unsupported(), "{bad}");
    }
    for bad in [
        "bra nowhere;",
        "add.u32 %r1, %r2",
        "mov.u32 %rd1, 5;",
        "mov.u32 %r1, 0z;",
        "{ {",
        "ld.global.u32 %r1, [%rd1;",
    ] {
        assert!(Module::parse(&program(bad)).is_err(), "{bad}");
    }
    assert!(Module::parse("").unwrap_err().is_parse());
    assert!(Module::parse("hello").is_err());
    let text = program("");
    for end in (0..text.len()).step_by(3) {
        // Whatever is cut off, there is an error or a module, never a panic.
        let _ = Module::parse(&text[..end]);
    }
    let module = Module::parse(&text).unwrap();
    assert!(module.kernel("other").unwrap_err().to_string().contains("there are: k"));
    let mut memory = Memory::default();
    let kernel = module.kernel("k").unwrap();
    assert!(kernel.run(&Launch::new(1, 1), &[Arg::U32(1)], &mut memory).unwrap_err().is_launch());
    let error = kernel.run(&Launch::new(1, 1), &[Arg::U32(1), Arg::U32(1)], &mut memory).unwrap_err();
    assert!(error.is_launch() && error.to_string().contains("argument 0 has 4 bytes"), "{error}");
}

#[test]
fn the_tensor_instruction_multiplies_tiles() {
    // A is all 2 and B all 3, C is the lane: every element gains 8 * 6.
    let body = "mov.f32 %f1, 0f40000000; mov.f32 %f2, 0f40400000;
mov.b32 %r4, %f1; mov.b32 %r5, %f2; cvt.rn.f32.u32 %f3, %r2;
mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f4, %f5, %f6, %f7}, {%r4, %r4, %r4, %r4}, {%r5, %r5}, {%f3, %f3, %f3, %f3};
st.global.f32 [%rd3], %f6;";
    let (words, _) = run(body, &Launch::new(1, 32), 0).unwrap();
    assert!(words.iter().enumerate().all(|(i, word)| f32::from_bits(*word) == i as f32 + 48.0));
}

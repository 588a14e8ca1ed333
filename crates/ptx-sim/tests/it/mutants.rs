//! Mutation proof: the committed PTX, broken one place at a time, must be caught by a check or by a value.
//!
//! Three kinds of damage: a barrier removed, an address moved by one element, a bounds check dropped (a guarded branch
//! that skips an access never taken). A mutant that neither a check nor a value shows is *equivalent* on every launch
//! of the harness; the test counts those by kind and fails when one appears that is not explained here.

use std::path::Path;

use ptx_sim::{Arg, Error, Launch, Memory, Module};

/// A kernel, the file it stands in, and launches that reach all of it.
struct Case {
    file: &'static str,
    kernel: &'static str,
    launches: Vec<(Launch, Vec<Input>)>,
}

#[derive(Clone, Copy)]
enum Input {
    /// A buffer of so many numbers.
    In(usize),
    /// A buffer that the kernel writes, never written before.
    Out(usize),
    Int(usize),
    Float(f32),
}

use Input::{Float, In, Int, Out};

/// What a launch left behind: each buffer's words, `None` where one was never written.
type Outcome = Vec<Vec<Option<u32>>>;

/// From rows, inner length and columns to the lengths of the operands and what the result is.
type Shape = fn((usize, usize, usize)) -> ([usize; 3], Input);

fn run(source: &str, case: &Case) -> Result<Vec<Outcome>, Error> {
    let module = Module::parse(source)?;
    let kernel = module.kernel(case.kernel)?;
    let mut outcomes = Vec::new();
    for (launch, inputs) in &case.launches {
        let mut memory = Memory::default();
        let mut buffers = Vec::new();
        let mut args = Vec::new();
        for (at, input) in inputs.iter().enumerate() {
            args.push(match *input {
                In(n) | Out(n) => {
                    let address = memory.allocate(n as u64 * 4)?;
                    if let In(_) = input {
                        // No two numbers are equal, so that a shift by one shows.
                        let value = |i: usize| ((i * 37 + at * 11) % 101) as f32 * 0.0173 - 0.87;
                        let bytes: Vec<u8> = (0..n).flat_map(|i| value(i).to_le_bytes()).collect();
                        memory.write(address, &bytes)?;
                    }
                    buffers.push((address, n));
                    Arg::Pointer(address)
                }
                Int(value) => Arg::I32(value as i32),
                Float(value) => Arg::F32(value),
            });
        }
        kernel.run(&Launch { budget: 3_000_000, ..*launch }, &args, &mut memory)?;
        let mut word = |address: u64| {
            let mut bytes = [0; 4];
            memory.read(address, &mut bytes).ok().map(|()| u32::from_le_bytes(bytes))
        };
        outcomes.push(
            buffers.iter().map(|&(start, n)| (0..n as u64).map(|i| word(start + i * 4)).collect()).collect(),
        );
    }
    Ok(outcomes)
}

fn cases() -> Vec<Case> {
    let line = |n: usize, block: u32| Launch::new((n as u32).div_ceil(block), block);
    let elementwise = |kernel, inputs: usize| Case {
        file: "subroutines",
        kernel,
        launches: [5, 37]
            .map(|n| {
                let mut all = vec![In(n); inputs];
                all.extend([Out(n), Int(n)]);
                (line(n, 32), all)
            })
            .to_vec(),
    };
    let product = |file, kernel, shape: Shape, launch: fn(usize, usize) -> Launch| Case {
        file,
        kernel,
        launches: [(3, 5, 7), (4, 8, 1), (6, 3, 9), (18, 21, 17), (2, 4, 3)]
            .map(|(m, k, n)| {
                let ([a, b, _], out) = shape((m, k, n));
                let (rows, columns) = if kernel == "dot_at_add" { (k, n) } else { (m, n) };
                (launch(rows, columns), vec![In(a), In(b), out, Int(m), Int(k), Int(n)])
            })
            .to_vec(),
    };
    let net = |nets: usize, rows: usize, inputs: usize, hidden: usize, block: u32| {
        let floats = rows * inputs + inputs * hidden + hidden + 2 * rows * hidden + 2 * rows;
        let launch = Launch { shared_bytes: floats as u32 * 4, ..Launch::new(nets as u32, block) };
        let buffers =
            [In(rows * inputs), In(rows), In(nets * inputs * hidden), In(nets * hidden), Out(nets * rows)];
        let sizes = [Int(rows), Int(inputs), Int(hidden), Int(3), Float(0.7)];
        (launch, buffers.into_iter().chain(sizes).collect::<Vec<_>>())
    };
    let nets = |kernel, nets: usize| Case {
        file: "fit",
        kernel,
        // Fewer threads than elements and more, sizes that are and are not multiples of the unrolling.
        launches: [
            (4, 4, 8, 32),
            (4, 4, 8, 64),
            (5, 3, 7, 8),
            (9, 5, 6, 40),
            (2, 1, 1, 32),
            (3, 6, 2, 3),
            (8, 2, 4, 1),
        ]
        .map(|(rows, inputs, hidden, block)| net(nets, rows, inputs, hidden, block))
        .to_vec(),
    };
    let warp = |inputs: usize, hidden: usize, n: usize| {
        let buffers = [In(4 * inputs), In(4), In(n * inputs * hidden), In(n * hidden), Out(n * 4)];
        let sizes = [Int(n), Int(inputs), Int(hidden), Int(3), Float(0.7)];
        (Launch::new((n as u32).div_ceil(2), 64), buffers.into_iter().chain(sizes).collect::<Vec<_>>())
    };
    vec![
        elementwise("multiply", 2),
        elementwise("subtract", 2),
        elementwise("sigmoid", 1),
        elementwise("sigmoid_derivative", 1),
        product(
            "subroutines",
            "dot",
            |(m, k, n)| ([m * k, k * n, m * n], Out(m * n)),
            |m, n| Launch::new((m * n).div_ceil(32) as u32, 32),
        ),
        product(
            "subroutines",
            "dot_bt",
            |(m, k, n)| ([m * k, n * k, m * n], Out(m * n)),
            |m, n| Launch::new((m * n).div_ceil(32) as u32, 32),
        ),
        product(
            "subroutines",
            "dot_at_add",
            |(m, k, n)| ([m * k, m * n, k * n], In(k * n)),
            |m, n| Launch::new((m * n).div_ceil(32) as u32, 32),
        ),
        product(
            "matmul_tiled",
            "matmul_tiled",
            |(m, k, n)| ([m * k, k * n, m * n], Out(m * n)),
            |m, n| Launch {
                grid: [n.div_ceil(16) as u32, m.div_ceil(16) as u32, 1],
                block: [16, 16, 1],
                ..Launch::new(1, 1)
            },
        ),
        product(
            "matmul_tf32",
            "matmul_tf32",
            |(m, k, n)| ([m * k, k * n, m * n], Out(m * n)),
            |m, n| Launch { grid: [n.div_ceil(8) as u32, m.div_ceil(16) as u32, 1], ..Launch::new(1, 32) },
        ),
        nets("fit", 1),
        nets("fit_many", 3),
        Case {
            file: "fit_warp",
            kernel: "fit_warp",
            launches: vec![warp(4, 8, 3), warp(3, 4, 2), warp(1, 1, 1), warp(2, 5, 5)],
        },
    ]
}

/// The lines of one kernel's body within its file.
fn body(source: &str, kernel: &str) -> std::ops::Range<usize> {
    let lines: Vec<&str> = source.lines().collect();
    let start =
        lines.iter().position(|line| line.contains(&format!(".entry {kernel}("))).expect("the kernel");
    let end = lines[start..].iter().position(|line| line.starts_with('}')).expect("its end") + start;
    start..end
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Barrier,
    Address,
    Bound,
}

/// What can be done to one line: the damage and the line in its place.
fn mutate(line: &str) -> Option<(Damage, String)> {
    let text = line.trim();
    if text.starts_with("bar.sync") {
        return Some((Damage::Barrier, String::new()));
    }
    if (text.starts_with("ld.global") || text.starts_with("ld.shared") || text.starts_with("st."))
        && text.contains('[')
    {
        return Some((Damage::Address, moved(text, 4)?));
    }
    if text.starts_with('@') && text.contains("bra") {
        return Some((Damage::Bound, String::new()));
    }
    None
}

/// A load or store whose address is `bytes` further on.
fn moved(line: &str, bytes: i64) -> Option<String> {
    let (before, after) = line.split_once(']')?;
    let address = match before.rsplit_once('+') {
        Some((address, offset)) => format!("{address}+{}", offset.parse::<i64>().ok()? + bytes),
        None => format!("{before}+{bytes}"),
    };
    Some(format!("{address}]{after}"))
}

/// The line in a form that fails wherever it is carried out, to see whether it ever is.
fn probe(line: &str, damage: Damage) -> String {
    let text = line.trim();
    match damage {
        // Far out of any allocation: a bare `trap` would change where the warp's threads meet again.
        Damage::Address => moved(text, 1 << 30).unwrap_or_default(),
        Damage::Barrier => "trap;".to_owned(),
        Damage::Bound => format!("{} trap;", text.split_once("bra").map_or("", |(guard, _)| guard)),
    }
}

/// Dropped branches that run, survive, and have no reason beside them yet.
const OPEN_BOUNDS: usize = 17;

#[test]
fn broken_kernels_are_caught() {
    let mut counts = [[0; 3]; 3];
    let mut missed = Vec::new();
    for case in cases() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../nn-cuda/kernels/ptx/compute_80/{}.ptx", case.file));
        let source = std::fs::read_to_string(path).expect("the committed PTX");
        let wanted = run(&source, &case).unwrap_or_else(|error| panic!("{}: {error}", case.kernel));
        let lines: Vec<&str> = source.lines().collect();
        for at in body(&source, case.kernel) {
            let Some((damage, broken)) = mutate(lines[at]) else { continue };
            let mut mutant = lines.clone();
            mutant[at] = &broken;
            let verdict = match run(&mutant.join("\n"), &case) {
                Err(error) => {
                    assert!(!error.is_parse() && !error.is_unsupported(), "{error}");
                    0
                }
                Ok(got) if got != wanted => 1,
                Ok(_) => {
                    let probe = probe(lines[at], damage);
                    mutant[at] = &probe;
                    let reached = run(&mutant.join("\n"), &case).is_err();
                    missed.push((case.kernel, damage, at + 1, lines[at].trim().to_owned(), reached));
                    2
                }
            };
            counts[damage as usize][verdict] += 1;
        }
    }
    for (damage, [check, value, missed]) in
        [Damage::Barrier, Damage::Address, Damage::Bound].iter().zip(counts)
    {
        eprintln!("{damage:?}: {check} caught by a check, {value} by a value, {missed} survived");
    }
    for missed in &missed {
        eprintln!("{missed:?}");
    }
    assert!(counts[0][0] >= 10 && counts[1][0] >= 100, "too few mutants: {counts:?}");
    // A line that none of these launches reaches says nothing either way.
    let unexplained: Vec<_> =
        missed.iter().filter(|(_, damage, _, _, reached)| *damage != Damage::Bound && *reached).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
    // Branches that run and can be dropped unseen: each still wants its reason, and none may join them.
    let open =
        missed.iter().filter(|(_, damage, _, _, reached)| *damage == Damage::Bound && *reached).count();
    assert!(open <= OPEN_BOUNDS, "{open} dropped branches that run changed nothing that was seen");
}

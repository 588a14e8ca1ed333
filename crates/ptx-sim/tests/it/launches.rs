//! Small launches of every kernel of `nn-cuda` that together reach all of its code: sizes below, at and above each tile
//! and unrolling, empty sums, every activation, loss and optimiser.

use std::path::PathBuf;

use ptx_sim::{Arg, Error, Kernel, Launch, Memory, Stats};

/// A kernel, the file it stands in, and launches that reach all of it.
pub(crate) struct Case {
    pub(crate) file: &'static str,
    pub(crate) kernel: &'static str,
    pub(crate) launches: Vec<(Launch, Vec<Input>)>,
}

#[derive(Clone)]
pub(crate) enum Input {
    /// A buffer of so many numbers between -1 and 1, of which no two neighbours are equal.
    In(usize),
    /// The same without their signs, for what must be positive.
    Positive(usize),
    /// A buffer of these ints.
    Ints(Vec<i32>),
    /// A buffer of these floats.
    Floats(Vec<f32>),
    /// A buffer that the kernel writes, never written before.
    Out(usize),
    Int(usize),
    Signed(i32),
    Float(f32),
}

use Input::{Float, Floats, In, Int, Ints, Out, Positive, Signed};

/// What a launch left behind: each buffer's words, `None` where one was never written.
pub(crate) type Outcome = Vec<Vec<Option<u32>>>;

/// The committed PTX of a file of kernels.
pub(crate) fn committed(file: &str, architecture: &str) -> PathBuf {
    let kernels = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../nn-cuda/kernels/ptx");
    kernels.join(architecture).join(format!("{file}.ptx"))
}

/// Runs one launch on buffers of its own.
pub(crate) fn run(kernel: &Kernel, launch: &Launch, inputs: &[Input]) -> Result<(Outcome, Stats), Error> {
    let mut memory = Memory::default();
    let mut buffers = Vec::new();
    let mut args = Vec::new();
    for (at, input) in inputs.iter().enumerate() {
        let value = |i: usize| ((i * 37 + at * 11) % 101) as f32 * 0.0173 - 0.87;
        let words: Vec<[u8; 4]> = match input {
            In(n) => (0..*n).map(|i| value(i).to_le_bytes()).collect(),
            Positive(n) => (0..*n).map(|i| (value(i).abs() + 0.003).to_le_bytes()).collect(),
            Ints(values) => values.iter().map(|value| value.to_le_bytes()).collect(),
            Floats(values) => values.iter().map(|value| value.to_le_bytes()).collect(),
            Out(_) => Vec::new(),
            Int(value) => {
                args.push(Arg::I32(*value as i32));
                continue;
            }
            Signed(value) => {
                args.push(Arg::I32(*value));
                continue;
            }
            Float(value) => {
                args.push(Arg::F32(*value));
                continue;
            }
        };
        let n = if let Out(n) = input { *n } else { words.len() };
        // There is no allocation of nothing; one word that nobody may touch stands for it.
        let address = memory.allocate(n.max(1) as u64 * 4)?;
        memory.write(address, words.as_flattened())?;
        buffers.push((address, n));
        args.push(Arg::Pointer(address));
    }
    let stats = kernel.run(launch, &args, &mut memory)?;
    let mut word = |address: u64| {
        let mut bytes = [0; 4];
        memory.read(address, &mut bytes).ok().map(|()| u32::from_le_bytes(bytes))
    };
    let words = buffers.iter().map(|&(start, n)| (0..n as u64).map(|i| word(start + i * 4)).collect());
    Ok((words.collect(), stats))
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = posts();
    cases.extend(fused());
    cases.extend(training());
    cases
}

/// From rows, inner length and columns to the lengths of the operands and what the result is.
type Shape = fn((usize, usize, usize)) -> ([usize; 2], Input);

/// The post's subroutines, its training loop in one launch, and the tiled products.
fn posts() -> Vec<Case> {
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
        // The inner lengths leave 0, 1, 2 and 3 over after groups of four, and one sum is empty.
        launches: [
            (3, 5, 7),
            (4, 8, 1),
            (6, 3, 9),
            (18, 21, 17),
            (2, 4, 3),
            (2, 0, 3),
            (3, 6, 2),
            (5, 1, 2),
            (0, 2, 3),
            (16, 9, 1),
            (3, 16, 7),
            (5, 30, 9),
        ]
        .into_iter()
        .filter(|(m, _, _)| *m > 0 || kernel == "dot_at_add")
        .map(|(m, k, n)| {
            let ([a, b], out) = shape((m, k, n));
            let (rows, columns) = if kernel == "dot_at_add" { (k, n) } else { (m, n) };
            let mut launch = launch(rows, columns);
            launch.grid = launch.grid.map(|blocks| blocks.max(1));
            (launch, vec![In(a), In(b), out, Int(m), Int(k), Int(n)])
        })
        .collect(),
    };
    let by_element: fn(usize, usize) -> Launch = |m, n| Launch::new((m * n).div_ceil(32) as u32, 32);
    let net = |nets: usize, (rows, inputs, hidden): (usize, usize, usize), block: u32, epochs: usize| {
        let floats = rows * inputs + inputs * hidden + hidden + 2 * rows * hidden + 2 * rows;
        let launch = Launch { shared_bytes: floats as u32 * 4, ..Launch::new(nets as u32, block) };
        let pred = Out(nets * rows);
        let buffers = [In(rows * inputs), In(rows), In(nets * inputs * hidden), In(nets * hidden), pred];
        // Without rows a step adds nothing; an endless rate shows whether one was taken.
        let rate = if rows == 0 { f32::INFINITY } else { 0.7 };
        let sizes = [Int(rows), Int(inputs), Int(hidden), Int(epochs), Float(rate)];
        (launch, buffers.into_iter().chain(sizes).collect::<Vec<_>>())
    };
    let nets = |kernel, nets: usize| Case {
        file: "fit",
        kernel,
        // Fewer threads than elements and more, sizes that are and are not multiples of the unrolling, and none at all.
        launches: [
            ((4, 4, 8), 32, 3),
            ((4, 4, 8), 64, 3),
            ((5, 3, 7), 8, 3),
            ((9, 5, 6), 40, 3),
            ((2, 1, 1), 32, 3),
            ((3, 6, 2), 3, 3),
            ((8, 2, 4), 1, 2),
            ((6, 7, 5), 16, 2),
            ((40, 2, 3), 96, 2),
            ((3, 0, 2), 32, 2),
            ((3, 2, 0), 32, 2),
            ((0, 2, 3), 32, 2),
            ((1, 2, 3), 4, 2),
            ((2, 9, 9), 16, 2),
            ((3, 0, 2), 2, 2),
            ((5, 2, 0), 2, 2),
            ((0, 4, 3), 4, 2),
            ((0, 2, 5), 2, 2),
            ((0, 2, 3), 32, 0),
        ]
        .map(|(sizes, block, epochs)| net(nets, sizes, block, epochs))
        .to_vec(),
    };
    let warp = |inputs: usize, hidden: usize, n: usize, epochs: usize| {
        let buffers = [In(4 * inputs), In(4), In(n * inputs * hidden), In(n * hidden), Out(n * 4)];
        let sizes = [Int(n), Int(inputs), Int(hidden), Int(epochs), Float(0.7)];
        (Launch::new((n as u32).div_ceil(2), 64), buffers.into_iter().chain(sizes).collect::<Vec<_>>())
    };
    vec![
        elementwise("multiply", 2),
        elementwise("subtract", 2),
        elementwise("sigmoid", 1),
        elementwise("sigmoid_derivative", 1),
        product("subroutines", "dot", |(m, k, n)| ([m * k, k * n], Out(m * n)), by_element),
        product("subroutines", "dot_bt", |(m, k, n)| ([m * k, n * k], Out(m * n)), by_element),
        product("subroutines", "dot_at_add", |(m, k, n)| ([m * k, m * n], In(k * n)), by_element),
        product(
            "matmul_tiled",
            "matmul_tiled",
            |(m, k, n)| ([m * k, k * n], Out(m * n)),
            |m, n| Launch {
                grid: [n.div_ceil(16) as u32, m.div_ceil(16) as u32, 1],
                block: [16, 16, 1],
                ..Launch::new(1, 1)
            },
        ),
        product(
            "matmul_tf32",
            "matmul_tf32",
            |(m, k, n)| ([m * k, k * n], Out(m * n)),
            |m, n| Launch { grid: [n.div_ceil(8) as u32, m.div_ceil(16) as u32, 1], ..Launch::new(1, 32) },
        ),
        nets("fit", 1),
        nets("fit_many", 3),
        Case {
            file: "fit_warp",
            kernel: "fit_warp",
            launches: vec![
                warp(4, 8, 3, 3),
                warp(3, 4, 2, 3),
                warp(1, 1, 1, 2),
                warp(2, 5, 5, 2),
                warp(2, 3, 1, 0),
                warp(0, 3, 1, 2),
                warp(2, 0, 1, 2),
            ],
        },
    ]
}

const IDENTITY: i32 = 0;
const SIGMOID: i32 = 1;
const TANH: i32 = 2;
const RELU: i32 = 3;
const LEAKY: i32 = 4;
/// No activation's code: the kernels take it for the identity.
const NO_CODE: i32 = 7;

const HALF_SQUARED: i32 = 0;
const MEAN_SQUARED: i32 = 1;
const BINARY: i32 = 2;
const SOFTMAX: i32 = 3;

/// A net as `kernels/net.cuh` lays it out: the table, the number of parameters, the floats of the work space.
struct Net {
    shape: Vec<i32>,
    widths: Vec<usize>,
    n_parameters: usize,
    n_work: usize,
}

/// Each layer is its outputs, its activation, and whether it has a bias.
fn net(inputs: usize, layers: &[(usize, i32, bool)], head: [i32; 3], batch: usize) -> Net {
    let mut net = Net { shape: vec![layers.len() as i32], widths: vec![inputs], n_parameters: 0, n_work: 0 };
    net.shape.extend(head);
    let take = |counter: &mut usize, n: usize| {
        *counter += n;
        (*counter - n) as i32
    };
    for &(outputs, activation, has_bias) in layers {
        let inputs = net.widths[net.widths.len() - 1];
        let weights = take(&mut net.n_parameters, inputs * outputs);
        let bias = if has_bias { take(&mut net.n_parameters, outputs) } else { -1 };
        let (out, delta) = (take(&mut net.n_work, batch * outputs), take(&mut net.n_work, batch * outputs));
        let share = 0.25f32.to_bits().cast_signed();
        net.shape.extend([inputs as i32, outputs as i32, activation, share, weights, bias, out, delta]);
        net.widths.push(outputs);
    }
    net
}

/// As many records as outputs, of which one is greatest by far for each record, first the first, then the second: a
/// greatest output that was overlooked shows, for the exponential of its distance is infinite.
fn one_by_one(outputs: usize) -> (Input, Input) {
    let diagonal = |value: f32| {
        (0..outputs * outputs).map(|i| if i % (outputs + 1) == 0 { value } else { 0.0 }).collect()
    };
    (Floats(diagonal(20.0)), Floats(diagonal(10.0)))
}

/// Every loss with every activation, and with a code that stands for none.
fn every_end() -> impl Iterator<Item = (i32, i32)> {
    let losses = [HALF_SQUARED, MEAN_SQUARED, BINARY, SOFTMAX];
    losses
        .into_iter()
        .flat_map(|loss| [IDENTITY, SIGMOID, TANH, RELU, LEAKY, NO_CODE].map(|activation| (loss, activation)))
}

fn fused() -> Vec<Case> {
    let pass = |rows: usize, inputs: usize, layers: &[(usize, i32, bool)], loss: i32, backward: usize| {
        let net = net(inputs, layers, [loss, 0, 0], 16);
        let outputs = layers[layers.len() - 1].0;
        let stride = |width: usize| width.next_multiple_of(8) + 4;
        let wide = net.widths.iter().copied().max().unwrap_or(0);
        let floats = net.widths.iter().map(|width| stride(*width)).sum::<usize>() + 2 * stride(wide);
        let blocks = rows.div_ceil(16);
        let launch = Launch { shared_bytes: 64 * floats as u32, ..Launch::new(blocks as u32, 128) };
        let inputs = vec![
            In(rows * inputs),
            Positive(rows * outputs),
            Ints(net.shape.clone()),
            In(net.n_parameters),
            Out(rows * outputs),
            Out(rows),
            Out(blocks * net.n_parameters),
            Int(rows),
            Int(net.n_parameters),
            Int(wide),
            Float(0.3),
            Int(backward),
        ];
        (launch, inputs)
    };
    let mut launches = vec![
        pass(3, 3, &[(2, SIGMOID, true)], HALF_SQUARED, 1),
        pass(2, 2, &[(3, TANH, false), (1, IDENTITY, true)], BINARY, 1),
        pass(17, 9, &[(10, LEAKY, true), (3, IDENTITY, false)], SOFTMAX, 1),
        pass(16, 5, &[(6, RELU, true), (9, LEAKY, true)], MEAN_SQUARED, 1),
        // Wider than the four warps reach at a time, than their loops are unrolled, and both together.
        pass(18, 2, &[(35, SIGMOID, true), (2, IDENTITY, true)], HALF_SQUARED, 1),
        pass(2, 34, &[(3, SIGMOID, true), (2, IDENTITY, true)], HALF_SQUARED, 1),
        pass(16, 20, &[(32, SIGMOID, true)], HALF_SQUARED, 1),
        pass(16, 60, &[(66, TANH, true)], HALF_SQUARED, 0),
        pass(5, 3, &[(4, SIGMOID, true), (2, IDENTITY, true)], HALF_SQUARED, 0),
        pass(10, 3, &[(5, NO_CODE, true), (3, IDENTITY, true)], HALF_SQUARED, 1),
        // More rows than a block has, and fewer, with outputs beyond one round of its threads.
        pass(40, 3, &[(8, SIGMOID, true)], HALF_SQUARED, 1),
        pass(3, 60, &[(66, TANH, true)], HALF_SQUARED, 0),
        // Layers of no width, in as little shared memory as there can be.
        pass(2, 0, &[(3, SIGMOID, true), (2, IDENTITY, true)], HALF_SQUARED, 1),
        pass(2, 3, &[(0, SIGMOID, true), (2, IDENTITY, true)], HALF_SQUARED, 1),
        pass(2, 3, &[(4, SIGMOID, true), (0, IDENTITY, true)], HALF_SQUARED, 1),
        pass(2, 3, &[(4, SIGMOID, true), (0, IDENTITY, true)], BINARY, 1),
        pass(2, 0, &[(0, SIGMOID, true)], HALF_SQUARED, 1),
        pass(2, 3, &[(0, SIGMOID, true)], HALF_SQUARED, 1),
    ];
    for (loss, activation) in every_end() {
        for outputs in [1, 2, 3, 4, 5, 6, 8, 9] {
            launches.push(pass(10, 2, &[(2, activation, true), (outputs, activation, true)], loss, 1));
        }
    }
    for outputs in 2..=9 {
        let (launch, mut inputs) = pass(outputs, outputs, &[(outputs, IDENTITY, false)], SOFTMAX, 1);
        (inputs[0], inputs[3]) = one_by_one(outputs);
        launches.push((launch, inputs));
    }
    let sum = |n: usize, blocks: usize| {
        (Launch::new((n as u32).div_ceil(32), 32), vec![In(blocks * n), Out(n), Int(n), Int(blocks)])
    };
    vec![
        Case { file: "fused", kernel: "fused_f32", launches: launches.clone() },
        Case { file: "fused", kernel: "fused_tf32", launches },
        Case {
            file: "fused",
            kernel: "sum_partials",
            launches: vec![sum(3, 1), sum(37, 2), sum(33, 3), sum(5, 4), sum(2, 9), sum(4, 0)],
        },
    ]
}

/// Decay, cut, beta1, 1 - beta1, beta2, 1 - beta2, epsilon.
const PLAIN: [f32; 7] = [0.0, 0.0, 0.9, 0.1, 0.95, 0.05, 1e-3];
const DECAYED: [f32; 7] = [0.02, 0.05, 0.9, 0.1, 0.95, 0.05, 1e-3];

fn training() -> Vec<Case> {
    let tile = [16, 16, 1];
    let blocks_of_tiles = |blocks: u32| Launch { block: tile, ..Launch::new(blocks, 1) };
    // Every record comes in each of two epochs, never in the order of memory.
    let order = |records: usize| -> Vec<i32> {
        (0..2 * records).map(|i| ((i % records * 7 + i / records * 3 + 1) % records) as i32).collect()
    };
    let cooperative = |blocks: u32,
                       turn: u32,
                       records: usize,
                       batch: usize,
                       inputs: usize,
                       layers: &[(usize, i32, bool)],
                       head: [i32; 3],
                       settings: [f32; 7],
                       steps: usize| {
        let net = net(inputs, layers, head, batch);
        let outputs = layers[layers.len() - 1].0;
        let inputs = vec![
            In(records * inputs),
            Positive(records * outputs),
            Ints(order(records)),
            Positive(3 * steps),
            Floats(settings.to_vec()),
            Ints(net.shape.clone()),
            In(net.n_parameters),
            In(net.n_parameters),
            Positive(net.n_parameters),
            Out(net.n_work),
            Out(batch),
            Out(steps),
            Ints(vec![0]),
            Int(records),
            Int(batch),
            Int(steps),
        ];
        (Launch { cooperative: true, turn, ..blocks_of_tiles(blocks) }, inputs)
    };
    // A net whose layers need more than one tile each way, with few records.
    let wide = [(17, RELU, true), (3, IDENTITY, true)];
    let small = |hidden: i32, last: i32| [(3, hidden, true), (2, last, true)];
    let long = 1 << 14;
    let mut all = vec![
        cooperative(1, long, 3, 3, 2, &small(SIGMOID, SIGMOID), [HALF_SQUARED, 0, 0], PLAIN, 2),
        cooperative(2, 40, 3, 2, 2, &small(TANH, TANH), [MEAN_SQUARED, 1, 1], DECAYED, 3),
        cooperative(2, long, 20, 18, 18, &wide, [SOFTMAX, 4, 1], DECAYED, 2),
        cooperative(3, 25, 18, 17, 17, &wide, [HALF_SQUARED, 0, 0], PLAIN, 1),
        cooperative(2, long, 3, 3, 2, &small(RELU, IDENTITY), [BINARY, 2, 1], DECAYED, 2),
        cooperative(2, long, 3, 3, 2, &small(LEAKY, LEAKY), [HALF_SQUARED, 3, 0], PLAIN, 2),
        cooperative(1, long, 3, 3, 2, &[(3, LEAKY, false), (2, RELU, false)], [SOFTMAX, 5, 1], DECAYED, 2),
        // Nothing to do, in every way there is.
        cooperative(1, long, 3, 3, 2, &small(RELU, IDENTITY), [MEAN_SQUARED, 0, 1], PLAIN, 0),
        cooperative(1, long, 3, 3, 0, &small(RELU, IDENTITY), [MEAN_SQUARED, 0, 1], PLAIN, 1),
        cooperative(
            1,
            long,
            3,
            3,
            2,
            &[(2, RELU, true), (0, IDENTITY, true)],
            [HALF_SQUARED, 0, 0],
            PLAIN,
            1,
        ),
        cooperative(1, long, 3, 3, 2, &[(2, RELU, true), (0, IDENTITY, true)], [BINARY, 0, 0], PLAIN, 1),
        cooperative(1, long, 3, 3, 2, &[(0, RELU, true), (2, IDENTITY, true)], [BINARY, 0, 0], PLAIN, 1),
        // More records than a block has threads.
        cooperative(1, long, 300, 290, 1, &[(1, IDENTITY, true)], [HALF_SQUARED, 0, 1], PLAIN, 1),
    ];
    // Sums of more than one tile on the way back.
    all.push(cooperative(
        2,
        long,
        3,
        3,
        2,
        &[(3, RELU, true), (18, IDENTITY, true)],
        [HALF_SQUARED, 0, 0],
        PLAIN,
        1,
    ));
    for (n, (loss, activation)) in every_end().enumerate() {
        for outputs in [1, 2, 3, 4, 9] {
            let layers = [(2, activation, true), (outputs, activation, true)];
            let settings = if n % 2 == 0 { PLAIN } else { DECAYED };
            all.push(cooperative(1, long, 5, 4, 2, &layers, [loss, n as i32 % 6, n as i32 % 2], settings, 2));
        }
    }
    // Blocks and warps that get ahead of each other at every one of a step's meetings.
    for seed in 0..16 {
        // The second net's only layer is moved last in one step and read first in the next.
        let deep: &[_] = &[(3, SIGMOID, true), (17, TANH, true), (9, IDENTITY, true)];
        let (inputs, layers): (usize, &[_]) =
            if seed % 2 == 0 { (2, deep) } else { (34, &[(3, IDENTITY, true)]) };
        let turn = 1 << (4 + seed % 3);
        let (launch, inputs) = cooperative(3, turn, 40, 40, inputs, layers, [SOFTMAX, 0, 0], PLAIN, 2);
        all.push((Launch { turn_seed: Some(seed), ..launch }, inputs));
    }
    for outputs in 2..=9 {
        let layers = [(outputs, IDENTITY, false)];
        let (launch, mut inputs) =
            cooperative(1, long, outputs, outputs, outputs, &layers, [SOFTMAX, 0, 0], PLAIN, 1);
        (inputs[0], inputs[6]) = one_by_one(outputs);
        all.push((launch, inputs));
    }
    // A bias of -0 stays that only where nothing at all is added to it.
    let (launch, mut inputs) =
        cooperative(1, long, 3, 3, 0, &[(2, IDENTITY, true)], [HALF_SQUARED, 0, 0], PLAIN, 1);
    inputs[6] = Floats(vec![-0.0; 2]);
    all.push((launch, inputs));
    // The softmax of no outputs, which looks at one nevertheless: at a hidden layer's.
    let (launch, mut inputs) =
        cooperative(1, long, 3, 3, 2, &[(2, RELU, true), (0, IDENTITY, true)], [SOFTMAX, 0, 0], PLAIN, 1);
    if let Ints(shape) = &mut inputs[5] {
        shape[4 + 8 + 6] = 0;
    }
    all.push((launch, inputs));
    // A batch of less than no rows, and one whose rows are a multiple of four.
    for batch in [-1, 4] {
        let (launch, mut inputs) =
            cooperative(1, long, 4, 4, 2, &small(RELU, RELU), [HALF_SQUARED, 0, 0], DECAYED, 1);
        inputs[14] = Signed(batch);
        all.push((launch, inputs));
    }
    let mut cases = vec![Case { file: "train", kernel: "train_cooperative", launches: all.clone() }];
    // The same nets, a kernel a phase: whatever an earlier kernel would have written is given.
    let given = |at: usize, blocks: &[u32], picks: &[usize], layer: bool| -> Vec<(Launch, Vec<Input>)> {
        let mut launches = Vec::new();
        for (_, inputs) in &all {
            let (Ints(shape), Int(steps)) = (&inputs[5], &inputs[15]) else { continue };
            let layers = if layer { shape[0] } else { 1 };
            for n in (0..layers).filter(|n| at != 2 || *n > 0) {
                let last = *steps as i32 - 1;
                let steps = (0..=last).filter(|step| *step == 0 || *step == last).collect::<Vec<_>>();
                for (blocks, step) in
                    blocks.iter().flat_map(|blocks| steps.iter().map(move |step| (blocks, step)))
                {
                    let filled = |input: &Input| match input {
                        Out(n) => In(*n),
                        other => other.clone(),
                    };
                    let mut these: Vec<Input> = picks.iter().map(|i| filled(&inputs[*i])).collect();
                    these.extend([Ints(vec![*step]), inputs[13].clone(), inputs[14].clone()]);
                    if layer {
                        these.push(Int(n as usize));
                    }
                    launches.push((blocks_of_tiles(*blocks), these));
                }
            }
        }
        launches
    };
    let mut losses = given(1, &[1, 2], &[1, 2, 5, 9, 10], false);
    for outputs in 2..=9 {
        let net = net(2, &[(outputs, IDENTITY, false)], [SOFTMAX, 0, 0], outputs);
        let (Floats(mut work), _) = one_by_one(outputs) else { continue };
        for value in &mut work {
            *value *= 10.0;
        }
        work.resize(net.n_work, 0.0);
        let inputs = vec![
            Positive(outputs * outputs),
            Ints(order(outputs)),
            Ints(net.shape),
            Floats(work),
            Out(outputs),
            Ints(vec![0]),
            Int(outputs),
            Int(outputs),
        ];
        losses.push((blocks_of_tiles(1), inputs));
    }
    cases.extend([
        Case { file: "train", kernel: "step_forward", launches: given(0, &[1, 3], &[0, 2, 5, 6, 9], true) },
        Case { file: "train", kernel: "step_loss", launches: losses },
        Case { file: "train", kernel: "step_back", launches: given(2, &[1, 3], &[2, 5, 6, 9], true) },
        Case {
            file: "train",
            kernel: "step_update",
            launches: given(3, &[1, 3], &[0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], true),
        },
        Case { file: "train", kernel: "step_next", launches: vec![(Launch::new(1, 1), vec![Ints(vec![4])])] },
    ]);
    cases
}

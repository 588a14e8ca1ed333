//! Thread instructions a second with all checks on: `fit` on XOR for 10,000 epochs, `fit` on a full block, a product.

use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ptx_sim::{Arg, Launch, Memory, Module};

fn module(name: &str) -> Module {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../nn-cuda/kernels/ptx/compute_80/{name}.ptx"));
    Module::parse(&std::fs::read_to_string(path).expect("the committed PTX")).expect("it parses")
}

fn upload(memory: &mut Memory, values: &[f32]) -> Arg {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let address = memory.allocate(bytes.len() as u64).expect("room");
    memory.write(address, &bytes).expect("in bounds");
    Arg::Pointer(address)
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("ptx-sim");
    group.sample_size(10);
    let fit = module("fit");
    for (name, rows, inputs, hidden, epochs, block) in
        [("fit-xor-10000-epochs", 4, 3, 4, 10_000, 32), ("fit-32-rows-8-hidden", 32, 4, 8, 200, 256)]
    {
        let mut memory = Memory::default();
        let numbers = |n: usize| -> Vec<f32> { (0..n).map(|i| (i * 7 % 11) as f32 * 0.1 - 0.5).collect() };
        let args = [
            upload(&mut memory, &numbers(rows * inputs)),
            upload(&mut memory, &numbers(rows)),
            upload(&mut memory, &numbers(inputs * hidden)),
            upload(&mut memory, &numbers(hidden)),
            upload(&mut memory, &numbers(rows)),
            Arg::I32(rows as i32),
            Arg::I32(inputs as i32),
            Arg::I32(hidden as i32),
            Arg::I32(epochs),
            Arg::F32(0.01),
        ];
        let floats = rows * inputs + inputs * hidden + hidden + 2 * rows * hidden + 2 * rows;
        let launch = Launch { shared_bytes: floats as u32 * 4, ..Launch::new(1, block) };
        let kernel = fit.kernel("fit").expect("it is there");
        let stats = kernel.run(&launch, &args, &mut memory).expect("it runs");
        group.throughput(Throughput::Elements(stats.thread_instructions));
        group.bench_function(name, |b| b.iter(|| kernel.run(&launch, &args, &mut memory)));
    }
    let dot = module("subroutines");
    let mut memory = Memory::default();
    let side = 64;
    let args = [
        upload(&mut memory, &vec![0.5; side * side]),
        upload(&mut memory, &vec![0.25; side * side]),
        upload(&mut memory, &vec![0.0; side * side]),
        Arg::I32(side as i32),
        Arg::I32(side as i32),
        Arg::I32(side as i32),
    ];
    let launch = Launch::new(32, 128);
    let kernel = dot.kernel("dot").expect("it is there");
    let stats = kernel.run(&launch, &args, &mut memory).expect("it runs");
    group.throughput(Throughput::Elements(stats.thread_instructions));
    group.bench_function("dot-64", |b| b.iter(|| kernel.run(&launch, &args, &mut memory)));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);

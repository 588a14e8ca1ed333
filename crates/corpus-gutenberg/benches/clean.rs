//! Time to unpack, decode and strip a generated book.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use demo_sites::gutenberg::{Config, Demo};
use demo_sites::{Request, Site as _};
use std::hint::black_box;

fn cleaning(c: &mut Criterion) {
    let demo = Demo::new(Config { n_books: 1, n_sentences: 5_000, broken: false, ..Config::default() });
    let truth = &demo.truth()[0].files[0];
    let request = Request { method: "GET".into(), path: truth.url_path.clone(), ..Request::default() };
    let zip = demo.reply(&request).body;
    let raw = corpus_gutenberg::unpack::unpack(&zip, "10001").expect("a sound zip").bytes;
    let text = String::from_utf8(raw).expect("ASCII");

    let mut group = c.benchmark_group("book");
    group.sample_size(20).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("strip", |b| b.iter(|| corpus_gutenberg::strip::strip(black_box(&text))));
    group.bench_function("clean", |b| b.iter(|| corpus_gutenberg::clean(black_box(&zip), "10001.zip")));
    group.finish();
}

criterion_group!(benches, cleaning);
criterion_main!(benches);

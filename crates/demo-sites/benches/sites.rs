//! How long a generated site and one of its answers take: the demo must not be what a run waits for.

use criterion::{Criterion, criterion_group, criterion_main};
use demo_sites::gutenberg::{Config, Demo};
use demo_sites::{Request, Site as _};
use std::hint::black_box;

fn sites(criterion: &mut Criterion) {
    let config = Config { n_books: 10, ..Config::default() };
    criterion.bench_function("generate/10-books", |bench| bench.iter(|| Demo::new(black_box(config))));
    let demo = Demo::new(config);
    let request =
        Request { path: "/robot/harvest".to_owned(), host: "localhost".to_owned(), ..Request::default() };
    criterion.bench_function("reply/harvest", |bench| bench.iter(|| demo.reply(black_box(&request))));
}

criterion_group!(benches, sites);
criterion_main!(benches);

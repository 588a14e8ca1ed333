//! Words a second on a small generated corpus.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nn_word2vec::{Config, Corpus, train};

fn training(c: &mut Criterion) {
    // A thousand words in sentences of ten, by a fixed congruence: no random source, and no text in the repository.
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("w{}", (((state >> 40) % 1000) * ((state >> 20) % 1000)) / 1000)
    };
    let sentences: Vec<Vec<String>> = (0..2000).map(|_| (0..10).map(|_| next()).collect()).collect();
    let config = Config { iter: 1, sample: 0.0, min_count: 1, ..Config::default() };
    let corpus = Corpus::from_sentences(&sentences, None, &config).expect("a corpus");
    let mut group = c.benchmark_group("train");
    group.sample_size(10).throughput(Throughput::Elements(corpus.raw_words()));
    for threads in [1, 2] {
        let config = Config { threads, ..config.clone() };
        group.bench_function(format!("skip-gram, {threads} threads"), |b| {
            b.iter(|| train(&corpus, &config, &mut |_| {}).expect("vectors"));
        });
    }
    group.finish();
}

criterion_group!(benches, training);
criterion_main!(benches);

//! What one item costs beside the network: the ledger, and the syncs shared by a group.

use std::hint::black_box;
use std::path::Path;

use corpus_fetch::{Change, Ledger, NewItem, SafePath, State, Store};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const N_ITEMS: usize = 1_000;

fn items() -> Vec<NewItem> {
    let new = |i: usize| NewItem {
        key: i.to_string(),
        url: format!("https://www.example.org/files/{i}/{i}-0.zip"),
        note: String::new(),
    };
    (0..N_ITEMS).map(new).collect()
}

fn complete(key: &str) -> Change {
    Change::Complete { key: key.into(), bytes: 300, blake3: "0".repeat(64), note: String::new() }
}

fn filled(dir: &Path) -> Ledger {
    let ledger = Ledger::open(&dir.join("ledger.sqlite")).expect("a new ledger");
    ledger.enqueue(&items()).expect("room on the disk");
    ledger
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(10).throughput(Throughput::Elements(N_ITEMS as u64));
    group.bench_function("enqueue", |bencher| {
        let items = items();
        bencher.iter_batched(
            || Ledger::in_memory().expect("memory"),
            |ledger| ledger.enqueue(&items).expect("memory"),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("walk", |bencher| {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let ledger = filled(dir.path());
        bencher.iter(|| black_box(ledger.items(State::Pending).expect("a ledger")));
    });
    group.bench_function("place", |bencher| {
        bencher.iter_batched(
            || {
                let dir = tempfile::tempdir().expect("a temporary directory");
                let ledger = filled(dir.path());
                let store = Store::open(dir.path(), &ledger).expect("a store");
                (dir, store)
            },
            |(dir, mut store)| {
                for keys in (0..N_ITEMS).collect::<Vec<_>>().chunks(128) {
                    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                    for key in &keys {
                        let path = SafePath::new(&format!("text/{key}.txt")).expect("a safe path");
                        store.write(&path, &[b'x'; 300]).expect("room on the disk");
                    }
                    store
                        .commit(&keys.iter().map(|key| complete(key)).collect::<Vec<_>>())
                        .expect("a commit");
                }
                (dir, store)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);

//! Decoding, sentences, tokens and near-duplicates, in bytes of English prose a second.

use std::hint::black_box;

use corpus_text::near::{NearDuplicates, NearOptions};
use corpus_text::plain::SentenceWriter;
use corpus_text::{Paragraphs, TokenOptions, decode, sentences, tokens};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Prose with the things that cost: wrapped lines, quotation marks, abbreviations, an accent now and then.
fn prose() -> String {
    let page = "Mr. Hale, who had come at 5 p.m. from Main St., was not at home to anyone.\n\
        \u{201c}Why should he be?\u{201d} she asked; and nobody in the caf\u{e9} could tell her. It\n\
        rained.  The coach waited until the lamps were lit, and then it went away\nwithout them.\n\n";
    page.repeat(1000)
}

fn text(c: &mut Criterion) {
    let prose = prose();
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(&prose);
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(prose.len() as u64)).sample_size(10);
    group.bench_function("decode-utf8", |b| b.iter(|| decode(black_box(prose.as_bytes()), None).text.len()));
    group.bench_function("decode-declared", |b| {
        b.iter(|| decode(black_box(&windows), Some("latin1")).text.len());
    });
    group.bench_function("decode-detected", |b| b.iter(|| decode(black_box(&windows), None).text.len()));
    group.bench_function("sentences", |b| {
        b.iter(|| sentences(black_box(&prose), Paragraphs::BlankLines).count());
    });
    group.bench_function("tokens", |b| {
        b.iter(|| tokens(black_box(&prose), TokenOptions::FOR_VECTORS).map(|t| t.len()).sum::<usize>());
    });
    group.bench_function("near", |b| {
        b.iter(|| NearDuplicates::new(NearOptions::default()).add(black_box(&prose)).len());
    });
    let folder = tempfile::tempdir().expect("a temporary directory");
    group.bench_function("sentence-file", |b| {
        b.iter(|| {
            let path = folder.path().join("corpus.txt");
            let mut writer = SentenceWriter::create(path, Paragraphs::BlankLines, TokenOptions::FOR_VECTORS)?;
            writer.write(&prose)?;
            writer.commit()
        });
    });
    group.finish();
}

criterion_group!(benches, text);
criterion_main!(benches);

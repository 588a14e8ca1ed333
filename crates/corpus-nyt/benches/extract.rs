//! Time for a page, made here: a thousand paragraphs among a thousand links.

use criterion::{Criterion, criterion_group, criterion_main};

fn page() -> String {
    let link = "<li class=\"item\"><a href=\"/x/y\">A link to somewhere</a></li>";
    let text = "<p class=\"text\">It was a bright cold day &amp; the clocks, all of them, were striking thirteen.</p>";
    format!(
        "<html><body><nav><ul>{}</ul></nav><div><article>{}</article></div></body></html>",
        link.repeat(1000),
        text.repeat(1000)
    )
}

fn general(c: &mut Criterion) {
    let page = page();
    c.bench_function("general", |b| {
        b.iter(|| corpus_nyt::extract_general(std::hint::black_box(&page), None));
    });
}

criterion_group! { name = benches; config = Criterion::default().sample_size(20); targets = general }
criterion_main!(benches);

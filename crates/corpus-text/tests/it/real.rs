//! Real articles, where they are: sentences and tokens of prose that nobody wrote for this test.

use std::path::{Path, PathBuf};

use corpus_text::counts::Counts;
use corpus_text::{Paragraphs, TokenOptions, sentences, tokens};

fn real(below: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real").join(below);
    if path.exists() {
        return Some(path);
    }
    eprintln!("NOT HERE: {}: this test checked nothing", path.display());
    None
}

#[test]
fn articles_have_sentences_of_a_human_length() {
    let Some(path) = real("news/papers/ground-truth.json") else { return };
    let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut counts = Counts::new();
    let (mut n_sentences, mut n_short) = (0, 0);
    for page in truth.as_object().unwrap().values() {
        for sentence in sentences(page["articleBody"].as_str().unwrap(), Paragraphs::EachLine) {
            n_sentences += 1;
            let n_before = counts.n_tokens();
            tokens(sentence, TokenOptions::FOR_VECTORS).for_each(|token| counts.add(&token));
            // What a wrong split leaves behind: a scrap of one word that is no sentence.
            n_short += usize::from(counts.n_tokens() - n_before <= 1);
        }
    }
    let mean = counts.n_tokens() as f64 / f64::from(n_sentences);
    assert!(n_sentences > 300, "{n_sentences}");
    assert!((14.0..32.0).contains(&mean), "{mean} tokens a sentence");
    assert!((n_short as f64) < 0.03 * f64::from(n_sentences), "{n_short} scraps in {n_sentences}");
    let zipf = counts.zipf().unwrap();
    assert!((-1.3..-0.6).contains(&zipf.exponent) && zipf.r_squared > 0.9, "{zipf:?}");
    assert_eq!(counts.ranked()[0].0, "the");
}

//! A structure planted in a generated corpus is found, and is not found where the words were shuffled.

use nn_word2vec::{Config, Corpus, train};

const CLASSES: usize = 8;
const MEMBERS: usize = 12;

/// Sentences in which each class's words stand among that class's own context words and common filler.
pub(crate) fn planted(tokens: usize, shuffled: bool) -> Vec<Vec<String>> {
    let mut state = 9_u64;
    let mut below = move |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % n
    };
    let mut sentences: Vec<Vec<String>> = (0..tokens / 8)
        .map(|_| {
            let class = below(CLASSES);
            let mut sentence = Vec::new();
            for at in 0..8 {
                sentence.push(match at {
                    2 => format!("m{class}_{}", below(MEMBERS)),
                    1 | 4 | 6 => format!("c{class}_{}", below(10)),
                    _ => format!("f{}", below(60)),
                });
            }
            sentence
        })
        .collect();
    if shuffled {
        let mut all: Vec<String> = sentences.concat();
        for i in (1..all.len()).rev() {
            all.swap(i, below(i + 1));
        }
        sentences = all.chunks(8).map(<[String]>::to_vec).collect();
    }
    sentences
}

/// Of each member's five nearest among the members, the share in its class.
fn share_in_class(config: &Config, tokens: usize, shuffled: bool) -> f64 {
    let corpus = Corpus::from_sentences(planted(tokens, shuffled), None, config).unwrap();
    let vectors = train(&corpus, config, &mut |p| assert!(p.loss.is_finite())).unwrap().vectors;
    let mut right = 0;
    for class in 0..CLASSES {
        for member in 0..MEMBERS {
            let own = format!("m{class}_");
            let near = vectors.similar(&format!("m{class}_{member}"), 5).unwrap();
            right += near.iter().filter(|n| n.word.starts_with(&own)).count();
        }
    }
    right as f64 / (5 * CLASSES * MEMBERS) as f64
}

#[test]
fn planted_classes_are_found_and_shuffled_ones_are_not() {
    let config = Config { size: 32, min_count: 1, sample: 1e-3, iter: 10, alpha: 0.05, ..Config::default() };
    let found = share_in_class(&config, 120_000, false);
    let shuffled = share_in_class(&config, 120_000, true);
    eprintln!("planted {found:.3}, shuffled {shuffled:.3}");
    assert!(found >= 0.9, "planted: {found}");
    assert!(shuffled <= 0.2, "shuffled: {shuffled}");
}

#[test]
fn hogwild_finds_them_as_well() {
    let config = Config { size: 32, min_count: 1, sample: 1e-3, iter: 10, alpha: 0.05, ..Config::default() };
    for threads in [1, 2, 4] {
        let found = share_in_class(&Config { hogwild: true, threads, ..config.clone() }, 60_000, false);
        assert!(found >= 0.9, "{threads} threads: {found}");
    }
}

#[test]
fn a_high_rate_stays_finite() {
    // Few words, none thinned out: each stands many times in a batch, whose products are all older than its increments.
    let config = Config { size: 20, min_count: 1, sample: 0.0, iter: 3, alpha: 0.1, ..Config::default() };
    let softmax = Config { hs: true, negative: 0, ..config.clone() };
    for config in [config.clone(), Config { cbow: true, ..config }, softmax] {
        let corpus = Corpus::from_sentences(planted(40_000, false), None, &config).unwrap();
        let vectors = train(&corpus, &config, &mut |_| {}).unwrap().vectors;
        let largest = vectors.data().iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        assert!(largest < 20.0, "{config:?}: {largest}");
    }
}

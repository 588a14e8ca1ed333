//! The result depends on the seed, never on the number of threads or on the instructions.

use nn_word2vec::{Config, Corpus, Simd, train};

use crate::structure::planted;

fn bits(corpus: &Corpus, config: &Config) -> (Vec<u32>, Vec<u64>) {
    let mut losses = Vec::new();
    let trained = train(corpus, config, &mut |p| losses.push(p.loss.to_bits())).unwrap();
    (trained.vectors.data().iter().map(|x| x.to_bits()).collect(), losses)
}

/// Settings that reach every branch: both models, both objectives, odd sizes, more outputs than a block.
fn settings() -> Vec<Config> {
    let base = Config { iter: 2, min_count: 1, size: 40, sample: 1e-2, threads: 1, ..Config::default() };
    vec![
        base.clone(),
        Config { slices: 3, size: 50, negative: 9, batch_windows: Some(5), ..base.clone() },
        Config { cbow: true, ..base.clone() },
        Config { hs: true, negative: 0, ..base.clone() },
        Config { hs: true, cbow: true, size: 7, ..base },
    ]
}

#[test]
fn for_any_number_of_threads() {
    let sentences = planted(20_000, false);
    for config in settings() {
        let corpus = Corpus::from_sentences(&sentences, None, &config).unwrap();
        let one = bits(&corpus, &config);
        for threads in [2, 3, 8] {
            assert!(
                one == bits(&corpus, &Config { threads, ..config.clone() }),
                "{threads} threads, {config:?}"
            );
        }
        assert!(
            one != bits(&corpus, &Config { seed: 2, ..config.clone() }),
            "the seed must matter: {config:?}"
        );
    }
}

#[test]
fn for_any_instructions() {
    let sentences = planted(6_000, false);
    for config in settings() {
        let corpus = Corpus::from_sentences(&sentences, None, &config).unwrap();
        let plain = bits(&corpus, &Config { simd: Some(Simd::Plain), ..config.clone() });
        for simd in [Simd::Neon, Simd::Avx2, Simd::Avx512] {
            if simd.is_available() {
                let same = plain == bits(&corpus, &Config { simd: Some(simd), ..config.clone() });
                assert!(same, "{} differs from plain: {config:?}", simd.name());
            } else {
                eprintln!("{}: not here", simd.name());
            }
        }
    }
}

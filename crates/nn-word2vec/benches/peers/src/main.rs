//! Trains finalfrontier's skip-gram without subwords on a corpus file: `word2vec-peers CORPUS [THREADS]`.
//!
//! Prints `{"unit": "words/s", "value": ...}`: raw words a second of training, the vocabulary's count left out, with the
//! settings of the comparison: 100 dimensions, window 5, 5 negatives, discarding at 1e-4, 5 occurrences at least, one
//! epoch, rate 0.025. Each thread trains on a part of the text, which lies in memory.

use finalfrontier::io::EmbeddingFormat;
use finalfrontier::{
    CommonConfig, Cutoff, LossType, ModelType, SGD, SentenceIterator, SimpleVocab, SimpleVocabConfig,
    SkipGramConfig, SkipgramTrainer, VocabBuilder,
};
use rand::SeedableRng;
use rand_xorshift::XorShiftRng;
use std::error::Error;
use std::time::Instant;

const RATE: f32 = 0.025;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (corpus, threads) = match &arguments[..] {
        [corpus] => (corpus, 2),
        [corpus, threads] => (corpus, threads.parse()?),
        _ => return Err("word2vec-peers CORPUS [THREADS]".into()),
    };
    let text = std::fs::read(corpus)?;
    let config = SimpleVocabConfig { cutoff: Cutoff::MinCount(5), discard_threshold: 1e-4 };
    let mut builder: VocabBuilder<_, String> = VocabBuilder::new(config);
    let mut n_words = 0;
    for sentence in SentenceIterator::new(&text[..]) {
        for word in sentence? {
            n_words += 1;
            builder.count(word);
        }
    }
    let vocabulary: SimpleVocab<String> = builder.into();
    let common = CommonConfig {
        loss: LossType::LogisticNegativeSampling,
        dims: 100,
        epochs: 1,
        format: EmbeddingFormat::Word2Vec,
        negative_samples: 5,
        lr: RATE,
        zipf_exponent: 0.5,
    };
    let skip_gram = SkipGramConfig { model: ModelType::SkipGram, context_size: 5 };
    let trainer = SkipgramTrainer::new(vocabulary, XorShiftRng::seed_from_u64(1), common, skip_gram);
    let sgd = SGD::new(trainer.into());

    let start = Instant::now();
    std::thread::scope(|scope| {
        for part in parts(&text, threads) {
            let mut sgd = sgd.clone();
            scope.spawn(move || {
                for sentence in SentenceIterator::new(part).flatten() {
                    let done = sgd.n_tokens_processed() as f32 / n_words as f32;
                    sgd.update_sentence(&sentence, RATE * (1.0 - done).max(1e-4));
                }
            });
        }
    });
    let rate = f64::from(n_words) / start.elapsed().as_secs_f64();
    println!("{{\"unit\": \"words/s\", \"value\": {rate:.0}}}");
    Ok(())
}

/// The text in as many parts, each of whole lines.
fn parts(text: &[u8], n: usize) -> Vec<&[u8]> {
    let line_after = |at: usize| {
        let rest = text[at..].iter().position(|&byte| byte == b'\n');
        rest.map_or(text.len(), |length| at + length + 1)
    };
    let cuts: Vec<usize> =
        (0..=n).map(|part| if part == 0 { 0 } else { line_after(text.len() * part / n) }).collect();
    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect()
}

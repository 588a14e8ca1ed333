//! Vectors from an iterator of sentences: text that is nowhere a file.
//!
//! `cargo run --release -p nn-word2vec --example sentences`
#![expect(clippy::print_stdout, reason = "the result of the program")]

use nn_word2vec::{Config, Corpus, Error, Training};

/// Sentences of a small grammar: animals make sounds, vehicles go places.
fn sentences() -> impl Iterator<Item = [&'static str; 6]> {
    let animals = ["cat", "dog", "cow", "horse"];
    let sounds = ["purrs", "barks", "moos", "neighs"];
    let vehicles = ["car", "train", "boat", "bus"];
    let places = ["town", "station", "harbour", "market"];
    (0..4_000).map(move |i: usize| match i % 2 {
        0 => ["the", animals[i / 2 % 4], "in", "the", "yard", sounds[i / 8 % 4]],
        _ => ["the", vehicles[i / 2 % 4], "goes", "to", "the", places[i / 8 % 4]],
    })
}

fn main() -> Result<(), Error> {
    let config = Config { size: 24, min_count: 1, sample: 1e-2, iter: 10, seed: 3, ..Config::default() };
    let corpus = Corpus::from_sentences(sentences(), None, &config)?;
    // `train` does all at once; a `Training` can stop between steps, be saved, and go on.
    let mut training = Training::new(&corpus, &config)?;
    while !training.is_done() {
        training.step(&mut |progress| println!("{} words, loss {:.3}", progress.words_done, progress.loss));
    }
    let vectors = training.finish()?.vectors;
    for word in ["cat", "train", "purrs"] {
        let near: Vec<String> = vectors.similar(word, 3)?.into_iter().map(|near| near.word).collect();
        println!("{word}: {}", near.join(", "));
    }
    println!("does not match: {}", vectors.doesnt_match(&["cat", "dog", "bus", "cow"])?);
    Ok(())
}

//! The post `word2vec`: vectors from the corpus file that the post `gutenberg` made.

use super::plane;
use super::sites::in_mirror;
use super::{Findings, gutenberg, senses};
use crate::context::{Context, Mode};
use anyhow::{Context as _, Result};
use demo_sites::gutenberg::Demo;
use nn_core::Stream;
use nn_word2vec::{Config, Corpus, Format, Trained, Vectors, analogies, similarity, train};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Neighbours that are looked at.
const N_NEIGHBOURS: usize = 5;
/// Analogies are asked among so many of the most frequent words.
const N_ANALOGY_WORDS: usize = 30_000;
/// The map's words in real books: the most frequent ones say least, so they are passed over.
const MAP_RANKS: std::ops::Range<usize> = 150..550;
/// Words whose neighbours a page shows, where the corpus has them.
const TELLING: [&str; 21] = [
    "king",
    "sea",
    "ship",
    "horse",
    "london",
    "money",
    "death",
    "love",
    "god",
    "science",
    "electric",
    "music",
    "doctor",
    "mother",
    "war",
    "river",
    "red",
    "seven",
    "monday",
    "computer",
    "electronic",
];

/// Trains, compares thread counts, and looks at the neighbours.
pub(super) fn run(context: &Context) -> Result<Findings> {
    let path = gutenberg::corpus_path(context)?;
    if !path.exists() {
        context.say("word2vec: the corpus comes first");
        gutenberg::run(context)?;
    }
    let mut found = Findings::default();
    let config = config(context);
    let (corpus, mut curve) = (read(&path, &config)?, Vec::new());
    context.say("word2vec: training");
    let trained = train(&corpus, &config, &mut |progress| curve.push((progress.words_done, progress.loss)))?;
    let other =
        train(&corpus, &Config { threads: 3 - config.threads.min(2), ..config.clone() }, &mut |_| {})?;
    found.measure("word2vec.same-bytes", bytes(&trained.vectors) == bytes(&other.vectors));
    found.measure("word2vec.words", trained.vectors.len());
    found.measure("word2vec.tokens", corpus.raw_words());
    trained.vectors.save(&context.level("vectors")?.join("gutenberg.bin"), Format::Binary)?;

    let mut classes = HashMap::new();
    if context.settings.mode == Mode::Demo {
        classes = planted();
        found.measure("word2vec.planted", of_own_class(&trained.vectors, &classes)?);
        context.say("word2vec: training on shuffled books");
        let shuffled = shuffle(&path, context)?;
        let control = train(&read(&shuffled, &config)?, &config, &mut |_| {})?;
        found.measure("word2vec.shuffled", of_own_class(&control.vectors, &classes)?);
    } else {
        judge(context, &trained.vectors, &mut found)?;
    }
    let mut leak_asked: Vec<&str> =
        if classes.is_empty() { senses::LEAK_ASKED.to_vec() } else { classes.keys().copied().collect() };
    leak_asked.sort_unstable();
    let leaks = senses::leaks(&trained.vectors, &leak_asked)?;
    match &leaks {
        Some(leaks) => found.measure("word2vec.leaks", leaks.len()),
        None => found.skip("word2vec.leaks", "the books have neither of these words often enough"),
    }
    let mut data = data(&trained, &config, &classes, &curve)?;
    data["leaks"] = json!(leaks);
    data["licenceWords"] = json!(senses::LICENCE_WORDS);
    if classes.is_empty() {
        data["periods"] = json!(senses::periods(&trained.vectors, &mut found)?);
        data["analogies"] = json!(senses::analogies(&trained.vectors)?);
        data["sections"] = sections(context, &trained.vectors, &mut found)?;
    }
    found.data = data;
    Ok(found)
}

/// Google's analogies by section, where the mirror has them.
fn sections(context: &Context, vectors: &Vectors, found: &mut Findings) -> Result<Value> {
    const ID: &str = "word2vec.analogies";
    let questions = if context.settings.mode == Mode::Mirror {
        Some(in_mirror(context, "words/questions-words.txt")?).filter(|path| path.exists())
    } else {
        None
    };
    let Some(questions) = questions else {
        found.skip(ID, "the list of analogies is part of a mirror's directory");
        return Ok(json!([]));
    };
    // As the original's compute-accuracy is usually asked: among the 30,000 most frequent words.
    let scores = analogies(vectors, &questions, N_ANALOGY_WORDS, context.settings.threads)?;
    let sum = |of: fn(&nn_word2vec::AnalogyScore) -> usize| scores.iter().map(of).sum::<usize>();
    let (right, asked) = (sum(|score| score.right), sum(|score| score.asked));
    if asked == 0 {
        found.skip(ID, "the books have the words of no question");
    } else {
        found.measure(ID, right as f64 / asked as f64);
    }
    let rows = scores.iter().filter(|score| score.asked > 0);
    Ok(rows
        .map(|score| json!({"section": score.section, "right": score.right, "asked": score.asked, "questions": score.questions}))
        .collect())
}

/// The demo's corpus is small and its words are few: small vectors, many passes, and no word dropped for being
/// frequent. Real books get the original's window and 100 numbers a word; a few hundred of them are few enough to be
/// read three times.
fn config(context: &Context) -> Config {
    let settings = &context.settings;
    let common =
        Config { seed: settings.seed, threads: settings.threads, sample: 1e-4, iter: 1, ..Config::default() };
    match settings.mode {
        Mode::Demo => Config { size: 32, sample: 0.0, iter: 5, ..common },
        Mode::Mirror | Mode::Live => Config { iter: 3, ..common },
    }
}

fn read(path: &Path, config: &Config) -> Result<Corpus> {
    Ok(Corpus::read(&[path.to_owned()], None, config)?)
}

fn bytes(vectors: &Vectors) -> Vec<u8> {
    vectors.data().iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The planted words with their classes.
fn planted() -> HashMap<&'static str, &'static str> {
    let classes = Demo::planted_classes();
    classes.into_iter().flat_map(|(class, words)| words.map(|word| (word, class))).collect()
}

/// The share of the planted words' nearest neighbours that are of the word's class.
fn of_own_class(vectors: &Vectors, classes: &HashMap<&str, &str>) -> Result<f64> {
    let mut n_own = 0;
    for (word, class) in classes {
        let neighbours = vectors.similar(word, N_NEIGHBOURS)?;
        n_own += neighbours.iter().filter(|near| classes.get(near.word.as_str()) == Some(class)).count();
    }
    Ok(n_own as f64 / (classes.len() * N_NEIGHBOURS) as f64)
}

/// The same words in lines of the same lengths, in an order that says nothing.
fn shuffle(path: &Path, context: &Context) -> Result<PathBuf> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let mut stream = Stream::new(context.settings.seed, 2_000_000);
    for last in (1..words.len()).rev() {
        words.swap(last, stream.below(last + 1));
    }
    let mut rest = words.into_iter();
    let mut shuffled = String::with_capacity(text.len());
    for line in text.lines() {
        let words: Vec<&str> = rest.by_ref().take(line.split_whitespace().count()).collect();
        shuffled.push_str(&words.join(" "));
        shuffled.push('\n');
    }
    let path = path.with_file_name("gutenberg-shuffled.txt");
    crate::files::write_whole(&path, shuffled.as_bytes())?;
    Ok(path)
}

/// Real books are judged by people's scores.
fn judge(context: &Context, vectors: &Vectors, found: &mut Findings) -> Result<()> {
    const ID: &str = "word2vec.wordsim";
    if context.settings.mode != Mode::Mirror {
        found.skip(ID, "the list of word pairs is part of a mirror's directory");
        return Ok(());
    }
    let pairs = in_mirror(context, "words/EN-WS-353-ALL.txt")?;
    if !pairs.exists() {
        found.skip(ID, "the list of word pairs is not in the mirror's directory");
        return Ok(());
    }
    match similarity(vectors, &pairs)?.spearman {
        Some(rank) => found.measure(ID, rank),
        None => found.skip(ID, "too few of the pairs' words are in the books"),
    }
    Ok(())
}

fn data(
    trained: &Trained,
    config: &Config,
    classes: &HashMap<&str, &str>,
    curve: &[(u64, f64)],
) -> Result<Value> {
    let vectors = &trained.vectors;
    let mut asked: Vec<&str> = if classes.is_empty() {
        TELLING.into_iter().filter(|word| vectors.get(word).is_some()).collect()
    } else {
        Demo::planted_classes().into_iter().map(|(_, words)| words[0]).collect()
    };
    asked.dedup();
    let mut neighbours = Vec::new();
    for word in asked {
        let near = vectors.similar(word, 2 * N_NEIGHBOURS)?;
        let near: Vec<Value> = near
            .iter()
            .map(|near| json!({"word": near.word, "cosine": near.cosine, "class": classes.get(near.word.as_str())}))
            .collect();
        neighbours.push(json!({"word": word, "class": classes.get(word), "near": near}));
    }
    Ok(json!({
        "neighbours": neighbours,
        "map": map(vectors, classes),
        "curve": curve.iter().filter(|point| point.1.is_finite()).collect::<Vec<_>>(),
        "size": config.size, "window": config.window, "negative": config.negative, "iter": config.iter,
        "alpha": config.alpha, "sample": config.sample, "minCount": config.min_count, "slices": trained.slices,
    }))
}

/// The planted words, or frequent ones, on a plane.
fn map(vectors: &Vectors, classes: &HashMap<&str, &str>) -> Vec<Value> {
    let mut words: Vec<&str> = Demo::planted_classes().into_iter().flat_map(|(_, words)| words).collect();
    words.retain(|word| vectors.get(word).is_some());
    if classes.is_empty() {
        let frequent = vectors.words().iter().skip(MAP_RANKS.start).take(MAP_RANKS.len());
        words = frequent.map(String::as_str).collect();
    }
    let places = plane::places(vectors, &words);
    let place = |(word, (x, y)): (&&str, (f64, f64))| json!({"word": word, "x": x, "y": y, "class": classes.get(word)});
    words.iter().zip(places).map(place).collect()
}

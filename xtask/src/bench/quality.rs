//! `bench --quality`: how good the word vectors are, ours and gensim's from the same text at the same rate.
//!
//! The text is that of the real books, cleaned and cut into sentences by the project's own programs; both sides are
//! trained with three seeds and judged by one program, `word2vec eval`. gensim trains with one worker: with more, each
//! lowers the rate by its own share of the text only, and the rate moves these scores more than the trainer does.

use super::table::{BOOKS, GENSIM, WORD_PAIRS};
use super::{folder, release, write};
use crate::{say, venv, workspace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const SEEDS: [&str; 3] = ["1", "2", "3"];

/// Scores of three trainings, by the name of the measure.
type Scores = Vec<(String, Vec<f64>)>;

/// Prints a line a measure and writes `target/bench/quality.json`; false when one lies below gensim's by more than the
/// seeds' spread.
pub(super) fn run() -> Result<bool, String> {
    let root = workspace::root();
    for folder in [BOOKS, WORD_PAIRS] {
        if !root.join(folder).is_dir() {
            return Err(format!("{folder} is not here: the real books and word pairs are needed"));
        }
    }
    let place = folder()?.join("quality");
    std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let (gutenberg, word2vec) = (program("corpus-gutenberg")?, program("nn-word2vec")?);
    let text = sentences(&gutenberg, &place)?;
    let python = venv::prepare(&GENSIM.join("+").replace("==", "-"), GENSIM)?.join("bin/python");

    let (mut ours, mut peers) = (Scores::new(), Scores::new());
    for seed in SEEDS {
        eprintln!("quality: seed {seed} of {}", SEEDS.len());
        let vectors = place.join("vectors.bin");
        let mut train = Command::new(&word2vec);
        train.args(["train", "--size", "100", "--window", "5", "--negative", "5", "--sample", "1e-4"]);
        train.args([
            "--min-count",
            "5",
            "--iter",
            "1",
            "--alpha",
            "0.025",
            "--quiet",
            "--seed",
            seed,
            "--input",
        ]);
        workspace::check(train.arg(&text).arg("--output").arg(&vectors))?;
        judge(&word2vec, &vectors, &mut ours)?;
        let mut train = Command::new(&python);
        train.arg(root.join("crates/nn-word2vec/benches/peers/gensim_train.py"));
        workspace::output(train.arg(&text).arg("1").arg(&vectors).arg(seed))?;
        judge(&word2vec, &vectors, &mut peers)?;
    }

    let mut all_hold = true;
    let mut results = Vec::new();
    for ((measure, ours), (_, peer)) in ours.iter().zip(&peers) {
        let holds = mean(ours) + spread(ours).max(spread(peer)) >= mean(peer);
        all_hold &= holds;
        say(&format!(
            "nn-word2vec/{measure:<16} ours {:.1} ({}), gensim {:.1} ({}){}",
            mean(ours),
            listed(ours),
            mean(peer),
            listed(peer),
            if holds { "" } else { ": BELOW by more than the seeds' spread" }
        ));
        results.push(json!({
            "id": format!("nn-word2vec/{measure}"), "unit": "per cent", "ours": ours, "peer": peer,
            "peer_name": "gensim", "peer_version": "4.4.0", "holds": holds,
        }));
    }
    write("quality.json", &results)?;
    Ok(all_hold)
}

/// Builds a package's program of the house.
fn program(package: &str) -> Result<PathBuf, String> {
    let name = if package == "nn-word2vec" { "word2vec" } else { package };
    workspace::check(&mut workspace::cargo(&["build", "--release", "-p", package, "--bin", name]))?;
    Ok(release().join(name))
}

/// The books' text, a sentence a line; made once.
fn sentences(gutenberg: &Path, place: &Path) -> Result<PathBuf, String> {
    let (books, text) = (place.join("books"), place.join("books.txt"));
    if !text.exists() {
        let command = |name: &str| {
            let mut command = Command::new(gutenberg);
            command.args([name, "--quiet", "--dir"]).arg(&books);
            command
        };
        workspace::check(command("download").arg("--tree").arg(workspace::root().join(BOOKS)))?;
        workspace::check(command("export").arg("--output").arg(&text))?;
    }
    Ok(text)
}

/// Adds a file's scores: Spearman of each list of pairs and the share of right analogies, in per cent.
fn judge(word2vec: &Path, vectors: &Path, scores: &mut Scores) -> Result<(), String> {
    let words = workspace::root().join(WORD_PAIRS);
    let mut eval = Command::new(word2vec);
    eval.arg("eval").arg(vectors).arg("--json");
    for pairs in ["EN-MEN-TR-3k.txt", "EN-RW-STANFORD.txt", "EN-SIMLEX-999.txt", "EN-WS-353-ALL.txt"] {
        eval.arg("--pairs").arg(words.join(pairs));
    }
    let printed = workspace::output(eval.arg("--analogies").arg(words.join("questions-words.txt")))?;
    let mut add = |measure: &str, value: f64| match scores.iter_mut().find(|(name, _)| name == measure) {
        Some((_, values)) => values.push(value),
        None => scores.push((measure.to_owned(), vec![value])),
    };
    for line in printed.lines() {
        let score: Value = serde_json::from_str(line).map_err(|error| format!("`{line}`: {error}"))?;
        let file = Path::new(score["file"].as_str().unwrap_or_default());
        if let Some(spearman) = score["spearman"].as_f64() {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            add(name.trim_start_matches("EN-"), 100.0 * spearman);
        } else if score["section"] == "total" {
            let count = |name: &str| score[name].as_f64().unwrap_or_default();
            add("analogies", 100.0 * count("right") / count("asked"));
        }
    }
    Ok(())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// From the least to the greatest.
fn spread(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MIN, f64::max) - values.iter().copied().fold(f64::MAX, f64::min)
}

fn listed(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.1}")).collect::<Vec<_>>().join(", ")
}

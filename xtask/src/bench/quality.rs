//! `bench --quality`: how good the results are, by the measures that the field knows, beside a peer where one trains on
//! the same text.
//!
//! - Books: the marked books of the real material, cleaned by `corpus-gutenberg clean`: how many are exact to the line,
//!   and the recall of their lines (`score_books`).
//! - News: the real pages, extracted by `corpus-nyt extract`: F1 of runs of four words ([`news`]).
//! - Vectors: Spearman and analogies of ours and of gensim's. The text is that of the real books, cleaned and cut into
//!   sentences by the project's own programs; both sides are trained with three seeds at the same rate and judged by one
//!   program, `word2vec eval`. gensim trains with one worker: with more, each lowers the rate by its own share of the text
//!   only, and the rate moves these scores more than the trainer does.

mod news;

use super::table::{BOOKS, GENSIM, WORD_PAIRS};
use super::{folder, release, write};
use crate::{say, venv, workspace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The marked books and the real pages.
const GOLD: &str = "../shared/real/gutenberg";
const NEWS: &str = "../shared/real/news";

const SEEDS: [&str; 3] = ["1", "2", "3"];

/// Scores of three trainings, by the name of the measure.
type Scores = Vec<(String, Vec<f64>)>;

/// Prints a line a measure of the parts in `only` (all when there is none) and writes `target/bench/quality.json`; false when the vectors lie below gensim's in a measure by
/// more than the seeds' spread.
pub(super) fn run(only: &[String]) -> Result<bool, String> {
    let wanted = |part: &str| only.is_empty() || only.iter().any(|id| id == part);
    let parts = ["corpus-gutenberg", "corpus-nyt", "nn-word2vec"];
    if let Some(unknown) = only.iter().find(|id| !parts.contains(&id.as_str())) {
        return Err(format!("`--quality --only` takes {}, not `{unknown}`", parts.join(", ")));
    }
    let root = workspace::root();
    for folder in [GOLD, NEWS, BOOKS, WORD_PAIRS] {
        if !root.join(folder).is_dir() {
            return Err(format!("{folder} is not here: the real books, pages and word pairs are needed"));
        }
    }
    let place = folder()?.join("quality");
    std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut results = Vec::new();
    if wanted("corpus-gutenberg") {
        books(&place, &mut results)?;
    }
    if wanted("corpus-nyt") {
        pages(&mut results)?;
    }
    let all_hold = !wanted("nn-word2vec") || vectors(&place, &mut results)?;
    write("quality.json", &results)?;
    Ok(all_hold)
}

/// The marked books as `corpus-gutenberg clean` writes them; the text stays in `target/bench/quality/cleaned`.
fn books(place: &Path, results: &mut Vec<Value>) -> Result<(), String> {
    let (gold, cleaned) = (workspace::root().join(GOLD), place.join("cleaned"));
    if cleaned.exists() {
        std::fs::remove_dir_all(&cleaned).map_err(|error| format!("{}: {error}", cleaned.display()))?;
    }
    let mut clean = Command::new(program("corpus-gutenberg")?);
    clean.args(["clean", "--quiet", "--out"]).arg(&cleaned);
    // A line a book, which nobody asked for here.
    workspace::output(clean.args(files(&gold.join("gold"), ".zip")?))?;
    let build = ["build", "--release", "-p", "corpus-gutenberg", "--example", "score_books"];
    workspace::check(&mut workspace::cargo(&build))?;
    let mut judge = Command::new(release().join("examples/score_books"));
    let judge = judge.arg(gold.join("gold.tsv")).arg(gold.join("gold")).arg(&cleaned);
    let score = object(&workspace::output(judge)?)?;
    let number = |name: &str| score[name].as_f64().unwrap_or_default();
    say(&format!(
        "corpus-gutenberg/exact        {} of {} books, recall of lines {:.4}, least {:.4}, emptied {}",
        number("exact"),
        number("books"),
        number("recall"),
        number("least_recall"),
        number("emptied")
    ));
    let exact = 100.0 * number("exact") / number("books");
    for (measure, unit, value) in [
        ("exact", "per cent", exact),
        ("recall", "per cent", 100.0 * number("recall")),
        ("least-recall", "per cent", 100.0 * number("least_recall")),
        ("emptied", "books", number("emptied")),
    ] {
        results.push(json!({"id": format!("corpus-gutenberg/{measure}"), "unit": unit, "ours": [value]}));
    }
    Ok(())
}

/// The real pages as `corpus-nyt extract` reads them.
fn pages(results: &mut Vec<Value>) -> Result<(), String> {
    let nyt = program("corpus-nyt")?;
    for set in ["general", "papers"] {
        let dir = workspace::root().join(NEWS).join(set);
        let mut extract = Command::new(&nyt);
        extract.args(["extract", "--json", "--quiet"]).args(files(&dir, ".html.gz")?);
        // Exit code 1 says that some pages are no articles, which costs their recall.
        let printed = extract.output().map_err(|error| format!("corpus-nyt: {error}"))?;
        if !matches!(printed.status.code(), Some(0 | 1)) {
            return Err(format!("corpus-nyt extract failed: {}", String::from_utf8_lossy(&printed.stderr)));
        }
        let truth = dir.join("ground-truth.json");
        let truth =
            std::fs::read_to_string(&truth).map_err(|error| format!("{}: {error}", truth.display()))?;
        let score = news::score(&object(&truth)?, &String::from_utf8_lossy(&printed.stdout))?;
        say(&format!(
            "corpus-nyt/{set:<18} F1 {:.4} (precision {:.4}, recall {:.4}) of {} pages, {} missing; worst {:.3}, {}",
            score.f1(),
            score.precision,
            score.recall,
            score.pages,
            score.missing,
            score.worst.0,
            score.worst.1
        ));
        for (measure, value) in [
            ("f1", score.f1()),
            ("precision", score.precision),
            ("recall", score.recall),
            ("worst", score.worst.0),
        ] {
            let id = format!("corpus-nyt/{set}-{measure}");
            results.push(json!({"id": id, "unit": "per cent", "ours": [100.0 * value]}));
        }
    }
    Ok(())
}

/// The files of a folder with such an ending, by name.
fn files(dir: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let unread = |error: std::io::Error| format!("{}: {error}", dir.display());
    let entries = std::fs::read_dir(dir).map_err(unread)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(unread)?;
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    Ok(paths)
}

fn object(text: &str) -> Result<Value, String> {
    serde_json::from_str(text.trim()).map_err(|error| format!("`{:.60}`: {error}", text.trim()))
}

/// Three trainings a side; false when gensim's are better by more than the seeds' spread.
fn vectors(place: &Path, results: &mut Vec<Value>) -> Result<bool, String> {
    let root = workspace::root();
    let (gutenberg, word2vec) = (program("corpus-gutenberg")?, program("nn-word2vec")?);
    let text = sentences(&gutenberg, place)?;
    let python = venv::prepare(&GENSIM.join("+").replace("==", "-"), GENSIM)?.join("bin/python");

    let (mut ours, mut peers) = (Scores::new(), Scores::new());
    for seed in SEEDS {
        eprintln!("quality: seed {seed} of {}", SEEDS.len());
        let (vectors, peer) = (place.join("ours.bin"), place.join("gensim.bin"));
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
        workspace::output(train.arg(&text).arg("1").arg(&peer).arg(seed))?;
        judge(&word2vec, &peer, &mut peers)?;
    }

    let mut all_hold = true;
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

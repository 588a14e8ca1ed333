//! Questions to vectors: from the command line or from standard input, one a line.

use std::io::BufRead as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use nn_word2vec::{Error, Neighbour, Plane, Vectors};
use serde_json::json;

use crate::printer::{complain, result};

/// What the library says to a question.
pub(crate) type Answer = Result<Vec<Neighbour>, Error>;

/// Answers each word; the unknown ones are named, and seen in the exit status.
pub(crate) fn each(words: &[String], json: bool, answer: &mut dyn FnMut(&str) -> Answer) -> Result<ExitCode> {
    let mut failed = false;
    for word in words {
        failed |= !one(word, json, answer(word))?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

/// Answers each line of standard input that holds a word, until its end or a line `EXIT`, as the original's programs do.
pub(crate) fn each_line(json: bool, answer: &mut dyn FnMut(&[&str]) -> Answer) -> Result<ExitCode> {
    let mut failed = false;
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.context("cannot read standard input")?;
        let line = String::from_utf8_lossy(&line);
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["EXIT"] {
            break;
        }
        if !words.is_empty() {
            failed |= !one(&words.join(" "), json, answer(&words))?;
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}

/// False for a question without an answer.
fn one(asked: &str, json: bool, answer: Answer) -> Result<bool> {
    match answer {
        Ok(neighbours) => show(&neighbours, json, asked),
        Err(error) if error.is_unknown_word() || error.is_config() => {
            complain(&format!("{asked}: {error}"));
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(true)
}

pub(crate) fn show(neighbours: &[Neighbour], json: bool, asked: &str) {
    if json {
        let list: Vec<_> = neighbours.iter().map(|n| json!({"word": n.word, "cosine": n.cosine})).collect();
        result(&json!({"asked": asked, "neighbours": list}).to_string());
    } else {
        result(asked);
        for Neighbour { word, cosine } in neighbours {
            result(&format!("  {cosine:.4}  {word}"));
        }
    }
}

/// The words of a file, one a line, or the first of the vocabulary.
pub(crate) fn chosen(vectors: &Vectors, file: Option<&Path>, top: usize) -> Result<Vec<String>> {
    let Some(path) = file else {
        // The original's end of a sentence is no word.
        let words = vectors.words().iter().filter(|word| *word != "</s>");
        return Ok(words.take(top).cloned().collect());
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut words = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let word = line.trim();
        if word.is_empty() || words.iter().any(|other| other == word) {
            continue;
        }
        if vectors.get(word).is_none() {
            complain(&format!("{}, line {}: `{word}` is not in the vocabulary", path.display(), number + 1));
            continue;
        }
        words.push(word.to_owned());
    }
    Ok(words)
}

pub(crate) fn draw(plane: &Plane, output: &Path, json: bool) -> Result<()> {
    let title = format!("{} words", plane.words.len());
    plane.save(output, &title)?;
    result(&if json {
        json!({"words": plane.words.len(), "shares": plane.shares, "output": output}).to_string()
    } else {
        let shares = plane.shares.map_or(String::new(), |[x, y]| {
            format!(", {:.1} % and {:.1} % of the variance", 100.0 * x, 100.0 * y)
        });
        format!("{title} -> {}{shares}", output.display())
    });
    Ok(())
}

/// Neighbours and words by which an index is judged.
#[cfg(feature = "index")]
const JUDGED: (usize, usize) = (10, 1000);

#[cfg(feature = "index")]
pub(crate) fn index(vectors: &Vectors, output: &Path, threads: usize, json: bool) -> Result<()> {
    let start = std::time::Instant::now();
    let index = nn_word2vec::Index::build(vectors, threads)?;
    let build_seconds = start.elapsed().as_secs_f64();
    index.save(output)?;
    let (n, sample) = JUDGED;
    let recall = index.recall(vectors, n, sample, threads)?;
    // A word each for the time of a question, asked one after another.
    let words: Vec<&String> = vectors.words().iter().step_by((vectors.len() / 100).max(1)).collect();
    let time = |ask: &dyn Fn(&str) -> Answer| -> Result<f64> {
        let start = std::time::Instant::now();
        for word in &words {
            ask(word)?;
        }
        Ok(start.elapsed().as_secs_f64() * 1e6 / words.len().max(1) as f64)
    };
    let index_micros = time(&|word| index.similar(vectors, word, n))?;
    let exact_micros = time(&|word| vectors.similar(word, n))?;
    result(&if json {
        json!({
            "words": vectors.len(), "build_seconds": build_seconds, "recall": recall, "n": n,
            "index_micros": index_micros, "exact_micros": exact_micros, "output": output,
        })
        .to_string()
    } else {
        format!(
            "{} words -> {}: made in {build_seconds:.1} s; finds {:.1} % of the {n} nearest, in {index_micros:.0} \
             microseconds against {exact_micros:.0}",
            vectors.len(),
            output.display(),
            100.0 * recall
        )
    });
    Ok(())
}

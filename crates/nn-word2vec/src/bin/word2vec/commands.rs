//! What each command does.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use nn_word2vec::{Config, Corpus, Format, Mended, Neighbour, PhraseConfig, Vectors};
use serde_json::json;

use crate::args::{Args, Command, FormatName};
use crate::printer::{complain, result};

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let (json, quiet) = (args.json, args.quiet);
    match args.command {
        Command::Train(options) => crate::training::train(&options, json, quiet)?,
        Command::Similar { vectors, words, n, format } => {
            return similar(&load(&vectors, format)?, &words, n, json);
        }
        Command::Analogy { vectors, a, b, c, n, format } => {
            let answers = load(&vectors, format)?.analogy(&a, &b, &c, n)?;
            show(&answers, json, &format!("{a} {b} {c}"));
        }
        Command::DoesntMatch { vectors, words, format } => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let vectors = load(&vectors, format)?;
            let odd = vectors.doesnt_match(&words)?;
            result(&if json { json!({"doesnt_match": odd}).to_string() } else { odd.to_owned() });
        }
        Command::Eval { vectors, pairs, analogies, limit, format } => {
            if pairs.is_empty() && analogies.is_empty() {
                bail!("nothing to judge by: give --pairs FILE or --analogies FILE");
            }
            let vectors = load(&vectors, format)?;
            for path in &pairs {
                judge_pairs(&vectors, path, json)?;
            }
            for path in &analogies {
                judge_analogies(&vectors, path, limit, json)?;
            }
        }
        Command::Convert { from, to, format, to_format } => {
            let to_format = to_format.map_or_else(|| Format::of_path(&to), Format::from);
            load(&from, format)?.save(&to, to_format)?;
        }
        Command::Phrases { input, output, min_count, threshold, debug: _ } => {
            let joined = nn_word2vec::phrases(&input, &output, &PhraseConfig { min_count, threshold })?;
            tell_mended(&joined.mended);
            result(&if json {
                json!({"words": joined.words, "joined": joined.joined, "phrases": joined.phrases, "output": output})
                    .to_string()
            } else {
                format!(
                    "{} phrases, {} times in {} words -> {}",
                    joined.phrases,
                    joined.joined,
                    joined.words,
                    output.display()
                )
            });
        }
        Command::Vocab { input, output, min_count } => {
            let config = Config { min_count, ..Config::default() };
            let corpus = Corpus::read(&input, None, &config)?;
            tell_mended(corpus.mended());
            corpus.vocabulary().save(&output)?;
            let (words, tokens) = (corpus.vocabulary().len(), corpus.raw_words());
            result(&if json {
                json!({"words": words, "tokens": tokens, "output": output}).to_string()
            } else {
                format!("{words} words of {tokens} tokens -> {}", output.display())
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn load(path: &Path, format: Option<FormatName>) -> Result<Vectors> {
    let format = format.map_or_else(|| Format::of_path(path), Format::from);
    let is_safetensors =
        format == Format::Safetensors && path.extension().is_some_and(|e| e == "safetensors");
    let loaded = if is_safetensors { Vectors::open_mapped(path) } else { Vectors::load(path, format) };
    loaded.context("cannot load the vectors (see --format where the name does not tell it)")
}

pub(crate) fn tell_mended(mended: &Mended) {
    if *mended != Mended::default() {
        complain(&format!(
            "warning: {} tokens with invalid UTF-8 or NUL were mended with U+FFFD, {} of over 1000 bytes left out",
            mended.replaced, mended.too_long
        ));
    }
}

fn similar(vectors: &Vectors, words: &[String], n: usize, json: bool) -> Result<ExitCode> {
    let mut unknown = 0;
    for word in words {
        match vectors.similar(word, n) {
            Ok(neighbours) => show(&neighbours, json, word),
            Err(error) if error.is_unknown_word() => {
                unknown += 1;
                complain(&error.to_string());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ExitCode::from(u8::from(unknown > 0)))
}

fn show(neighbours: &[Neighbour], json: bool, asked: &str) {
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

/// As many as there are processors: what they compute does not depend on it.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn judge_pairs(vectors: &Vectors, path: &Path, json: bool) -> Result<()> {
    let score = nn_word2vec::similarity(vectors, path)?;
    result(&if json {
        json!({"file": path, "spearman": score.spearman, "found": score.found, "pairs": score.pairs})
            .to_string()
    } else {
        let shown = score.spearman.map_or("none".to_owned(), |s| format!("{:.1}", 100.0 * s));
        format!("{}: spearman x 100 = {shown}, {} of {} pairs", path.display(), score.found, score.pairs)
    });
    Ok(())
}

fn judge_analogies(vectors: &Vectors, path: &Path, limit: usize, json: bool) -> Result<()> {
    let sections = nn_word2vec::analogies(vectors, path, limit, threads())?;
    let (mut right, mut asked, mut questions) = (0, 0, 0);
    for s in &sections {
        (right, asked, questions) = (right + s.right, asked + s.asked, questions + s.questions);
        show_section(path, &s.section, [s.right, s.asked, s.questions], json);
    }
    show_section(path, "total", [right, asked, questions], json);
    Ok(())
}

fn show_section(path: &Path, section: &str, [right, asked, questions]: [usize; 3], json: bool) {
    result(&if json {
        json!({"file": path, "section": section, "right": right, "asked": asked, "questions": questions})
            .to_string()
    } else {
        let share = 100.0 * right as f64 / asked.max(1) as f64;
        format!("{section}: {share:.1} % ({right} of {asked} asked, {questions} in the file)")
    });
}

//! What each command does.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use nn_word2vec::{Config, Corpus, Format, Mended, PhraseConfig, Plane, Vectors};
use serde_json::json;

use crate::args::{Args, Command, FormatName, Method};
use crate::ask;
use crate::printer::{complain, result};

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let (json, quiet) = (args.json, args.quiet);
    match args.command {
        Command::Train(options) => crate::training::train(&options, json, quiet)?,
        #[cfg(feature = "index")]
        Command::Similar { vectors, words, n, index: Some(index), format, .. } => {
            let vectors = load(&vectors, format)?;
            let index = nn_word2vec::Index::open(&index, &vectors)?;
            return ask::each(&words, json, &mut |word| index.similar(&vectors, word, n));
        }
        Command::Similar { vectors, words, together, n, format, .. } => {
            let vectors = load(&vectors, format)?;
            if together && !words.is_empty() {
                let near =
                    vectors.similar_to_all(&words.iter().map(String::as_str).collect::<Vec<_>>(), n)?;
                ask::show(&near, json, &words.join(" "));
            } else if words.is_empty() {
                return ask::each_line(json, &mut |words| vectors.similar_to_all(words, n));
            } else {
                return ask::each(&words, json, &mut |word| vectors.similar(word, n));
            }
        }
        Command::Neighbours { vectors, output, n, top, threads, format } => {
            let vectors = load(&vectors, format)?;
            let n_words = nn_word2vec::save_neighbours(&vectors, &output, n, top, threads)?;
            result(&if json {
                json!({"words": n_words, "n": n, "output": output}).to_string()
            } else {
                format!("{n} neighbours of {n_words} words -> {}", output.display())
            });
        }
        #[cfg(feature = "index")]
        Command::Index { vectors, output, threads, format } => {
            ask::index(&load(&vectors, format)?, &output, threads, json)?;
        }
        Command::Project {
            vectors,
            output,
            words,
            top,
            method,
            #[cfg(feature = "tsne")]
            perplexity,
            format,
        } => {
            let vectors = load(&vectors, format)?;
            let words = ask::chosen(&vectors, words.as_deref(), top)?;
            let plane = match method {
                Method::Pca => Plane::pca(&vectors, &words)?,
                #[cfg(feature = "tsne")]
                Method::Tsne => Plane::tsne(&vectors, &words, perplexity)?,
            };
            ask::draw(&plane, &output, json)?;
        }
        Command::Analogy { vectors, words, n, format } => {
            let vectors = load(&vectors, format)?;
            let answer = &mut |words: &[&str]| match words {
                &[a, b, c] => vectors.analogy(a, b, c, n),
                _ => Err(nn_word2vec::Error::question("an analogy needs three words")),
            };
            if words.is_empty() {
                return ask::each_line(json, answer);
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            ask::show(&answer(&words)?, json, &words.join(" "));
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
    // As gensim parts them; the original counts the first five sections of its own file as semantic, which is the same.
    let is_syntactic = |section: &str| section.starts_with("gram");
    let (mut semantic, mut syntactic) = ([0; 3], [0; 3]);
    for s in &sections {
        let counts = [s.right, s.asked, s.questions];
        let sums = if is_syntactic(&s.section) { &mut syntactic } else { &mut semantic };
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        show_section(path, &s.section, counts, json);
    }
    if semantic[2] > 0 && syntactic[2] > 0 {
        show_section(path, "semantic", semantic, json);
        show_section(path, "syntactic", syntactic, json);
    }
    show_section(path, "total", std::array::from_fn(|i| semantic[i] + syntactic[i]), json);
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

//! The command `train`: read, train with or without checkpoints, save.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nn_word2vec::{Config, Corpus, Model, Progress, Training, Vocabulary, save_classes};
use serde_json::json;

use crate::args::Train;
use crate::commands::{load, tell_mended};
use crate::printer::{TrainingProgress, complain, result};

/// The state of training in the directory of checkpoints.
const STATE: &str = "state.safetensors";

pub(crate) fn train(options: &Train, json: bool, quiet: bool) -> Result<()> {
    let config = options.config();
    config.check()?;
    // Hours of training must not end at a directory that is not there.
    if let Some(output) = &options.output {
        let dir = output.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !dir.is_dir() {
            bail!("cannot write {}: its directory is not there; make it first", output.display());
        }
    }
    let model = options.continue_from.as_deref().map(open_model).transpose()?;
    let vocabulary = match (&options.read_vocab, &model) {
        (Some(path), _) => Some(Vocabulary::load(path, config.min_count)?),
        (None, Some(model)) => Some(Vocabulary::without_counts(model.vectors().words().to_vec())),
        (None, None) => None,
    };
    let start = Instant::now();
    let _lock = options.checkpoint.as_deref().map(lock).transpose()?;
    let corpus = match &options.checkpoint {
        Some(dir) => Corpus::read_kept(&options.input, vocabulary, &config, dir)?,
        None => Corpus::read(&options.input, vocabulary, &config)?,
    };
    let read_seconds = start.elapsed().as_secs_f64();
    if !quiet {
        tell_mended(corpus.mended());
        let (words, tokens) = (corpus.vocabulary().len(), corpus.raw_words());
        complain(&format!("{words} words, {tokens} tokens, read in {read_seconds:.2} s"));
    }
    if let Some(path) = &options.save_vocab {
        corpus.vocabulary().save(path)?;
    }
    let Some(output) = &options.output else {
        let (words, tokens) = (corpus.vocabulary().len(), corpus.raw_words());
        result(&if json {
            json!({"vocabulary": words, "tokens": tokens, "output": null}).to_string()
        } else {
            format!("{words} words of {tokens} tokens; no --output, so nothing was trained")
        });
        return Ok(());
    };

    let state = options.checkpoint.as_ref().map(|dir| dir.join(STATE));
    let mut progress = TrainingProgress::new(quiet);
    let mut last_loss = 0.0;
    let mut resumed_at = 0;
    let mut report = |p: &Progress| {
        last_loss = p.loss;
        progress.update(p);
    };
    let trained = if config.hogwild {
        nn_word2vec::train(&corpus, &config, &mut report)?
    } else {
        let (mut training, was_resumed) = begin(&corpus, &config, model.as_ref(), state.as_deref())?;
        drop(model);
        resumed_at = training.words_done();
        if was_resumed && !quiet {
            complain(&format!("going on after {resumed_at} words, from {}", shown(state.as_deref())));
        }
        match &state {
            None => training.run(&mut report),
            Some(path) => {
                let every = Duration::from_secs(options.checkpoint_every);
                let mut saved = Instant::now();
                while !training.is_done() {
                    training.step(&mut report);
                    if training.is_done() || saved.elapsed() >= every {
                        training.save(path)?;
                        saved = Instant::now();
                    }
                }
            }
        }
        training.finish()?
    };
    progress.finish();
    if options.classes > 0 {
        save_classes(&trained.vectors, options.classes, output)?;
    } else {
        trained.vectors.save(output, options.output_format())?;
    }
    let seconds = trained.elapsed.as_secs_f64();
    // Of this process's share: another may have begun.
    let share = 1.0 - resumed_at as f64 / trained.words.max(1) as f64;
    let rate = if seconds > 0.0 { share * trained.raw_words as f64 / seconds } else { 0.0 };
    let words = trained.vectors.len();
    result(&if json {
        json!({
            "output": output, "vocabulary": words, "size": config.size, "tokens": corpus.raw_words(),
            "epochs": config.iter, "words": trained.raw_words, "seconds": seconds, "words_per_second": rate,
            "read_seconds": read_seconds, "total_seconds": start.elapsed().as_secs_f64(), "loss": last_loss,
            "threads": config.threads, "slices": trained.slices, "batch_windows": trained.batch_windows,
            "products": trained.products, "simd": trained.simd.name(), "seed": config.seed,
            "replaced_tokens": corpus.mended().replaced, "too_long_tokens": corpus.mended().too_long,
            "resumed_at": resumed_at,
        })
        .to_string()
    } else {
        let (simd, size) = (trained.simd.name(), config.size);
        let what = if options.classes > 0 { "classes" } else { "vectors" };
        format!(
            "{words} {what} of {size} -> {}: {rate:.0} words/s ({seconds:.2} s, {simd})",
            output.display()
        )
    });
    Ok(())
}

/// From the state in the directory, else from the model, else from random vectors.
fn begin<'a>(
    corpus: &'a Corpus,
    config: &'a Config,
    model: Option<&Model>,
    state: Option<&Path>,
) -> Result<(Training<'a>, bool)> {
    if let Some(path) = state.filter(|path| path.exists()) {
        return Ok((Training::resume(corpus, config, path)?, true));
    }
    let training = match model {
        Some(model) => Training::continue_from(corpus, config, model)?,
        None => Training::new(corpus, config)?,
    };
    Ok((training, false))
}

fn open_model(path: &Path) -> Result<Model> {
    if path.is_dir() {
        return Ok(Model::open(&path.join(STATE))?);
    }
    if path.file_name().is_some_and(|name| name == STATE) {
        return Ok(Model::open(path)?);
    }
    Ok(Model::from(load(path, None).context("--continue")?))
}

/// Two runs must not write into one directory. The lock ends with the process, however it ends.
fn lock(dir: &Path) -> Result<File> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let path: PathBuf = dir.join("lock");
    let file = File::options().create(true).append(true).open(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another run uses {}: wait for it, or name another directory", dir.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

fn shown(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| path.display().to_string())
}

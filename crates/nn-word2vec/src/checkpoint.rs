//! A training on disk: its weights, its place and what it was asked for, in one safetensors file.
//!
//! The tensor `vectors` and the metadata's `vocabulary` are those of any file of vectors here, so a checkpoint opens as
//! one. Beside them lie the tensor `outputs` and, as JSON in the metadata, the settings and the place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use safetensors::tensor::{Dtype, SafeTensors, View};
use serde_json::{Value, json};

use crate::config::Config;
use crate::corpus::Corpus;
use crate::error::Error;
use crate::files;
use crate::kernels::{Loss, Slice};
use crate::mapped::MappedFile;
use crate::train::Training;
use crate::vectors::Vectors;

/// Vectors to go on from, with the output weights where a checkpoint has them.
#[derive(Debug, Clone)]
pub struct Model {
    vectors: Vectors,
    /// A row for each word where negative sampling was trained, then one for each inner node where `hs` was.
    outputs: Option<Outputs>,
}

#[derive(Debug, Clone)]
struct Outputs {
    rows: Vec<f32>,
    of_words: bool,
    of_nodes: bool,
    /// The words' counts: they make the tree.
    counts: Vec<u64>,
}

impl Model {
    /// Opens a checkpoint.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no checkpoint.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let state = State::open(path)?;
        let config = &state.said["config"];
        let of_words = config["negative"] != 0;
        let of_nodes = config["hs"] == true;
        // Where only the tree is trained, the words' rows are there as well, unused.
        let outputs = Outputs { rows: state.outputs, of_words, of_nodes, counts: counts_of(&state.said) };
        let n_rows = outputs.rows.len() / state.vectors.size();
        if n_rows != state.vectors.len() * (1 + usize::from(of_nodes)) {
            return Err(state.file.wrong("`outputs` does not fit the settings"));
        }
        Ok(Self { vectors: state.vectors, outputs: Some(outputs) })
    }

    /// The vectors.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Whether output weights are there.
    #[must_use]
    pub fn has_outputs(&self) -> bool {
        self.outputs.is_some()
    }
}

impl From<Vectors> for Model {
    /// A model of vectors alone: output weights begin at zero.
    fn from(vectors: Vectors) -> Self {
        Self { vectors, outputs: None }
    }
}

impl<'a> Training<'a> {
    /// Begins with a model's vectors (and output weights) for the words that it knows, and with random vectors for the
    /// others. The tree's weights are taken over where its words and their counts are the same, for otherwise it is
    /// another tree.
    ///
    /// # Errors
    ///
    /// When the configuration is out of range, or the model's vectors have another size.
    pub fn continue_from(corpus: &'a Corpus, config: &'a Config, model: &Model) -> Result<Self, Error> {
        let mut training = Self::new(corpus, config)?;
        let (size, vectors) = (config.size, &model.vectors);
        if vectors.size() != size {
            return Err(Error::config(format!(
                "the model has vectors of {} numbers, and size is {size}: give the model's",
                vectors.size()
            )));
        }
        let words = corpus.vocabulary().words();
        for (place, word) in words.iter().enumerate() {
            let Ok(row) = vectors.place(word) else { continue };
            put_row(&mut training.slices, place, vectors.row(row), false);
            if let Some(outputs) = model.outputs.as_ref().filter(|o| o.of_words && config.negative > 0) {
                put_row(&mut training.slices, place, &outputs.rows[row * size..][..size], true);
            }
        }
        if let Some(outputs) = &model.outputs
            && (outputs.of_nodes && config.hs)
            && words == vectors.words()
            && outputs.counts == corpus.vocabulary().counts()
        {
            for node in words.len()..2 * words.len() {
                put_row(&mut training.slices, node, &outputs.rows[node * size..][..size], true);
            }
        }
        Ok(training)
    }

    /// Goes on from a checkpoint of this very training.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no checkpoint, or when one of the settings that decide the result, the
    /// vocabulary or the corpus is another one.
    pub fn resume(corpus: &'a Corpus, config: &'a Config, path: &Path) -> Result<Self, Error> {
        let mut training = Self::new(corpus, config)?;
        let state = State::open(path)?;
        let (theirs, ours) = (&state.said["config"], settings(config));
        for (name, ours) in ours.as_object().into_iter().flatten() {
            if theirs[name] != *ours {
                let (shown, theirs) = (path.display(), &theirs[name]);
                return Err(Error::config(format!(
                    "{shown} was made with {name} {theirs}, and this run has {ours}: give the same options, or \
                     another directory"
                )));
            }
        }
        let vocabulary = corpus.vocabulary();
        let same_words = state.vectors.words() == vocabulary.words();
        if !same_words
            || counts_of(&state.said) != vocabulary.counts()
            || state.said["corpus_words"] != corpus.words()
        {
            return Err(Error::config(format!(
                "{} was made from another corpus or vocabulary: give the same files, or another directory",
                path.display()
            )));
        }
        let (size, n_rows) = (config.size, state.outputs.len() / config.size);
        let expected = vocabulary.len() * (1 + usize::from(config.hs));
        if n_rows != expected {
            return Err(state.file.wrong(&format!("`outputs` has {n_rows} rows, not {expected}")));
        }
        for place in 0..vocabulary.len() {
            put_row(&mut training.slices, place, state.vectors.row(place), false);
        }
        for (place, row) in state.outputs.chunks_exact(size).enumerate() {
            put_row(&mut training.slices, place, row, true);
        }
        let number = |name: &str| state.said[name].as_u64();
        let place = number("next_chunk").filter(|&chunk| training.can_stop_at(chunk));
        let (Some(next_chunk), Some(loss_bits), Some(n_inputs), Some(millis), Some(n_products)) =
            (place, number("loss_bits"), number("loss_inputs"), number("elapsed_ms"), number("products"))
        else {
            return Err(state.file.wrong("its place is not one where a training stops"));
        };
        training.next_chunk = next_chunk;
        training.loss = Loss { sum: f64::from_bits(loss_bits), n_inputs };
        training.elapsed = Duration::from_millis(millis);
        training.n_products = n_products;
        Ok(training)
    }

    /// Writes a checkpoint; the file appears whole or not at all, and the one before stays until then.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let vocabulary = self.corpus.vocabulary();
        let said = json!({
            "config": settings(self.config), "counts": vocabulary.counts(), "corpus_words": self.corpus.words(),
            "next_chunk": self.next_chunk, "loss_bits": self.loss.sum.to_bits(),
            "loss_inputs": self.loss.n_inputs, "elapsed_ms": self.elapsed.as_millis() as u64,
            "products": self.n_products,
        });
        let metadata = HashMap::from([
            ("vocabulary".to_owned(), vocabulary.words().join("\n")),
            ("training".to_owned(), said.to_string()),
        ]);
        let size = self.config.size;
        let tensor = |is_output| Rows::new(&self.slices, size, is_output);
        files::write_safetensors(path, [("vectors", tensor(false)), ("outputs", tensor(true))], metadata)
    }
}

/// Raised when the same settings begin to give other bytes: a run is not continued by another method than its own.
const METHOD: u32 = 2;

/// All settings that decide the bytes; the others (threads, instructions, places) do not.
fn settings(config: &Config) -> Value {
    let Config {
        size,
        window,
        negative,
        hs,
        cbow,
        sample,
        min_count: _,
        iter,
        alpha,
        threads: _,
        seed,
        slices,
        batch_windows,
        simd: _,
        // A training that can stop is never one of these.
        hogwild: _,
        scratch_dir: _,
    } = config;
    json!({
        "size": size, "window": window, "negative": negative, "hs": hs, "cbow": cbow, "sample": sample,
        "iter": iter, "alpha": alpha, "seed": seed, "slices": slices,
        "batch-windows": batch_windows, "method": METHOD,
    })
}

fn counts_of(said: &Value) -> Vec<u64> {
    said["counts"].as_array().into_iter().flatten().map(|count| count.as_u64().unwrap_or(0)).collect()
}

/// Spreads a row over the slices.
fn put_row(slices: &mut [Slice], place: usize, row: &[f32], is_output: bool) {
    let mut lines = row.chunks(16);
    for slice in slices {
        let n_lines = slice.n_lines;
        let rows = if is_output { &mut slice.outputs } else { &mut slice.inputs };
        for (line, numbers) in rows[place * n_lines..][..n_lines].iter_mut().zip(&mut lines) {
            line.0[..numbers.len()].copy_from_slice(numbers);
        }
    }
}

/// The weights as one tensor of `(rows, size)`, gathered from the slices when they are written.
struct Rows<'a> {
    slices: &'a [Slice],
    shape: [usize; 2],
    is_output: bool,
}

impl<'a> Rows<'a> {
    fn new(slices: &'a [Slice], size: usize, is_output: bool) -> Self {
        let rows = |slice: &Slice| if is_output { slice.outputs.len() } else { slice.inputs.len() };
        let n_rows = slices.first().map_or(0, |slice| rows(slice) / slice.n_lines);
        Self { slices, shape: [n_rows, size], is_output }
    }
}

impl View for Rows<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        for place in 0..self.shape[0] {
            let lines = self.slices.iter().flat_map(|s| {
                let rows = if self.is_output { &s.outputs } else { &s.inputs };
                &rows[place * s.n_lines..][..s.n_lines]
            });
            let numbers = lines.flat_map(|line| line.0).take(self.shape[1]);
            bytes.extend(numbers.flat_map(f32::to_le_bytes));
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        self.shape[0] * self.shape[1] * 4
    }
}

/// What a checkpoint's file holds.
struct State<'a> {
    file: Named<'a>,
    vectors: Vectors,
    outputs: Vec<f32>,
    said: Value,
}

struct Named<'a>(&'a Path);

impl Named<'_> {
    fn wrong(&self, what: &str) -> Error {
        Error::format(format!("{} is no whole checkpoint: {what}", self.0.display()))
    }
}

impl<'a> State<'a> {
    fn open(path: &'a Path) -> Result<Self, Error> {
        let named = Named(path);
        let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
        let map = MappedFile::new(&file).map_err(|e| Error::io("cannot map", path, e))?;
        let bytes = map.bytes();
        let vectors = crate::formats::parse_safetensors(bytes).map_err(|e| named.wrong(&e.to_string()))?;
        let said = |e: safetensors::SafeTensorError| named.wrong(&e.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(said)?;
        let training = header.metadata().as_ref().and_then(|m| m.get("training"));
        let training = training.ok_or_else(|| named.wrong("it holds vectors alone"))?;
        let training = serde_json::from_str(training).map_err(|e| named.wrong(&e.to_string()))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(said)?;
        let outputs = tensors.tensor("outputs").map_err(said)?;
        if outputs.dtype() != Dtype::F32 || outputs.shape().get(1) != Some(&vectors.size()) {
            return Err(named.wrong("`outputs` has another type or size"));
        }
        let outputs = outputs.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
        Ok(Self { file: named, vectors, outputs, said: training })
    }
}

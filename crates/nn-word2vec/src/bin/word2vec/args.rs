//! The command line, in today's way and in the original's.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use nn_word2vec::{Config, Format, PhraseConfig, Simd};

/// Train, ask, judge and convert word vectors.
#[derive(Debug, Parser)]
#[command(
    name = "word2vec",
    version,
    after_help = "Examples:
  word2vec train --input corpus.txt --output vectors.bin --size 100
  word2vec -train corpus.txt -output vectors.bin -size 100 -cbow 0 -binary 1
  word2vec train --input corpus.txt --output vectors.bin --checkpoint state
  word2vec train --input more.txt --output both.bin --continue state
  word2vec phrases --input corpus.txt --output phrases.txt
  word2vec similar vectors.bin king queen
  word2vec analogy vectors.bin man king woman
  word2vec project vectors.bin --output map.html --top 1000
  word2vec eval vectors.bin --pairs EN-WS-353-ALL.txt --analogies questions-words.txt
Exit status: 0 done, 1 some items failed and are listed, 2 could not run."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// One JSON object a line on stdout.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress.
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train vectors on text: one sentence a line, tokens between spaces.
    Train(Box<Train>),
    /// The nearest words of each word given; without words, of each line of standard input, whose words are taken
    /// together (as the original's `distance`).
    Similar {
        /// A file of vectors.
        vectors: PathBuf,
        /// Words to ask for.
        words: Vec<String>,
        /// The words nearest to all together, instead of to each.
        #[arg(long)]
        together: bool,
        /// How many neighbours.
        #[arg(short, long, default_value_t = 10)]
        n: usize,
        /// Ask this index (see the command `index`) instead of comparing with every word.
        #[cfg(feature = "index")]
        #[arg(long, conflicts_with = "together")]
        index: Option<PathBuf>,
        /// The file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
    },
    /// The nearest words of every word: `word neighbour cosine` between tabs, by a product of matrices.
    Neighbours {
        /// A file of vectors.
        vectors: PathBuf,
        /// Where the table goes.
        #[arg(long)]
        output: PathBuf,
        /// How many neighbours a word.
        #[arg(short, long, default_value_t = 10)]
        n: usize,
        /// Only for so many of the first words; 0 for all.
        #[arg(long, default_value_t = 0)]
        top: usize,
        /// Threads; the result does not depend on it.
        #[arg(long, default_value_t = Config::default().threads)]
        threads: usize,
        /// The file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
    },
    /// Make an approximate index of neighbours, and say how many of the exact ones it finds.
    #[cfg(feature = "index")]
    Index {
        /// A file of vectors.
        vectors: PathBuf,
        /// Where the index goes.
        #[arg(long)]
        output: PathBuf,
        /// With more than one the index is made faster and may differ a little from run to run.
        #[arg(long, default_value_t = 1)]
        threads: usize,
        /// The file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
    },
    /// Draw words on a plane.
    Project {
        /// A file of vectors.
        vectors: PathBuf,
        /// The picture: .html for a page to zoom and search, .tsv for the places alone, otherwise SVG.
        #[arg(long)]
        output: PathBuf,
        /// The words, one a line, instead of the first of the vocabulary.
        #[arg(long, conflicts_with = "top")]
        words: Option<PathBuf>,
        /// So many of the first words.
        #[arg(long, default_value_t = 500)]
        top: usize,
        /// How the plane is found.
        #[arg(long, default_value = "pca")]
        method: Method,
        /// About how many neighbours count for each word.
        #[cfg(feature = "tsne")]
        #[arg(long, default_value_t = 30.0)]
        perplexity: f32,
        /// The file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
    },
    /// A is to B as C is to what? Without words, each line of standard input holds three (as the original's
    /// `word-analogy`).
    Analogy {
        /// A file of vectors.
        vectors: PathBuf,
        /// For example `man king woman`.
        #[arg(num_args = 0..=3)]
        words: Vec<String>,
        /// How many answers.
        #[arg(short, long, default_value_t = 10)]
        n: usize,
        /// The file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
    },
    /// The word that does not belong to the others.
    DoesntMatch {
        /// A file of vectors.
        vectors: PathBuf,
        /// Words, one of them odd.
        #[arg(required = true)]
        words: Vec<String>,
        /// The file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
    },
    /// Spearman's correlation with people's scores of word pairs, and the share of right analogies.
    Eval {
        /// A file of vectors.
        vectors: PathBuf,
        /// Files of two words and a score a line.
        #[arg(long)]
        pairs: Vec<PathBuf>,
        /// Files of four words a line, in sections that begin with `: name`.
        #[arg(long)]
        analogies: Vec<PathBuf>,
        /// Analogies are answered among this many of the first words; 0 for all.
        #[arg(long, default_value_t = 30_000)]
        limit: usize,
        /// The file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
    },
    /// Write vectors in another format.
    Convert {
        /// A file of vectors.
        from: PathBuf,
        /// Where to write them.
        to: PathBuf,
        /// The first file's format, where its name does not say it.
        #[arg(long)]
        format: Option<FormatName>,
        /// The second file's.
        #[arg(long)]
        to_format: Option<FormatName>,
    },
    /// Join words that stand together far more often than chance: `new york` to `new_york`.
    Phrases {
        /// Files (also .gz and .zst) or directories; they are read twice.
        #[arg(long, alias = "train", required = true, num_args = 1..)]
        input: Vec<PathBuf>,
        /// Where the text goes, one sentence a line.
        #[arg(long)]
        output: PathBuf,
        /// Rarer words and pairs are never joined.
        #[arg(long, default_value_t = PhraseConfig::default().min_count)]
        min_count: u64,
        /// A higher one joins less.
        #[arg(long, default_value_t = PhraseConfig::default().threshold)]
        threshold: f64,
        /// The original's; accepted and without effect.
        #[arg(long, hide = true)]
        debug: Option<u8>,
    },
    /// Count the words of a text.
    Vocab {
        /// Files, directories, or `-`.
        #[arg(long, required = true, num_args = 1..)]
        input: Vec<PathBuf>,
        /// Where to write `word count` lines.
        #[arg(long)]
        output: PathBuf,
        /// Rarer words are left out.
        #[arg(long, default_value_t = 5)]
        min_count: u64,
    },
}

/// Options of training; names and defaults are the original's.
#[derive(Debug, clap::Args)]
pub(crate) struct Train {
    /// Files (also .gz and .zst), directories, or `-` for standard input.
    #[arg(long, alias = "train", required = true, num_args = 1..)]
    pub(crate) input: Vec<PathBuf>,
    /// Where the vectors go; without it only --save-vocab is done.
    #[arg(long, required_unless_present = "save_vocab")]
    pub(crate) output: Option<PathBuf>,
    /// Write a class of words for each word instead of its vector; 0 for vectors.
    #[arg(long, default_value_t = 0)]
    pub(crate) classes: usize,
    /// The file's format; by default what its name says.
    #[arg(long)]
    pub(crate) format: Option<FormatName>,
    /// The original's way to say it: 1 for binary, 0 for text.
    #[arg(long, value_parser = ["0", "1"], conflicts_with = "format")]
    pub(crate) binary: Option<String>,
    /// Numbers per vector.
    #[arg(long, default_value_t = Config::default().size)]
    pub(crate) size: usize,
    /// Largest distance of a context word.
    #[arg(long, default_value_t = Config::default().window)]
    pub(crate) window: usize,
    /// Words drawn against each observed one.
    #[arg(long, default_value_t = Config::default().negative)]
    pub(crate) negative: usize,
    /// 1 for hierarchical softmax.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1), default_value_t = 0)]
    pub(crate) hs: u8,
    /// 1 for the continuous bag of words, 0 for skip-gram.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=1), default_value_t = 0)]
    pub(crate) cbow: u8,
    /// Words more frequent than this share are thinned out; 0 keeps all.
    #[arg(long, default_value_t = Config::default().sample)]
    pub(crate) sample: f64,
    /// Rarer words are left out.
    #[arg(long, default_value_t = Config::default().min_count)]
    pub(crate) min_count: u64,
    /// Passes over the text.
    #[arg(long, default_value_t = Config::default().iter)]
    pub(crate) iter: usize,
    /// Learning rate at the start; by default 0.025, and 0.05 for CBOW.
    #[arg(long)]
    pub(crate) alpha: Option<f32>,
    /// Threads; the result does not depend on it.
    #[arg(long, default_value_t = Config::default().threads)]
    pub(crate) threads: usize,
    /// Seed of every random number.
    #[arg(long, default_value_t = Config::default().seed)]
    pub(crate) seed: u64,
    /// Slices of the dimension: at most so many threads train. Belongs to the model.
    #[arg(long, default_value_t = Config::default().slices)]
    pub(crate) slices: usize,
    /// Windows of a batch; by default 48, fewer at rates above 0.033, at most 16 with -hs 1 or fewer than 1000 words.
    /// Belongs to the model.
    #[arg(long)]
    pub(crate) batch_windows: Option<usize>,
    /// Let all threads change all weights at once, as the original does, for comparison: another result each time.
    #[arg(long, conflicts_with_all = ["checkpoint", "continue_from"])]
    pub(crate) hogwild: bool,
    /// Vector instructions; by default the best there are. All give the same bytes.
    #[arg(long)]
    pub(crate) simd: Option<SimdName>,
    /// Directory of the encoded corpus while training runs.
    #[arg(long)]
    pub(crate) scratch_dir: Option<PathBuf>,
    /// Write the vocabulary, `word count` a line.
    #[arg(long)]
    pub(crate) save_vocab: Option<PathBuf>,
    /// Take the vocabulary from such a file instead of counting.
    #[arg(long)]
    pub(crate) read_vocab: Option<PathBuf>,
    /// Keep the encoded corpus and the state of training here: after a crash the same command goes on from there, to the
    /// same bytes.
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Seconds between two states, at least; 0 for every place where training may stop (a million words).
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "checkpoint")]
    pub(crate) checkpoint_every: u64,
    /// Begin with these vectors instead of random ones: a file of vectors, or a directory of --checkpoint, which has
    /// the output weights as well. Its words are the vocabulary, unless --read-vocab names another.
    #[arg(long = "continue", value_name = "MODEL")]
    pub(crate) continue_from: Option<PathBuf>,
    /// The original's; accepted and without effect (see --json and --quiet).
    #[arg(long, hide = true)]
    pub(crate) debug: Option<u8>,
}

impl Train {
    /// The settings of the library.
    pub(crate) fn config(&self) -> Config {
        let cbow = self.cbow == 1;
        Config {
            size: self.size,
            window: self.window,
            negative: self.negative,
            hs: self.hs == 1,
            cbow,
            sample: self.sample,
            min_count: self.min_count,
            iter: self.iter,
            alpha: self.alpha.unwrap_or(if cbow { 0.05 } else { Config::default().alpha }),
            threads: self.threads,
            seed: self.seed,
            slices: self.slices,
            batch_windows: self.batch_windows,
            hogwild: self.hogwild,
            simd: self.simd.map(|simd| match simd {
                SimdName::Plain => Simd::Plain,
                SimdName::Neon => Simd::Neon,
                SimdName::Avx2 => Simd::Avx2,
                SimdName::Avx512 => Simd::Avx512,
            }),
            scratch_dir: self.scratch_dir.clone(),
        }
    }

    /// The format of the output.
    pub(crate) fn output_format(&self) -> Format {
        match (self.format, self.binary.as_deref()) {
            (Some(name), _) => name.into(),
            (None, Some("1")) => Format::Binary,
            (None, Some(_)) => Format::Text,
            (None, None) => self.output.as_deref().map_or(Format::Text, Format::of_path),
        }
    }
}

/// Ways to a plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Principal components.
    Pca,
    /// t-SNE, for neighbourhoods.
    #[cfg(feature = "tsne")]
    Tsne,
}

/// Names of formats.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormatName {
    /// word2vec text, fastText `.vec`.
    Text,
    /// word2vec binary.
    Binary,
    /// safetensors with the vocabulary.
    Safetensors,
    /// `TensorBoard` projector TSV.
    Projector,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Text => Self::Text,
            FormatName::Binary => Self::Binary,
            FormatName::Safetensors => Self::Safetensors,
            FormatName::Projector => Self::Projector,
        }
    }
}

/// Names of instruction levels.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SimdName {
    /// Arrays.
    Plain,
    /// 128 bits, aarch64.
    Neon,
    /// 256 bits.
    Avx2,
    /// 512 bits.
    Avx512,
}

/// The original's command line, made into ours: `-size` becomes `--size`, `train` is put before a first option, and
/// what such a line leaves out has the original's defaults: CBOW, and text whatever the file's name.
pub(crate) fn with_double_dashes(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    const NAMES: &[&str] = &[
        "-train",
        "-output",
        "-size",
        "-window",
        "-negative",
        "-sample",
        "-min-count",
        "-iter",
        "-alpha",
        "-threads",
        "-cbow",
        "-binary",
        "-hs",
        "-debug",
        "-save-vocab",
        "-read-vocab",
        "-threshold",
        "-classes",
    ];
    let is_original = |arg: &OsString| arg.to_str().is_some_and(|arg| NAMES.contains(&arg));
    let mut all: Vec<OsString> = args.into_iter().collect();
    if all.get(1).is_some_and(is_original) {
        all.insert(1, "train".into());
        for (name, value) in [("-cbow", "1"), ("-binary", "0")] {
            if !all.iter().any(|arg| arg == name) {
                all.extend([name.into(), value.into()]);
            }
        }
    }
    if all.get(1).is_some_and(|command| command == "train" || command == "phrases") {
        for arg in &mut all {
            if is_original(arg) {
                let mut double = OsString::from("-");
                double.push(&arg);
                *arg = double;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_originals_command_lines_work() {
        let line = "word2vec -train in.txt -output out.bin -cbow 0 -size 200 -window 8 -negative 25 -hs 0 -sample 1e-4 \
                    -threads 20 -binary 1 -iter 15 -min-count 2";
        let args = Args::parse_from(with_double_dashes(
            line.split(' ').filter(|a| !a.is_empty()).map(OsString::from),
        ));
        let Command::Train(train) = args.command else { panic!("not train") };
        let config = train.config();
        assert_eq!((config.size, config.window, config.negative, config.iter), (200, 8, 25, 15));
        assert_eq!((train.output_format(), config.threads, config.min_count), (Format::Binary, 20, 2));
    }

    #[test]
    fn what_the_originals_line_leaves_out_has_the_originals_defaults() {
        let parse = |line: &str| {
            let args = Args::parse_from(with_double_dashes(line.split(' ').map(OsString::from)));
            let Command::Train(train) = args.command else { panic!("not train") };
            (train.config().cbow, train.config().alpha, train.output_format())
        };
        assert_eq!(parse("word2vec -train in.txt -output out.bin"), (true, 0.05, Format::Text));
        assert_eq!(
            parse("word2vec -train in.txt -output o -cbow 0 -binary 1"),
            (false, 0.025, Format::Binary)
        );
        assert_eq!(parse("word2vec train --input in.txt --output out.bin"), (false, 0.025, Format::Binary));
    }

    #[test]
    fn the_definition_is_sound() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }
}

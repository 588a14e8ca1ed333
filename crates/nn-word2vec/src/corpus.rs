//! The corpus as token ids in a mapped scratch file, cut into chunks that end with a sentence.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use crate::config::Config;
use crate::error::Error;
use crate::input::{self, Mended, TokenSink};
use crate::mapped::MappedIds;
use crate::vocab::Vocabulary;

/// Ends a sentence among the ids.
pub(crate) const END: u32 = u32::MAX;
/// Words of a chunk: enough to make its preparation cheap, few enough that small corpora have several.
const CHUNK_WORDS: usize = 4096;
/// A longer line is cut, as in the original, so that a file of one line is trained on as well.
const SENTENCE_WORDS_MAX: usize = 1000;

/// A run of whole sentences.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk {
    /// Its place among the ids.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Vocabulary words before it in the corpus: the learning rate falls with it.
    pub(crate) words_before: u64,
}

/// A corpus ready to be trained on.
#[derive(Debug)]
pub struct Corpus {
    vocabulary: Vocabulary,
    ids: MappedIds,
    chunks: Vec<Chunk>,
    raw_words: u64,
    mended: Mended,
}

impl Corpus {
    /// Reads files (one sentence a line; `.gz` and `.zst` are unpacked, a directory stands for its files, `-` for
    /// standard input) once, counts the words, and encodes them in an unlinked scratch file.
    ///
    /// With `vocabulary` given, only its words are kept; otherwise those with at least `config.min_count` occurrences.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, the scratch file not be written, or fewer than two words are left.
    pub fn read(paths: &[PathBuf], vocabulary: Option<Vocabulary>, config: &Config) -> Result<Self, Error> {
        let mut first = FirstPass::new(config)?;
        let mended = input::read_tokens(paths, &mut first)?;
        let shown: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        first.finish(&shown.join(", "), vocabulary, mended, config)
    }

    /// The same from sentences in memory.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub fn from_sentences<S, T>(
        sentences: impl IntoIterator<Item = S>,
        vocabulary: Option<Vocabulary>,
        config: &Config,
    ) -> Result<Self, Error>
    where
        S: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let mut first = FirstPass::new(config)?;
        let scratch = |e| Error::io("cannot write the scratch file in", &scratch_dir(config), e);
        for sentence in sentences {
            for token in sentence {
                first.token(token.as_ref()).map_err(scratch)?;
            }
            first.line_end().map_err(scratch)?;
        }
        first.finish("the sentences", vocabulary, Mended::default(), config)
    }

    /// The words that are trained.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Tokens read, rare ones included.
    #[must_use]
    pub fn raw_words(&self) -> u64 {
        self.raw_words
    }

    /// What had to be mended while reading.
    #[must_use]
    pub fn mended(&self) -> &Mended {
        &self.mended
    }

    /// Occurrences of vocabulary words.
    pub(crate) fn words(&self) -> u64 {
        self.chunks.last().map_or(0, |last| last.words_before)
            + self
                .chunks
                .last()
                .map_or(0, |last| self.chunk_ids(last).iter().filter(|&&id| id != END).count() as u64)
    }

    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    pub(crate) fn chunk_ids(&self, chunk: &Chunk) -> &[u32] {
        &self.ids.ids()[chunk.start..chunk.end]
    }
}

fn scratch_dir(config: &Config) -> PathBuf {
    config.scratch_dir.clone().unwrap_or_else(std::env::temp_dir)
}

fn scratch_file(config: &Config) -> Result<File, Error> {
    let dir = scratch_dir(config);
    tempfile::tempfile_in(&dir).map_err(|e| Error::io("cannot make a scratch file in", &dir, e))
}

/// Numbers the words as they come, so that one reading of the text is enough.
struct FirstPass {
    numbers: HashMap<String, u32>,
    counts: Vec<u64>,
    out: BufWriter<File>,
    tokens: u64,
}

impl FirstPass {
    fn new(config: &Config) -> Result<Self, Error> {
        let out = BufWriter::with_capacity(1 << 18, scratch_file(config)?);
        Ok(Self { numbers: HashMap::new(), counts: Vec::new(), out, tokens: 0 })
    }

    /// Renumbers by frequency and cuts chunks.
    fn finish(
        self,
        source: &str,
        given: Option<Vocabulary>,
        mended: Mended,
        config: &Config,
    ) -> Result<Corpus, Error> {
        let scratch = |e| Error::io("cannot use the scratch file in", &scratch_dir(config), e);
        let raw = self.out.into_inner().map_err(|e| scratch(e.into_error()))?;
        if self.tokens == 0 {
            return Err(Error::corpus(format!("{source}: there is no word in it")));
        }
        let vocabulary = given.unwrap_or_else(|| {
            let counts = self.numbers.iter().map(|(w, &n)| (w.clone(), self.counts[n as usize]));
            Vocabulary::from_counts(counts, config.min_count)
        });
        let mut renumbered = vec![END; self.counts.len()];
        for (word, number) in self.numbers {
            renumbered[number as usize] = vocabulary.get(&word).unwrap_or(END);
        }
        let known = renumbered.iter().filter(|&&id| id != END).count();
        if known < 2 {
            return Err(Error::corpus(format!(
                "{source}: {known} of {} different words (in {} tokens) can be trained, and two are needed; \
                 lower min-count ({}) or give more text",
                renumbered.len(),
                self.tokens,
                config.min_count
            )));
        }

        let mut out = BufWriter::with_capacity(1 << 18, scratch_file(config)?);
        let mut chunks = Vec::new();
        let mut open = Chunk { start: 0, end: 0, words_before: 0 };
        let (mut words, mut at, mut sentence_words) = (0_u64, 0_usize, 0_usize);
        let raw = MappedIds::new(&raw).map_err(scratch)?;
        for &number in raw.ids() {
            let id = if number == END { END } else { renumbered[number as usize] };
            let ends = if number == END {
                sentence_words > 0
            } else if id == END {
                false
            } else {
                out.write_all(&id.to_ne_bytes()).map_err(scratch)?;
                (at, words, sentence_words) = (at + 1, words + 1, sentence_words + 1);
                sentence_words == SENTENCE_WORDS_MAX
            };
            if ends {
                out.write_all(&END.to_ne_bytes()).map_err(scratch)?;
                (at, sentence_words) = (at + 1, 0);
                if words - open.words_before >= CHUNK_WORDS as u64 {
                    chunks.push(Chunk { end: at, ..open });
                    open = Chunk { start: at, end: at, words_before: words };
                }
            }
        }
        if at > open.start {
            chunks.push(Chunk { end: at, ..open });
        }
        let file = out.into_inner().map_err(|e| scratch(e.into_error()))?;
        let ids = MappedIds::new(&file).map_err(scratch)?;
        Ok(Corpus { vocabulary, ids, chunks, raw_words: self.tokens, mended })
    }
}

impl TokenSink for FirstPass {
    fn token(&mut self, token: &str) -> io::Result<()> {
        let number = if let Some(&number) = self.numbers.get(token) {
            number
        } else {
            let number = self.counts.len() as u32;
            if number == END {
                return Err(io::Error::other("more than four thousand million different words"));
            }
            self.numbers.insert(token.to_owned(), number);
            self.counts.push(0);
            number
        };
        self.counts[number as usize] += 1;
        self.tokens += 1;
        self.out.write_all(&number.to_ne_bytes())
    }

    fn line_end(&mut self) -> io::Result<()> {
        self.out.write_all(&END.to_ne_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_all_words_and_end_with_a_sentence() {
        let config = Config { min_count: 1, ..Config::default() };
        let line: Vec<String> = (0..2500).map(|i| format!("w{}", i % 97)).collect();
        let corpus = Corpus::from_sentences(vec![line; 7], None, &config).unwrap();
        assert_eq!((corpus.words(), corpus.raw_words(), corpus.vocabulary().len()), (17_500, 17_500, 97));
        assert!(corpus.chunks().len() > 1);
        let mut at = 0;
        for chunk in corpus.chunks() {
            assert_eq!(chunk.start, at);
            let ids = corpus.chunk_ids(chunk);
            assert_eq!(ids.last(), Some(&END));
            assert!(ids.split(|&id| id == END).all(|s| s.len() <= SENTENCE_WORDS_MAX));
            at = chunk.end;
        }
    }

    #[test]
    fn what_cannot_be_trained_is_said() {
        let config = Config::default();
        let empty: [[&str; 0]; 0] = [];
        assert!(Corpus::from_sentences(empty, None, &config).unwrap_err().is_corpus());
        let error = Corpus::from_sentences([["a", "b", "a"]], None, &config).unwrap_err();
        assert!(error.to_string().contains("0 of 2 different words (in 3 tokens)"), "{error}");
        let one = Config { min_count: 1, ..config };
        assert!(Corpus::from_sentences([["a", "a"]], None, &one).unwrap_err().is_corpus());
    }
}

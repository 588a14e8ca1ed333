//! The corpus as token ids in a mapped file, cut into chunks that end with a sentence.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Error;
use crate::input::{self, Mended, TokenSink};
use crate::kept::Kept;
use crate::mapped::MappedFile;
use crate::vocab::Vocabulary;
use crate::words::Words;

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
    ids: MappedFile,
    chunks: Vec<Chunk>,
    words: u64,
    raw_words: u64,
    mended: Mended,
}

impl Corpus {
    /// Reads files (one sentence a line; `.gz` and `.zst` are unpacked, a directory stands for its files, `-` for
    /// standard input) once, counts the words, and encodes them in an unlinked scratch file.
    ///
    /// With `vocabulary` given, only its words are kept; otherwise those with at least `config.min_count` occurrences.
    /// A vocabulary without counts ([`Vocabulary::without_counts`]) gets this corpus's.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, the scratch file not be written, or fewer than two words are left.
    pub fn read(paths: &[PathBuf], vocabulary: Option<Vocabulary>, config: &Config) -> Result<Self, Error> {
        let encoded = encode(paths, vocabulary, config, &scratch_file(config)?)?;
        let ids = MappedFile::new(&encoded.file).map_err(|e| scratch_error(config, e))?;
        Self::cut(encoded.vocabulary, ids, encoded.raw_words, encoded.mended)
    }

    /// The same, and keeps the encoded corpus in a directory, where the next call with the same files finds it: the
    /// text is read and counted once, whatever happens to the process.
    ///
    /// # Errors
    ///
    /// As [`Self::read`]; also when the directory holds the corpus of other files or of another vocabulary.
    #[expect(clippy::needless_pass_by_value, reason = "called as `read` is")]
    pub fn read_kept(
        paths: &[PathBuf],
        vocabulary: Option<Vocabulary>,
        config: &Config,
        dir: &Path,
    ) -> Result<Self, Error> {
        let kept = Kept::new(dir, paths, vocabulary.as_ref(), config)?;
        if let Some((vocabulary, ids, raw_words, mended)) = kept.open()? {
            return Self::cut(vocabulary, ids, raw_words, mended).map_err(|error| kept.spoilt(&error));
        }
        let config = Config { scratch_dir: Some(dir.to_owned()), ..config.clone() };
        let (name, file) = kept.new_file()?;
        let encoded = encode(paths, vocabulary.clone(), &config, &file)?;
        kept.keep(name, &encoded.vocabulary, encoded.raw_words, &encoded.mended)?;
        let ids = MappedFile::new(&encoded.file).map_err(|e| Error::io("cannot read", dir, e))?;
        Self::cut(encoded.vocabulary, ids, encoded.raw_words, encoded.mended)
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
        let scratch = |e| scratch_error(config, e);
        let mut mended = Mended::default();
        for sentence in sentences {
            for token in sentence {
                input::emit(token.as_ref().as_bytes(), &mut first, &mut mended).map_err(scratch)?;
            }
            first.line_end().map_err(scratch)?;
        }
        let encoded = first.finish("the sentences", vocabulary, mended, config, &scratch_file(config)?)?;
        let ids = MappedFile::new(&encoded.file).map_err(scratch)?;
        Self::cut(encoded.vocabulary, ids, encoded.raw_words, encoded.mended)
    }

    /// Cuts chunks, and finds ids that are no words.
    fn cut(vocabulary: Vocabulary, ids: MappedFile, raw_words: u64, mended: Mended) -> Result<Self, Error> {
        let n_words = vocabulary.len() as u32;
        let mut chunks = Vec::new();
        let mut open = Chunk { start: 0, end: 0, words_before: 0 };
        let mut words = 0_u64;
        for (at, &id) in ids.ids().iter().enumerate() {
            if id < n_words {
                words += 1;
            } else if id == END {
                if words - open.words_before >= CHUNK_WORDS as u64 {
                    chunks.push(Chunk { end: at + 1, ..open });
                    open = Chunk { start: at + 1, end: at + 1, words_before: words };
                }
            } else {
                return Err(Error::format(format!("byte {}: {id} is no word of the vocabulary", 4 * at)));
            }
        }
        if ids.ids().len() > open.start {
            chunks.push(Chunk { end: ids.ids().len(), ..open });
        }
        Ok(Self { vocabulary, ids, chunks, words, raw_words, mended })
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
        self.words
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

fn scratch_error(config: &Config, error: io::Error) -> Error {
    Error::io("cannot use a scratch file (see --scratch-dir) in", &scratch_dir(config), error)
}

fn scratch_file(config: &Config) -> Result<File, Error> {
    tempfile::tempfile_in(scratch_dir(config)).map_err(|e| scratch_error(config, e))
}

/// A text as ids.
struct Encoded {
    vocabulary: Vocabulary,
    file: File,
    raw_words: u64,
    mended: Mended,
}

fn encode(
    paths: &[PathBuf],
    vocabulary: Option<Vocabulary>,
    config: &Config,
    file: &File,
) -> Result<Encoded, Error> {
    let mut first = FirstPass::new(config)?;
    let mended = input::read_tokens(paths, &mut first, &|e| scratch_error(config, e))?;
    let shown: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    first.finish(&shown.join(", "), vocabulary, mended, config, file)
}

/// Numbers the words as they come, so that one reading of the text is enough.
struct FirstPass {
    words: Words,
    counts: Vec<u64>,
    out: BufWriter<File>,
    tokens: u64,
}

impl FirstPass {
    fn new(config: &Config) -> Result<Self, Error> {
        let out = BufWriter::with_capacity(1 << 18, scratch_file(config)?);
        Ok(Self { words: Words::default(), counts: Vec::new(), out, tokens: 0 })
    }

    /// Renumbers by frequency into `file`.
    fn finish(
        self,
        source: &str,
        given: Option<Vocabulary>,
        mended: Mended,
        config: &Config,
        file: &File,
    ) -> Result<Encoded, Error> {
        let scratch = |e| scratch_error(config, e);
        let raw = self.out.into_inner().map_err(|e| scratch(e.into_error()))?;
        if self.tokens == 0 {
            return Err(Error::corpus(format!("{source}: there is no word in it")));
        }
        let vocabulary = match given {
            Some(given) if given.total() > 0 => given,
            Some(given) => given
                .with_counts(|word| self.words.get(word).map_or(0, |number| self.counts[number as usize])),
            None => {
                let counted = self.words.iter().zip(self.counts.iter().copied());
                let kept = counted.filter(|&(_, count)| count >= config.min_count);
                Vocabulary::from_counts(kept.map(|(w, count)| (w.to_owned(), count)), config.min_count)
            }
        };
        let renumbered: Vec<u32> =
            self.words.iter().map(|word| vocabulary.get(word).unwrap_or(END)).collect();
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
        // The letters of rare words are not needed any more, and there may be millions.
        drop((self.words, self.counts));
        let raw = MappedFile::new(&raw).map_err(scratch)?;
        let file = file.try_clone().map_err(scratch)?;
        write_sentences(raw.ids(), &renumbered, &file).map_err(scratch)?;
        Ok(Encoded { vocabulary, file, raw_words: self.tokens, mended })
    }
}

/// Writes the vocabulary's words with their new numbers; lines without one vanish, and long ones are cut.
fn write_sentences(raw: &[u32], renumbered: &[u32], file: &File) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, file);
    let mut sentence_words = 0;
    for &number in raw {
        let id = if number == END { END } else { renumbered[number as usize] };
        if id != END {
            out.write_all(&id.to_ne_bytes())?;
            sentence_words += 1;
        }
        if sentence_words == SENTENCE_WORDS_MAX || (number == END && sentence_words > 0) {
            out.write_all(&END.to_ne_bytes())?;
            sentence_words = 0;
        }
    }
    out.flush()
}

impl TokenSink for FirstPass {
    fn token(&mut self, token: &str) -> io::Result<()> {
        let number = self
            .words
            .number(token)
            .ok_or_else(|| io::Error::other("more than four thousand million different words"))?;
        if number as usize == self.counts.len() {
            self.counts.push(0);
        }
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

//! The corpus file: one sentence a line, tokens between spaces, as word2vec, fastText and gensim read it.

use std::io::Write;
use std::path::PathBuf;

use crate::Error;
use crate::error::Place;
use crate::sentences::{Paragraphs, sentences};
use crate::tokens::{TokenOptions, push_tokens};
use crate::whole::WholeFile;

/// What a corpus file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Texts handed in.
    pub texts: u64,
    /// Lines: sentences with at least one token.
    pub sentences: u64,
    /// Tokens.
    pub tokens: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes texts as one sentence a line to a file that appears on [`commit`](Self::commit).
#[derive(Debug)]
pub struct SentenceWriter {
    file: WholeFile,
    paragraphs: Paragraphs,
    options: TokenOptions,
    line: String,
    written: Written,
}

impl SentenceWriter {
    /// Begins the file at `path`; see [`Paragraphs`] and [`TokenOptions`] for what its texts are and what becomes of
    /// their words.
    ///
    /// # Errors
    ///
    /// When the directory cannot be written to.
    pub fn create(
        path: impl Into<PathBuf>,
        paragraphs: Paragraphs,
        options: TokenOptions,
    ) -> Result<Self, Error> {
        let file = WholeFile::create(path)?;
        Ok(Self { file, paragraphs, options, line: String::new(), written: Written::default() })
    }

    /// Appends the sentences of a text.
    ///
    /// # Errors
    ///
    /// When the file system refuses.
    pub fn write(&mut self, text: &str) -> Result<(), Error> {
        self.written.texts += 1;
        for sentence in sentences(text, self.paragraphs) {
            self.line.clear();
            let n_tokens = push_tokens(&mut self.line, sentence, self.options);
            if n_tokens == 0 {
                continue;
            }
            self.line.push('\n');
            self.file
                .write_all(self.line.as_bytes())
                .map_err(|source| Error::io(Place::file(self.file.path()), source))?;
            self.written.sentences += 1;
            self.written.tokens += n_tokens as u64;
        }
        Ok(())
    }

    /// Puts the file in place and says what it holds.
    ///
    /// # Errors
    ///
    /// When the file system refuses; then nothing appears.
    pub fn commit(self) -> Result<Written, Error> {
        let bytes = self.file.commit()?;
        Ok(Written { bytes, ..self.written })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corpus.txt");
        let mut writer =
            SentenceWriter::create(&path, Paragraphs::BlankLines, TokenOptions::FOR_VECTORS).unwrap();
        writer.write("CHAPTER I\n\nIt was\nlate. \"Why?\" she\nasked.\n\n* * *\n\nThe end.").unwrap();
        writer.write("").unwrap();
        let written = writer.commit().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "chapter i\nit was late\nwhy she asked\nthe end\n");
        assert_eq!(written, Written { texts: 2, sentences: 4, tokens: 10, bytes: text.len() as u64 });
    }
}

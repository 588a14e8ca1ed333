//! Documents as JSON Lines, plain or compressed with zstd when the name ends in `.zst`.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::error::Place;
use crate::whole::WholeFile;
use crate::{Document, Error};

/// zstd's own default: beyond it the time grows faster than the saving.
const LEVEL: i32 = 3;

/// A line longer than this is not a document but damage; the longest book of Project Gutenberg has a tenth of it.
const LINE_BYTES_MAX: usize = 1 << 30;

/// Writes documents, one JSON object a line, to a file that appears on [`commit`](Self::commit).
pub struct JsonLinesWriter {
    sink: Sink,
    path: PathBuf,
    n_documents: u64,
}

enum Sink {
    Plain(WholeFile),
    Zstd(zstd::Encoder<'static, WholeFile>),
}

impl JsonLinesWriter {
    /// Begins the file at `path`: compressed if it ends in `.zst`.
    ///
    /// # Errors
    ///
    /// When the directory cannot be written to.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let file = WholeFile::create(&path)?;
        let sink = if is_zstd(&path) {
            let encoder = zstd::Encoder::new(file, LEVEL).and_then(|mut encoder| {
                encoder.include_checksum(true)?;
                Ok(encoder)
            });
            Sink::Zstd(encoder.map_err(|source| Error::io(Place::file(&path), source))?)
        } else {
            Sink::Plain(file)
        };
        Ok(Self { sink, path, n_documents: 0 })
    }

    /// Appends a document.
    ///
    /// # Errors
    ///
    /// When the file system refuses.
    pub fn write(&mut self, document: &Document) -> Result<(), Error> {
        let place = || Place::file(&self.path);
        let mut line = serde_json::to_vec(document).map_err(|source| Error::json(place(), source))?;
        line.push(b'\n');
        match &mut self.sink {
            Sink::Plain(file) => file.write_all(&line),
            Sink::Zstd(encoder) => encoder.write_all(&line),
        }
        .map_err(|source| Error::io(place(), source))?;
        self.n_documents += 1;
        Ok(())
    }

    /// Puts the file in place. Returns how many documents it holds.
    ///
    /// # Errors
    ///
    /// When the file system refuses; then nothing appears.
    pub fn commit(self) -> Result<u64, Error> {
        let file = match self.sink {
            Sink::Plain(file) => file,
            Sink::Zstd(encoder) => {
                encoder.finish().map_err(|source| Error::io(Place::file(&self.path), source))?
            }
        };
        file.commit()?;
        Ok(self.n_documents)
    }
}

/// Reads documents back, one at a time.
pub struct JsonLinesReader {
    reader: Box<dyn BufRead + Send>,
    path: PathBuf,
    line_number: u64,
    line: Vec<u8>,
    done: bool,
}

impl JsonLinesReader {
    /// Opens the file at `path`: decompressed if it ends in `.zst`.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let fail = |source| Error::io(Place::file(&path), source);
        let file = File::open(&path).map_err(fail)?;
        let reader: Box<dyn BufRead + Send> = if is_zstd(&path) {
            Box::new(BufReader::new(zstd::Decoder::new(file).map_err(fail)?))
        } else {
            Box::new(BufReader::with_capacity(1 << 16, file))
        };
        Ok(Self { reader, path, line_number: 0, line: Vec::new(), done: false })
    }

    fn read(&mut self) -> Result<Option<Document>, Error> {
        loop {
            self.line.clear();
            self.line_number += 1;
            let place = || Place::file(&self.path).at_line(self.line_number);
            let mut limited = std::io::Read::take(&mut self.reader, LINE_BYTES_MAX as u64);
            let n = limited.read_until(b'\n', &mut self.line).map_err(|source| Error::io(place(), source))?;
            if n == 0 {
                return Ok(None);
            }
            if n == LINE_BYTES_MAX {
                return Err(Error::form(place(), format!("a line of more than {LINE_BYTES_MAX} bytes")));
            }
            if !self.line.trim_ascii().is_empty() {
                return serde_json::from_slice(&self.line)
                    .map(Some)
                    .map_err(|source| Error::json(place(), source));
            }
        }
    }
}

impl Iterator for JsonLinesReader {
    type Item = Result<Document, Error>;

    /// The next document. A line that is no document is an error and the next call goes on behind it; an error of
    /// the file system ends the iteration.
    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = self.read().transpose();
        self.done = item.as_ref().is_none_or(|result| result.as_ref().is_err_and(Error::is_io));
        item
    }
}

fn is_zstd(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zst"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> [Document; 2] {
        let mut first = Document::new("1", "test", "Line one.\nLine \u{201c}two\u{201d}.");
        first.authors = vec!["A. Writer".into(), "B. Writer".into()];
        first.published = Some("1987-01-01".into());
        [first, Document::new("2", "test", "")]
    }

    #[test]
    fn both_forms_come_back_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jsonl", "a.jsonl.zst"] {
            let path = folder.path().join(name);
            let mut writer = JsonLinesWriter::create(&path).unwrap();
            for document in &two() {
                writer.write(document).unwrap();
            }
            assert!(!path.exists());
            assert_eq!(writer.commit().unwrap(), 2);
            let back: Result<Vec<_>, _> = JsonLinesReader::open(&path).unwrap().collect();
            assert_eq!(back.unwrap(), two());
        }
        let compressed = std::fs::read(folder.path().join("a.jsonl.zst")).unwrap();
        assert_eq!(compressed[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    }

    #[test]
    fn a_bad_line_is_named_and_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.jsonl");
        crate::whole::write_whole(&path, b"{\"id\":\"1\",\"source\":\"s\",\"text\":\"\"}\n\n{oops\n{\"id\":\"2\",\"source\":\"s\",\"text\":\"\"}")
            .unwrap();
        let results: Vec<_> = JsonLinesReader::open(&path).unwrap().collect();
        assert_eq!(results.len(), 3);
        let error = results[1].as_ref().unwrap_err();
        assert_eq!(error.line(), Some(3));
        assert!(error.is_malformed() && error.to_string().contains("bad.jsonl, line 3"), "{error}");
        assert_eq!(results[2].as_ref().unwrap().id, "2");
    }
}

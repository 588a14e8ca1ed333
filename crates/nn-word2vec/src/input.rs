//! Tokens of text files: plain, gzip, Zstandard, directories, standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A longer run of bytes without a space is no word; it is left out and counted.
const TOKEN_BYTES_MAX: usize = 1000;

/// What had to be mended while reading.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Mended {
    /// Tokens with invalid UTF-8 or a NUL, which became U+FFFD.
    pub replaced: u64,
    /// Tokens of more than a thousand bytes, left out.
    pub too_long: u64,
}

/// Calls `token` for each token and `line_end` after each line of every file, in the given order.
///
/// A directory stands for its files in order of name, at any depth; `-` for standard input; `.gz` and `.zst` are
/// unpacked; of `.parquet` the column `text` is read. `sink_error` names what the sink could not do.
pub(crate) fn read_tokens(
    paths: &[PathBuf],
    sink: &mut impl TokenSink,
    sink_error: &dyn Fn(io::Error) -> Error,
) -> Result<Mended, Error> {
    let mut mended = Mended::default();
    for path in expand(paths)? {
        let mut read = |reader: &mut dyn BufRead| {
            tokens_of(reader, sink, &mut mended).map_err(|failure| match failure {
                Failure::Read(error) => Error::io("cannot read", &path, error),
                Failure::Sink(error) => sink_error(error),
            })
        };
        if path.extension().is_some_and(|e| e == "parquet") {
            read_parquet(&path, &mut |text| read(&mut text.as_bytes()))?;
        } else {
            read(&mut open(&path)?)?;
        }
    }
    Ok(mended)
}

#[cfg(feature = "parquet")]
use crate::parquet::read_texts as read_parquet;

#[cfg(not(feature = "parquet"))]
fn read_parquet(path: &Path, _take: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
    Err(Error::config(format!(
        "{}: this build reads no Parquet; build it with the feature `parquet`",
        path.display()
    )))
}

/// Which side of the reading failed.
#[derive(Debug)]
enum Failure {
    Read(io::Error),
    Sink(io::Error),
}

/// Takes the tokens of a text.
pub(crate) trait TokenSink {
    /// Another token of the line.
    fn token(&mut self, token: &str) -> io::Result<()>;
    /// The line is over.
    fn line_end(&mut self) -> io::Result<()>;
}

/// Files in place of directories.
pub(crate) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside = Vec::new();
            for entry in std::fs::read_dir(path).map_err(|e| Error::io("cannot list", path, e))? {
                inside.push(entry.map_err(|e| Error::io("cannot list", path, e))?.path());
            }
            inside.sort();
            files.extend(expand(&inside)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// Opens a file for reading, unpacked by its ending; `-` is standard input.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).map_err(|error| Error::io("cannot open", path, error))?;
    let unpacked: Box<dyn Read> = match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))),
        Some("zst") => Box::new(zstd::Decoder::new(file).map_err(|e| Error::io("cannot open", path, e))?),
        _ => Box::new(file),
    };
    Ok(Box::new(BufReader::with_capacity(1 << 18, unpacked)))
}

fn tokens_of(
    reader: &mut dyn BufRead,
    sink: &mut impl TokenSink,
    mended: &mut Mended,
) -> Result<(), Failure> {
    // The piece of a token at the end of one buffer that goes on in the next; of an endless one only what shows that
    // it is too long.
    let mut begun: Vec<u8> = Vec::new();
    let mut line_open = false;
    loop {
        let buffer = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result.map_err(Failure::Read)?,
        };
        if buffer.is_empty() {
            break;
        }
        let n_bytes = buffer.len();
        let mut start = 0;
        for (at, &byte) in buffer.iter().enumerate() {
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 11 | 12) {
                continue;
            }
            if !begun.is_empty() {
                go_on(&mut begun, &buffer[start..at]);
                emit(&begun, sink, mended).map_err(Failure::Sink)?;
                begun.clear();
                line_open = true;
            } else if at > start {
                emit(&buffer[start..at], sink, mended).map_err(Failure::Sink)?;
                line_open = true;
            }
            start = at + 1;
            if byte == b'\n' && line_open {
                sink.line_end().map_err(Failure::Sink)?;
                line_open = false;
            }
        }
        go_on(&mut begun, &buffer[start..]);
        reader.consume(n_bytes);
    }
    if !begun.is_empty() {
        emit(&begun, sink, mended).map_err(Failure::Sink)?;
        line_open = true;
    }
    if line_open {
        sink.line_end().map_err(Failure::Sink)?;
    }
    Ok(())
}

fn go_on(begun: &mut Vec<u8>, piece: &[u8]) {
    let room = TOKEN_BYTES_MAX + 1 - begun.len();
    begun.extend_from_slice(&piece[..piece.len().min(room)]);
}

/// Hands over a token, mended where it must be.
pub(crate) fn emit(bytes: &[u8], sink: &mut impl TokenSink, mended: &mut Mended) -> io::Result<()> {
    if bytes.len() > TOKEN_BYTES_MAX {
        mended.too_long += 1;
        return Ok(());
    }
    match std::str::from_utf8(bytes) {
        Ok(token) if !bytes.contains(&0) => sink.token(token),
        _ => {
            mended.replaced += 1;
            sink.token(&String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Lines(Vec<Vec<String>>, Vec<String>);

    impl TokenSink for Lines {
        fn token(&mut self, token: &str) -> std::io::Result<()> {
            self.1.push(token.to_owned());
            Ok(())
        }
        fn line_end(&mut self) -> std::io::Result<()> {
            self.0.push(std::mem::take(&mut self.1));
            Ok(())
        }
    }

    fn check(bytes: &[u8], lines: &[&[&str]], mended: &Mended) {
        for capacity in [1, 2, 3, 7, 4096] {
            let mut sink = Lines::default();
            let mut got = Mended::default();
            tokens_of(&mut BufReader::with_capacity(capacity, bytes), &mut sink, &mut got).unwrap();
            assert_eq!(sink.0, lines, "with a buffer of {capacity}");
            assert_eq!(&got, mended);
        }
    }

    #[test]
    fn tokens_do_not_depend_on_the_buffers_size() {
        check(
            b"the cat\n\n  sat \ton\r\nmats",
            &[&["the", "cat"], &["sat", "on"], &["mats"]],
            &Mended::default(),
        );
        check(b"", &[], &Mended::default());
    }

    #[test]
    fn bad_bytes_are_replaced_and_endless_words_left_out() {
        check(b"a\xffb c\0d\n", &[&["a\u{fffd}b", "c\u{fffd}d"]], &Mended { replaced: 2, too_long: 0 });
        let mut text = vec![b'x'; 5000];
        text.extend_from_slice(b" y\n");
        check(&text, &[&["y"]], &Mended { replaced: 0, too_long: 1 });
    }
}

//! Files of vectors: word2vec text and binary, safetensors with the vocabulary, the projector's TSV.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, View};

use crate::error::Error;
use crate::files::{write_safetensors, write_whole};
use crate::mapped::bytes_of;
use crate::vectors::Vectors;

/// How vectors lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line `words size`, then a line a word. fastText's `.vec` is the same.
    Text,
    /// The same header line, then each word, a space, its numbers as little-endian `f32`, and a line's end.
    Binary,
    /// A tensor `vectors` of shape `(words, size)`, and the words, one a line, under `vocabulary` in the metadata.
    Safetensors,
    /// Numbers between tabs; the words stand in a second file, `NAME.metadata.tsv`. For `TensorBoard`'s projector;
    /// only written.
    Projector,
}

impl Format {
    /// What a file's name says: `.bin`, `.safetensors`, `.tsv`, otherwise text.
    #[must_use]
    pub fn of_path(path: &Path) -> Self {
        match path.extension().and_then(|e| e.to_str()) {
            Some("bin") => Self::Binary,
            Some("safetensors") => Self::Safetensors,
            Some("tsv") => Self::Projector,
            _ => Self::Text,
        }
    }
}

impl Vectors {
    /// Writes the vectors; the file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path, format: Format) -> Result<(), Error> {
        let rows = || self.words().iter().zip(self.data().chunks_exact(self.size()));
        match format {
            Format::Text => write_whole(path, |out| {
                writeln!(out, "{} {}", self.len(), self.size())?;
                for (word, row) in rows() {
                    out.write_all(word.as_bytes())?;
                    for x in row {
                        write!(out, " {x}")?;
                    }
                    out.write_all(b"\n")?;
                }
                Ok(())
            }),
            Format::Binary => write_whole(path, |out| {
                writeln!(out, "{} {}", self.len(), self.size())?;
                for (word, row) in rows() {
                    write!(out, "{word} ")?;
                    write_floats(out, row)?;
                    out.write_all(b"\n")?;
                }
                Ok(())
            }),
            Format::Safetensors => {
                let metadata = HashMap::from([("vocabulary".to_owned(), self.words().join("\n"))]);
                write_safetensors(path, [("vectors", Matrix(self))], metadata)
            }
            Format::Projector => {
                write_whole(path, |out| {
                    for row in self.data().chunks_exact(self.size()) {
                        for (at, x) in row.iter().enumerate() {
                            write!(out, "{}{x}", if at == 0 { "" } else { "\t" })?;
                        }
                        out.write_all(b"\n")?;
                    }
                    Ok(())
                })?;
                write_whole(&metadata_path(path), |out| {
                    self.words().iter().try_for_each(|word| writeln!(out, "{word}"))
                })
            }
        }
    }

    /// Reads vectors, unpacking `.gz` and `.zst`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is malformed; names the byte at which it is.
    pub fn load(path: &Path, format: Format) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        crate::input::open(path)?.read_to_end(&mut bytes).map_err(|e| Error::io("cannot read", path, e))?;
        let loaded = match format {
            Format::Text => parse(&bytes, text_row),
            Format::Binary => parse(&bytes, binary_row),
            Format::Safetensors => parse_safetensors(&bytes),
            Format::Projector => Err(Error::format("the projector's TSV is only written")),
        };
        loaded.map_err(|error| Error::format(format!("{}: {error}", path.display())))
    }
}

/// The vectors as a tensor, borrowed where the machine's numbers lie as the file's.
struct Matrix<'a>(&'a Vectors);

impl View for Matrix<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        if cfg!(target_endian = "little") {
            bytes_of(self.0.data()).into()
        } else {
            self.0.data().iter().flat_map(|x| x.to_le_bytes()).collect()
        }
    }

    fn data_len(&self) -> usize {
        size_of_val(self.0.data())
    }
}

fn metadata_path(path: &Path) -> PathBuf {
    path.with_extension("metadata.tsv")
}

fn write_floats(out: &mut impl Write, row: &[f32]) -> io::Result<()> {
    row.iter().try_for_each(|x| out.write_all(&x.to_le_bytes()))
}

/// Bytes with a position, for messages.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn wrong(&self, what: &str) -> Error {
        Error::format(format!("byte {}: {what}", self.at))
    }

    /// The bytes up to `end`, which is passed over.
    fn until(&mut self, end: u8, what: &str) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.at..];
        let Some(len) = rest.iter().position(|&b| b == end) else {
            return Err(self.wrong(&format!("the file ends within {what}")));
        };
        self.at += len + 1;
        Ok(&rest[..len])
    }

    fn word(&self, bytes: &[u8], at: usize) -> Result<String, Error> {
        if bytes.is_empty() {
            return Err(self.wrong("an empty word"));
        }
        let word = std::str::from_utf8(bytes)
            .map_err(|e| Error::format(format!("byte {at}: a word is no UTF-8: {e}")))?;
        Ok(word.to_owned())
    }
}

/// Reads the header and then each row by `row`, which pushes the numbers and returns the word.
fn parse(
    bytes: &[u8],
    row: fn(&mut Cursor, usize, &mut Vec<f32>) -> Result<String, Error>,
) -> Result<Vectors, Error> {
    let mut cursor = Cursor { bytes, at: 0 };
    let header = String::from_utf8_lossy(cursor.until(b'\n', "the header")?).into_owned();
    let counts: Vec<usize> = header.split_whitespace().map_while(|field| field.parse().ok()).collect();
    let &[n_words, size] = &counts[..] else {
        return Err(Error::format(format!(
            "byte 0: the header must be `words size`, found `{}`",
            shorten(&header)
        )));
    };
    // Every number takes two bytes or more: a header that promises more than the file holds allocates nothing.
    if size == 0 || n_words.checked_mul(size).is_none_or(|n| n > bytes.len()) {
        return Err(Error::format(format!(
            "byte 0: the header promises {n_words} vectors of {size}, the file has {} bytes",
            bytes.len()
        )));
    }
    let mut words = Vec::with_capacity(n_words);
    let mut data = Vec::with_capacity(n_words * size);
    for _ in 0..n_words {
        words.push(row(&mut cursor, size, &mut data)?);
    }
    if bytes[cursor.at..].iter().any(|b| !b.is_ascii_whitespace()) {
        return Err(
            cursor.wrong(&format!("more follows after the {n_words} vectors that the header promises"))
        );
    }
    Vectors::new(words, size, data)
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

fn text_row(cursor: &mut Cursor, size: usize, data: &mut Vec<f32>) -> Result<String, Error> {
    let start = cursor.at;
    // The last line may lack its end.
    let rest = &cursor.bytes[start..];
    let len = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    if len == 0 {
        return Err(cursor.wrong("a line is missing"));
    }
    let mut fields = rest[..len].split(|&b| b == b' ' || b == b'\r').filter(|f| !f.is_empty());
    let word = cursor.word(fields.next().unwrap_or_default(), start)?;
    let before = data.len();
    for field in fields {
        let number = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f32>().ok());
        let Some(number) = number else {
            let at = field.as_ptr() as usize - cursor.bytes.as_ptr() as usize;
            let shown = shorten(&String::from_utf8_lossy(field));
            return Err(Error::format(format!(
                "byte {at}: `{shown}` is not a number (word `{}`)",
                shorten(&word)
            )));
        };
        data.push(number);
    }
    if data.len() - before != size {
        let found = data.len() - before;
        return Err(cursor
            .wrong(&format!("the word `{}` has {found} numbers, the header says {size}", shorten(&word))));
    }
    cursor.at = (start + len + 1).min(cursor.bytes.len());
    Ok(word)
}

fn binary_row(cursor: &mut Cursor, size: usize, data: &mut Vec<f32>) -> Result<String, Error> {
    // The original ends each row with a line's end; some writers leave it out.
    while cursor.bytes.get(cursor.at) == Some(&b'\n') {
        cursor.at += 1;
    }
    let start = cursor.at;
    let word = cursor.until(b' ', "a word")?;
    let word = cursor.word(word, start)?;
    let Some(numbers) = cursor.bytes[cursor.at..].get(..size * 4) else {
        return Err(cursor.wrong(&format!("the file ends within the vector of `{}`", shorten(&word))));
    };
    data.extend(numbers.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)));
    cursor.at += size * 4;
    Ok(word)
}

pub(crate) fn parse_safetensors(bytes: &[u8]) -> Result<Vectors, Error> {
    let said = |e: safetensors::SafeTensorError| Error::format(e.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(said)?;
    let file = SafeTensors::deserialize(bytes).map_err(said)?;
    let tensor = file.tensor("vectors").map_err(said)?;
    let vocabulary = header.metadata().as_ref().and_then(|m| m.get("vocabulary"));
    let (Some(vocabulary), &[_, size], Dtype::F32) = (vocabulary, tensor.shape(), tensor.dtype()) else {
        return Err(Error::format(
            "it must hold a tensor `vectors` of f32 with two dimensions, and a `vocabulary`",
        ));
    };
    let data = tensor.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    Vectors::new(vocabulary.split('\n').map(str::to_owned).collect(), size, data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::tests::toy;

    #[test]
    fn each_format_gives_back_the_same_bits() {
        let dir = tempfile::tempdir().unwrap();
        let third = Vectors::new(vec!["à".into(), "b".into()], 2, vec![1.0 / 3.0, -0.0, 1e-30, 7e8]).unwrap();
        for name in ["v.txt", "v.bin", "v.safetensors"] {
            let path = dir.path().join(name);
            for vectors in [&toy(), &third] {
                vectors.save(&path, Format::of_path(&path)).unwrap();
                assert_eq!(&Vectors::load(&path, Format::of_path(&path)).unwrap(), vectors, "{name}");
            }
        }
        toy().save(&dir.path().join("v.tsv"), Format::Projector).unwrap();
        let words = std::fs::read_to_string(dir.path().join("v.metadata.tsv")).unwrap();
        assert_eq!(words.lines().count(), 5);
    }

    fn refused(
        bytes: &[u8],
        row: fn(&mut Cursor, usize, &mut Vec<f32>) -> Result<String, Error>,
        message: &str,
    ) {
        let error = parse(bytes, row).unwrap_err();
        assert!(error.is_format() && error.to_string().contains(message), "{error}");
    }

    #[test]
    fn malformed_files_are_refused_with_the_byte() {
        refused(b"", text_row, "byte 0");
        refused(b"2\n", text_row, "`words size`");
        refused(b"99999999999 99999999999\n", text_row, "the file has 24 bytes");
        refused(b"1 2\na 1 x\n", text_row, "byte 8: `x` is not a number");
        refused(b"1 2\na 1\n", text_row, "has 1 numbers, the header says 2");
        refused(b"1 2\na 1 2\nb 1 2\n", text_row, "byte 10: more follows");
        refused(b"2 2\na 1 2\n", text_row, "byte 10: a line is missing");
        refused(b"1 2\na \0\0\0\0", binary_row, "ends within the vector of `a`");
        refused(b"1 1\n\xff \0\0\0\0", binary_row, "no UTF-8");
    }

    #[test]
    fn a_failed_save_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let error = toy().save(&dir.path().join("no/such/v.bin"), Format::Binary).unwrap_err();
        assert!(error.is_io());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

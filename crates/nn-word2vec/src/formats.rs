//! Files of vectors: word2vec text and binary, safetensors with the vocabulary, the projector's TSV.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, View};

use crate::error::Error;
use crate::files::{write_safetensors, write_whole};
use crate::mapped::{MappedFile, bytes_of};
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
    /// What a file's name says, `.gz` and `.zst` aside: `.bin`, `.safetensors`, `.tsv`, otherwise text.
    #[must_use]
    pub fn of_path(path: &Path) -> Self {
        let ending = |path: &Path| path.extension().and_then(|e| e.to_str()).map(str::to_owned);
        let mut name = ending(path);
        if matches!(name.as_deref(), Some("gz" | "zst")) {
            name = ending(&path.with_extension(""));
        }
        match name.as_deref() {
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
    /// When the file cannot be written, or a word holds what the format parts words by.
    pub fn save(&self, path: &Path, format: Format) -> Result<(), Error> {
        self.check_words(path, format)?;
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

    /// Such words come from sentences in memory; a file could not be read again.
    fn check_words(&self, path: &Path, format: Format) -> Result<(), Error> {
        let parting: &[char] = match format {
            Format::Text | Format::Binary => &[' ', '\n', '\r', '\t'],
            Format::Safetensors => &['\n'],
            Format::Projector => &['\n', '\t'],
        };
        match self.words().iter().find(|word| word.is_empty() || word.contains(parting)) {
            None => Ok(()),
            Some(word) => Err(Error::config(format!(
                "cannot write {}: the word {word:?} holds what parts words in this format; replace it",
                path.display()
            ))),
        }
    }

    /// Reads vectors, unpacking `.gz` and `.zst`. A plain file is mapped while it is read, so that memory holds the
    /// vectors once.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is malformed; names the byte at which it is.
    pub fn load(path: &Path, format: Format) -> Result<Self, Error> {
        let mut unpacked = Vec::new();
        let map = map_plain(path)?;
        let bytes = if let Some(map) = &map {
            map.bytes()
        } else {
            crate::input::open(path)?
                .read_to_end(&mut unpacked)
                .map_err(|e| Error::io("cannot read", path, e))?;
            &unpacked
        };
        let loaded = match format {
            Format::Text => parse(bytes, text_row),
            Format::Binary => parse(bytes, binary_row),
            Format::Safetensors => parse_safetensors(bytes),
            Format::Projector => Err(Error::format("the projector's TSV is only written")),
        };
        loaded.map_err(|error| Error::format(format!("{}: {error}", path.display())))
    }

    /// Opens a safetensors file where it lies: only the words are read, a vector when it is asked for. Processes that
    /// open the same file share its memory. The file must not be changed meanwhile (ours are replaced, never changed).
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or is malformed. Numbers are not looked at: a row that is not finite has the
    /// cosine 0 with everything.
    pub fn open_mapped(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
        let map = MappedFile::new(&file).map_err(|e| Error::io("cannot map", path, e))?;
        let wrong = |what: String| Error::format(format!("{}: {what}", path.display()));
        if cfg!(target_endian = "big") {
            return Err(Error::config("vectors lie in little-endian order: load them"));
        }
        let (words, size, start) = look_into(map.bytes()).map_err(|e| wrong(e.to_string()))?;
        Self::of_map(words, size, map, start).map_err(|(_, what)| wrong(what))
    }
}

/// A map of a regular file that is not packed.
fn map_plain(path: &Path) -> Result<Option<MappedFile>, Error> {
    let is_packed = matches!(path.extension().and_then(|e| e.to_str()), Some("gz" | "zst"));
    if is_packed || !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
    MappedFile::new(&file).map(Some).map_err(|e| Error::io("cannot map", path, e))
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
    let mut starts = Vec::with_capacity(n_words);
    let mut data = Vec::with_capacity(n_words * size);
    for _ in 0..n_words {
        starts.push(cursor.at);
        words.push(row(&mut cursor, size, &mut data)?);
    }
    if bytes[cursor.at..].iter().any(|b| !b.is_ascii_whitespace()) {
        return Err(
            cursor.wrong(&format!("more follows after the {n_words} vectors that the header promises"))
        );
    }
    Vectors::of_rows(words, size, data)
        .map_err(|(row, what)| Error::format(format!("byte {}: {what}", starts[row])))
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
    let (words, size, start) = look_into(bytes)?;
    let data = bytes[start..].as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b));
    let data = data.take(words.len() * size).collect();
    Vectors::of_rows(words, size, data)
        .map_err(|(row, what)| Error::format(format!("byte {}: {what}", start + 4 * size * row)))
}

/// The words, the size and the byte at which the vectors begin.
fn look_into(bytes: &[u8]) -> Result<(Vec<String>, usize, usize), Error> {
    let said = |e: SafeTensorError| Error::format(place_of(&e, bytes));
    let (header_len, header) = SafeTensors::read_metadata(bytes).map_err(said)?;
    SafeTensors::deserialize(bytes).map_err(said)?;
    let vocabulary = header.metadata().as_ref().and_then(|m| m.get("vocabulary"));
    let shape = header.info("vectors").map(|info| (&info.shape[..], info.dtype, info.data_offsets.0));
    let (Some(vocabulary), Some((&[n_words, size], Dtype::F32, offset))) = (vocabulary, shape) else {
        return Err(Error::format(
            "byte 8: it must hold a tensor `vectors` of f32 with two dimensions, and a `vocabulary`",
        ));
    };
    let words: Vec<String> = vocabulary.split('\n').map(str::to_owned).collect();
    if words.len() != n_words || size == 0 {
        return Err(Error::format(format!(
            "byte 8: {} words and {n_words} vectors of {size} do not fit",
            words.len()
        )));
    }
    Ok((words, size, 8 + header_len + offset))
}

/// The library's message with the byte that it is about: the header's length stands in the first 8, then the header.
fn place_of(error: &SafeTensorError, bytes: &[u8]) -> String {
    let at = match error {
        SafeTensorError::HeaderTooSmall | SafeTensorError::MetadataIncompleteBuffer => bytes.len(),
        SafeTensorError::HeaderTooLarge | SafeTensorError::InvalidHeaderLength => 0,
        SafeTensorError::InvalidHeader(error) => 8 + error.valid_up_to(),
        SafeTensorError::InvalidHeaderDeserialization(error) | SafeTensorError::JsonError(error) => {
            let lines = bytes[8..].split_inclusive(|&b| b == b'\n');
            let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
            8 + before + error.column().saturating_sub(1)
        }
        _ => 8,
    };
    format!("byte {at}: {error}")
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
        refused(b"1 1\n\xff \0\0\0\0", binary_row, "byte 4: a word is no UTF-8");
        refused(b"1 1\n\xff 1\n", text_row, "byte 4: a word is no UTF-8");
        refused(b"2 1\na 1\na 2\n", text_row, "byte 8: the word `a` stands twice");
        refused(b"2 1\na 1\nb nan\n", text_row, "byte 8: the vector of `b`");
        refused(b"2 1\na 1\nb 1e39\n", text_row, "byte 8: the vector of `b`");
        refused(b"1 1\n\0\0\0\0", binary_row, "byte 4: the file ends within a word");
        refused(b"1 1\n \0\0\0\0", binary_row, "an empty word");
        refused(b"1 1\na \0\0\xc0\x7f", binary_row, "byte 4: the vector of `a`");
        refused(b"0 0\n", text_row, "byte 0");
        refused(b"-1 3\n", text_row, "byte 0");
    }

    /// Every cut and every changed byte of small files: an error with a byte, or other vectors, never a panic.
    #[test]
    fn no_damage_is_fatal() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["v.txt", "v.bin", "v.safetensors"] {
            let path = dir.path().join(name);
            let format = Format::of_path(&path);
            toy().save(&path, format).unwrap();
            let whole = std::fs::read(&path).unwrap();
            let read = |bytes: &[u8]| match format {
                Format::Text => parse(bytes, text_row),
                Format::Binary => parse(bytes, binary_row),
                _ => parse_safetensors(bytes),
            };
            let says_where =
                |error: Error| assert!(error.to_string().starts_with("byte "), "{name}: {error}");
            let mut n_refused = 0;
            for len in 0..whole.len() {
                // A text without its last bytes may still be a text.
                if let Err(error) = read(&whole[..len]) {
                    says_where(error);
                    n_refused += 1;
                }
            }
            assert!(n_refused + 5 > whole.len(), "{name}: {n_refused} of {}", whole.len());
            for at in 0..whole.len() {
                for change in [1, 0x20, 0x80, 0xff] {
                    let mut spoilt = whole.clone();
                    spoilt[at] ^= change;
                    if let Err(error) = read(&spoilt) {
                        says_where(error);
                    }
                }
            }
        }
    }

    #[test]
    fn a_mapped_file_is_the_loaded_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.safetensors");
        toy().save(&path, Format::Safetensors).unwrap();
        let mapped = Vectors::open_mapped(&path).unwrap();
        assert_eq!(mapped, toy());
        assert_eq!(mapped.similar("king", 3).unwrap(), toy().similar("king", 3).unwrap());
        let copy = dir.path().join("copy.bin");
        mapped.save(&copy, Format::Binary).unwrap();
        assert_eq!(Vectors::load(&copy, Format::Binary).unwrap(), toy());
        toy().save(&path, Format::Text).unwrap();
        assert!(Vectors::open_mapped(&path).unwrap_err().to_string().contains("byte 0"));
    }

    /// As fastText writes it: a space after the last number.
    #[test]
    fn fast_texts_vec_is_text() {
        let vectors = parse(b"2 2\nthe 0.5 -1 \n</s> 1e-3 2 \n", text_row).unwrap();
        assert_eq!((vectors.words()[1].as_str(), vectors.data()), ("</s>", &[0.5, -1.0, 1e-3, 2.0][..]));
        assert_eq!(Format::of_path(Path::new("cc.en.300.vec")), Format::Text);
    }

    #[test]
    fn packed_files_are_unpacked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.txt");
        toy().save(&path, Format::Text).unwrap();
        let text = std::fs::read(&path).unwrap();
        let zst = dir.path().join("v.txt.zst");
        write_whole(&zst, |out| out.write_all(&zstd::encode_all(&text[..], 1)?)).unwrap();
        assert_eq!(Vectors::load(&zst, Format::Text).unwrap(), toy());
    }

    #[test]
    fn words_that_a_format_cannot_hold_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let vectors = Vectors::new(vec!["new york".into()], 1, vec![1.0]).unwrap();
        let path = dir.path().join("v");
        for format in [Format::Text, Format::Binary] {
            assert!(vectors.save(&path, format).unwrap_err().to_string().contains("new york"));
        }
        vectors.save(&path, Format::Safetensors).unwrap();
        assert_eq!(Vectors::load(&path, Format::Safetensors).unwrap(), vectors);
    }

    #[test]
    fn a_failed_save_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let error = toy().save(&dir.path().join("no/such/v.bin"), Format::Binary).unwrap_err();
        assert!(error.is_io());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

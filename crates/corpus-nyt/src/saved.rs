//! Saved material on the disk: files and folders, and the pieces in them.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::{Error, warc};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A page, or another text that is one article.
    Page,
    /// An answer of a paper's interface.
    Json,
}

/// One page or answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The file that it stands in.
    pub file: PathBuf,
    /// Its address, where the file says one.
    pub url: Option<String>,
    /// The charset that the server stated, where the file says so.
    pub charset: Option<String>,
    /// What it is.
    pub form: Form,
    /// Its bytes, unpacked.
    pub body: Vec<u8>,
}

impl Piece {
    /// Its address, or else that of its file, by its name alone: no record names a directory of this machine.
    #[must_use]
    pub fn address(&self) -> String {
        let name = || self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.url.clone().unwrap_or_else(|| format!("file:///{}", name()))
    }
}

/// The file itself, or all files below a folder in the order of their names; hidden ones are left out.
///
/// # Errors
///
/// When a folder cannot be read.
pub fn files_in(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut queue = vec![path.to_owned()];
    while let Some(path) = queue.pop() {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let failed = |e| Error::file(&path, e);
        let mut entries: Vec<PathBuf> = std::fs::read_dir(&path)
            .map_err(failed)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        entries.retain(|entry| !entry.file_name().unwrap_or_default().to_string_lossy().starts_with('.'));
        entries.sort();
        // A queue that is emptied from its end.
        queue.extend(entries.into_iter().rev());
    }
    Ok(files)
}

/// The pieces of a file: every page of a WARC, or the one page or answer that the file is. `-` is standard input.
///
/// # Errors
///
/// When the file cannot be read. An item is an error where a record is broken; what came before it is whole.
pub fn pieces(file: &Path) -> Result<Box<dyn Iterator<Item = Result<Piece, Error>>>, Error> {
    if has_end(file, ".warc") {
        let records = warc::records(file)?;
        let file = file.to_owned();
        let piece = move |record: Result<warc::Record, Error>| match record {
            Ok(record) => piece_of(&file, record).map(Ok),
            Err(error) => Some(Err(error)),
        };
        return Ok(Box::new(records.filter_map(piece)));
    }
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map_err(|e| Error::file(Path::new("stdin"), e))?;
    } else {
        bytes = std::fs::read(file).map_err(|e| Error::file(file, e))?;
    }
    let body = warc::unpacked(file, bytes)?;
    let form = if is_json(file, &body) { Form::Json } else { Form::Page };
    let piece = Piece { file: file.to_owned(), url: None, charset: None, form, body };
    Ok(Box::new(std::iter::once(Ok(piece))))
}

/// A record that holds a page or an answer.
fn piece_of(file: &Path, record: warc::Record) -> Option<Piece> {
    if !matches!(record.kind.as_str(), "response" | "resource") || record.status != 200 {
        return None;
    }
    let form = match record.content_type.as_deref() {
        None | Some("text/html" | "application/xhtml+xml") => Form::Page,
        // Of XML, licensed articles; feeds and sitemaps are none.
        Some("application/xml" | "text/xml") if is_nitf(&record.body) => Form::Page,
        Some("application/json") => Form::Json,
        // Pictures, scripts, robots.txt.
        Some(_) => return None,
    };
    Some(Piece { file: file.to_owned(), url: record.url, charset: record.charset, form, body: record.body })
}

/// Whether the first element is that of NITF, the form of licensed articles.
pub(crate) fn is_nitf(body: &[u8]) -> bool {
    body[..body.len().min(2048)].windows(5).any(|part| part == b"<nitf")
}

/// Whether a file's name ends so, or so before `.gz`.
fn has_end(file: &Path, end: &str) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with(end)
}

/// By the name, or on standard input by the first character.
fn is_json(file: &Path, body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    has_end(file, ".json") || (file == Path::new("-") && matches!(first, Some(b'{' | b'[')))
}

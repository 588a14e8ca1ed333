//! One text out of one archive: the `zip` crate reads the index, libdeflate inflates.
//!
//! Nothing from an archive chooses a path on the disk, and nothing it declares is believed: sizes have a cap before
//! memory is asked for, the inflated length and the CRC are checked, and every refusal says why.

use std::io::{Cursor, Read};

use libdeflater::Decompressor;
use zip::{CompressionMethod, ZipArchive};

use crate::{Error, Result};

/// The largest text accepted, in bytes. Project Gutenberg's largest has 45 MB.
pub const TEXT_BYTES_MAX: u64 = 256 << 20;

/// Deflate cannot pack more than this; who declares more lies.
const RATIO_MAX: u64 = 1032;

/// The bytes of a text, and what its archive was like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// The text's bytes as they were packed.
    pub bytes: Vec<u8>,
    /// Its name in the archive; empty for a file that was no archive.
    pub member: String,
    /// Other members that were left in the archive, with the reason.
    pub left: Vec<String>,
}

/// A text that lies in an [`Inflater`]'s buffer, or in the file itself where that was no archive.
#[derive(Debug, PartialEq, Eq)]
pub struct Text<'a> {
    /// The text's bytes as they were packed.
    pub bytes: &'a [u8],
    /// Its name in the archive; empty for a file that was no archive.
    pub member: String,
    /// Other members that were left in the archive, with the reason.
    pub left: Vec<String>,
}

/// Takes the book's text out of `bytes`, which are a zip or a text that was never packed; `stem` is the name of the
/// file without its extension.
///
/// # Errors
///
/// [`Error::is_archive`], and [`Error::is_damaged`] where fetching again may help.
pub fn unpack(bytes: &[u8], stem: &str) -> Result<Unpacked> {
    let mut inflater = Inflater::new();
    let Text { bytes, member, left } = inflater.unpack(bytes, stem)?;
    Ok(Unpacked { bytes: bytes.to_vec(), member, left })
}

/// libdeflate's state and a buffer, kept between archives: to ask for the memory of each book anew costs the system
/// as much time as to inflate it.
pub struct Inflater {
    decompressor: Decompressor,
    /// As long as the longest text so far; what lies behind the current text is left from earlier ones.
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflater")
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl Inflater {
    /// A fresh one.
    #[must_use]
    pub fn new() -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new() }
    }

    /// As [`unpack()`], into the buffer of this inflater.
    ///
    /// # Errors
    ///
    /// As [`unpack()`].
    pub fn unpack<'a>(&'a mut self, bytes: &'a [u8], stem: &str) -> Result<Text<'a>> {
        if !is_archive(bytes) {
            check_plain(bytes, stem)?;
            return Ok(Text { bytes, member: String::new(), left: Vec::new() });
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            Error::damaged(format!(
                "{stem}: the archive's index cannot be read ({error}); it is cut off or damaged"
            ))
        })?;
        let (chosen, mut left) = choose_members(&mut archive, stem)?;
        let mut len = 0;
        let mut names = Vec::new();
        for idx in chosen {
            let start = if len == 0 { 0 } else { len + BETWEEN.len() };
            let (name, end) = self.member(bytes, &mut archive, idx, stem, start)?;
            if looks_binary(&self.buffer[start..end]) {
                left.push(format!("{name}: not a text"));
                continue;
            }
            self.buffer[len..start].copy_from_slice(&BETWEEN[..start - len]);
            len = end;
            names.push(name);
        }
        if names.is_empty() {
            return Err(Error::refused(format!("{stem}: no text in the archive ({})", left.join("; "))));
        }
        Ok(Text { bytes: &self.buffer[..len], member: names.join(", "), left })
    }

    /// Inflates a member to where `start` is in the buffer; gives its name and where it ends there.
    fn member(
        &mut self,
        bytes: &[u8],
        archive: &mut ZipArchive<Cursor<&[u8]>>,
        idx: usize,
        stem: &str,
        start: usize,
    ) -> Result<(String, usize)> {
        let damaged = |what: String| Error::damaged(format!("{stem}: {what}"));
        let member = archive
            .by_index_raw(idx)
            .map_err(|error| damaged(format!("member {idx} cannot be read ({error})")))?;
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let (size, packed, crc) = (member.size() as usize, member.compressed_size() as usize, member.crc32());
        let method = member.compression();
        let data = member.data_start().ok_or_else(|| damaged(format!("{name} has no data")))? as usize;
        drop(member);
        let data = data
            .checked_add(packed)
            .and_then(|end| bytes.get(data..end))
            .ok_or_else(|| damaged(format!("{name} is cut off")))?;
        let end = start + size;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        let out = &mut self.buffer[start..end];
        let n_bytes = match method {
            CompressionMethod::Stored => {
                let n_bytes = data.len().min(size);
                out[..n_bytes].copy_from_slice(&data[..n_bytes]);
                data.len()
            }
            CompressionMethod::Deflated => {
                self.decompressor.deflate_decompress(data, out).map_err(|error| {
                    damaged(format!("{name} does not inflate to the {size} bytes it declares ({error})"))
                })?
            }
            other => read_slowly(archive, idx, out)
                .map_err(|error| Error::refused(format!("{stem}: {name}: compression {other}: {error}")))?,
        };
        if n_bytes != size {
            return Err(damaged(format!("{name} has {n_bytes} bytes, not the {size} it declares")));
        }
        if libdeflater::crc32(out) != crc {
            return Err(damaged(format!("{name} has a wrong checksum")));
        }
        Ok((name, end))
    }
}

/// Stands between the texts of an archive that has several.
const BETWEEN: &[u8] = b"\n\n";

/// A text may begin with the letters PK; an archive has the number of a record behind them.
fn is_archive(bytes: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|mark| bytes.starts_with(*mark))
}

fn check_plain(bytes: &[u8], stem: &str) -> Result<()> {
    let opening = String::from_utf8_lossy(&bytes[..bytes.len().min(512)])
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_ascii_lowercase();
    let is_page = ["<!doctype", "<html", "<?xml", "<head"].iter().any(|mark| opening.starts_with(mark));
    if is_page {
        return Err(Error::refused(format!("{stem}: a web page came in place of the file")));
    }
    if bytes.is_empty() {
        return Err(Error::damaged(format!("{stem}: the file is empty")));
    }
    if looks_binary(bytes) {
        return Err(Error::refused(format!("{stem}: neither a zip nor a text")));
    }
    Ok(())
}

/// A text has no NUL byte, unless it is UTF-16, which says so at its front.
fn looks_binary(bytes: &[u8]) -> bool {
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    !marked && memchr::memchr(0, &bytes[..bytes.len().min(64 * 1024)]).is_some()
}

/// The members to join: the one that is named as the archive, else every text, in the order of their names.
fn choose_members(archive: &mut ZipArchive<Cursor<&[u8]>>, stem: &str) -> Result<(Vec<usize>, Vec<String>)> {
    let mut texts: Vec<(String, usize)> = Vec::new();
    let mut left = Vec::new();
    for idx in 0..archive.len() {
        let member = archive
            .by_index_raw(idx)
            .map_err(|error| Error::damaged(format!("{stem}: member {idx} cannot be read ({error})")))?;
        let raw_name = String::from_utf8_lossy(member.name_raw()).into_owned();
        if member.is_dir() || raw_name.ends_with('/') {
            continue;
        }
        let file = raw_name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let refusal = if member.enclosed_name().is_none()
            || raw_name.starts_with(['/', '\\'])
            || raw_name.contains(':')
        {
            Some("its name leads out of the archive")
        } else if !is_text_name(&file) {
            Some("not a text by its name")
        } else if member.encrypted() {
            Some("encrypted")
        } else if member.size() > TEXT_BYTES_MAX {
            Some("declares more bytes than any book has")
        } else if member.compression() == CompressionMethod::Deflated
            && member.size() > member.compressed_size().max(1) * RATIO_MAX + 1024
        {
            Some("declares more bytes than deflate can pack")
        } else {
            None
        };
        match refusal {
            Some(reason) => left.push(format!("{raw_name}: {reason}")),
            None => texts.push((raw_name, idx)),
        }
    }
    let own = |name: &str| {
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        file.rsplit_once('.').map_or(file, |(stem, _)| stem).eq_ignore_ascii_case(stem)
    };
    if let Some(at) = texts.iter().position(|(name, _)| own(name)) {
        let (_, idx) = texts.remove(at);
        left.extend(texts.into_iter().map(|(name, _)| format!("{name}: another text")));
        return Ok((vec![idx], left));
    }
    let is_extra = |name: &str| {
        let lower = name.to_ascii_lowercase();
        texts.len() > 1
            && ["readme", "license", "licence", "note.txt"].iter().any(|word| lower.contains(word))
    };
    let (extra, mut books): (Vec<_>, Vec<_>) =
        texts.clone().into_iter().partition(|(name, _)| is_extra(name));
    left.extend(extra.into_iter().map(|(name, _)| format!("{name}: about the archive")));
    books.sort();
    let total: u64 = books.iter().map(|&(_, idx)| archive.by_index_raw(idx).map_or(0, |m| m.size())).sum();
    if total > TEXT_BYTES_MAX {
        return Err(Error::refused(format!(
            "{stem}: its texts declare {total} bytes, more than any book has"
        )));
    }
    Ok((books.into_iter().map(|(_, idx)| idx).collect(), left))
}

fn is_text_name(file: &str) -> bool {
    let has_extension = |list: &[&str]| list.iter().any(|extension| file.ends_with(extension));
    has_extension(&[".txt", ".utf8", ".asc", ".txt.utf-8"]) || !file.contains('.')
}

/// Methods other than deflate are rare; the `zip` crate has some of them.
fn read_slowly(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    idx: usize,
    out: &mut [u8],
) -> std::io::Result<usize> {
    let mut member = archive.by_index(idx).map_err(std::io::Error::other)?;
    member.read_exact(out)?;
    Ok(out.len() + usize::from(member.read(&mut [0])? > 0))
}

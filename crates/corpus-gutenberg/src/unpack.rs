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

/// Takes the book's text out of `bytes`, which are a zip or a text that was never packed; `stem` is the name of the
/// file without its extension.
///
/// # Errors
///
/// [`Error::is_archive`], and [`Error::is_damaged`] where fetching again may help.
pub fn unpack(bytes: &[u8], stem: &str) -> Result<Unpacked> {
    unpack_with(bytes, stem, &mut Inflater::new())
}

/// As [`unpack()`], with an inflater that is used again and again.
///
/// # Errors
///
/// As [`unpack()`].
pub fn unpack_with(bytes: &[u8], stem: &str, inflater: &mut Inflater) -> Result<Unpacked> {
    if !bytes.starts_with(b"PK") {
        return plain(bytes, stem);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
        Error::damaged(format!(
            "{stem}: the archive's index cannot be read ({error}); it is cut off or damaged"
        ))
    })?;
    let (chosen, mut left) = choose_members(&mut archive, stem)?;
    let mut text = Vec::new();
    let mut names = Vec::new();
    for idx in chosen {
        let (name, part) = inflater.member(bytes, &mut archive, idx, stem)?;
        if looks_binary(&part) {
            left.push(format!("{name}: not a text"));
            continue;
        }
        if text.is_empty() {
            text = part;
        } else {
            text.extend_from_slice(b"\n\n");
            text.extend_from_slice(&part);
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(Error::refused(format!("{stem}: no text in the archive ({})", left.join("; "))));
    }
    Ok(Unpacked { bytes: text, member: names.join(", "), left })
}

fn plain(bytes: &[u8], stem: &str) -> Result<Unpacked> {
    let opening = String::from_utf8_lossy(&bytes[..bytes.len().min(512)])
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_ascii_lowercase();
    if opening.starts_with("<!doctype")
        || opening.starts_with("<html")
        || opening.starts_with("<?xml")
        || opening.starts_with("<head")
    {
        return Err(Error::refused(format!("{stem}: a web page came in place of the file")));
    }
    if bytes.is_empty() {
        return Err(Error::damaged(format!("{stem}: the file is empty")));
    }
    if looks_binary(bytes) {
        return Err(Error::refused(format!("{stem}: neither a zip nor a text")));
    }
    Ok(Unpacked { bytes: bytes.to_vec(), member: String::new(), left: Vec::new() })
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

/// libdeflate's state, kept between archives.
pub struct Inflater(Decompressor);

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
        Self(Decompressor::new())
    }

    fn member(
        &mut self,
        bytes: &[u8],
        archive: &mut ZipArchive<Cursor<&[u8]>>,
        idx: usize,
        stem: &str,
    ) -> Result<(String, Vec<u8>)> {
        let damaged = |what: String| Error::damaged(format!("{stem}: {what}"));
        let member = archive
            .by_index_raw(idx)
            .map_err(|error| damaged(format!("member {idx} cannot be read ({error})")))?;
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let (size, packed, crc) = (member.size() as usize, member.compressed_size() as usize, member.crc32());
        let method = member.compression();
        let start = member.data_start().ok_or_else(|| damaged(format!("{name} has no data")))? as usize;
        drop(member);
        let data = start
            .checked_add(packed)
            .and_then(|end| bytes.get(start..end))
            .ok_or_else(|| damaged(format!("{name} is cut off")))?;
        let text = match method {
            CompressionMethod::Stored => data.to_vec(),
            CompressionMethod::Deflated => {
                let mut out = vec![0; size];
                let n_bytes = self.0.deflate_decompress(data, &mut out).map_err(|error| {
                    damaged(format!("{name} does not inflate to the {size} bytes it declares ({error})"))
                })?;
                out.truncate(n_bytes);
                out
            }
            other => slow_member(archive, idx, size)
                .map_err(|error| Error::refused(format!("{stem}: {name}: compression {other}: {error}")))?,
        };
        if text.len() != size {
            return Err(damaged(format!("{name} has {} bytes, not the {size} it declares", text.len())));
        }
        if libdeflater::crc32(&text) != crc {
            return Err(damaged(format!("{name} has a wrong checksum")));
        }
        Ok((name, text))
    }
}

/// Methods other than deflate are rare; the `zip` crate has some of them.
fn slow_member(archive: &mut ZipArchive<Cursor<&[u8]>>, idx: usize, size: usize) -> std::io::Result<Vec<u8>> {
    let member = archive.by_index(idx).map_err(std::io::Error::other)?;
    let mut out = Vec::new();
    member.take(size as u64 + 1).read_to_end(&mut out)?;
    Ok(out)
}

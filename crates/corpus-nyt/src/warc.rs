//! The raw store: WARC 1.1, each record a gzip member of its own, so that a file is appended record by record.

use std::fmt::Write as FmtWrite;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Error;

/// No record of a page is longer than this when unpacked.
const RECORD_BYTES_MAX: u64 = 256 << 20;

/// A page as it came, ready for the store.
#[derive(Clone, Debug)]
pub struct RawPage<'a> {
    /// Its address.
    pub url: &'a str,
    /// When it was fetched: `2026-11-24T10:00:00Z`.
    pub date: &'a str,
    /// HTTP status.
    pub status: u16,
    /// Headers that describe the body as it is stored.
    pub headers: &'a [(String, String)],
    /// The body, unpacked.
    pub body: &'a [u8],
}

/// The first record of a file, which says who wrote it.
pub(crate) fn info_member(date: &str) -> std::io::Result<Vec<u8>> {
    let body = b"software: corpus-nyt\r\nformat: WARC File Format 1.1\r\n";
    let head = head(
        "warcinfo",
        &record_id(&[b"warcinfo", date.as_bytes()]),
        date,
        None,
        "application/warc-fields",
        body.len(),
    );
    member(&[head.as_bytes(), body, b"\r\n\r\n"])
}

/// A `response` record as a gzip member.
///
/// # Errors
///
/// Fails only if memory cannot be written.
pub fn response_member(page: &RawPage<'_>) -> std::io::Result<Vec<u8>> {
    // Writing to a String cannot fail.
    let mut http = format!("HTTP/1.1 {} {}\r\n", page.status, if page.status == 200 { "OK" } else { "-" });
    for (name, value) in page.headers {
        let own = ["content-length", "content-encoding", "transfer-encoding", "connection", "set-cookie"];
        let safe = !name.contains(['\r', '\n', ':']) && !value.contains(['\r', '\n']);
        if safe && !own.iter().any(|o| name.eq_ignore_ascii_case(o)) {
            let _ = FmtWrite::write_fmt(&mut http, format_args!("{name}: {value}\r\n"));
        }
    }
    let _ = FmtWrite::write_fmt(&mut http, format_args!("Content-Length: {}\r\n\r\n", page.body.len()));
    let id = record_id(&[page.url.as_bytes(), page.date.as_bytes(), page.body]);
    let length = http.len() + page.body.len();
    let head = head("response", &id, page.date, Some(page.url), "application/http;msgtype=response", length);
    member(&[head.as_bytes(), http.as_bytes(), page.body, b"\r\n\r\n"])
}

fn head(kind: &str, id: &str, date: &str, url: Option<&str>, content_type: &str, length: usize) -> String {
    let target =
        url.map(|u| format!("WARC-Target-URI: {}\r\n", u.replace(['\r', '\n', ' '], ""))).unwrap_or_default();
    format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nWARC-Date: {date}\r\n{target}\
         Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// A UUID (version 8) of the record's content: the same record has the same name.
fn record_id(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hex = hasher.finalize().to_hex();
    format!("{}-{}-8{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

fn member(parts: &[&[u8]]) -> std::io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    for part in parts {
        out.write_all(part)?;
    }
    out.finish()
}

/// A record as read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `response`, `warcinfo`, ...
    pub kind: String,
    /// The page's address.
    pub url: Option<String>,
    /// The page's charset, if HTTP said one.
    pub charset: Option<String>,
    /// The page's body (of other kinds of records: the block).
    pub body: Vec<u8>,
    /// Bytes in the file.
    pub packed_bytes: u64,
}

/// Reads the record whose gzip member begins the bytes.
///
/// # Errors
///
/// When the member is cut off or broken, or holds no WARC record; the message names `path`.
pub fn read_record(path: &Path, packed: &[u8]) -> Result<Record, Error> {
    let mut cursor = std::io::Cursor::new(packed);
    let mut bytes = Vec::new();
    let mut unpack = flate2::bufread::GzDecoder::new(&mut cursor).take(RECORD_BYTES_MAX);
    unpack.read_to_end(&mut bytes).map_err(|e| Error::file(path, e))?;
    drop(unpack);
    let mut record =
        parse(&bytes).ok_or_else(|| Error::malformed(format!("{}: no WARC record", path.display())))?;
    record.packed_bytes = cursor.position();
    Ok(record)
}

/// All records of a file, packed or not by its first bytes.
///
/// # Errors
///
/// When the file cannot be read or a record is broken.
pub fn read_file(path: &Path) -> Result<Vec<Record>, Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::file(path, e))?;
    let mut records = Vec::new();
    let mut rest = bytes.as_slice();
    while rest.starts_with(&[0x1f, 0x8b]) {
        let record = read_record(path, rest)?;
        rest = &rest[(record.packed_bytes as usize).clamp(1, rest.len())..];
        records.push(record);
    }
    if !rest.is_empty() {
        return Err(Error::malformed(format!(
            "{}: {} bytes after the last record",
            path.display(),
            rest.len()
        )));
    }
    Ok(records)
}

fn parse(bytes: &[u8]) -> Option<Record> {
    if !bytes.starts_with(b"WARC/1.") {
        return None;
    }
    let (head, rest) = split_head(bytes)?;
    let field = |name: &str| header(head, name);
    let length: usize = field("Content-Length")?.parse().ok()?;
    let block = rest.get(..length)?;
    let kind = field("WARC-Type")?;
    let (charset, body) = if kind == "response" {
        let (http, body) = split_head(block)?;
        let content_type = header(http, "Content-Type").unwrap_or_default();
        let charset =
            content_type.split_once("charset=").map(|(_, c)| c.trim_matches(['"', ' ', ';']).to_owned());
        (charset, body)
    } else {
        (None, block)
    };
    Some(Record { url: field("WARC-Target-URI"), kind, charset, body: body.to_vec(), packed_bytes: 0 })
}

fn split_head(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 4..]))
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|l| l.split_once(':'))
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.trim().to_owned())
}

/// Unpacks a whole gzip file of any number of members, or hands the bytes back if they are not packed.
///
/// # Errors
///
/// When the packed bytes are broken or unpack to more than 256 MiB.
pub fn unpacked(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(RECORD_BYTES_MAX + 1);
    reader.read_to_end(&mut out).map_err(|e| Error::file(path, e))?;
    if out.len() as u64 > RECORD_BYTES_MAX {
        return Err(Error::malformed(format!(
            "{}: unpacks to more than {RECORD_BYTES_MAX} bytes",
            path.display()
        )));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_put_in() {
        let headers = [
            ("Content-Type".to_owned(), "text/html; charset=latin1".to_owned()),
            ("Set-Cookie".to_owned(), "a=b".to_owned()),
        ];
        let page = RawPage {
            url: "https://a.example/x",
            date: "2026-01-01T00:00:00Z",
            status: 200,
            headers: &headers,
            body: b"<p>\r\n\r\nx",
        };
        let mut file = info_member(page.date).expect("memory");
        let info = file.len();
        file.extend(response_member(&page).expect("memory"));
        let first = read_record(Path::new("x"), &file).expect("whole");
        assert_eq!((first.kind.as_str(), first.packed_bytes as usize), ("warcinfo", info));
        let second = read_record(Path::new("x"), &file[info..]).expect("whole");
        assert_eq!(second.body, page.body);
        assert_eq!(second.url.as_deref(), Some(page.url));
        assert_eq!(second.charset.as_deref(), Some("latin1"));
        for cut in 0..file.len() - info {
            assert!(read_record(Path::new("x"), &file[info..info + cut]).is_err(), "{cut}");
        }
    }
}

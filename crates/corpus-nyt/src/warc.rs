//! The raw store: WARC 1.1, each record a gzip member of its own, so that a file is appended record by record.

use std::fmt::Write as FmtWrite;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::Digest as _;

use crate::Error;

/// No record of a page is longer than this when unpacked.
const RECORD_BYTES_MAX: u64 = 256 << 20;

/// No record's or answer's head is longer than this.
const HEAD_BYTES_MAX: u64 = 1 << 20;

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
        "",
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
    let block = [http.as_bytes(), page.body].concat();
    let fields = format!(
        "WARC-Target-URI: {}\r\nWARC-Payload-Digest: {}\r\nWARC-Block-Digest: {}\r\n",
        one_line(page.url),
        digest(page.body),
        digest(&block)
    );
    let id = record_id(&[page.url.as_bytes(), page.date.as_bytes(), page.body]);
    let head = head("response", &id, page.date, &fields, "application/http;msgtype=response", block.len());
    member(&[head.as_bytes(), &block, b"\r\n\r\n"])
}

/// A `resource` record as a gzip member: saved material that no HTTP answer surrounds.
///
/// # Errors
///
/// Fails only if memory cannot be written.
pub fn resource_member(url: &str, date: &str, content_type: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let id = record_id(&[url.as_bytes(), date.as_bytes(), body]);
    let fields = format!("WARC-Target-URI: {}\r\nWARC-Block-Digest: {}\r\n", one_line(url), digest(body));
    let head = head("resource", &id, date, &fields, content_type, body.len());
    member(&[head.as_bytes(), body, b"\r\n\r\n"])
}

fn head(kind: &str, id: &str, date: &str, fields: &str, content_type: &str, length: usize) -> String {
    format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nWARC-Date: {date}\r\n{fields}\
         Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// An address that cannot end its line.
fn one_line(url: &str) -> String {
    url.replace(['\r', '\n', ' '], "")
}

/// `sha256:` and the digits.
fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in sha2::Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = FmtWrite::write_fmt(&mut text, format_args!("{byte:02x}"));
    }
    text
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// `response`, `resource`, `warcinfo`, ...
    pub kind: String,
    /// The page's address.
    pub url: Option<String>,
    /// The HTTP status of a response; 200 for other kinds.
    pub status: u16,
    /// The media type of the body, without its parameters, in lower case.
    pub content_type: Option<String>,
    /// The page's charset, if HTTP said one.
    pub charset: Option<String>,
    /// The page's body, transfer and content encoding undone (of other kinds of records: the block).
    pub body: Vec<u8>,
}

/// Reads the record whose gzip member begins the bytes.
///
/// # Errors
///
/// When the member is cut off or broken, or holds no WARC record; the message names `path`.
pub fn read_record(path: &Path, packed: &[u8]) -> Result<Record, Error> {
    let mut unpack = BufReader::new(flate2::bufread::GzDecoder::new(packed));
    let record = next_record(&mut unpack).map_err(|e| Error::file(path, e))?;
    // The member's own checksum stands behind its last byte.
    io::copy(&mut unpack.take(RECORD_BYTES_MAX), &mut io::sink()).map_err(|e| Error::file(path, e))?;
    record.ok_or_else(|| Error::malformed(format!("{}: no WARC record", path.display())))
}

/// The records of a WARC file, one after the other: of gzip members, packed as a whole, or not packed.
///
/// # Errors
///
/// When the file cannot be opened. A broken record ends the iteration with its error; those before it are whole.
pub fn records(path: &Path) -> Result<Records, Error> {
    let file = std::fs::File::open(path).map_err(|e| Error::file(path, e))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let is_packed = reader.fill_buf().map_err(|e| Error::file(path, e))?.starts_with(&[0x1f, 0x8b]);
    let reader: Box<dyn BufRead> = if is_packed {
        Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    };
    Ok(Records { path: path.to_owned(), reader, ended: false })
}

/// See [`records`].
pub struct Records {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    ended: bool,
}

impl Iterator for Records {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match next_record(&mut *self.reader) {
            Ok(Some(record)) => Some(Ok(record)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(Error::file(&self.path, error)))
            }
        }
    }
}

/// The next record of a stream; none at its end.
fn next_record(reader: &mut dyn BufRead) -> io::Result<Option<Record>> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("WARC: {what}"));
    let mut head = Vec::new();
    let mut limited = reader.take(HEAD_BYTES_MAX);
    loop {
        let start = head.len();
        let n = limited.read_until(b'\n', &mut head)?;
        let is_blank = head[start..].iter().all(u8::is_ascii_whitespace);
        match (n, start) {
            (0, 0) => return Ok(None),
            (0, _) => return Err(broken("a record's head breaks off")),
            // Blank lines stand between records.
            _ if is_blank && start == 0 => head.clear(),
            _ if is_blank => break,
            _ => {}
        }
    }
    let head = String::from_utf8_lossy(&head);
    if !head.starts_with("WARC/") {
        return Err(broken("no record where one should begin"));
    }
    let field = |name: &str| header(&head, name);
    let length: u64 = field("Content-Length")
        .and_then(|length| length.parse().ok())
        .ok_or_else(|| broken("a record without its length"))?;
    if length > RECORD_BYTES_MAX {
        return Err(broken("a record of more than 256 MiB"));
    }
    let mut block = Vec::new();
    reader.take(length).read_to_end(&mut block)?;
    if (block.len() as u64) < length {
        return Err(broken("a record breaks off"));
    }
    let mut record = Record {
        kind: field("WARC-Type").unwrap_or_default(),
        url: field("WARC-Target-URI").map(|url| url.trim_matches(['<', '>']).to_owned()),
        status: 200,
        ..Record::default()
    };
    let content_type = if record.kind == "response" {
        let (http, body) = split_head(&block).ok_or_else(|| broken("a response without its HTTP head"))?;
        record.status = http.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        record.body = undone(&http, body);
        header(&http, "Content-Type")
    } else {
        record.body = block;
        field("Content-Type")
    };
    let content_type = content_type.unwrap_or_default();
    record.charset = charset_in(&content_type);
    record.content_type = content_type
        .split(';')
        .next()
        .map(|media| media.trim().to_ascii_lowercase())
        .filter(|media| !media.is_empty());
    Ok(Some(record))
}

/// The charset of a `Content-Type`.
pub(crate) fn charset_in(content_type: &str) -> Option<String> {
    let at = content_type.to_ascii_lowercase().find("charset=")? + "charset=".len();
    let label = content_type.get(at..)?.split(';').next()?.trim().trim_matches(['"', '\'']);
    (!label.is_empty()).then(|| label.to_owned())
}

/// A body without the encodings that other programs leave on it. One that is not as its head says stays as it is.
fn undone(http: &str, body: &[u8]) -> Vec<u8> {
    let says = |name: &str, what: &str| header(http, name).is_some_and(|v| v.eq_ignore_ascii_case(what));
    let body = if says("Transfer-Encoding", "chunked") { unchunked(body) } else { None }
        .unwrap_or_else(|| body.to_vec());
    let mut plain = Vec::new();
    let read = if body.starts_with(&[0x1f, 0x8b]) && says("Content-Encoding", "gzip") {
        flate2::read::MultiGzDecoder::new(&body[..]).take(RECORD_BYTES_MAX).read_to_end(&mut plain)
    } else if says("Content-Encoding", "deflate") {
        flate2::read::ZlibDecoder::new(&body[..]).take(RECORD_BYTES_MAX).read_to_end(&mut plain)
    } else {
        return body;
    };
    if read.is_ok() { plain } else { body }
}

/// Chunks put together; none if they are not well formed.
fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(&body[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        body = &body[end + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(..size)?);
        body = body.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

fn split_head(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 4..]))
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|l| l.split_once(':'))
        .find(|(n, _)| n.trim().eq_ignore_ascii_case(name))
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
        assert_eq!(first.kind, "warcinfo");
        let second = read_record(Path::new("x"), &file[info..]).expect("whole");
        assert_eq!(second.body, page.body);
        assert_eq!(second.url.as_deref(), Some(page.url));
        assert_eq!(second.charset.as_deref(), Some("latin1"));
        for cut in 0..file.len() - info {
            assert!(read_record(Path::new("x"), &file[info..info + cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn files_of_other_programs_are_read() {
        let http = "HTTP/1.1 200 OK\r\ncontent-type: text/html;charset=\"ISO-8859-1\"\r\nTransfer-Encoding: chunked\r\n\
            Content-Encoding: gzip\r\n\r\n";
        let body = member(&[b"<p>packed"]).expect("memory");
        let chunked = [format!("{:x};x=1\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
        let record = |block: &[u8]| {
            let head = format!(
                "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <https://a.example/>\r\nContent-Length: {}\r\n\r\n",
                block.len()
            );
            [head.as_bytes(), block, b"\r\n\r\n"].concat()
        };
        let file = [
            record(&[http.as_bytes(), &chunked].concat()),
            record(b"HTTP/1.1 404 Not Found\r\n\r\n"),
            resource_member("file:///a.json", "2026-01-01T00:00:00Z", "application/json", b"{}")
                .expect("memory"),
        ];
        let dir = tempfile::tempdir().expect("temporary");
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::File::create(&path).and_then(|mut f| f.write_all(bytes)).expect("file");
            path
        };
        let plain = [file[0].as_slice(), &file[1]].concat();
        for path in [write("plain.warc", &plain), write("whole.warc.gz", &member(&[&plain]).expect("memory"))]
        {
            let read: Vec<Record> = records(&path).expect("opens").collect::<Result<_, _>>().expect("whole");
            assert_eq!(read.len(), 2);
            assert_eq!((read[0].body.as_slice(), read[0].status), (b"<p>packed".as_slice(), 200));
            assert_eq!(read[0].charset.as_deref(), Some("ISO-8859-1"));
            assert_eq!(read[0].url.as_deref(), Some("https://a.example/"));
            assert_eq!(read[1].status, 404);
        }
        let last =
            records(&write("last.warc.gz", &file[2])).expect("opens").next().expect("one").expect("whole");
        assert_eq!(
            (last.kind.as_str(), last.content_type.as_deref()),
            ("resource", Some("application/json"))
        );
        let torn = records(&write("torn.warc", &plain[..plain.len() - 30])).expect("opens");
        assert_eq!(torn.map(|record| record.is_ok()).collect::<Vec<_>>(), [true, false]);
    }
}

//! Bytes to text: a mark at the front, else valid UTF-8, else what was declared, else what a detector says.
//!
//! The order is one of trust and of cost. Validating UTF-8 is fast and practically never wrong on real prose; what a
//! file declares about itself is often out of date; a detector is slow, so it sees at most [`DETECT_BYTES`].

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// As many bytes as the detector is shown: over a whole book it would cost more than all other steps together.
pub const DETECT_BYTES: usize = 64 * 1024;

/// A decoded text and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a mark at its front; borrowed where the bytes were UTF-8 already.
    pub text: Cow<'a, str>,
    /// The encoding's name in the WHATWG standard, in capitals: `UTF-8`, `WINDOWS-1252`, `ASCII` for pure ASCII.
    pub encoding: &'static str,
    /// What decided the encoding.
    pub how: How,
    /// How many malformed sequences became U+FFFD. A declared encoding in which the bytes are malformed is tried
    /// last, so that this is zero wherever any reading without loss was found.
    pub replacements: usize,
}

/// What decided an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A byte order mark.
    Mark,
    /// All bytes below 128, or valid UTF-8.
    Valid,
    /// The declaration handed in.
    Declared,
    /// The detector.
    Detected,
    /// Nothing fitted without loss: read as UTF-8 if most of it is, else as Windows-1252.
    Fallback,
}

/// Decodes `bytes`; `declared` is what a header, a file name or a server said, under any of the usual labels
/// (`ISO-8859-1`, `latin1`, `Windows-1252`, `utf8`, ...), or nothing.
///
/// ISO-8859-1 is read as Windows-1252, as every browser does: files that declare the one use the quotation marks and
/// dashes of the other.
///
/// ```
/// use corpus_text::decode;
///
/// let decoded = decode(b"caf\xe9 \x97 ol\xe9", Some("ISO-8859-1"));
/// assert_eq!(decoded.text, "caf\u{e9} \u{2014} ol\u{e9}");
/// assert_eq!(decoded.encoding, "WINDOWS-1252");
/// ```
#[must_use]
pub fn decode<'a>(bytes: &'a [u8], declared: Option<&str>) -> Decoded<'a> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return read(&bytes[mark..], encoding, How::Mark);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // UTF-16 of English is valid UTF-8 too, with a zero at every other place.
        if let Some(encoding) = utf16_without_mark(bytes) {
            return read(bytes, encoding, How::Detected);
        }
        let encoding = if text.is_ascii() { "ASCII" } else { UTF_8.name() };
        return Decoded { text: Cow::Borrowed(text), encoding, how: How::Valid, replacements: 0 };
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return read(bytes, encoding, How::Detected);
    }
    if is_broken_utf8(bytes) {
        let text = String::from_utf8_lossy(bytes);
        let replacements = text.matches('\u{fffd}').count();
        return Decoded { text, encoding: UTF_8.name(), how: How::Fallback, replacements };
    }
    if let Some(encoding) = declared.and_then(for_label)
        && encoding != UTF_8
    {
        let decoded = read(bytes, encoding, How::Declared);
        if decoded.replacements == 0 {
            return decoded;
        }
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    let window = detection_window(bytes);
    detector.feed(window, window.len() == bytes.len());
    let guess = read(bytes, detector.guess(None, chardetng::Utf8Detection::Deny), How::Detected);
    if guess.replacements == 0 {
        return guess;
    }
    read(bytes, WINDOWS_1252, How::Fallback)
}

/// Ends every line with `\n` alone: `\r\n` and a lone `\r` (old Macintosh) become `\n`. Borrows where there is no
/// `\r` at all.
#[must_use]
pub fn normalise_lines(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    normalise_lines_into(&mut out, text);
    Cow::Owned(out)
}

/// As [`normalise_lines`], appended to `out`, which may be used again for the next text.
pub fn normalise_lines_into(out: &mut String, text: &str) {
    out.reserve(text.len());
    let mut from = 0;
    for at in memchr::memchr_iter(b'\r', text.as_bytes()) {
        out.push_str(&text[from..at]);
        from = at + 1;
        if text.as_bytes().get(from) != Some(&b'\n') {
            out.push('\n');
        }
    }
    out.push_str(&text[from..]);
}

/// Removes soft hyphens (U+00AD), which mark where a word might be divided and are no part of it. Borrows where
/// there is none.
#[must_use]
pub fn remove_soft_hyphens(text: &str) -> Cow<'_, str> {
    if text.contains('\u{ad}') { Cow::Owned(text.replace('\u{ad}', "")) } else { Cow::Borrowed(text) }
}

/// The encoding behind a label, with the names that Project Gutenberg's headers use beside the standard's labels.
fn for_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(|c| matches!(c, '"' | '\'' | '.' | ';'));
    Encoding::for_label(label.as_bytes()).or_else(|| {
        let plain: String =
            label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        match plain.as_str() {
            "iso646us"
            | "usascii"
            | "ascii"
            | "isolatin1"
            | "latin1"
            | "iso88591"
            | "cp1252"
            | "ansi"
            | "codepage1252"
            | "windows1252"
            | "windowscodepage1252" => Some(WINDOWS_1252),
            "unicode" | "unicodeutf8" | "utf8" => Some(UTF_8),
            "macroman" | "macintosh" | "mac" => Some(encoding_rs::MACINTOSH),
            _ => None,
        }
    })
}

/// Reads all of it in one encoding and counts what had to be replaced.
fn read<'a>(bytes: &'a [u8], encoding: &'static Encoding, how: How) -> Decoded<'a> {
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    // A U+FFFD that was in the text by itself counts too; it stands for the same loss, suffered earlier.
    let replacements = if had_errors { text.matches('\u{fffd}').count() } else { 0 };
    Decoded { text, encoding: upper_name(encoding), how, replacements }
}

/// The standard writes `windows-1252` and `UTF-8`; one case for all reads better in a manifest.
fn upper_name(encoding: &'static Encoding) -> &'static str {
    match encoding.name() {
        "windows-1252" => "WINDOWS-1252",
        "windows-1250" => "WINDOWS-1250",
        "windows-1251" => "WINDOWS-1251",
        "macintosh" => "MACINTOSH",
        name => name,
    }
}

/// A book that is UTF-8 but for a broken byte or two would become two letters for each accent in any other reading,
/// whatever it declares. Far more characters of several bytes than broken places tell it from an 8-bit text, which
/// breaks at nearly every accent and is known by its first hundred.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    let (mut n_broken, mut n_whole) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        n_whole += chunk.valid().bytes().filter(|&byte| byte >= 0xc0).count();
        n_broken += usize::from(!chunk.invalid().is_empty());
        if n_broken > 100 && n_whole < n_broken {
            return false;
        }
    }
    n_whole > 8 * n_broken
}

/// UTF-16 without a mark: English in it has a zero in nearly every other byte, always on the same side.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1024) & !1];
    if head.len() < 16 {
        return None;
    }
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    if odd * 10 > pairs * 8 && even * 20 < pairs {
        Some(UTF_16LE)
    } else if even * 10 > pairs * 8 && odd * 20 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The stretch that the detector sees: it begins a little before the first byte that is not ASCII, since a book's
/// first 64 KB may well have none.
fn detection_window(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|b| !b.is_ascii()).unwrap_or(0);
    let start = first.saturating_sub(256);
    &bytes[start..bytes.len().min(start + DETECT_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], declared: Option<&str>, text: &str, encoding: &str, how: How) {
        let decoded = decode(bytes, declared);
        assert_eq!(
            (decoded.text.as_ref(), decoded.encoding, decoded.how, decoded.replacements),
            (text, encoding, how, 0),
            "{bytes:?} declared {declared:?}"
        );
    }

    #[test]
    fn marks_decide() {
        check(b"\xef\xbb\xbfol\xc3\xa9", Some("latin1"), "ol\u{e9}", "UTF-8", How::Mark);
        check(b"\xff\xfea\0b\0", None, "ab", "UTF-16LE", How::Mark);
        check(b"\xfe\xff\0a\0b", None, "ab", "UTF-16BE", How::Mark);
    }

    #[test]
    fn valid_utf8_beats_a_declaration() {
        check(b"plain", Some("ISO-8859-1"), "plain", "ASCII", How::Valid);
        check("ol\u{e9} \u{2014}".as_bytes(), Some("ISO-8859-1"), "ol\u{e9} \u{2014}", "UTF-8", How::Valid);
        check(b"", None, "", "ASCII", How::Valid);
    }

    #[test]
    fn declarations_decide_between_the_rest() {
        check(
            b"na\xefve \x93q\x94",
            Some("ISO-8859-1"),
            "na\u{ef}ve \u{201c}q\u{201d}",
            "WINDOWS-1252",
            How::Declared,
        );
        check(b"na\xefve", Some("ISO Latin-1"), "na\u{ef}ve", "WINDOWS-1252", How::Declared);
        check(b"caf\x8e", Some("macintosh"), "caf\u{e9}", "MACINTOSH", How::Declared);
        check(b"\xd0\xcf\xd0", Some("KOI8-R"), "\u{43f}\u{43e}\u{43f}", "KOI8-R", How::Declared);
    }

    #[test]
    fn a_detector_decides_where_nothing_is_declared() {
        let prose = b"Le ch\xe2teau \xe9tait ferm\xe9; la fen\xeatre, elle, \xe9tait ouverte. ".repeat(20);
        let decoded = decode(&prose, Some("no such encoding"));
        assert_eq!((decoded.encoding, decoded.how, decoded.replacements), ("WINDOWS-1252", How::Detected, 0));
        assert!(decoded.text.starts_with("Le ch\u{e2}teau"));
        // The first accent stands behind the window's length.
        let late = [vec![b'a'; 2 * DETECT_BYTES], prose].concat();
        assert_eq!(decode(&late, None).encoding, "WINDOWS-1252");
    }

    #[test]
    fn one_broken_byte_does_not_cost_a_book_its_accents() {
        let mut bytes = "h\u{e9}, \u{e0} l\u{e0}! ".repeat(50).into_bytes();
        bytes.push(0xff);
        let decoded = decode(&bytes, Some("ISO-8859-1"));
        assert_eq!((decoded.encoding, decoded.how, decoded.replacements), ("UTF-8", How::Fallback, 1));
        assert!(decoded.text.starts_with("h\u{e9}"));
    }

    #[test]
    fn utf16_is_seen_without_its_mark() {
        let little: Vec<u8> = "It was a dark night.".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "It was a dark night.".encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&little, None, "It was a dark night.", "UTF-16LE", How::Detected);
        check(&big, None, "It was a dark night.", "UTF-16BE", How::Detected);
    }

    #[test]
    fn lines_end_in_one_way() {
        assert_eq!(normalise_lines("a\r\nb\rc\n\rd\r"), "a\nb\nc\n\nd\n");
        assert!(matches!(normalise_lines("a\nb"), Cow::Borrowed(_)));
        assert_eq!(remove_soft_hyphens("re\u{ad}mem\u{ad}ber"), "remember");
    }
}

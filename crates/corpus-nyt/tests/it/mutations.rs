//! No page may break the extractor: cut off, bit-flipped, spliced, nested, huge, in any encoding.

use corpus_nyt::{extract, extract_general};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const PAGES: [&str; 3] = [
    "<!DOCTYPE html><html lang=en><head><title>T &amp; é</title><meta property=og:title content=\"T\"><script type=\"application/ld+json\">\
     {\"@type\":\"NewsArticle\",\"headline\":\"T\",\"author\":[{\"name\":\"A B\"}]}</script></head><body><nav><a href=/>x</a></nav>\
     <article><h1>T</h1><p>One paragraph, with commas, and “quotes” — long enough to be taken for the text.<p>Two.<br><br>Three\
     <table><tr><td>a<td>b</table><ul><li>c<li>d</ul></article><!-- c --><svg><path d='M0'/></svg></body></html>",
    "<meta name=byl content='By É. ÀB and MCD'><link rel=canonical href=https://www.nytimes.com/2020/01/02/x.html>\
     <section name=articleBody><p>Text of a page&nbsp;&#150;&#x110000;&bogus; that goes on.</p></section>",
    "<div id=article-body-blocks><p>a</p></div><link rel=canonical href='https://www.theguardian.com/a'>",
];

/// Cuts and flips come from a fixed sequence, so that a failure can be repeated.
#[test]
fn cut_and_flipped_pages() {
    let mut state = 0x9e37_79b9_u32;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize
    };
    for page in PAGES {
        for cut in 0..page.len() {
            let _ = extract(&page.as_bytes()[..cut], None, None);
        }
        for _ in 0..2000 {
            let mut bytes = page.as_bytes().to_vec();
            for _ in 0..=(next() % 8) {
                let at = next() % bytes.len();
                bytes[at] ^= 1 << (next() % 8);
            }
            let charset = ["utf-8", "windows-1252", "shift_jis", "utf-16le", "x"][next() % 5];
            let _ = extract(&bytes, Some("https://www.nytimes.com/x"), Some(charset));
            let _ = extract_general(&String::from_utf8_lossy(&bytes), None);
        }
    }
}

#[test]
fn pathological_pages_take_linear_time() {
    for piece in [
        "<div>",
        "<p><b>",
        "<table><td>",
        "<a href='",
        "<!--",
        "<script>",
        "<svg>",
        "</div>",
        "<",
        "&",
        "<ul><li>a",
        "<textarea>",
        "<h1>a",
    ] {
        let page = piece.repeat(300_000);
        let _ = extract_general(&page, None);
    }
}

/// Numbers from a fixed sequence: a failure names its seed, and the seed makes it again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// Pieces at which parsers of pages have broken.
const PIECES: [&str; 24] = [
    "<",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "<script>",
    "</script",
    "<p>",
    "</p>",
    "<div class='comments sidebar'>",
    "<article>",
    "<h1>",
    "<table><tr><td>",
    "<a href=",
    "<a href='x'>",
    "&",
    "&#x110000;",
    "&bogus;",
    "\0",
    "\u{feff}",
    "\u{130}",
    "é",
    "<section name=articleBody itemprop=articleBody>",
    "<nitf><body><block class='full_text'><p>",
];

/// A page changed in a few places: bits, cuts, repeats, splices of another page, hostile pieces.
fn mutated(pages: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut page = pages[numbers.below(pages.len())].clone();
    for _ in 0..=numbers.below(12) {
        let at = numbers.below(page.len());
        let end = (at + 1 + numbers.below(400)).min(page.len());
        match numbers.below(7) {
            0 if !page.is_empty() => page[at] ^= 1 << numbers.below(8),
            1 => page.truncate(at),
            2 if at < end => drop(page.drain(at..end)),
            3 if at < end => {
                let part = page[at..end].repeat(1 + numbers.below(20));
                page.splice(at..at, part);
            }
            4 => {
                let other = &pages[numbers.below(pages.len())];
                let from = numbers.below(other.len());
                let to = (from + numbers.below(4000)).min(other.len());
                page.splice(at..at, other[from..to].iter().copied());
            }
            5 => drop(page.splice(at..at, PIECES[numbers.below(PIECES.len())].bytes())),
            _ => {
                let piece = PIECES[numbers.below(PIECES.len())].repeat(1 + numbers.below(300));
                page.splice(at..at, piece.into_bytes());
            }
        }
    }
    page
}

/// Every page there is: those made here, and the real ones where they are.
fn pages() -> Vec<Vec<u8>> {
    let mut pages: Vec<Vec<u8>> = PAGES.iter().map(|page| page.as_bytes().to_vec()).collect();
    for part in ["general", "papers"] {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real/news").join(part);
        let Ok(listed) = std::fs::read_dir(&dir) else {
            eprintln!("NOT HERE: {}; only made pages are mutated", dir.display());
            continue;
        };
        let mut paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
        paths.sort();
        for path in paths {
            let packed = std::fs::read(&path).expect("page");
            pages.push(corpus_nyt::warc::unpacked(&path, packed).expect("gzip"));
        }
    }
    pages
}

/// The fuzz target: some hundred mutated pages, or ten minutes of them with `RUN_SLOW_TESTS=1`.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test's own switch")]
fn mutated_pages() {
    let pages = pages();
    let (limit, n_max) = match std::env::var("RUN_SLOW_TESTS") {
        Ok(_) => (Duration::from_mins(10), u64::MAX),
        Err(_) => (Duration::MAX, 400),
    };
    let begun = Instant::now();
    let mut n = 0;
    while n < n_max && begun.elapsed() < limit {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ n.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1);
        let page = mutated(&pages, &mut numbers);
        let charset = ["utf-8", "windows-1252", "shift_jis", "utf-16le", "gb18030", "iso-2022-jp", "x"]
            [numbers.below(7)];
        let url =
            [None, Some("https://www.nytimes.com/2020/01/02/x.html"), Some("https://www.theguardian.com/a")]
                [numbers.below(3)];
        let read = std::panic::catch_unwind(|| {
            let first = extract(&page, url, Some(charset));
            let _ = extract(&page, url, None);
            let _ = extract_general(&String::from_utf8_lossy(&page), url);
            first == extract(&page, url, Some(charset))
        });
        assert!(matches!(read, Ok(true)), "mutation {n} breaks it, or is read in two ways");
        n += 1;
    }
    eprintln!("{n} mutated pages in {:?}", begun.elapsed());
}

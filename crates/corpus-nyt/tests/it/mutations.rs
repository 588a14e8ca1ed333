//! No page may break the extractor: cut off, bit-flipped, nested, huge.

use corpus_nyt::{extract, extract_general};

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

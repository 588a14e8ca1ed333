//! What the largest pages cost: each is read by the program under a limit of memory, where the system can set one.
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A page of about so many bytes, of one piece over and over.
fn page(before: &str, piece: &str, after: &str, bytes: usize) -> String {
    format!("<html><body>{before}{}{after}</body></html>", piece.repeat(bytes / piece.len()))
}

/// The pages, by what they are made of: headings of comments took most before there was a bound.
fn pages(bytes: usize) -> Vec<(&'static str, String)> {
    let sentence = "A sentence of the length that sentences have, with a comma, in a paragraph of its own. ";
    let paragraph = format!("<p>{}</p>\n", sentence.repeat(4));
    let comment = "<div class=comment><h4>A name</h4></div>";
    let nested = "<div class=articleCorrection>".repeat(150);
    let times = "<link rel=canonical href=https://www.nytimes.com/2010/01/02/x.html>";
    let names = "<meta name='a b c d e f g h' property='i j k l m n o' itemprop='p q r s t u' content='x'>";
    let tall = format!("<meta name='a b c d e f' property='g h i j k l' content='{}'>", "x".repeat(60_000));
    vec![
        ("paragraphs", page("<article>", &paragraph, "</article>", bytes)),
        ("links", page("", "<a href='/a'>A link to another page</a> ", "", bytes)),
        ("comments", page(&paragraph, comment, "", bytes)),
        ("tags", page("", "<p>", "", bytes)),
        ("letters", page("", "<p>a", "", bytes)),
        ("depth", format!("<p>Text.</p>{}", "<div>".repeat(bytes / 50))),
        ("corrections", page(&format!("{times}{nested}"), &paragraph, "", bytes)),
        ("headlines", page(&"<h1>".repeat(50), sentence, "", bytes)),
        ("names", page("", names, "", bytes)),
        ("statements", page("", &tall, "", bytes)),
        (
            "licensed",
            format!(
                "<nitf><body><block class=\"full_text\">{}</block></body></nitf>",
                "<p>a b</p>".repeat(bytes / 10)
            ),
        ),
    ]
}

/// Reads a page with no more memory than this; gives what the program prints.
fn read(page: &str, kilobytes: usize) -> Value {
    let mut program = Command::new("sh")
        .args(["-c", &format!("ulimit -v {kilobytes} && exec \"$0\" extract - --json --quiet")])
        .arg(env!("CARGO_BIN_EXE_corpus-nyt"))
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut input = program.stdin.take().expect("a pipe");
    // A program that has run out of memory reads no further; what it printed tells.
    let _ = input.write_all(page.as_bytes());
    drop(input);
    let output = program.wait_with_output().expect("the program");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {:?}", output.status))
}

/// A page takes some times its own bytes, and so much for each of its elements, of which it has two million at most.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test's own switch")]
fn memory_is_bounded() {
    let slow = std::env::var("RUN_SLOW_TESTS").is_ok();
    let bytes = if slow { 50_000_000 } else { 4_000_000 };
    // The program itself, its threads' stacks reserved and not used, and the pipe's buffers.
    let own = 100_000;
    for (name, page) in pages(bytes) {
        // As many elements as its tags allow, and texts between them.
        let elements = (2 * page.matches('<').count()).min(1 << 21);
        let read = read(&page, own + (6 * bytes + 250 * elements) / 1000);
        let oversized = read["not_article"] == "oversized";
        // Two million elements are more than any article has; all else is read, or told from an article by its text.
        assert_eq!(
            oversized,
            slow && matches!(name, "links" | "comments" | "tags" | "letters"),
            "{name}: {}",
            read["not_article"]
        );
        if matches!(name, "paragraphs" | "licensed") {
            assert!(read["text"].as_str().is_some_and(|text| text.len() > bytes / 5), "{name}");
        }
    }
}

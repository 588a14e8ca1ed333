//! Real books: what is cut and what stays; and foreign bytes: never a panic.

use crate::real;
use corpus_gutenberg::{clean, strip};
use proptest::prelude::*;
use std::path::Path;

struct Gold {
    file: String,
    starts: Vec<usize>,
    ends: Vec<usize>,
}

fn gold(path: &Path) -> Vec<Gold> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let heading = lines.next().unwrap();
    let column = |name: &str| heading.iter().position(|field| *field == name).unwrap();
    let numbers = |row: &[&str], name: &str, other: &str| {
        let cell = |name: &str| row[column(name)].parse::<usize>().unwrap_or(0);
        [cell(name), cell(other)].into_iter().filter(|n| *n > 0).collect::<Vec<_>>()
    };
    let read = |row: Vec<&str>| Gold {
        file: row[column("file")].to_owned(),
        starts: numbers(&row, "start_line", "start_alt"),
        ends: numbers(&row, "end_line", "end_alt"),
    };
    lines.map(read).collect()
}

fn solid<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn the_gold_lines_are_met_in_97_of_100_books_and_no_line_of_any_is_lost() {
    let Some(folder) = real("gutenberg") else { return };
    let (mut n_exact, mut n_books) = (0, 0);
    for gold in gold(&folder.join("gold.tsv")) {
        let stem = Path::new(&gold.file).file_stem().unwrap().to_str().unwrap();
        let packed = folder.join("gold").join(format!("{stem}.zip"));
        let book = clean(&std::fs::read(packed).unwrap(), &gold.file).unwrap();
        let text = corpus_text::decode(&book.raw, Some(&book.about.encoding)).text.into_owned();
        let text = corpus_text::normalise_lines(&text);
        let lines: Vec<&str> = text.split('\n').collect();
        let found = solid(book.text.lines());
        let truths = gold.starts.iter().flat_map(|start| gold.ends.iter().map(move |end| (*start, *end)));
        let truths: Vec<Vec<String>> = truths
            .map(|(start, end)| solid(lines[start - 1..end.min(lines.len())].iter().copied()))
            .collect();
        let is_exact = truths.contains(&found);
        let shortest = truths.iter().min_by_key(|truth| truth.len()).unwrap();
        assert!(found.len() as f64 >= 0.999 * shortest.len() as f64, "{}: lines are lost", gold.file);
        if !is_exact {
            eprintln!("not exact: {}", gold.file);
        }
        n_exact += usize::from(is_exact);
        n_books += 1;
    }
    assert!(n_exact * 100 >= n_books * 97, "{n_exact} of {n_books} exact");
}

#[test]
fn no_trace_of_the_frame_is_left_at_the_ends_of_the_mirrors_books() {
    let Some(folder) = real("gutenberg/mirror") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut job = corpus_gutenberg::Job::new(dir.path());
    job.source = corpus_gutenberg::Source::Tree(folder);
    job.collect().unwrap();
    let report = job.download(|_| {}).unwrap();
    assert_eq!((report.items, report.failed.len(), report.zips), (250, 0, 0));
    let mut traces = Vec::new();
    job.books(|entry, text| {
        assert!(!entry.about.kept_whole && entry.about.bytes_out > 0, "{}", entry.key);
        traces.extend(trace(&text).map(|line| format!("{}: {line}", entry.key)));
        Ok(())
    })
    .unwrap();
    eprintln!("{} of 250 books: {traces:#?}", traces.len());
    assert!(traces.len() <= 2, "more than 1 % of 250 books: {traces:#?}");
}

/// The first of the first 25 or last 15 solid lines that names the library or an etext, outside a note about the text.
fn trace(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let n_lines = lines.len();
    let ends = (0..n_lines.min(25)).chain(n_lines.saturating_sub(15)..n_lines);
    let names = |line: &str| {
        let line = line.to_lowercase();
        let has =
            |word: &str| line.match_indices(word).any(|(at, _)| !line[..at].ends_with(char::is_alphabetic));
        ["gutenberg", "etext", "e-text"].into_iter().any(has)
    };
    // A note says so in its first lines, or begins with what a reader needs to see its letters.
    let is_note = |at: usize| {
        lines[at.saturating_sub(14)..=at].iter().any(|line| {
            let line = line.to_lowercase();
            [
                "transcriber",
                "note",
                "redactor",
                "e-text includes",
                "e-text is intended",
                "errors were corrected",
            ]
            .iter()
            .any(|word| line.contains(word))
        })
    };
    ends.into_iter().find(|&at| names(lines[at]) && !is_note(at)).map(|at| lines[at].trim().to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_book_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        if let Ok(book) = clean(&bytes, "1-0.txt") {
            prop_assert_eq!(book.about.bytes_out, book.text.len() as u64);
        }
    }

    #[test]
    fn what_is_kept_is_a_run_of_whole_lines(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("*** START OF THE PROJECT GUTENBERG EBOOK X ***".to_owned()),
                Just("*** END OF THE PROJECT GUTENBERG EBOOK X ***".to_owned()),
                Just("Produced by A. Volunteer".to_owned()),
                Just(String::new()),
                "[a-z ]{0,60}",
            ],
            0..80,
        )
    ) {
        let text = lines.join("\n");
        let found = strip::strip(&text);
        if found.start_line > 0 {
            let kept = lines[found.start_line - 1..found.end_line].join("\n");
            prop_assert_eq!(kept, found.text.trim_end_matches('\n'));
        } else {
            prop_assert!(found.text.is_empty());
        }
    }

    #[test]
    fn a_damaged_zip_is_never_a_panic(at in 0_usize..4000, bit in 0_u8..8) {
        let mut zip = crate::site::zip_of_first_book();
        let at = at % zip.len();
        zip[at] ^= 1 << bit;
        let _ = clean(&zip, "10001.zip");
    }
}

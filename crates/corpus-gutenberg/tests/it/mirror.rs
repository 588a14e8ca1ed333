//! A tree on this machine: old and new layout, filters, forms that stand in, duplicates, exports, pictures.

use corpus_gutenberg::{Filter, Job, Keep, Source};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::{Command, Output};

/// A book in its frame.
fn file(id: u32, title: &str, story: &str) -> String {
    format!(
        "The Project Gutenberg EBook of {title}, by Jane Roe\r\n\r\nTitle: {title}\r\n\r\nAuthor: Jane Roe\r\n\r\n\
         Release Date: May {id}, 2003 [EBook #{id}]\r\n\r\nLanguage: English\r\n\r\n\
         *** START OF THE PROJECT GUTENBERG EBOOK {title} ***\r\n\r\n{story}\r\n\r\n\
         *** END OF THE PROJECT GUTENBERG EBOOK {title} ***\r\n"
    )
}

/// Enough words for a text to have a likeness.
fn story(seed: u32) -> String {
    let words: Vec<String> =
        (0..400_u32).map(|n| format!("word{} of the caf\u{e9},", (n * n * seed + n) % 499)).collect();
    words.join(" ")
}

fn put(root: &Path, path: &str, bytes: &[u8]) {
    corpus_fetch::write_whole(&root.join(path), bytes).unwrap();
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Book 1 in two encodings, book 2 with a damaged zip and a sound text, book 3 almost as book 1, and two old names.
fn tree(root: &Path) {
    let one = file(1, "The Town", &story(3));
    let latin: Vec<u8> = one.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    put(root, "1/1-0.zip", &zip("1-0.txt", one.as_bytes()));
    put(root, "1/1-8.zip", &zip("1-8.txt", &latin));
    put(root, "2/2.zip", b"PK\x03\x04 cut off");
    put(root, "2/2.txt", file(2, "The Hill", &story(5)).as_bytes());
    put(root, "3/3-0.txt", file(3, "Town", &story(3).replacen("word3", "ward3", 2)).as_bytes());
    put(root, "etext97/oldbk10.zip", &zip("oldbk10.txt", file(4, "Old Book", &story(7)).as_bytes()));
    put(root, "etext97/oldbk11.zip", &zip("oldbk11.txt", file(4, "Old Book", &story(7)).as_bytes()));
    put(root, "pg_catalog.csv", CATALOGUE.as_bytes());
}

const CATALOGUE: &str = "Text#,Type,Issued,Title,Language,Authors,Subjects,LoCC,Bookshelves\n\
    1,Text,2001-05-01,The Town,en,\"Roe, Jane, 1801-1871\",Towns -- Fiction,PR,Best Books\n\
    2,Text,2002-05-02,The Hill,en; fr,\"Roe, Jane, 1801-1871\",Hills,PQ,\n\
    3,Text,2004-05-03,Town,en,\"Roe, Jane, 1801-1871; Doe, John\",Towns,PR,\n";

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corpus-gutenberg")).args(arguments).output().unwrap()
}

#[track_caller]
fn json(arguments: &[&str]) -> serde_json::Value {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The keys of the books of a job, in order.
fn keys(job: &Job) -> Vec<String> {
    let mut keys = Vec::new();
    job.entries(|entry| {
        keys.push(entry.key);
        Ok(())
    })
    .unwrap();
    keys.sort();
    keys
}

fn import(root: &Path, dir: &Path, change: impl FnOnce(&mut Job)) -> Job {
    let mut job = Job::new(dir);
    job.source = Source::Tree(root.to_owned());
    change(&mut job);
    job.collect().unwrap();
    job.download(|_| {}).unwrap();
    job
}

#[test]
fn each_book_comes_once_whatever_the_layout_and_a_text_stands_in_for_its_damaged_zip() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mirror");
    tree(&root);
    let job = import(&root, &dir.path().join("best"), |_| {});
    assert_eq!(keys(&job), ["1-0", "2.txt", "3-0", "etext97-oldbk11"]);
    let report = job.report().unwrap();
    assert_eq!((report.failed.len(), report.replaced, report.pending), (0, 1, 0));
    job.entries(|entry| {
        let expected = match entry.key.as_str() {
            "1-0" => "UTF-8 comes first; of 1-0, 1-8",
            "2.txt" => "stands in for 2, which cannot be had",
            "3-0" => "UTF-8 comes first; the only form",
            _ => "edition 11 is the newest, 8-bit before 7-bit; of etext97-oldbk11, etext97-oldbk10",
        };
        assert_eq!(entry.why, expected);
        Ok(())
    })
    .unwrap();
    // The tree is the raw level, and a second run has nothing to do.
    assert!(!dir.path().join("best/raw").exists());
    assert!(job.verify().unwrap().is_empty());
    assert_eq!(job.collect().unwrap().pending, 0);
    // A text that is hurt is made again from the tree.
    put(&dir.path().join("best/text"), "1-0.txt", b"hurt");
    assert_eq!(job.verify().unwrap(), ["1-0"]);
    job.download(|_| {}).unwrap();
    assert!(job.verify().unwrap().is_empty());
}

#[test]
fn keep_all_keeps_every_form_that_can_be_had() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mirror");
    tree(&root);
    let job = import(&root, &dir.path().join("all"), |job| job.keep = Keep::All);
    assert_eq!(keys(&job), ["1-0", "1-8", "2.txt", "3-0", "etext97-oldbk10", "etext97-oldbk11"]);
    assert_eq!(job.report().unwrap().failed[0].0, "2");
}

#[test]
fn a_tree_is_filtered_by_its_catalogue_or_by_one_that_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mirror");
    tree(&root);
    let with = |name: &str, filter: Filter| {
        keys(&import(&root, &dir.path().join(name), |job| job.tree_filter = filter))
    };
    assert_eq!(with("class", Filter { class: Some("pr".into()), ..Filter::default() }), ["1-0", "3-0"]);
    assert_eq!(with("language", Filter { language: Some("fr".into()), ..Filter::default() }), ["2.txt"]);
    assert_eq!(with("years", Filter { years: Some(2003..=2009), ..Filter::default() }), ["3-0"]);
    assert_eq!(with("author", Filter { author: Some("john doe".into()), ..Filter::default() }), ["3-0"]);
    let rdf = r#"<?xml version="1.0"?><r:RDF xmlns:r="r" xmlns:d="d" xmlns:p="p"><p:ebook r:about="ebooks/2">
        <d:rights>Copyrighted.</d:rights><d:type><r:value>Text</r:value></d:type></p:ebook></r:RDF>"#;
    put(dir.path(), "records/cache/2/pg2.rdf", rdf.as_bytes());
    let job = import(&root, &dir.path().join("rights"), |job| {
        job.catalogue_file = Some(dir.path().join("records"));
        job.tree_filter.rights = Some("copyrighted".into());
    });
    assert_eq!(keys(&job), ["2.txt"]);
}

#[test]
fn stats_show_what_is_there_twice_and_draw_their_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mirror");
    tree(&root);
    let job = import(&root, &dir.path().join("all"), |job| job.keep = Keep::All);
    let place = job.dir.to_str().unwrap();
    let catalogue = root.join("pg_catalog.csv");
    let found = json(&["--json", "stats", "--dir", place, "--catalogue", catalogue.to_str().unwrap()]);
    let twice = &found["duplicates"];
    assert_eq!(
        twice["same_text"],
        serde_json::json!([["etext97-oldbk10", "etext97-oldbk11"], ["1-0", "1-8"]])
    );
    assert_eq!(
        twice["same_number"],
        serde_json::json!([["etext97-oldbk10", "etext97-oldbk11"], ["1-0", "1-8"]])
    );
    assert_eq!(twice["same_title"], serde_json::json!([["1-0", "1-8", "3-0"]]));
    assert_eq!(twice["near"][1]["keys"], serde_json::json!(["1-0", "1-8", "3-0"]));
    assert_eq!(found["catalogue_by_year"][3], serde_json::json!({"year": 2004, "books": 1, "total": 3}));
    assert_eq!(found["books_by_year"][0]["books"], 6);
    assert!(found["tokens"].as_u64().unwrap() > 6 * 1200);
    for (name, said) in [("zipf", "rank"), ("heaps", "types"), ("growth", "year")] {
        let picture =
            std::fs::read_to_string(job.dir.join("stats").join(name).with_extension("svg")).unwrap();
        assert!(picture.contains(said) && picture.contains("<circle"), "{name}");
    }
    let said = String::from_utf8(run(&["stats", "--dir", place]).stdout).unwrap();
    assert!(
        said.contains("near-duplicates") && said.contains("% alike") && said.contains("growth"),
        "{said}"
    );
}

#[test]
fn exports_have_the_catalogues_columns_and_leave_out_copies_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mirror");
    tree(&root);
    let job = import(&root, &dir.path().join("all"), |job| job.keep = Keep::All);
    let place = job.dir.to_str().unwrap();
    let catalogue = root.join("pg_catalog.csv");
    let output = dir.path().join("books.parquet");
    let whole = json(&[
        "--json",
        "export",
        "--dir",
        place,
        "--catalogue",
        catalogue.to_str().unwrap(),
        "--output",
        output.to_str().unwrap(),
    ]);
    assert_eq!((&whole["documents"], &whole["left_out"]), (&6.into(), &0.into()));
    let documents: Vec<_> =
        corpus_text::table::ParquetReader::open(&output).unwrap().map(Result::unwrap).collect();
    let third = documents.iter().find(|document| document.id == "3-0").unwrap();
    assert_eq!(
        (third.language.as_deref(), third.published.as_deref(), third.section.as_deref()),
        (Some("en"), Some("2004-05-03"), Some("PR"))
    );
    assert_eq!(third.rights.as_deref(), Some("Public domain in the USA."));
    assert!(third.is_consistent() && third.text.contains("caf\u{e9}"));
    let card = std::fs::read_to_string(dir.path().join("books.parquet.card.md")).unwrap();
    for said in [
        "| books | 6 |",
        "| en | 5 |",
        "| Public domain in the USA. | 6 |",
        "## How it was made",
        "## Licence",
    ] {
        assert!(card.contains(said), "{said} in {card}");
    }

    let output = dir.path().join("books.jsonl.zst");
    let unique =
        json(&["--json", "export", "--dir", place, "--unique", "--output", output.to_str().unwrap()]);
    assert_eq!((&unique["documents"], &unique["left_out"]), (&3.into(), &3.into()));
    let read: Vec<_> =
        corpus_text::jsonl::JsonLinesReader::open(&output).unwrap().map(Result::unwrap).collect();
    assert_eq!(
        read.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(),
        ["etext97-oldbk10", "1-0", "2.txt"]
    );
}

#[test]
fn search_is_offline_and_reads_every_kind_of_catalogue() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "c.csv", CATALOGUE.as_bytes());
    let path = dir.path().join("c.csv");
    let search = |arguments: &[&str]| {
        let mut all = vec!["--json", "--quiet", "search", "--catalogue", path.to_str().unwrap()];
        all.extend(arguments);
        let output = run(&all);
        assert!(output.status.success());
        let lines = String::from_utf8(output.stdout).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(search(&["--title", "TOWN"]), [1, 3]);
    assert_eq!(search(&["--subject", "fiction"]), [1]);
    assert_eq!(search(&["--bookshelf", "best books"]), [1]);
    assert_eq!(search(&["--years", "2002..2004", "--class", "PR"]), [3]);
    assert_eq!(search(&["--ids", "2,3", "--language", "fr"]), [2]);
    let Some(site) = crate::real("gutenberg/site") else { return };
    for (file, expected) in [
        ("pg2701.rdf", vec![2701]),
        ("sample-rdf-files.tar.bz2", vec![2701]),
        ("pg_catalog_first8005lines.csv.gz", vec![]),
    ] {
        let path = site.join(file);
        let output = run(&[
            "--json",
            "search",
            "--catalogue",
            path.to_str().unwrap(),
            "--author",
            "melville",
            "--title",
            "moby dick; or",
            "--rights",
            "public domain",
        ]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found = String::from_utf8(output.stdout).unwrap().lines().count();
        assert_eq!(found, expected.len(), "{file}");
    }
}

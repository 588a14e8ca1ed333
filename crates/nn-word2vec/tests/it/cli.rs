//! The program from outside: the original's command line, its exit statuses, bad input, a disk that is full.

use std::path::Path;
use std::process::{Command, Output};

use crate::structure::planted;

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_word2vec")).current_dir(dir).args(args).output().unwrap()
}

/// Standard error of a run that must end with this status.
pub(crate) fn refused(dir: &Path, status: i32, args: &[&str]) -> String {
    let output = run(dir, args);
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{args:?}: {talk}");
    assert!(!talk.contains("panicked"), "{talk}");
    talk
}

/// Standard output of a run that must succeed.
pub(crate) fn done(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test's own input, in a directory that is deleted")]
pub(crate) fn write(dir: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(dir.join(name), bytes).unwrap();
}

fn corpus() -> String {
    planted(8_000, false).iter().map(|sentence| sentence.join(" ") + "\n").collect()
}

#[test]
fn the_originals_line_trains_the_same_bytes_as_ours() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "c.txt", corpus().as_bytes());
    let original = "-train c.txt -output a.bin -cbow 0 -size 20 -window 3 -negative 4 -hs 0 -sample 1e-3 -threads 1 \
                    -binary 1 -iter 2 -min-count 2 -save-vocab v.txt";
    done(dir, &original.split_whitespace().collect::<Vec<_>>());
    let ours = "train --input c.txt --output b.bin --size 20 --window 3 --negative 4 --sample 1e-3 --threads 3 \
                --iter 2 --min-count 2 --read-vocab v.txt --json --quiet";
    let report = done(dir, &ours.split_whitespace().collect::<Vec<_>>());
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&report["size"], &report["tokens"]), (&20.into(), &8_000.into()));
    assert!(std::fs::read(dir.join("a.bin")).unwrap() == std::fs::read(dir.join("b.bin")).unwrap());

    let near = done(dir, &["similar", "a.bin", "m0_1", "-n", "3", "--json"]);
    let near: serde_json::Value = serde_json::from_str(&near).unwrap();
    assert_eq!(near["neighbours"].as_array().map(Vec::len), Some(3));
    // One of two words is not there: it is named, the other is answered.
    assert!(refused(dir, 1, &["similar", "a.bin", "m0_1", "unheard"]).contains("unheard"));
    done(dir, &["convert", "a.bin", "a.txt"]);
    assert_eq!(
        near,
        serde_json::from_str::<serde_json::Value>(&done(
            dir,
            &["similar", "a.txt", "m0_1", "-n", "3", "--json"]
        ))
        .unwrap()
    );
}

#[test]
fn help_shows_examples_and_a_wrong_option_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(done(dir.path(), &["--help"]).contains("word2vec -train corpus.txt"));
    assert!(refused(dir.path(), 2, &["train", "--sise", "3"]).contains("--sise"));
}

#[test]
fn a_corpus_that_cannot_be_trained_is_said_and_nothing_written() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for (name, bytes) in [("empty", &b""[..]), ("one", b"word"), ("rare", b"a b c d\ne f g h\n")] {
        write(dir, name, bytes);
        let talk = refused(dir, 2, &["train", "--input", name, "--output", "v.bin", "--quiet"]);
        assert!(talk.starts_with("error: "), "{name}: {talk}");
        assert!(!dir.join("v.bin").exists(), "{name}");
    }
    assert!(refused(dir, 2, &["train", "--input", "absent.txt", "--output", "v.bin"]).contains("absent.txt"));
}

#[test]
fn bad_bytes_are_mended_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut text = corpus().into_bytes();
    text.extend_from_slice(b"caf\xe9 nu\0l\n");
    write(dir, "c.txt", &text);
    let args = ["train", "--input", "c.txt", "--output", "v.bin", "--size", "8", "--iter", "1", "--json"];
    let output = run(dir, &args);
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["replaced_tokens"], 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("2 tokens with invalid UTF-8 or NUL"));
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "c.txt", corpus().as_bytes());
    let talk = refused(dir, 2, &["train", "--input", "c.txt", "--output", "absent/v.bin", "--quiet"]);
    assert!(talk.contains("absent/v.bin"), "{talk}");
    // A directory in the output's place: the rename fails after training, and no temporary stays behind.
    std::fs::create_dir(dir.join("v.bin")).unwrap();
    let args = ["train", "--input", "c.txt", "--output", "v.bin", "--size", "8", "--iter", "1", "--quiet"];
    assert!(refused(dir, 2, &args).contains("v.bin"));
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 2);
}

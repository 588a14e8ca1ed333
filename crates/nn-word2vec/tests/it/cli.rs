//! The program from outside: the original's command lines, questions, exit statuses.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::structure::planted;

pub(crate) fn run(dir: &Path, args: &[&str]) -> Output {
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

pub(crate) fn corpus() -> String {
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
fn questions_may_come_from_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "v.txt", b"5 3\nking 1 0 1\nman 0 0 1\nqueen 1 1 1\nwoman 0 1 1\napple -1 .1 0\n");
    let ask = |args: &[&str], lines: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_word2vec"))
            .current_dir(dir)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), lines.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (status, answers, _) = ask(&["similar", "v.txt", "-n", "1"], "king\n\nking woman\nEXIT\nman\n");
    assert_eq!((status, answers.as_str()), (Some(0), "king\n  0.8165  queen\nking woman\n  0.9428  queen\n"));
    let (status, answers, talk) =
        ask(&["analogy", "v.txt", "-n", "1"], "man king woman\nman king\nman x king\n");
    assert_eq!((status, answers.lines().nth(1)), (Some(1), Some("  0.9753  queen")));
    assert!(talk.contains("three words") && talk.contains("`x`"), "{talk}");

    assert!(done(dir, &["similar", "v.txt", "king", "woman", "--together", "-n", "1"]).contains("queen"));
    assert_eq!(done(dir, &["doesnt-match", "v.txt", "king", "queen", "apple"]), "apple\n");
    done(dir, &["neighbours", "v.txt", "--output", "n.tsv", "-n", "2", "--top", "3"]);
    let table = std::fs::read_to_string(dir.join("n.tsv")).unwrap();
    assert_eq!(table.lines().count(), 6);
    assert!(table.starts_with("king\tqueen\t0.816"), "{table}");
    done(dir, &["project", "v.txt", "--output", "m.svg"]);
    assert_eq!(std::fs::read_to_string(dir.join("m.svg")).unwrap().matches("<circle").count(), 5);
    write(dir, "chosen.txt", b"king\nqueen\nking\nemperor\n");
    let output = run(dir, &["project", "v.txt", "--output", "m.html", "--words", "chosen.txt"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("line 4: `emperor`"));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("2 words -> m.html"));
}

/// `-classes` and a missing `-output`, as the original has them.
#[test]
fn the_originals_rarer_options_work() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "c.txt", corpus().as_bytes());
    done(dir, &["-train", "c.txt", "-save-vocab", "v.txt", "-min-count", "1"]);
    assert_eq!(entries(dir), 2);
    let line = "-train c.txt -output classes.txt -size 10 -iter 1 -classes 7 -read-vocab v.txt -min-count 1 -debug 2";
    done(dir, &line.split(' ').collect::<Vec<_>>());
    let classes = std::fs::read_to_string(dir.join("classes.txt")).unwrap();
    let of = |line: &str| line.split_once(' ').unwrap().1.parse::<usize>().unwrap();
    assert!(classes.lines().all(|line| of(line) < 7) && classes.lines().any(|line| of(line) != 0));
    let vocabulary = std::fs::read_to_string(dir.join("v.txt")).unwrap();
    assert_eq!(classes.lines().count(), vocabulary.lines().count());
    assert!(refused(dir, 2, &["-train", "c.txt"]).contains("--output"));
}

fn entries(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

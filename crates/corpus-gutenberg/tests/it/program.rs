//! The program: exit codes, clear errors, and `kill -9` at any moment.

use crate::site::{demo, job, zip_of_first_book};
use std::collections::HashMap;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_corpus-gutenberg"))
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn clean_writes_a_text_and_a_line_of_json_and_lists_what_failed() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    corpus_fetch::write_whole(path("10001.zip").as_ref(), &zip_of_first_book()).unwrap();
    corpus_fetch::write_whole(path("bad.zip").as_ref(), b"PK\x03\x04 no zip").unwrap();
    let out = path("out");
    let output =
        run(&["clean", &path("10001.zip"), &path("bad.zip"), &path("gone.txt"), "--out", &out, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for field in [
        "file",
        "id",
        "title",
        "author",
        "language",
        "encoding",
        "start_line",
        "end_line",
        "bytes_in",
        "bytes_out",
    ] {
        assert!(!line[field].is_null(), "{field} in {line}");
    }
    let text = std::fs::read_to_string(dir.path().join("out/10001.txt")).unwrap();
    assert_eq!(line["bytes_out"], text.len());
    let said = stderr(&output);
    assert!(said.contains("bad.zip") && said.contains("gone.txt") && !said.contains("panicked"), "{said}");
}

#[test]
fn what_cannot_run_says_so_in_one_line_and_exits_2() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nowhere").to_str().unwrap().to_owned();
    let elsewhere = dir.path().join("elsewhere").to_str().unwrap().to_owned();
    for (arguments, named) in [
        (vec!["verify", "--dir", &missing], "nowhere"),
        (vec!["download", "--dir", &elsewhere], "--contact"),
        (vec!["download", "--dir", &elsewhere, "--tree", "/no/such/tree"], "/no/such/tree"),
        (vec!["search", "--catalogue", &missing, "--title", "x"], "nowhere"),
        (vec!["export", "--dir", &missing, "--output", "x.doc"], "nowhere"),
        (vec!["poetry"], "poetry"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = stderr(&output);
        assert!(said.contains(named) && !said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn killed_at_any_moment_nothing_that_was_complete_is_fetched_twice() {
    let (_demo, server) = demo();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let download = || {
        let mut command = program();
        command.args([
            "download",
            "--dir",
            path,
            "--pace",
            "0.001",
            "--quiet",
            "--played-by",
            &server.base_url(),
        ]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut complete: Vec<String> = Vec::new();
    let asked = || {
        let mut asked: HashMap<String, usize> = HashMap::new();
        for request in server.requests() {
            *asked.entry(request.path_and_query).or_default() += 1;
        }
        asked
    };
    let mut asked_before = HashMap::new();
    for step in 1..=8_u64 {
        let mut child = download().spawn().unwrap();
        std::thread::sleep(Duration::from_millis(7 * step));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = asked();
        for url in &complete {
            let path = url.trim_start_matches("http://www.gutenberg.org");
            assert_eq!(now.get(path), asked_before.get(path), "{url} was complete and was fetched again");
        }
        complete.clear();
        if dir.path().join("ledger.sqlite").exists() {
            // A kill may come before the first commit, when there is nothing to read yet.
            let _ = job(dir.path(), &server).books(|entry, _| {
                complete.push(entry.url);
                Ok(())
            });
        }
        asked_before = now;
    }
    assert_eq!(download().status().unwrap().code(), Some(1), "four items cannot be had");
    let report = job(dir.path(), &server).report().unwrap();
    assert_eq!((report.items, report.zips), (20, 0));
    assert!(job(dir.path(), &server).verify().unwrap().is_empty());
}

#[test]
fn clean_clears_away_what_a_killed_one_left_unless_another_is_at_work() {
    let dir = tempfile::tempdir().unwrap();
    let zip = dir.path().join("10001.zip");
    corpus_fetch::write_whole(&zip, &zip_of_first_book()).unwrap();
    let out = dir.path().join("out");
    let (left, foreign) = (out.join(".partial/4711-0.tmp"), out.join(".partial/notes"));
    let clean = || {
        corpus_fetch::write_whole(&left, b"half a bo").unwrap();
        let output = program().arg("clean").arg(&zip).arg("--out").arg(&out).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        std::fs::read(out.join("10001.txt")).unwrap()
    };
    let text = clean();
    assert!(!out.join(".partial").exists(), "nothing is left, nor the folder of temporaries");
    // Another program at work in the same directory.
    let at_work = std::fs::File::open(&out).unwrap();
    at_work.lock_shared().unwrap();
    assert_eq!(clean(), text);
    assert!(left.exists(), "it may be the other's");
    // Not only closed: a child of a test beside this one may have a copy for a moment.
    at_work.unlock().unwrap();
    // What is no temporary of ours stays.
    corpus_fetch::write_whole(&foreign, b"mine").unwrap();
    assert_eq!(clean(), text);
    assert!(!left.exists() && foreign.exists());
}

#[test]
fn a_clean_that_is_killed_leaves_whole_texts_and_the_next_one_no_temporaries() {
    let dir = tempfile::tempdir().unwrap();
    let zip = dir.path().join("book.zip");
    corpus_fetch::write_whole(&zip, &zip_of_first_book()).unwrap();
    let files: Vec<_> = (0..600)
        .map(|n| {
            let path = dir.path().join(format!("{}.zip", 10_001 + n));
            std::fs::hard_link(&zip, &path).unwrap();
            path
        })
        .collect();
    let out = dir.path().join("out");
    let clean = || {
        let mut command = program();
        command.arg("clean").args(&files).arg("--quiet").arg("--out").arg(&out);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let left = || std::fs::read_dir(out.join(".partial")).map_or(0, Iterator::count);
    let mut most = 0;
    for step in 0..6_u64 {
        let mut child = clean().spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 + 9 * step));
        child.kill().unwrap();
        child.wait().unwrap();
        most = most.max(left());
    }
    println!("{most} temporaries were left by a kill at most");
    assert!(clean().status().unwrap().success());
    assert_eq!(left(), 0);
    let first = std::fs::read(out.join("10001.txt")).unwrap();
    for n in 0..600 {
        assert_eq!(std::fs::read(out.join(format!("{}.txt", 10_001 + n))).unwrap(), first, "{n}");
    }
}

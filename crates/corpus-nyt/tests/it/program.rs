//! The program as a user runs it, against loopback sites.

use std::path::Path;
use std::process::Command;

use demo_sites::newspaper::{Config, Demo, Guardian, GuardianConfig};
use demo_sites::{Server, serve};
use serde_json::Value;

/// The exit code, standard output, standard error.
fn run(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_corpus-nyt"))
        .args(arguments)
        .current_dir(dir)
        .env("NYT_API_KEY", "demo-key")
        .env("GUARDIAN_API_KEY", "demo-key")
        .output()
        .expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

fn json(line: &str) -> Value {
    serde_json::from_str(line.trim()).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn with_site<'a>(server: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--played-by", server, "--pace", "0"]].concat()
}

fn start(site: std::sync::Arc<impl demo_sites::Site>) -> Server {
    serve(site).expect("loopback")
}

#[test]
fn the_guardian_from_a_plan_to_pictures() {
    let paper = Guardian::new(GuardianConfig::default());
    let server = start(paper.clone());
    let site = server.base_url();
    let dir = tempfile::tempdir().expect("temporary");
    let of = ["--paper", "guardian"];
    let days = ["--paper", "guardian", "--from", "2018-06-01", "--to", "2018-06-10"];

    let (code, said, _) =
        run(dir.path(), &with_site(&site, &[&["download", "--dry-run"], &days[..]].concat()));
    assert_eq!(code, 0);
    assert!(
        said.contains("at least 10 requests to make, 0 done") && said.contains("500 requests are left"),
        "{said}"
    );
    assert_eq!(paper.n_searches(), 0, "a dry run asks nothing");
    // Years of it take weeks.
    let years = ["--paper", "guardian", "--from", "1999-01-01", "--to", "2026-11-23", "--dry-run", "--json"];
    let (_, said, _) = run(dir.path(), &[&["download"], &years[..]].concat());
    let plan = &json(&said)["plan"];
    assert_eq!((plan["requests"].as_u64(), plan["days"].as_u64()), (Some(10_189), Some(21)), "{said}");

    let (code, said, talk) =
        run(dir.path(), &with_site(&site, &[&["download", "--json"], &days[..]].concat()));
    assert_eq!(code, 0, "{talk}");
    assert_eq!(json(&said)["articles"], 20);
    let (code, said, _) =
        run(dir.path(), &[&["export", "--output", "all.jsonl", "--json"], &of[..]].concat());
    assert_eq!((code, json(&said)["documents"].as_u64()), (0, Some(19)));
    let lines = std::fs::read_to_string(dir.path().join("all.jsonl")).expect("documents");
    assert_eq!(lines.lines().count(), 19);
    assert!(dir.path().join("all.copies.jsonl").exists());
    let (code, said, _) = run(
        dir.path(),
        &[&["export", "--output", "one.parquet", "--from", "2018-06-05", "--json"], &of[..]].concat(),
    );
    assert_eq!((code, json(&said)["documents"].as_u64()), (0, Some(10)));

    let (code, said, _) = run(dir.path(), &[&["stats", "--svg", "pictures", "--json"], &of[..]].concat());
    assert_eq!((code, json(&said)["articles_per_month"]["2018-06"].as_u64()), (0, Some(19)), "{said}");
    for picture in ["articles-per-month.svg", "words-per-year.svg"] {
        let svg = std::fs::read_to_string(dir.path().join("pictures").join(picture)).expect("a picture");
        assert!(svg.starts_with("<svg") && svg.contains("The Guardian"), "{svg}");
    }
    let (code, _, _) = run(dir.path(), &[&["verify"], &of[..]].concat());
    assert_eq!(code, 0);

    // By pages, what the search may not pass on is there as well.
    let pages = ["--paper", "guardian", "--from", "2018-06-04", "--to", "2018-06-05", "--pages", "--json"];
    let (code, said, talk) = run(dir.path(), &with_site(&site, &[&["download"], &pages[..]].concat()));
    assert_eq!((code, json(&said)["articles"].as_u64()), (0, Some(20)), "{talk}");
    let (_, said, _) = run(dir.path(), &[&["export", "--output", "all.jsonl", "--json"], &of[..]].concat());
    assert_eq!(json(&said)["documents"], 20);
}

#[test]
fn the_times_list_its_pages_and_what_is_left_over() {
    let demo = Demo::new(Config { n_per_day: 5, ..Config::default() });
    let server = start(demo);
    let site = server.base_url();
    let dir = tempfile::tempdir().expect("temporary");
    // No more than the five requests that a minute allows, on a demo too.
    let days = ["--from", "2012-05-01", "--to", "2012-08-31"];
    let (code, said, talk) = run(dir.path(), &with_site(&site, &[&["download"], &days[..]].concat()));
    assert_eq!(code, 0, "{talk}");
    assert!(said.contains("5 articles in 4 answers"), "{said}");
    assert!(talk.contains("has no text"), "{talk}");
    let (_, said, _) = run(dir.path(), &["stats", "--json"]);
    assert_eq!(
        (json(&said)["listed_only"].as_bool(), json(&said)["articles_per_month"]["2012-05"].as_u64()),
        (Some(true), Some(5))
    );
    let (_, said, _) = run(dir.path(), &["export", "--output", "list.jsonl", "--without-text", "--json"]);
    assert_eq!(json(&said)["documents"], 5);

    // Pages by that list; one is forbidden.
    let (code, said, talk) =
        run(dir.path(), &with_site(&site, &[&["download", "--pages", "--index", "api"], &days[..]].concat()));
    assert_eq!(code, 1, "{talk}");
    assert!(said.contains("4 articles, 0 other pages, 1 failed, 0 to come"), "{said}");
    assert!(talk.contains("robots.txt forbids it"), "{talk}");

    let (code, _, talk) = run(dir.path(), &["export", "--output", "list.txt"]);
    assert!(code == 2 && talk.contains(".jsonl, .jsonl.zst or .parquet"), "{talk}");
    let (code, _, talk) = run(dir.path(), &["verify", "--dir", "elsewhere"]);
    assert!(code == 2 && talk.contains("nothing is stored here"), "{talk}");
    let (code, _, talk) = run(dir.path(), &["stats", "--paper", "herald"]);
    assert!(code == 2 && talk.contains("one of nyt, guardian"), "{talk}");
    let (code, _, talk) =
        run(dir.path(), &with_site(&site, &["list", "--from", "2013-01-02", "--to", "2013-01-01"]));
    assert!(code == 2 && talk.contains("is after the last"), "{talk}");
}

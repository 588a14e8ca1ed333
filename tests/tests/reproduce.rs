//! `experiments reproduce-all` from the outside: bad input, interruption, threads, a broken claim.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use workspace_tests::{experiments, real_material, said};

fn reproduce(out: &Path, arguments: &[&str]) -> Command {
    let mut command = experiments();
    command.arg("reproduce-all").arg("--out").arg(out).args(arguments);
    command
}

fn run(out: &Path, arguments: &[&str]) -> Output {
    reproduce(out, arguments).output().expect("experiments starts")
}

fn results(out: &Path) -> Value {
    let text = fs::read_to_string(out.join("results.json")).expect("results.json is there");
    serde_json::from_str(&text).expect("results.json is JSON")
}

/// The results without what may differ between two runs: times and the machine.
fn comparable(out: &Path) -> Value {
    let mut results = results(out);
    let fields = results.as_object_mut().expect("an object");
    fields.remove("machine");
    for post in fields.get_mut("posts").and_then(Value::as_array_mut).expect("posts") {
        post.as_object_mut().expect("a post").remove("seconds");
    }
    results
}

/// Every claim of the run with its verdict.
fn verdicts(out: &Path) -> Vec<(String, String)> {
    let results = results(out);
    let posts = results["posts"].as_array().expect("posts").clone();
    let claims = posts.iter().flat_map(|post| post["claims"].as_array().expect("claims").clone());
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    claims.map(|claim| (text(&claim["id"]), text(&claim["verdict"]))).collect()
}

#[test]
fn bad_input_is_one_clear_error_and_exit_2() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("a-file");
    fs::File::create(&file).expect("a file where a directory would have to be");
    let inside_file = file.join("out");
    let out = folder.path().join("out");
    let cases: &[(&Path, &[&str], &str)] = &[
        (&out, &["--only", "poetry"], "poetry"),
        (&inside_file, &["--only", "iris"], "a-file"),
        (&out, &["--mirror", "no-such-directory", "--only", "gutenberg"], "no-such-directory"),
        (&out, &["--live", "--only", "gutenberg"], "--contact"),
        (&out, &["--only", "iris", "--threads", "0"], "threads"),
        (&out, &["--demo", "--mirror", "x"], "--mirror"),
    ];
    for (out, arguments, named) in cases {
        let output = run(out, arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(stderr.contains(named), "{arguments:?} does not name {named}: {stderr}");
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads_nor_on_a_second_run() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    for (out, threads) in [(&one, "1"), (&two, "2"), (&two, "1")] {
        let output = run(out, &["--threads", threads]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(comparable(out), comparable(if out == &one { out } else { &one }));
        for post in results(out)["posts"].as_array().expect("posts") {
            // The figures behind the pages, the sweep's maps among them, are the same bytes.
            let name = format!("{}.json", post["id"].as_str().expect("an id"));
            assert!(page(out, &name) == page(&one, &name), "{name} differs with {threads} threads");
        }
    }
    for (id, verdict) in verdicts(&one) {
        assert_ne!(verdict, "not reproduced", "{id}");
    }
    assert!(one.join("index.html").is_file());
}

#[test]
fn killed_at_any_moment_the_same_command_ends_right() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let posts = ["--only", "gutenberg", "--only", "nyt"];
    let started = Instant::now();
    let output = run(&whole, &posts);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // Kills spread over the time that a whole run takes, each continuing the one before.
    let span = started.elapsed();
    for step in 1..=6_u32 {
        let mut child = reproduce(&killed, &posts)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("experiments starts");
        std::thread::sleep(span * step / 12 + Duration::from_millis(30));
        child.kill().expect("the run can be killed");
        child.wait().expect("the run has ended");
    }
    let output = run(&killed, &posts);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(comparable(&killed), comparable(&whole));
}

#[test]
fn real_books_and_articles_go_the_same_way() {
    let Some(real) = real_material() else { return };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mirror = real.to_str().expect("a path in UTF-8");
    let posts = ["--mirror", mirror, "--only", "gutenberg", "--only", "nyt", "--books", "12"];
    let output = run(folder.path(), &posts);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let measured = verdicts(folder.path()).iter().filter(|(_, verdict)| verdict == "measured").count();
    assert!(measured > 0, "the mirror's totals are measured: {}", said(&output));
}

#[test]
fn a_claim_that_does_not_hold_is_red_and_makes_the_run_fail() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let posts = ["--only", "gutenberg"];
    let output = run(folder.path(), &posts);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // One letter more in one stored book: the next run finds nothing to fetch and a book that is not the truth.
    let book = folder.path().join("data/demo-42/gutenberg/text/10001.txt");
    let text = fs::read_to_string(&book).expect("the first book is in its place");
    #[expect(clippy::disallowed_methods, reason = "the damage that the test is about")]
    fs::write(&book, format!("x{text}")).expect("the book can be changed");
    let output = run(folder.path(), &posts);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let broken: Vec<String> = verdicts(folder.path())
        .into_iter()
        .filter(|(_, verdict)| verdict == "not reproduced")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(broken, ["gutenberg.exact"]);
    let page =
        fs::read_to_string(folder.path().join("gutenberg.html")).expect("the report is written all the same");
    assert!(page.contains("class=\"mark bad\""), "no red mark on the page");
}

/// A page as it was written.
fn page(out: &Path, name: &str) -> String {
    fs::read_to_string(out.join(name)).expect("the page is there")
}

#[test]
fn every_number_on_a_page_comes_from_the_files_of_the_run() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let out = folder.path();
    let output = run(out, &["--only", "iris", "--only", "gutenberg", "--bundle"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let draw = || {
        let output = experiments().arg("draw").arg(out).output().expect("experiments starts");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    };
    let names = ["index.html", "iris.html", "gutenberg.html"];
    let before = names.map(|name| page(out, name));
    // Drawn from the files alone the pages are the same, byte for byte.
    draw();
    assert!(names.map(|name| page(out, name)) == before, "a page drawn again is another page");
    // Other files, other pages: a figure behind a picture, and a claim's measured value.
    let edit = |name: &str, change: &dyn Fn(&mut Value)| {
        let path = out.join(name);
        let mut json: Value =
            serde_json::from_str(&fs::read_to_string(&path).expect("the file is there")).expect("JSON");
        change(&mut json);
        #[expect(clippy::disallowed_methods, reason = "the change that the test is about")]
        fs::write(&path, json.to_string()).expect("the file can be changed");
    };
    assert!(!before[1].contains("0.1234567") && !before[0].contains("7,654,321"));
    edit("iris.json", &|figures| figures["exact"][1] = 0.123_456_7.into());
    edit("results.json", &|results| {
        let posts = results["posts"].as_array_mut().expect("posts");
        let books = posts.iter_mut().find(|post| post["id"] == "gutenberg").expect("the books");
        books["claims"][0]["measured"] = 7_654_321.into();
    });
    draw();
    assert!(page(out, "iris.html").contains("0.1234567"), "the page does not show the figure of iris.json");
    for name in ["index.html", "gutenberg.html"] {
        assert!(page(out, name).contains("7,654,321"), "{name} does not show the value of results.json");
    }
}

#[test]
fn another_seed_makes_other_numbers() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let posts = ["--only", "gutenberg", "--only", "nyt", "--only", "mnist"];
    for (out, seed) in [(&one, "42"), (&two, "43")] {
        let output = run(out, &[&posts[..], &["--seed", seed]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let measured = |out: &Path, id: &str| {
        let results = results(out);
        let posts = results["posts"].as_array().expect("posts");
        let mut claims = posts.iter().flat_map(|post| post["claims"].as_array().expect("claims"));
        claims.find(|claim| claim["id"] == id).expect("the claim is posed")["measured"].clone()
    };
    for (id, name) in [("gutenberg.bytes", "gutenberg.html"), ("mnist.accuracy", "mnist.html")] {
        assert_ne!(measured(&one, id), measured(&two, id), "{id}");
        assert_ne!(page(&one, name), page(&two, name), "{name}");
    }
    assert_ne!(page(&one, "nyt.html"), page(&two, "nyt.html"));
    // The comparison names what moved.
    let output = experiments().arg("compare").args([&one, &two]).output().expect("experiments starts");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for part in ["demo seed 42", "demo seed 43", "gutenberg.bytes:", "gutenberg.json:"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn the_bundle_is_one_small_file_that_needs_no_other() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let output = run(folder.path(), &["--only", "iris", "--only", "nyt", "--bundle"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let bundle = page(folder.path(), "report.html");
    assert!(bundle.len() < 5_000_000, "{} bytes", bundle.len());
    for outside in ["src=", "url(", "@import", "<link rel=\"stylesheet\""] {
        assert!(!bundle.contains(outside), "the bundle asks for another file: {outside}");
    }
    assert!(page(folder.path(), "index.html").len() < 300_000);
}

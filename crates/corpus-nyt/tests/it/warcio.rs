//! warcio, the reader that others use, reads every record that we write.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use corpus_nyt::papers::NewYorkTimes;
use corpus_nyt::{Error, Job, warc};
use demo_sites::newspaper::{Config, Demo};
use demo_sites::serve;
use jiff::civil::date;

const SCRIPT: &str = "\
import json, sys
from warcio.archiveiterator import ArchiveIterator
for path in sys.argv[1:]:
    with open(path, 'rb') as stream:
        for record in ArchiveIterator(stream, check_digests='raise'):
            body = record.content_stream().read()
            status = record.http_headers.get_statuscode() if record.http_headers else None
            print(json.dumps([record.rec_type, record.rec_headers.get_header('WARC-Target-URI'), status, len(body),
                record.format, record.rec_headers.protocol, record.digest_checker.passed]))
";

#[test]
fn warcio_reads_every_record() -> Result<(), Error> {
    let demo = Demo::new(Config { n_per_day: 5, ..Config::default() });
    let server = serve(demo).expect("loopback");
    let dir = tempfile::tempdir().expect("temporary");
    let mut job = Job::new(&NewYorkTimes, dir.path(), date(1987, 1, 1), date(2026, 11, 23));
    job.played_by = Some(server.base_url());
    (job.pace, job.api_pace) = (Duration::ZERO, Duration::ZERO);
    job.indexes = vec!["xml".to_owned()];
    job.api_key = Some("demo-key".to_owned());
    job.api_limit = corpus_fetch::Limit::default();
    job.collect()?;
    job.download(|_| {})?;
    job.from = date(2026, 1, 1);
    job.answers(|_| {})?;
    let saved = dir.path().join("saved.html");
    std::io::Write::write_all(&mut std::fs::File::create(&saved).expect("file"), b"<p>A saved page.</p>")
        .expect("file");
    job.import(&[saved])?;

    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["raw", "api/raw"] {
        let entries = std::fs::read_dir(dir.path().join(folder)).expect("a folder");
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    files.sort();
    let mut ours = Vec::new();
    for file in &files {
        for record in warc::records(file)? {
            let record = record?;
            ours.push((record.kind, record.url, record.body.len() as u64));
        }
    }
    assert!(ours.iter().any(|(kind, ..)| kind == "resource") && ours.len() > 60);

    let Some(python) = python_with_warcio() else {
        eprintln!("NOT TESTED: warcio cannot be installed here");
        return Ok(());
    };
    let output = Command::new(python).args(["-c", SCRIPT]).args(&files).output().expect("python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let theirs: Vec<_> = printed
        .lines()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let kind = record[0].as_str().expect("a kind").to_owned();
            let is_response = kind == "response";
            assert_eq!(record[2].as_str(), is_response.then_some("200"), "{line}");
            assert_eq!((record[4].as_str(), record[5].as_str()), (Some("warc"), Some("WARC/1.1")), "{line}");
            // Payload and block digests are there, and right.
            assert_eq!(record[6].as_bool(), (kind != "warcinfo").then_some(true), "{line}");
            (kind, record[1].as_str().map(str::to_owned), record[3].as_u64().expect("a length"))
        })
        .collect();
    assert_eq!(theirs, ours);
    Ok(())
}

/// An environment of its own under the build folder, made once; nothing where it cannot be made.
fn python_with_warcio() -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("warcio-1.8.1");
    let (python, stamp) = (environment.join("bin/python"), environment.join("installed"));
    if stamp.exists() {
        return Some(python);
    }
    let run = |program: &Path, arguments: &[&str]| {
        Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
    };
    let made = run(Path::new("python3"), &["-m", "venv", "--clear", environment.to_str()?])
        && run(&python, &["-m", "pip", "install", "--quiet", "warcio==1.8.1"]);
    made.then(|| {
        std::fs::File::create(&stamp).expect("the build folder");
        python
    })
}

//! Saved material becomes the same store as fetched pages, without a request.

use std::io::Write as _;
use std::path::Path;

use corpus_nyt::papers::NewYorkTimes;
use corpus_nyt::{Error, Job, warc};
use demo_sites::newspaper::{Config, Demo, PageKind};
use demo_sites::{Request, Site};
use jiff::civil::Date;

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    std::fs::File::create(path).and_then(|mut file| file.write_all(bytes)).expect("file");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

#[test]
fn folders_warcs_and_answers_are_imported_once_and_exported() -> Result<(), Error> {
    let demo = Demo::new(Config::default());
    let get = |path: &str, query: Option<&str>| {
        demo.reply(&Request { path: path.to_owned(), query: query.map(str::to_owned), ..Request::default() })
    };
    let saved = tempfile::tempdir().expect("temporary");
    let articles: Vec<_> = demo.truth().iter().filter(|a| a.kind == PageKind::Article).collect();
    let page = |n: usize| get(articles[n].url.split_once(".com").expect("host").1, None).body;
    write(&saved.path().join("pages/a.html"), &page(0));
    write(&saved.path().join("pages/deeper/b.html.gz"), &gzip(&page(1)));
    write(&saved.path().join("pages/.hidden.html"), b"not looked at");
    let record = |n: usize| {
        let page = warc::RawPage {
            url: &articles[n].url,
            date: "2026-01-01T00:00:00Z",
            status: 200,
            headers: &[("Content-Type".to_owned(), "text/html".to_owned())],
            body: &page(n),
        };
        warc::response_member(&page).expect("memory")
    };
    // A third page, the first again, and a record that breaks off.
    let mut file = [record(2), record(0), record(3)].concat();
    file.truncate(file.len() - 40);
    write(&saved.path().join("old.warc.gz"), &file);
    write(
        &saved.path().join("1987-1.json"),
        &get("/svc/archive/v1/1987/1.json", Some("api-key=demo-key")).body,
    );
    write(&saved.path().join("other.json"), b"{\"a\": 1}");

    let dir = tempfile::tempdir().expect("temporary");
    let job = Job::new(&NewYorkTimes, dir.path(), Date::MIN, Date::MAX);
    let done = job.import(&[saved.path().to_owned(), saved.path().join("nothing.html")])?;
    assert_eq!((done.pages, done.answers, done.known), (3, 1, 1), "{done:?}");
    let failed: Vec<String> = done
        .failed
        .iter()
        .map(|(file, _)| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(failed, ["old.warc.gz", "other.json", "nothing.html"], "{done:?}");

    let mut texts = Vec::new();
    job.documents(|d| {
        texts.push((d.url.unwrap_or_default(), d.text));
        Ok(())
    })?;
    texts.sort();
    let mut wanted: Vec<_> = articles[..3].iter().map(|a| (a.url.clone(), a.paragraphs.join("\n"))).collect();
    wanted.sort();
    assert_eq!(texts, wanted);
    let mut listed = 0;
    job.listed(|_| {
        listed += 1;
        Ok(())
    })?;
    assert_eq!(listed, 30);
    assert!(job.verify()?.is_empty());

    // Again: all is known, and nothing is stored twice.
    let again = job.import(&[saved.path().to_owned()])?;
    assert_eq!((again.pages, again.answers, again.known), (0, 0, 5), "{again:?}");
    let n = warc::records(&dir.path().join("raw/1987-01.warc.gz"))?.count();
    assert_eq!(n, 1 + 3);
    Ok(())
}

//! The generated site on loopback: list, download, choice, verify.

use corpus_gutenberg::{Filter, Job, Keep, Source};
use demo_sites::gutenberg::{Config, Demo, FileKind};
use demo_sites::{Request, Server, Site as _, serve};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn demo() -> (Arc<Demo>, Server) {
    let demo = Demo::new(Config { n_books: 20, n_sentences: 60, ..Config::default() });
    let server = serve(Arc::clone(&demo) as _).unwrap();
    (demo, server)
}

pub(crate) fn zip_of_first_book() -> Vec<u8> {
    let demo = Demo::new(Config { n_books: 1, n_sentences: 20, broken: false, ..Config::default() });
    let path = demo.truth()[0].files[0].url_path.clone();
    demo.reply(&Request { path, ..Request::default() }).body
}

pub(crate) fn job(dir: &Path, server: &Server) -> Job {
    Job { played_by: Some(server.base_url()), pace: Duration::ZERO, ..Job::new(dir) }
}

#[test]
fn every_book_comes_once_in_its_best_form_and_the_broken_ones_are_on_record() {
    let (demo, server) = demo();
    let dir = tempfile::tempdir().unwrap();
    let job = job(dir.path(), &server);
    let listed = job.collect().unwrap();
    assert_eq!(listed.chosen, 24);
    let report = job.download(|_| {}).unwrap();
    assert_eq!((report.items, report.failed.len(), report.deferred, report.zips), (20, 4, 0, 0));
    let files: HashMap<&str, _> =
        demo.truth().iter().flat_map(|book| &book.files).map(|file| (file.url_path.as_str(), file)).collect();
    let mut n_books = 0;
    job.books(|entry, text| {
        let path = entry.url.trim_start_matches("http://www.gutenberg.org");
        let truth = files[path];
        assert_eq!((truth.kind, text.trim_end()), (FileKind::Text, truth.text.trim_end()), "{}", entry.key);
        assert_eq!(entry.about.bytes_in, truth.raw_bytes as u64);
        n_books += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(n_books, 20);

    // The second run asks for no file: what cannot be had is on record.
    let n_before = server.requests().len();
    job.collect().unwrap();
    job.download(|_| {}).unwrap();
    let again = server.requests();
    assert!(again[n_before..].iter().all(|asked| !files.contains_key(asked.path_and_query.as_str())));
}

#[test]
fn all_forms_are_kept_when_asked_for() {
    let (demo, server) = demo();
    let dir = tempfile::tempdir().unwrap();
    let job = Job { keep: Keep::All, ..job(dir.path(), &server) };
    job.collect().unwrap();
    let report = job.download(|_| {}).unwrap();
    let texts = demo.truth().iter().flat_map(|book| &book.files);
    let n_texts = texts.filter(|file| matches!(file.kind, FileKind::Text | FileKind::Supplement)).count();
    assert_eq!(report.items, n_texts as u64);
}

#[test]
fn a_form_that_is_not_there_gives_way_to_the_next() {
    let (demo, server) = demo();
    let dir = tempfile::tempdir().unwrap();
    let wanted = &demo.truth()[2];
    let filter = Filter { ids: Some([wanted.id].into()), ..Filter::default() };
    let job = Job { source: Source::Catalogue(filter), ..job(dir.path(), &server) };
    job.collect().unwrap();
    let report = job.download(|_| {}).unwrap();
    // The catalogue knows no file names: -0 is asked for first, and this book has only -8.
    assert_eq!((report.items, report.replaced, report.failed.len()), (1, 1, 0));
    job.books(|entry, _| {
        assert_eq!(entry.key, format!("{}-8", wanted.id));
        assert!(entry.why.contains("stands in"), "{}", entry.why);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_catalogue_that_has_not_changed_is_not_sent_again() {
    let (_demo, server) = demo();
    let dir = tempfile::tempdir().unwrap();
    let source = Source::Catalogue(Filter { author: Some("nobody".into()), ..Filter::default() });
    let job = Job { source, ..job(dir.path(), &server) };
    let pages =
        [false, false, true, true].map(|refresh| Job { refresh, ..job.clone() }.list().unwrap().pages);
    assert_eq!(pages, [1, 0, 0, 0]);
    let statuses: Vec<_> = server
        .requests()
        .iter()
        .filter(|asked| asked.path_and_query.contains("catalog"))
        .map(|asked| asked.status)
        .collect();
    assert_eq!(statuses, [200, 304, 304]);
    assert_eq!(job.report().unwrap(), corpus_gutenberg::Report::default(), "a list queues nothing");
    let unknown = Source::Catalogue(Filter { author: Some("no such name".into()), ..Filter::default() });
    let error = Job { source: unknown, ..job }.list().unwrap_err();
    assert!(error.is_list() && error.to_string().contains("fewer words"), "{error}");
}

#[test]
fn a_damaged_text_is_found_and_fetched_again() {
    let (_demo, server) = demo();
    let dir = tempfile::tempdir().unwrap();
    let job = Job { first: Some(3), ..job(dir.path(), &server) };
    job.collect().unwrap();
    job.download(|_| {}).unwrap();
    assert!(job.verify().unwrap().is_empty());
    let path = dir.path().join("text/10001.txt");
    let mut text = std::fs::read(&path).unwrap();
    text[10] ^= 1;
    std::fs::remove_file(&path).unwrap();
    corpus_fetch::write_whole(&path, &text).unwrap();
    assert_eq!(job.verify().unwrap(), ["10001"]);
    assert_eq!(job.download(|_| {}).unwrap().items, 3);
    assert!(job.verify().unwrap().is_empty());
}

#[test]
fn the_real_site_wants_a_contact() {
    let dir = tempfile::tempdir().unwrap();
    let error = Job::new(dir.path()).collect().unwrap_err();
    assert!(error.is_setting() && error.to_string().contains("--contact"), "{error}");
}

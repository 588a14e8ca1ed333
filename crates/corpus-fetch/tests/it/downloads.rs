//! The loop over real HTTP and a real disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use corpus_fetch::{
    BoxError, Change, Config, DownloadOptions, Ended, Fetched, Fetcher, Item, Ledger, NewItem, SafePath,
    State, Stop, Store, Summary, Verdict, download,
};

use crate::manners::{config, fetcher};
use crate::server::{Asked, Say, Server};

fn items(server: &Server, n: usize) -> Vec<NewItem> {
    let new =
        |i| NewItem { key: format!("{i}"), url: format!("{}/item/{i}", server.url), note: String::new() };
    (0..n).map(new).collect()
}

fn place(item: &Item, fetched: &Fetched, store: &mut Store) -> Result<Verdict, BoxError> {
    store.write(&SafePath::new(&format!("text/{}.txt", item.key))?, &fetched.bytes()?)?;
    Ok(Verdict::Keep { note: String::new() })
}

/// A directory with its ledger and store.
struct Place {
    dir: tempfile::TempDir,
    ledger: Ledger,
    store: Store,
}

impl Place {
    fn new(items: &[NewItem]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("ledger.sqlite")).unwrap();
        ledger.enqueue(items).unwrap();
        let store = Store::open(dir.path(), &ledger).unwrap();
        Self { dir, ledger, store }
    }

    fn run(&mut self, fetcher: &Fetcher, options: &DownloadOptions) -> Summary {
        download(fetcher, &self.ledger, &mut self.store, options, place, |_| {}).unwrap()
    }

    /// What a new process finds.
    fn again(self) -> Self {
        let Self { dir, ledger, store } = self;
        drop((ledger, store));
        let ledger = Ledger::open(&dir.path().join("ledger.sqlite")).unwrap();
        let store = Store::open(dir.path(), &ledger).unwrap();
        Self { dir, ledger, store }
    }

    fn text(&self, key: &str) -> Vec<u8> {
        std::fs::read(self.dir.path().join(format!("text/{key}.txt"))).unwrap()
    }

    fn n_partial(&self) -> usize {
        std::fs::read_dir(self.dir.path().join(".partial")).unwrap().count()
    }
}

fn long_body(seed: u8) -> Vec<u8> {
    (0..300_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed).collect()
}

/// Serves a long body by ranges, and breaks off after `cut` bytes of each answer.
fn breaking(body: Vec<u8>, etag: &'static str, cut: usize) -> impl Fn(&Asked) -> Say + Send + Sync {
    move |asked| {
        let first = asked.range_from().filter(|_| asked.header("if-range") == Some(etag));
        let say = match first {
            Some(first) => Say::new(206, &body[first..])
                .with("content-range", &format!("bytes {first}-{}/{}", body.len() - 1, body.len())),
            None => Say::ok(body.clone()),
        };
        let left = body.len() - first.unwrap_or(0);
        let say = say.with("etag", etag);
        if left > cut { say.cut_at(cut) } else { say }
    }
}

#[test]
fn a_second_run_finds_nothing_to_do() {
    let server = Server::open(|asked| Say::ok(asked.path.clone()));
    let mut place = Place::new(&items(&server, 20));
    let (fetcher_, _) = fetcher(config());
    let summary = place.run(&fetcher_, &DownloadOptions::default());
    assert_eq!((summary.completed, summary.ended, summary.requests), (20, Ended::Done, 21));
    assert_eq!(place.text("7"), b"/item/7");
    let item = place.ledger.item("7").unwrap().unwrap();
    assert_eq!((item.state, item.bytes, item.attempts), (State::Complete, 7, 1));
    assert_eq!(item.blake3.unwrap(), blake3::hash(b"/item/7").to_hex().as_str());
    let mut place = place.again();
    assert_eq!(place.ledger.enqueue(&items(&server, 21)).unwrap(), 1, "known keys stay as they are");
    let summary = place.run(&fetcher_, &DownloadOptions::default());
    assert_eq!((summary.completed, summary.requests, summary.counts.complete), (1, 1, 21));
    assert_eq!(place.run(&fetcher_, &DownloadOptions::default()).requests, 0);
}

#[test]
fn a_broken_transfer_goes_on_where_it_broke() {
    let body = long_body(0);
    for spill_bytes in [40_000, 8 << 20] {
        let server = Server::open(breaking(body.clone(), "\"v1\"", 70_000));
        let mut place = Place::new(&items(&server, 1));
        let options = DownloadOptions { spill_bytes, ..DownloadOptions::default() };
        let summary = place.run(&fetcher(config()).0, &options);
        assert_eq!(summary.completed, 1, "spill at {spill_bytes}");
        assert!(place.text("0") == body);
        assert!(summary.resumed_bytes >= 70_000 + 140_000 + 210_000, "{}", summary.resumed_bytes);
        let sent: Vec<_> = server.asked().iter().filter_map(Asked::range_from).collect();
        assert_eq!(sent, [70_000, 140_000, 210_000, 280_000]);
        assert_eq!(place.n_partial(), 0);
    }
}

#[test]
fn a_later_run_goes_on_too() {
    let body = long_body(0);
    let server = Server::open(breaking(body.clone(), "\"v1\"", 170_000));
    let mut place = Place::new(&items(&server, 1));
    let options = DownloadOptions { spill_bytes: 40_000, ..DownloadOptions::default() };
    let summary = place.run(&fetcher(Config { retries: 0, ..config() }).0, &options);
    assert_eq!((summary.deferred, place.n_partial()), (1, 1));
    assert_eq!(place.ledger.item("0").unwrap().unwrap().state, State::Deferred);
    let mut place = place.again();
    let summary = place.run(&fetcher(config()).0, &options);
    assert_eq!(summary.completed, 1);
    assert!(summary.resumed_bytes >= 120_000, "what was synced: {}", summary.resumed_bytes);
    assert!(place.text("0") == body);
    assert_eq!(place.n_partial(), 0);
    assert_eq!(
        place.ledger.item("0").unwrap().unwrap().blake3.unwrap(),
        blake3::hash(&body).to_hex().as_str()
    );
}

#[test]
fn a_file_that_changed_meanwhile_starts_anew() {
    let (old, new) = (long_body(1), long_body(2));
    let n = Arc::new(AtomicUsize::new(0));
    let (first, second) = (breaking(old, "\"v1\"", 100_000), breaking(new.clone(), "\"v2\"", usize::MAX));
    let server =
        Server::open(
            move |asked| {
                if n.fetch_add(1, Ordering::Relaxed) == 0 { first(asked) } else { second(asked) }
            },
        );
    let mut place = Place::new(&items(&server, 1));
    let options = DownloadOptions { spill_bytes: 30_000, ..DownloadOptions::default() };
    let summary = place.run(&fetcher(config()).0, &options);
    assert_eq!((summary.completed, summary.resumed_bytes), (1, 0));
    assert!(place.text("0") == new);
}

#[test]
fn a_wrong_range_is_not_glued_on() {
    let body = long_body(3);
    let served = body.clone();
    let server = Server::open(move |asked| match asked.range_from() {
        // A part of the same file, but not the one that was asked for.
        Some(first) if asked.header("if-range").is_some() => Say::new(206, &served[first - 10..])
            .with("content-range", &format!("bytes {}-{}/{}", first - 10, served.len() - 1, served.len())),
        _ if asked.path == "/item/0" => Say::ok(served.clone()).with("etag", "\"v\"").cut_at(50_000),
        _ => Say::ok(""),
    });
    let mut place = Place::new(&items(&server, 1));
    let summary = place.run(&fetcher(config()).0, &DownloadOptions::default());
    assert_eq!((summary.completed, summary.deferred), (0, 1), "it never came whole");
    assert!(!place.dir.path().join("text/0.txt").exists());
}

#[test]
fn one_broken_item_harms_no_other() {
    let server = Server::open(|asked| match asked.path.as_str() {
        "/item/1" => Say::new(404, ""),
        "/item/2" => Say::new(403, ""),
        "/item/3" => Say::new(500, ""),
        "/item/4" => Say::ok("no book"),
        "/item/5" => Say::ok("damaged for ever"),
        "/item/6" => Say::ok("long").with("content-length", "9").cut_at(4),
        path => Say::ok(path),
    });
    let mut list = items(&server, 10);
    list[7].url = "http://elsewhere.example/7".into();
    list[8].url = "not an address".into();
    let mut place = Place::new(&list);
    let (fetcher, _) = fetcher(config());
    let options = DownloadOptions::default();
    let summary =
        download(&fetcher, &place.ledger, &mut place.store, &options, place_and_judge, |_| {}).unwrap();
    assert_eq!((summary.completed, summary.failed, summary.deferred), (2, 5, 3));
    let reason = |key: &str| place.ledger.item(key).unwrap().unwrap().error.unwrap();
    for (key, part) in [
        ("1", "status 404"),
        ("2", "status 403"),
        ("3", "status 500"),
        ("4", "an HTML page"),
        ("5", "wrong CRC"),
        ("6", "4 of 9 bytes"),
        ("7", "not among those allowed"),
        ("8", "not an address"),
    ] {
        assert!(
            reason(key).contains(part) || (key == "6" && reason(key).contains("broke off")),
            "{key}: {}",
            reason(key)
        );
    }
    let mut names: Vec<_> = std::fs::read_dir(place.dir.path().join("text"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["0.txt", "9.txt"], "what was refused is taken back");
    assert_eq!(server.n_asked("/item/5"), 5, "one and four retries");
    assert_eq!(place.ledger.reset_failed().unwrap(), 8);
}

fn place_and_judge(item: &Item, fetched: &Fetched, store: &mut Store) -> Result<Verdict, BoxError> {
    let kept = place(item, fetched, store)?;
    Ok(match item.key.as_str() {
        "4" => Verdict::Refuse { reason: "an HTML page".into() },
        "5" => Verdict::Again { reason: "wrong CRC".into() },
        _ => kept,
    })
}

#[test]
fn a_host_that_refuses_everything_is_left_alone() {
    for status in [403, 500] {
        let server = Server::open(move |_| Say::new(status, ""));
        let mut place = Place::new(&items(&server, 100));
        let options = DownloadOptions { give_up_after: 7, ..DownloadOptions::default() };
        let summary = place.run(&fetcher(Config { retries: 0, ..config() }).0, &options);
        assert_eq!(summary.ended, Ended::HostDown);
        assert!(summary.why.unwrap().contains("7 items in a row"));
        assert_eq!(server.asked().len(), 8);
        assert_eq!(summary.counts.pending, 93);
    }
}

#[test]
fn budgets_end_a_run_and_the_next_goes_on() {
    let server = Server::open(|_| Say::ok("0123456789"));
    let mut place = Place::new(&items(&server, 50));
    let (fetcher, world) = fetcher(Config { pace: Duration::from_secs(2), jitter: 0.0, ..config() });
    let by_items = DownloadOptions { max_items: Some(7), ..DownloadOptions::default() };
    let summary = place.run(&fetcher, &by_items);
    assert_eq!((summary.completed, summary.ended), (7, Ended::MaxItems));
    let by_bytes = DownloadOptions { max_bytes: Some(95), ..DownloadOptions::default() };
    let summary = place.run(&fetcher, &by_bytes);
    assert_eq!((summary.completed, summary.bytes, summary.ended), (10, 100, Ended::MaxBytes));
    let until = corpus_fetch::Clock::now(&world) + Duration::from_secs(19);
    let summary = place.run(&fetcher, &DownloadOptions { until: Some(until), ..DownloadOptions::default() });
    assert_eq!((summary.completed, summary.ended), (10, Ended::Until), "ten at two seconds");
    let summary = place.run(&fetcher, &DownloadOptions::default());
    assert_eq!((summary.completed, summary.ended, summary.counts.complete), (23, Ended::Done, 50));
}

#[test]
fn an_interrupted_run_keeps_what_it_has() {
    let server = Server::open(|_| Say::ok("x"));
    let mut place_ = Place::new(&items(&server, 50));
    let stop = Stop::new();
    let fetcher = Fetcher::new(config(), stop.clone()).unwrap();
    let mut seen = Vec::new();
    let summary = download(
        &fetcher,
        &place_.ledger,
        &mut place_.store,
        &DownloadOptions::default(),
        place,
        |progress| {
            seen.push(*progress);
            if progress.completed == 13 {
                stop.request();
            }
        },
    )
    .unwrap();
    assert_eq!((summary.completed, summary.ended, summary.counts.pending), (13, Ended::Interrupted, 37));
    assert_eq!((seen.len(), seen[12].total, seen[12].bytes), (13, 50, 13));
    assert!(seen[0].remaining.is_some());
}

#[test]
fn the_callers_own_failure_ends_the_run_and_names_the_item() {
    let server = Server::open(|_| Say::ok("x"));
    let mut place_ = Place::new(&items(&server, 9));
    let (fetcher, _) = fetcher(config());
    let fussy = |item: &Item, fetched: &Fetched, store: &mut Store| {
        let kept = place(item, fetched, store)?;
        if item.key == "5" { Err("out of paper".into()) } else { Ok(kept) }
    };
    let error =
        download(&fetcher, &place_.ledger, &mut place_.store, &DownloadOptions::default(), fussy, |_| {})
            .unwrap_err();
    assert!(error.chain().contains("/item/5 gave: out of paper"), "{}", error.chain());
    let counts = place_.ledger.counts().unwrap();
    assert_eq!((counts.complete, counts.pending), (5, 4), "those before it are done");
    assert!(!place_.dir.path().join("text/5.txt").exists());
}

#[test]
fn pages_come_compressed_when_asked() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"<html>page</html>").unwrap();
    let packed = encoder.finish().unwrap();
    let server = Server::open(move |asked| match asked.header("accept-encoding") {
        Some("gzip") => Say::ok(packed.clone()).with("content-encoding", "gzip"),
        _ => Say::ok("plain"),
    });
    let (fetcher, _) = fetcher(config());
    for (accept_gzip, expected) in [(true, "<html>page</html>"), (false, "plain")] {
        let mut place = Place::new(&items(&server, 1));
        place.run(&fetcher, &DownloadOptions { accept_gzip, ..DownloadOptions::default() });
        assert_eq!(place.text("0"), expected.as_bytes());
    }
}

#[test]
fn two_processes_do_not_share_a_ledger() {
    let place = Place::new(&[]);
    let path = place.dir.path().join("ledger.sqlite");
    let error = Ledger::open(&path).err().unwrap();
    assert!(error.is_locked(), "{error}");
    place.ledger.set_meta("cursor", "3").unwrap();
    let reader = Ledger::open_read_only(&path).unwrap();
    assert_eq!(reader.meta("cursor").unwrap().as_deref(), Some("3"), "readers are welcome");
    assert!(reader.set_meta("cursor", "4").is_err());
    drop((place.ledger, place.store));
    assert!(Ledger::open(&path).is_ok());
}

#[test]
fn what_is_no_ledger_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("books.sqlite");
    corpus_fetch::write_whole(&path, b"this is no database, and long enough to be looked at as one").unwrap();
    assert!(Ledger::open(&path).err().unwrap().to_string().contains("books.sqlite"));
    assert!(Ledger::open_read_only(&dir.path().join("missing.sqlite")).is_err());
    let newer = dir.path().join("newer.sqlite");
    drop(Ledger::open(&newer).unwrap());
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(Ledger::open(&newer).err().unwrap().chain().contains("99"));
}

#[test]
fn appended_files_are_cut_back_to_what_was_committed() {
    let place = Place::new(&[]);
    let Place { dir, ledger, mut store } = place;
    let path = SafePath::new("warc/2020-01.warc.gz").unwrap();
    assert_eq!(store.append(&path, b"first ").unwrap(), 0);
    store.commit(&[]).unwrap();
    assert_eq!(store.append(&path, b"second").unwrap(), 6);
    drop(store);
    let full_path = dir.path().join(path.as_str());
    assert_eq!(std::fs::read(&full_path).unwrap(), b"first second");
    let mut store = Store::open(dir.path(), &ledger).unwrap();
    assert_eq!(store.append(&path, b"third").unwrap(), 6);
    store.commit(&[]).unwrap();
    assert_eq!(std::fs::read(&full_path).unwrap(), b"first third");

    std::fs::File::options().write(true).open(&full_path).unwrap().set_len(3).unwrap();
    let mut store = Store::open(dir.path(), &ledger).unwrap();
    assert!(store.append(&path, b"x").unwrap_err().to_string().contains("3 bytes where the ledger says 11"));
    let foreign = SafePath::new("warc/mine.warc").unwrap();
    corpus_fetch::write_whole(&store.full_path(&foreign), b"precious").unwrap();
    assert!(store.append(&foreign, b"x").unwrap_err().to_string().contains("not in the ledger"));
    assert_eq!(std::fs::read(store.full_path(&foreign)).unwrap(), b"precious");
}

#[test]
fn a_file_is_seen_at_its_name_only_when_committed() {
    let Place { dir, ledger, mut store } =
        Place::new(&[NewItem { key: "a".into(), url: "http://127.0.0.1/a".into(), note: "old".into() }]);
    let path = SafePath::new("text/a.txt").unwrap();
    store.write(&path, b"content").unwrap();
    assert_eq!(store.read(&path).unwrap(), b"content");
    assert!(!store.full_path(&path).exists());
    let complete =
        |note: &str| Change::Complete { key: "a".into(), bytes: 7, blake3: "b3".into(), note: note.into() };
    store.commit(&[complete("new")]).unwrap();
    assert_eq!(std::fs::read(store.full_path(&path)).unwrap(), b"content");
    assert_eq!(ledger.item("a").unwrap().unwrap().note, "new");
    store.remove(&path).unwrap();
    assert!(store.full_path(&path).exists());
    store.commit(&[complete("")]).unwrap();
    assert!(!store.full_path(&path).exists() && ledger.item("a").unwrap().unwrap().note == "new");
    let unknown = Change::Failed { key: "nobody".into(), error: "x".into() };
    assert!(store.commit(&[unknown]).unwrap_err().to_string().contains("nobody"));
    drop(dir);
}

#[test]
fn unsafe_paths_are_refused() {
    let long = "x".repeat(256);
    for bad in [
        "",
        "/a",
        "../a",
        "a/../b",
        "a/./b",
        "a//b",
        "a/",
        "C:/a",
        "a\\b",
        "a\0b",
        ".partial/x",
        "a./b",
        "a /b",
        &long,
    ] {
        assert!(SafePath::new(bad).is_err(), "{bad:?}");
    }
    for good in ["a", "text/1342-0.txt", "pg/été…", "a/.hidden", "10681-index"] {
        assert!(SafePath::new(good).is_ok(), "{good:?}");
    }
}

#[test]
fn whole_files_replace_old_ones_or_leave_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/er/report.html");
    corpus_fetch::write_whole(&path, b"one").unwrap();
    let failed = corpus_fetch::write_whole_with(&path, |out| {
        out.write_all(b"half")?;
        Err(std::io::Error::other("no more"))
    });
    assert!(failed.unwrap_err().chain().contains("report.html: no more"));
    assert_eq!(std::fs::read(&path).unwrap(), b"one");
    let names: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(names.len(), 1, "no temporary is left");
    assert_eq!(Path::new(&path).metadata().unwrap().len(), 3);
}

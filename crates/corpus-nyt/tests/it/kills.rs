//! A child process is killed at random moments, against a paper with faults, until it is done.
//!
//! Every obtainable article must come exactly once, none again that was complete, none that robots.txt forbids; and
//! the interface must never get more requests than its budget, however often the program dies.
//!
//! `RUN_SLOW_TESTS=1` makes it 3,000 articles and at least a hundred kills.

#![expect(clippy::unwrap_used, reason = "in a test, that is how a failure shows")]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use corpus_fetch::{Ledger, Limit, State};
use corpus_nyt::papers::NewYorkTimes;
use corpus_nyt::{Job, warc};
use demo_sites::faults::{Fault, FaultPlan, Faulty};
use demo_sites::newspaper::{Config, Demo, PageKind};
use demo_sites::{Reply, Request, Server, Site, serve};
use jiff::civil::date;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

/// Counts what is asked for.
struct Counting<S> {
    site: S,
    asked: Mutex<HashMap<String, u32>>,
}

impl<S: Site> Counting<S> {
    fn new(site: S) -> Arc<Self> {
        Arc::new(Self { site, asked: Mutex::default() })
    }

    fn asked(&self) -> HashMap<String, u32> {
        self.asked.lock().unwrap().clone()
    }
}

impl<S: Site> Site for Counting<S> {
    fn reply(&self, request: &Request) -> Reply {
        *self.asked.lock().unwrap().entry(request.path.clone()).or_default() += 1;
        self.site.reply(request)
    }
}

/// What a child does.
fn job(way: &str, dir: &Path, url: &str) -> Job {
    let first = if way == "pages" || is_slow() { date(1987, 1, 1) } else { date(2016, 1, 1) };
    let mut job = Job::new(&NewYorkTimes, dir, first, date(2026, 11, 23));
    job.played_by = Some(url.to_owned());
    job.retries = 8;
    job.backoff = Duration::from_millis(1);
    job.read_timeout = Duration::from_secs(5);
    // A pace that gives the parent something to interrupt, and is long enough for a commit before each wait.
    job.pace = Duration::from_millis(25);
    job.api_pace = job.pace;
    job.api_key = Some("demo-key".to_owned());
    job.api_limit =
        Limit { per_minute: None, per_day: way.strip_prefix("answers-").map(|n| n.parse().unwrap()) };
    job
}

/// Not a test of its own: what the killed child runs.
#[test]
#[expect(clippy::disallowed_methods, reason = "this is how the parent tells the child what to do")]
fn child_process() {
    let (Ok(way), Ok(dir), Ok(url)) =
        (std::env::var("KILLS_WAY"), std::env::var("KILLS_DIR"), std::env::var("KILLS_URL"))
    else {
        return;
    };
    let job = job(&way, Path::new(&dir), &url);
    if way == "pages" {
        job.collect().unwrap();
        let report = job.download(|_| {}).unwrap();
        assert!(report.done, "{report:?}");
    } else {
        job.answers(|_| {}).unwrap();
    }
}

fn start_child(way: &str, dir: &Path, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["kills::child_process", "--exact", "--nocapture"])
        .envs([("KILLS_WAY", way), ("KILLS_DIR", dir.to_str().unwrap()), ("KILLS_URL", url)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills children until one comes to its end; `look` is called after each death. Returns the number of kills.
fn kill_until_done(way: &str, dir: &Path, server: &Server, seed: u64, mut look: impl FnMut()) -> u32 {
    let longest_ms = if way == "pages" { 1200 } else { 400 };
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut n_kills = 0;
    loop {
        let mut child = start_child(way, dir, &server.base_url());
        let deadline = Instant::now() + Duration::from_millis(rng.random_range(20..longest_ms));
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "the child failed by itself: {status}");
                look();
                return n_kills;
            }
            if Instant::now() >= deadline {
                // SIGKILL: nothing of the child's own runs any more.
                child.kill().unwrap();
                child.wait().unwrap();
                n_kills += 1;
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        look();
    }
}

/// The paths of complete items, as far as there is a ledger yet.
fn complete(ledger: &Path) -> Vec<String> {
    let Ok(ledger) = Ledger::open_read_only(ledger) else { return Vec::new() };
    let items = ledger.items(State::Complete).unwrap();
    items.iter().map(|item| item.url.split_once(".com").unwrap().1.to_owned()).collect()
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so in the environment")]
fn is_slow() -> bool {
    std::env::var("RUN_SLOW_TESTS").is_ok()
}

/// Faults that a reader can notice. A changed byte within a page's text is not among them, as no page has a checksum,
/// nor is a notice in place of a page, which has its own test.
fn faults() -> Vec<Fault> {
    let unnoticed = [Fault::Corrupted, Fault::TruncatedSilently, Fault::WrongType];
    Fault::ALL.into_iter().filter(|fault| !unnoticed.contains(fault)).collect()
}

#[test]
fn killed_at_random_it_loses_no_article_and_asks_for_none_twice() {
    let n_per_day = if is_slow() { 200 } else { 8 };
    let demo = Demo::new(Config { n_per_day, ..Config::default() });
    let plan =
        FaultPlan { faults: faults(), stall_ms: 20, only_suffix: ".html".into(), ..FaultPlan::default() };
    let site = Counting::new(Faulty::new(demo.clone(), plan));
    let server = serve(site.clone()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger.sqlite");

    // How often each article had been asked for when it was first seen to be complete.
    let mut first_seen: HashMap<String, u32> = HashMap::new();
    let n_kills = kill_until_done("pages", dir.path(), &server, 7, || {
        let asked = site.asked();
        for path in complete(&ledger) {
            let n = asked[&path];
            first_seen.entry(path).or_insert(n);
        }
    });
    let asked = site.asked();
    for (path, n) in &first_seen {
        assert_eq!(asked[path], *n, "{path} was fetched again");
    }
    let disallowed = asked.keys().filter(|path| path.starts_with("/ads/")).count();
    assert_eq!(disallowed, 0, "robots.txt forbids these");

    // What can be had, is had.
    let job = job("pages", dir.path(), &server.base_url());
    let mut texts = BTreeMap::new();
    job.documents(|d| {
        assert!(texts.insert(d.url.unwrap(), d.text).is_none(), "an article twice");
        Ok(())
    })
    .unwrap();
    let (mut n_had, mut n_lasting) = (0, 0);
    for article in demo.truth() {
        let path = article.url.split_once(".com").unwrap().1;
        let planned = site.site.planned(path);
        if article.kind == PageKind::Article && planned.is_none_or(|fault| fault.is_obtainable()) {
            assert_eq!(texts.get(&article.url), Some(&article.paragraphs.join("\n")), "{path} {planned:?}");
            n_had += 1;
        } else {
            assert!(!texts.contains_key(&article.url), "{path} {planned:?}");
            n_lasting += 1;
        }
    }
    assert_eq!(texts.len(), n_had);
    let report = job.report().unwrap();
    assert_eq!((report.pending, report.deferred), (0, 0), "{report:?}");
    let others: u64 = report.not_articles.values().sum();
    assert_eq!(report.articles + others + report.failed.len() as u64, demo.truth().len() as u64);

    // One record each, in files that are whole to their last byte.
    let mut records: HashMap<String, u32> = HashMap::new();
    for entry in std::fs::read_dir(dir.path().join("raw")).unwrap() {
        let mut kinds = Vec::new();
        for record in warc::records(&entry.unwrap().path()).unwrap() {
            let record = record.unwrap();
            kinds.push(record.kind);
            if let Some(url) = record.url {
                *records.entry(url).or_default() += 1;
            }
        }
        assert_eq!(kinds.iter().filter(|kind| *kind == "warcinfo").count(), 1);
        assert_eq!(kinds[0], "warcinfo");
    }
    assert!(records.values().all(|n| *n == 1));
    assert_eq!(records.len() as u64, report.articles + others);

    // A second run has nothing to ask but the index pages that could not be had.
    let n_before: u32 = asked.values().sum();
    let again = job.collect().unwrap();
    job.download(|_| {}).unwrap();
    let after = site.asked();
    let pages: Vec<_> = demo.truth().iter().map(|a| a.url.split_once(".com").unwrap().1).collect();
    for path in pages {
        assert_eq!(after.get(path), asked.get(path), "{path}");
    }
    eprintln!(
        "{} articles, {n_had} had, {n_lasting} not to be had; {n_kills} kills, {n_before} requests, {} index pages failed",
        demo.truth().len(),
        again.index_failed.len()
    );
    assert!(!is_slow() || n_kills >= 100, "{n_kills} kills only");
    assert!(n_kills > 0);
}

#[test]
fn killed_at_random_it_keeps_its_budget() {
    const PER_DAY: u32 = 60;
    let demo = Demo::new(Config { n_archive_max: 10_000, n_per_day: 2, ..Config::default() });
    let plan = FaultPlan {
        faults: faults().into_iter().filter(|fault| !fault.is_lasting()).collect(),
        stall_ms: 20,
        only_suffix: ".json".into(),
        ..FaultPlan::default()
    };
    let site = Counting::new(Faulty::new(demo.clone(), plan));
    let server = serve(site.clone()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("api/ledger.sqlite");
    let asked = |site: &Counting<_>| -> u32 {
        site.asked().iter().filter(|(path, _)| path.starts_with("/svc/")).map(|(_, n)| n).sum()
    };
    let n_kills = kill_until_done(&format!("answers-{PER_DAY}"), dir.path(), &server, 8, || {
        assert!(asked(&site) <= PER_DAY, "more than the day's budget");
    });
    let spent = asked(&site);
    // A request that was counted and not sent is lost to the day; one that was sent is always counted.
    assert!(spent <= PER_DAY && spent + n_kills >= PER_DAY, "{spent} requests, {n_kills} kills");
    let first: HashMap<String, u32> = {
        let asked = site.asked();
        complete(&ledger)
            .into_iter()
            .map(|path| {
                let n = asked[&path];
                (path, n)
            })
            .collect()
    };
    assert!(first.len() > 20, "{}", first.len());
    // The next day: here, a key without a limit.
    let n_kills_after = kill_until_done("answers", dir.path(), &server, 9, || {});
    let asked = site.asked();
    for (path, n) in &first {
        assert_eq!(asked[path], *n, "{path} was asked for again");
    }
    let job = job("answers", dir.path(), &server.base_url());
    let report = job.answers_report().unwrap();
    let plan = job.plan_answers().unwrap();
    assert_eq!((plan.requests, report.answers), (0, plan.done), "{report:?}");
    assert_eq!((report.pending, report.failed.len()), (0, 0), "{report:?}");
    let mut n = 0;
    job.listed(|_| {
        n += 1;
        Ok(())
    })
    .unwrap();
    let first = job.from.to_string();
    assert_eq!(n, demo.truth().iter().filter(|article| article.published >= first).count());
    eprintln!("{spent} of {PER_DAY} requests in {n_kills} kills, then {n_kills_after} kills to the end");
}

//! A child process is killed at random moments, against a server with random faults, until it is done.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use corpus_fetch::{
    Config, DownloadOptions, Ended, Fetcher, Ledger, NewItem, SafePath, State, Stop, Store, Verdict, download,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::manners::config;
use crate::server::{Asked, Say, Server};

const N_ITEMS: usize = 60;
/// What the server did wrong, and how often.
type Faults = Arc<Mutex<HashMap<&'static str, u32>>>;

/// These are not to be had.
const GONE: [usize; 2] = [11, 42];

fn body_of(number: usize) -> Vec<u8> {
    let text = format!("line of {number}\n").repeat(number * number * 3 + 1);
    format!("{}\n{text}", blake3::hash(text.as_bytes()).to_hex()).into_bytes()
}

fn is_whole(body: &[u8]) -> bool {
    let Some((digest, text)) = body.split_at_checked(64) else { return false };
    text.first() == Some(&b'\n') && blake3::hash(&text[1..]).to_hex().as_bytes() == digest
}

fn record_of(key: &str) -> String {
    format!("record of {key}\n")
}

/// One run of the program in `dir`, to its end.
fn program(dir: &Path, url: &str) {
    let ledger = Ledger::open(&dir.join("ledger.sqlite")).unwrap();
    let items: Vec<NewItem> = (0..N_ITEMS)
        .map(|i| NewItem { key: i.to_string(), url: format!("{url}/{i}"), note: String::new() })
        .collect();
    ledger.enqueue(&items).unwrap();
    let mut store = Store::open(dir, &ledger).unwrap();
    let config = Config {
        retries: 8,
        backoff: Duration::from_millis(1),
        read_timeout: Duration::from_millis(500),
        ..config()
    };
    let fetcher = Fetcher::new(config, Stop::new()).unwrap();
    let options = DownloadOptions { spill_bytes: 8_000, group_items: 8, ..DownloadOptions::default() };
    let log = SafePath::new("log/records").unwrap();
    let summary = download(
        &fetcher,
        &ledger,
        &mut store,
        &options,
        |item, fetched, store| {
            let body = fetched.bytes()?;
            if !is_whole(&body) {
                return Ok(Verdict::Again { reason: "damaged".into() });
            }
            store.append(&log, record_of(&item.key).as_bytes())?;
            store.write(&SafePath::new(&format!("text/{}.txt", item.key))?, &body)?;
            Ok(Verdict::Keep { note: String::new() })
        },
        |_| {},
    )
    .unwrap();
    assert_eq!(summary.ended, Ended::Done);
}

/// Not a test of its own: what the killed child runs.
#[test]
#[expect(clippy::disallowed_methods, reason = "this is how the parent tells the child what to do")]
fn child_process() {
    if let (Ok(dir), Ok(url)) = (std::env::var("KILLS_DIR"), std::env::var("KILLS_URL")) {
        program(Path::new(&dir), &url);
    }
}

fn start_child(dir: &Path, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["kills::child_process", "--exact", "--nocapture"])
        .env("KILLS_DIR", dir)
        .env("KILLS_URL", url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Sound three times of four; else one of the things that happen.
fn faulty(asked: &Asked, rng: &Mutex<Pcg64Mcg>, n_faults: &Faults) -> Say {
    let Some(number) = asked.path.strip_prefix('/').and_then(|path| path.parse().ok()) else {
        return Say::new(404, "");
    };
    if GONE.contains(&number) {
        return Say::new(404, "");
    }
    let body = body_of(number);
    let etag = format!("\"{number}\"");
    let first =
        asked.range_from().filter(|first| asked.header("if-range") == Some(&etag) && *first < body.len());
    let sound = match first {
        Some(first) => Say::new(206, &body[first..])
            .with("content-range", &format!("bytes {first}-{}/{}", body.len() - 1, body.len())),
        None => Say::ok(body.clone()),
    };
    let mut rng = rng.lock().unwrap();
    let left = body.len() - first.unwrap_or(0);
    let (name, say) = match rng.random_range(0..28) {
        0 => ("disconnected", sound.cut_at(rng.random_range(0..left))),
        1 => ("status 500", Say::new(500, "")),
        2 => ("status 503 with Retry-After", Say::new(503, "").with("retry-after", "0")),
        3 => {
            ("status 429 with a date", Say::new(429, "").with("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"))
        }
        4 => {
            let mut broken = body;
            let at = rng.random_range(0..broken.len());
            broken[at] ^= 1;
            ("corrupted", Say::ok(broken))
        }
        5 => ("cut short, with a length to match", Say::ok(&body[..rng.random_range(0..body.len())])),
        6 => ("another version", sound.with("etag", "\"other\"").cut_at(left / 2)),
        _ => return sound.with("etag", &etag),
    };
    *n_faults.lock().unwrap().entry(name).or_default() += 1;
    say
}

/// One directory, killed until it is done. Returns the number of kills.
fn one_plan(seed: u64, n_faults: &Faults) -> u32 {
    let n_faults = Arc::clone(n_faults);
    let rng = Mutex::new(Pcg64Mcg::seed_from_u64(seed));
    let server = Server::start(move |asked| faulty(asked, &rng, &n_faults));
    let dir = tempfile::tempdir().unwrap();
    let mut rng = Pcg64Mcg::seed_from_u64(seed ^ 0x6b69_6c6c);
    let mut n_kills = 0;
    let mut complete: Vec<String> = Vec::new();
    let mut n_before = 0;
    loop {
        let mut child = start_child(dir.path(), &server.url);
        let deadline = Instant::now() + Duration::from_millis(rng.random_range(0..120));
        let finished = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            // The last life is left alone, so that a slow machine comes to an end too.
            if Instant::now() >= deadline && n_kills < 40 {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let asked = server.asked();
        for request in &asked[n_before..] {
            let key = request.path.trim_start_matches('/');
            assert!(
                !complete.iter().any(|done| done == key),
                "seed {seed}: {key} was complete and fetched again"
            );
        }
        n_before = asked.len();
        let Ok(ledger) = Ledger::open(&dir.path().join("ledger.sqlite")) else {
            assert!(finished.is_none(), "seed {seed}: a finished run left no ledger");
            n_kills += 1;
            continue;
        };
        complete = ledger.items(State::Complete).unwrap().into_iter().map(|item| item.key).collect();
        if let Some(status) = finished {
            assert!(status.success(), "seed {seed}: the program failed: {status}");
            let counts = ledger.counts().unwrap();
            // Eight retries do not always suffice for what is left to the next run.
            if counts.deferred == 0 {
                check_end(seed, dir.path(), &ledger);
                return n_kills;
            }
        } else {
            n_kills += 1;
        }
    }
}

fn check_end(seed: u64, dir: &Path, ledger: &Ledger) {
    let counts = ledger.counts().unwrap();
    assert_eq!((counts.complete, counts.failed, counts.pending), (58, 2, 0), "seed {seed}");
    for item in ledger.items(State::Failed).unwrap() {
        assert!(item.error.unwrap().contains("404"));
    }
    let mut logged: Vec<String> = std::fs::read_to_string(dir.join("log/records"))
        .unwrap()
        .lines()
        .map(|line| format!("{line}\n"))
        .collect();
    logged.sort();
    let mut expected: Vec<String> =
        (0..N_ITEMS).filter(|i| !GONE.contains(i)).map(|i| record_of(&i.to_string())).collect();
    expected.sort();
    assert_eq!(logged, expected, "seed {seed}: each record exactly once");
    for i in (0..N_ITEMS).filter(|i| !GONE.contains(i)) {
        let body = std::fs::read(dir.join(format!("text/{i}.txt"))).unwrap();
        assert!(body == body_of(i), "seed {seed}: {i} is not what the site has");
        let item = ledger.item(&i.to_string()).unwrap().unwrap();
        assert_eq!(item.blake3.unwrap(), blake3::hash(&body).to_hex().as_str());
    }
    assert_eq!(std::fs::read_dir(dir.join("text")).unwrap().count(), 58);
    assert_eq!(
        std::fs::read_dir(dir.join(".partial")).unwrap().count(),
        0,
        "seed {seed}: nothing is left behind"
    );
}

/// Three directories; with `RUN_SLOW_TESTS=1` as many as it takes for 500 kills.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test's flags come from the environment")]
fn kill_9_loses_nothing() {
    let n_faults = Arc::new(Mutex::new(HashMap::new()));
    let wanted = if std::env::var("RUN_SLOW_TESTS").is_ok() { 500 } else { 10 };
    let (mut n_kills, mut seed) = (0, 0);
    while n_kills < wanted {
        n_kills += one_plan(seed, &n_faults);
        seed += 1;
    }
    println!("{seed} directories, {n_kills} kills, faults: {:?}", n_faults.lock().unwrap());
}

//! The program is killed at random moments against a site with planned faults, until it is done.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use corpus_fetch::{Ledger, State};
use corpus_gutenberg::{Entry, Job, Name};
use demo_sites::faults::{Fault, FaultPlan, Faulty};
use demo_sites::gutenberg::{BookTruth, Config, Demo, FileKind, FileTruth};
use demo_sites::{Request, Server, Site as _, serve};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

/// Where the harvest list says that the files are.
const HOST: &str = "http://www.gutenberg.org";

/// The first life of a directory ends at the latest after so many milliseconds, about what a whole run takes; each
/// later one may be longer, so that a slow machine comes to an end as well.
const LIFE_MS_MAX: u64 = 90;

/// By how much.
const LIFE_MS_MORE: u64 = 15;

/// One directory, one plan of faults, killed until nothing is left to do.
struct Plan {
    seed: u64,
    demo: Arc<Demo>,
    site: Arc<Faulty<Arc<Demo>>>,
    server: Server,
    dir: tempfile::TempDir,
    /// What the ledger had as complete after the last life, with its digest.
    complete: BTreeMap<String, String>,
    n_asked: usize,
    n_kills: u32,
}

impl Plan {
    fn new(seed: u64) -> Self {
        let demo = Demo::new(Config { seed: seed % 8, n_books: 20, n_sentences: 30, broken: true });
        let plan = FaultPlan { seed, share: 0.4, stall_ms: 30, ..FaultPlan::default() };
        let plan = FaultPlan { only_suffix: ".zip".into(), ..plan };
        let site = Arc::new(Faulty::new(Arc::clone(&demo), plan));
        let server = serve(Arc::clone(&site) as _).unwrap();
        let dir = tempfile::tempdir().unwrap();
        Self { seed, demo, site, server, dir, complete: BTreeMap::new(), n_asked: 0, n_kills: 0 }
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_corpus-gutenberg"))
            .args(["download", "--quiet", "--pace", "0", "--played-by", &self.server.base_url(), "--dir"])
            .arg(self.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Lives and kills until a run ends by itself with nothing left; then everything is looked at.
    fn run(&mut self) {
        let mut rng = Pcg64Mcg::seed_from_u64(self.seed);
        loop {
            let mut child = self.start();
            let life_ms = rng.random_range(0..LIFE_MS_MAX + LIFE_MS_MORE * u64::from(self.n_kills));
            let death = Instant::now() + Duration::from_millis(life_ms);
            let exit = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break Some(status);
                }
                if Instant::now() >= death {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    break None;
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            let is_done = self.look();
            match exit {
                None => self.n_kills += 1,
                Some(status) => {
                    assert!(matches!(status.code(), Some(0 | 1)), "seed {}: {status}", self.seed);
                    if is_done {
                        break;
                    }
                }
            }
        }
        self.check_end();
    }

    /// What must hold after each life. Tells whether nothing is left to do.
    fn look(&mut self) -> bool {
        let seed = self.seed;
        let asked = self.server.requests();
        for request in &asked[self.n_asked..] {
            let url = format!("{HOST}{}", request.path_and_query);
            assert!(!self.complete.contains_key(&url), "seed {seed}: {url} was complete and fetched again");
        }
        self.n_asked = asked.len();
        // A kill may come before there is a ledger, and then nothing is done.
        let Ok(ledger) = Ledger::open(&self.dir.path().join("ledger.sqlite")) else { return false };
        let items = ledger.items(State::Complete).unwrap();
        let now: BTreeMap<_, _> =
            items.into_iter().map(|item| (item.url, item.blake3.unwrap_or_default())).collect();
        for (url, digest) in &self.complete {
            assert_eq!(now.get(url), Some(digest), "seed {seed}: {url} was complete and is no more");
        }
        self.complete = now;
        let counts = ledger.counts().unwrap();
        counts.total() > 0 && counts.pending + counts.deferred == 0
    }

    /// Every book that can be had is there once, in its best form and as the site has it; all others are on record.
    fn check_end(&self) {
        let seed = self.seed;
        let job = Job::new(self.dir.path());
        assert!(job.verify().unwrap().is_empty(), "seed {seed}: a text is not what the ledger says");
        let mut entries: HashMap<String, (Entry, String)> = HashMap::new();
        job.books(|entry, text| {
            let path = entry.url.trim_start_matches(HOST).to_owned();
            assert!(entries.insert(path, (entry, text)).is_none(), "seed {seed}: a file is there twice");
            Ok(())
        })
        .unwrap();
        let report = job.report().unwrap();
        let reasons: HashMap<&str, &str> =
            report.failed.iter().map(|(key, reason)| (key.as_str(), reason.as_str())).collect();
        let mut n_books = 0;
        for book in self.demo.truth() {
            let forms = forms(book);
            let here: Vec<&&FileTruth> =
                forms.iter().filter(|file| entries.contains_key(&file.url_path)).collect();
            assert!(here.len() <= 1, "seed {seed}: book {} is there in {} forms", book.id, here.len());
            let best = forms.iter().position(|file| self.must_come(file));
            let Some(file) = here.first() else {
                assert!(best.is_none(), "seed {seed}: book {} was lost", book.id);
                let last = Name::parse(&forms[forms.len() - 1].url_path).unwrap().stem;
                let reason = reasons.get(last.as_str()).copied().unwrap_or_default();
                assert!(!reason.is_empty(), "seed {seed}: {last} is missing and not on record");
                continue;
            };
            n_books += 1;
            let at = forms.iter().position(|form| form.url_path == file.url_path);
            assert!(best.is_none() || at <= best, "seed {seed}: book {} has a worse form", book.id);
            assert!(self.may_come(file), "seed {seed}: {} cannot have come", file.url_path);
            self.check_file(file, &entries[&file.url_path]);
        }
        assert_eq!(report.items, n_books, "seed {seed}: something is there that is no book");
        assert_eq!(report.zips, 0, "seed {seed}: a zip was left");
        assert_eq!(names(&self.dir.path().join(".partial")), HashSet::new(), "seed {seed}: left behind");
        for level in ["raw", "text"] {
            let expected = entries.values().map(|(entry, _)| format!("{}.txt", entry.key)).collect();
            assert_eq!(names(&self.dir.path().join(level)), expected, "seed {seed}: {level}/");
        }
    }

    fn check_file(&self, file: &FileTruth, (entry, text): &(Entry, String)) {
        let zip = self.demo.reply(&Request { path: file.url_path.clone(), ..Request::default() }).body;
        let raw = unzip(&zip);
        let which = format!("seed {}: {}", self.seed, file.url_path);
        assert_eq!(entry.raw_blake3, blake3::hash(&raw).to_hex().as_str(), "{which}");
        assert_eq!(text.trim_end(), file.text.trim_end(), "{which}");
        // A byte that no checksum of the zip covers (a date, say) may have been changed on the way.
        let changed =
            self.site.planned(&file.url_path).is_some_and(|planned| planned.fault == Fault::Corrupted);
        let fetched = &self.complete[&entry.url];
        assert_eq!(fetched == blake3::hash(&zip).to_hex().as_str(), !changed, "{which}");
    }

    /// Whether nothing stands in the way of the file for ever.
    fn must_come(&self, file: &FileTruth) -> bool {
        file.kind == FileKind::Text
            && self.site.planned(&file.url_path).is_none_or(|planned| planned.is_obtainable())
    }

    /// Whether the file may have come; a changed byte can be one that does not matter.
    fn may_come(&self, file: &FileTruth) -> bool {
        self.must_come(file)
            || file.kind == FileKind::Text
                && self.site.planned(&file.url_path).is_some_and(|planned| planned.fault == Fault::Corrupted)
    }
}

/// A book's texts, the best first; parts of a book stand in for nothing.
fn forms(book: &BookTruth) -> Vec<&FileTruth> {
    let rank = |file: &&FileTruth| {
        ["-0.zip", "-u.zip", "-8.zip"].iter().position(|end| file.url_path.ends_with(end)).unwrap_or(3)
    };
    let is_form = |file: &&FileTruth| matches!(file.kind, FileKind::Text | FileKind::Broken(_));
    let mut forms: Vec<&FileTruth> = book.files.iter().filter(is_form).collect();
    forms.sort_by_key(rank);
    forms
}

fn unzip(zip: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    zip::ZipArchive::new(Cursor::new(zip)).unwrap().by_index(0).unwrap().read_to_end(&mut raw).unwrap();
    raw
}

fn names(dir: &Path) -> HashSet<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Five directories; `RUN_SLOW_TESTS=1` takes 500, `KILLS=N` as many as it says, `KILLS_SEED=N` that one.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test's flags come from the environment")]
fn killed_at_random_under_random_faults_every_book_comes_once() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let slow = std::env::var("RUN_SLOW_TESTS").is_ok();
    let n_plans = number("KILLS").unwrap_or(if slow { 500 } else { 5 });
    let seeds = number("KILLS_SEED").map_or(0..n_plans, |seed| seed..seed + 1);
    let n_seeds = seeds.end - seeds.start;
    let (mut n_kills, mut n_books, mut n_requests) = (0, 0, 0);
    let mut faults: BTreeMap<Fault, u32> = BTreeMap::new();
    for seed in seeds {
        if seed > 0 && seed % 100 == 0 {
            eprintln!("{seed} directories, {n_kills} kills");
        }
        let mut plan = Plan::new(seed);
        plan.run();
        n_kills += plan.n_kills;
        n_books += plan.complete.len();
        n_requests += plan.n_asked;
        for file in plan.demo.truth().iter().flat_map(|book| &book.files) {
            let times = plan.site.attempts(&file.url_path);
            if let Some(planned) = plan.site.planned(&file.url_path) {
                *faults.entry(planned.fault).or_default() +=
                    planned.attempts.map_or(times, |passing| times.min(passing));
            }
        }
    }
    let n_faults: u32 = faults.values().sum();
    println!(
        "{n_seeds} directories, {n_kills} kills, {n_requests} requests, {n_faults} faults met {faults:?}, {n_books} books in place"
    );
    assert!(n_seeds < 5 || n_kills > 0, "nothing was killed");
    assert!(n_seeds < 5 || n_faults > 0, "nothing went wrong");
}

/// Ctrl-C in the middle of a wait: what is there stays, and the same command goes on.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_cleanly() {
    let demo = Demo::new(Config { n_books: 20, n_sentences: 30, broken: false, ..Config::default() });
    let server = serve(demo).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let url = server.base_url();
    let run = |pace: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_corpus-gutenberg"));
        command.args(["download", "--pace", pace, "--played-by", &url, "--dir"]).arg(dir.path());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let child = run("0.5");
    let n_files = || server.requests().iter().filter(|asked| asked.path_and_query.contains(".zip")).count();
    while n_files() < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("interrupted; the same command goes on from here"), "{said}");
    let report = Job::new(dir.path()).report().unwrap();
    assert!(report.items >= 1 && report.items < 20 && report.pending == 20 - report.items, "{report:?}");
    assert_eq!(names(&dir.path().join(".partial")), HashSet::new());

    assert_eq!(run("0").wait_with_output().unwrap().status.code(), Some(0));
    let report = Job::new(dir.path()).report().unwrap();
    assert_eq!((report.items, report.pending), (20, 0));
    assert!(n_files() <= 21, "at most the one in flight was asked for again: {}", n_files());
}

//! The whole job in a simulated world: every I/O operation of a run fails and is the last before a crash, and then
//! thousands of runs go through random weather. Each must end with every book in place exactly once.
//!
//! No zip is ever stored, so the steps are: pages of the list into the ledger; a long archive into a partial file that
//! is continued; the raw text and the book staged, synced, named; the ledger; the partial file removed; the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use corpus_fetch::simulation::{Careless, Fault, Mistake, Resource, Survival, Weather, World};
use corpus_fetch::{Item, Ledger, Seams, State};
use corpus_gutenberg::{Error, Job};
use demo_sites::gutenberg::{Config, Demo, FileKind};
use demo_sites::{Request, Site as _};

const ROOT: &str = "/data";
const LIST: &str = "https://www.gutenberg.org/robot/harvest?filetypes[]=txt&langs[]=en";
const SECOND_PAGE: &str = "https://www.gutenberg.org/robot/harvest?offset=7&filetypes[]=txt&langs[]=en";
const HOST: &str = "http://www.gutenberg.org";
/// Longer archives go to disk while they come; some here are longer, some shorter.
const SPILL_BYTES: usize = 1200;

/// What the site has and what must come of it, the same in every world.
struct Truth {
    pages: [String; 2],
    zips: BTreeMap<String, Vec<u8>>,
    /// Raw text and book by key.
    books: BTreeMap<String, (Vec<u8>, String)>,
    /// Keys that cannot be had.
    failed: BTreeSet<String>,
}

static TRUTH: LazyLock<Truth> = LazyLock::new(|| {
    let demo = Demo::new(Config { n_books: 4, n_sentences: 6, broken: true, ..Config::default() });
    let key = |path: &str| path.rsplit('/').next().unwrap().trim_end_matches(".zip").to_owned();
    let mut truth = Truth {
        pages: [String::new(), String::new()],
        zips: BTreeMap::new(),
        books: BTreeMap::new(),
        failed: BTreeSet::new(),
    };
    for (n, book) in demo.truth().iter().enumerate() {
        for file in &book.files {
            let page = &mut truth.pages[usize::from(n >= 3)];
            writeln!(page, "<p><a href=\"{HOST}{0}\">{HOST}{0}</a></p>", file.url_path).unwrap();
            let reply = demo.reply(&Request { path: file.url_path.clone(), ..Request::default() });
            if reply.status == 200 {
                truth.zips.insert(file.url_path.clone(), reply.body);
            }
        }
        let best = book.files.iter().rev().find(|file| file.kind == FileKind::Text);
        if let Some(file) = best {
            let mut raw = Vec::new();
            let mut archive = zip::ZipArchive::new(Cursor::new(&truth.zips[&file.url_path])).unwrap();
            archive.by_index(0).unwrap().read_to_end(&mut raw).unwrap();
            truth.books.insert(key(&file.url_path), (raw, file.text.clone()));
        } else {
            truth.failed.insert(key(&book.files[0].url_path));
        }
    }
    // The best form of the second book is damaged on the site, so that its other form must stand in.
    let damaged = truth.zips.keys().find(|path| path.ends_with("-8.zip")).unwrap().clone();
    let zip = truth.zips.get_mut(&damaged).unwrap();
    zip.truncate(zip.len() / 2);
    let stands_in = demo.truth()[1].files.iter().find(|file| !file.url_path.contains('-')).unwrap();
    let mut raw = Vec::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(&truth.zips[&stands_in.url_path])).unwrap();
    archive.by_index(0).unwrap().read_to_end(&mut raw).unwrap();
    truth.books.remove(&key(&damaged)).unwrap();
    truth.books.insert(key(&stands_in.url_path), (raw, stands_in.text.clone()));
    truth.failed.insert(key(&damaged));
    truth.pages[0]
        .push_str("<p><a href=\"harvest?offset=7&amp;filetypes[]=txt&amp;langs[]=en\">Next Page</a></p>");
    truth.pages[1].push_str("<p>No more files.</p>");
    truth
});

/// One machine over several lives, and what must hold of it.
struct Machine {
    world: World,
    ledger: Ledger,
    mistake: Option<Mistake>,
    /// Requests made before the last restart, and what the ledger had as complete then.
    n_requests: usize,
    complete: BTreeSet<String>,
}

impl Machine {
    fn new(seed: u64, mistake: Option<Mistake>) -> Self {
        let world = World::new(seed);
        for (url, page) in [LIST, SECOND_PAGE].iter().zip(&TRUTH.pages) {
            world.serve(url, Resource { body: page.clone().into_bytes(), ..Resource::default() });
            world.keep_sound(url);
        }
        for (n, (path, zip)) in TRUTH.zips.iter().enumerate() {
            // Two of three can be continued.
            let etag = (n % 3 < 2).then(|| format!("\"{n}\""));
            world.serve(&format!("{HOST}{path}"), Resource { status: 0, body: zip.clone(), etag });
        }
        let ledger = Ledger::in_memory().unwrap();
        Self { world, ledger, mistake, n_requests: 0, complete: BTreeSet::new() }
    }

    /// One life of the program; tells whether it came to its end.
    fn live(&self) -> Result<bool, Error> {
        let seams = self.world.seams(&self.ledger);
        let files = Careless::new(&self.world, &self.ledger, self.mistake);
        let job = Job {
            seams: Some(Seams { files: Arc::new(files.clone()), ..seams }),
            // All hosts are played, by the world, so no contact and no pace are needed.
            played_by: Some("http://127.0.0.1:1".into()),
            pace: Duration::ZERO,
            spill_bytes: SPILL_BYTES,
            ..Job::new(Path::new(ROOT))
        };
        job.collect()?;
        let report = job.download(|_| {})?;
        job.write_manifest()?;
        // A world that has failed here fails at whatever comes next.
        let _ = files.finish();
        Ok(report.done)
    }

    fn restart(&mut self, survival: Survival) {
        self.world.restart(survival);
        self.n_requests = self.world.requests().len();
        self.complete = self.keys(State::Complete);
    }

    fn items(&self, state: State) -> Vec<Item> {
        self.ledger.items(state).unwrap()
    }

    fn keys(&self, state: State) -> BTreeSet<String> {
        self.items(state).into_iter().map(|item| item.key).collect()
    }

    /// The files by their path below the directory.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.world.snapshot();
        let name = |path: &Path| path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned();
        files.into_iter().map(|(path, bytes)| (name(&path), bytes)).collect()
    }

    /// What must hold at any moment, right after a crash too.
    fn check_always(&self) -> Result<(), String> {
        let files = self.files();
        for (name, bytes) in &files {
            let (level, file) = name.split_once('/').unwrap_or(("", name));
            let truth = file.strip_suffix(".txt").and_then(|key| TRUTH.books.get(key));
            let whole = match (level, truth) {
                (".partial", _) => true,
                ("raw", Some((raw, _))) => bytes == raw,
                ("text", Some((_, text))) => bytes.trim_ascii_end() == text.as_bytes().trim_ascii_end(),
                ("", _) if name == "manifest.jsonl" => {
                    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
                    bytes.is_empty()
                        || lines
                            .into_iter()
                            .all(|line| serde_json::from_slice::<serde_json::Value>(line).is_ok())
                }
                _ => return Err(format!("{name} should not be there")),
            };
            if !whole {
                return Err(format!("{name} is not whole"));
            }
        }
        let complete = self.keys(State::Complete);
        for key in &complete {
            for level in ["raw", "text"] {
                if !files.contains_key(&format!("{level}/{key}.txt")) {
                    return Err(format!("{key} is complete, but {level}/{key}.txt is not there"));
                }
            }
        }
        if !self.complete.is_subset(&complete) {
            return Err(format!("complete were {:?}, now {complete:?}", self.complete));
        }
        for (_, url) in &self.world.requests()[self.n_requests..] {
            let key = url.rsplit('/').next().unwrap_or_default().trim_end_matches(".zip");
            if self.complete.contains(key) {
                return Err(format!("{key} was complete and fetched again"));
            }
        }
        Ok(())
    }

    /// What must hold when all is done.
    fn check_end(&self) -> Result<(), String> {
        self.check_always()?;
        let books: BTreeSet<String> = TRUTH.books.keys().cloned().collect();
        let (complete, failed) = (self.keys(State::Complete), self.keys(State::Failed));
        if (&complete, &failed) != (&books, &TRUTH.failed) {
            return Err(format!("complete are {complete:?}, failed {failed:?}"));
        }
        if let Some(item) = self.items(State::Failed).iter().find(|item| item.error.is_none()) {
            return Err(format!("{} failed without a reason", item.key));
        }
        for item in self.items(State::Complete) {
            let note: serde_json::Value = serde_json::from_str(&item.note).unwrap();
            let (raw, _) = &TRUTH.books[&item.key];
            if note["raw_blake3"] != blake3::hash(raw).to_hex().as_str() {
                return Err(format!("the ledger has another digest for {}", item.key));
            }
        }
        let files = self.files();
        let n_lines = files.get("manifest.jsonl").map_or(0, |bytes| bytes.split(|b| *b == b'\n').count() - 1);
        if n_lines != books.len() {
            return Err(format!("the manifest has {n_lines} lines"));
        }
        // Two files a book and the manifest: nothing partial, no zip, nothing twice.
        if files.len() != 2 * books.len() + 1 {
            return Err(format!("files are {:?}", files.keys()));
        }
        Ok(())
    }

    /// A life without faults, which must bring everything to its end; and one more, which must find nothing to do.
    fn recover(&mut self) -> Result<(), String> {
        for life in 0..2 {
            let n_before = self.world.requests().len();
            match self.live() {
                Ok(true) => self.check_end()?,
                other => return Err(format!("recovery ended with {other:?}")),
            }
            let requests = self.world.requests();
            let asked = requests[n_before..].iter().map(|(_, url)| url.as_str());
            let in_vain: Vec<&str> =
                asked.filter(|url| *url != SECOND_PAGE && !url.ends_with("/robots.txt")).collect();
            if life == 1 && !in_vain.is_empty() {
                return Err(format!("a run with nothing to do asked for {in_vain:?}"));
            }
            self.restart(Survival::Kept);
        }
        Ok(())
    }
}

pub(crate) const FAULTS: [(Fault, Survival); 12] = [
    (Fault::Error, Survival::Kept),
    (Fault::ShortWrite, Survival::Kept),
    (Fault::TornWrite, Survival::Kept),
    (Fault::DiskFull, Survival::Kept),
    (Fault::CrashBefore, Survival::Lost),
    (Fault::CrashBefore, Survival::Kept),
    (Fault::CrashBefore, Survival::NamesOnly),
    (Fault::CrashBefore, Survival::Torn),
    (Fault::CrashAfter, Survival::Lost),
    (Fault::CrashAfter, Survival::Kept),
    (Fault::CrashAfter, Survival::NamesOnly),
    (Fault::CrashAfter, Survival::Torn),
];

/// Fails each operation of a run in turn, in every `step`th of the ways, with a recovery after each; returns the
/// number of runs and operations, or the first run that ended wrong.
fn each_operation(mistake: Option<Mistake>, step: usize) -> Result<(u64, u64), String> {
    let smooth = Machine::new(0, mistake);
    smooth.live().map_err(|error| error.to_string())?;
    smooth.check_end()?;
    let n_operations = smooth.world.n_operations();
    let mut n_runs = 0;
    for at in 0..n_operations {
        // The next operation meets other ways, so that over a few of them all are met.
        for (fault, survival) in FAULTS.iter().skip(at as usize % step).step_by(step) {
            let mut machine = Machine::new(at, mistake);
            machine.world.plan(at, *fault);
            let first = machine.live();
            machine.restart(*survival);
            machine.check_always().and_then(|()| machine.recover()).map_err(|what| {
                format!("operation {at} of {n_operations}, {fault:?}, {survival:?}: {what}; it had ended with {first:?}")
            })?;
            n_runs += 1;
        }
    }
    Ok((n_runs, n_operations))
}

/// Several lives in random weather, then a recovery. Returns how many lives ended in a crash, and how many otherwise
/// before their time.
fn random_weather(seed: u64) -> Result<(u64, u64), String> {
    let mut machine = Machine::new(seed, None);
    let (mut n_crashes, mut n_errors) = (0, 0);
    for life in 0..5 {
        // Some seeds have one kind of trouble only, so that it gets far.
        let on = |bit: u64, share: f64| if (seed + life) >> bit & 1 == 1 { share } else { 0.0 };
        machine.world.set_weather(Weather {
            network: on(0, 0.05),
            corruption: on(1, 0.2),
            disk: on(2, 0.02),
            crash: if life < 4 { 0.005 } else { 0.0 },
        });
        let ended = machine.live();
        n_crashes += u64::from(machine.world.has_crashed());
        n_errors += u64::from(!machine.world.has_crashed() && !matches!(ended, Ok(true)));
        let survival = [Survival::Lost, Survival::Kept, Survival::NamesOnly, Survival::Torn]
            [((seed / 7 + life) % 4) as usize];
        machine.restart(survival);
        machine
            .check_always()
            .map_err(|what| format!("seed {seed}, life {life}, {survival:?}: {what}; {ended:?}"))?;
    }
    machine.recover().map_err(|what| format!("seed {seed}: {what}"))?;
    Ok((n_crashes, n_errors))
}

#[expect(clippy::disallowed_methods, reason = "a test's flags come from the environment")]
pub(crate) fn flag(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The seeds of a test in random weather: `n_short` in CI, one by its number, or ten thousand.
pub(crate) fn seeds(n_short: u64) -> std::ops::Range<u64> {
    match (flag("SIMULATION_SEED"), flag("RUN_SLOW_TESTS")) {
        (Some(seed), _) => seed.parse().map(|seed| seed..seed + 1).unwrap(),
        (_, Some(_)) => 0..10_000,
        _ => 0..n_short,
    }
}

/// A third of the ways for each operation; `RUN_SLOW_TESTS=1` takes all.
#[test]
fn each_operation_may_fail_or_be_the_last() {
    let step = if flag("RUN_SLOW_TESTS").is_some() { 1 } else { 3 };
    let (n_runs, n_operations) = each_operation(None, step).unwrap();
    println!("{n_operations} operations, {n_runs} runs with one fault each");
    assert!(n_operations > 100, "the faults must reach the whole run: {n_operations} operations");
}

#[test]
fn wrong_orders_are_caught() {
    for mistake in Mistake::ALL {
        let caught = each_operation(Some(mistake), 1).expect_err("must be caught");
        println!("{mistake:?}: {caught}");
    }
}

/// `SIMULATION_SEED=N` replays one seed, `RUN_SLOW_TESTS=1` runs ten thousand.
#[test]
fn random_weather_ends_well() {
    let seeds = seeds(60);
    let n_seeds = seeds.end - seeds.start;
    let (mut n_crashes, mut n_errors) = (0, 0);
    for seed in seeds {
        let (crashes, errors) = random_weather(seed).unwrap();
        n_crashes += crashes;
        n_errors += errors;
    }
    println!("{n_seeds} seeds: {n_crashes} lives ended in a crash, {n_errors} with an error");
    assert!(n_seeds == 1 || n_crashes > n_seeds / 2, "the weather was too fine: {n_crashes} crashes");
}

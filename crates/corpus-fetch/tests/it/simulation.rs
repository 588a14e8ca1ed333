//! Every I/O operation of a run fails, and every one is the last before a crash; then thousands of runs
//! in random weather. Each must end with every item in place exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use corpus_fetch::simulation::{Careless, Fault, Mistake, Resource, Survival, Weather, World};
use corpus_fetch::{
    BoxError, Config, DownloadOptions, Ended, Fetcher, Ledger, Limit, NewItem, SafePath, State, Stop, Store,
    Verdict, download,
};

const ROOT: &str = "/data";
const SITE: &str = "http://127.0.0.1";
const LOG: &str = "log/records";
const N_LISTS: usize = 2;
const N_ITEMS: usize = 7;
/// Listed, but not on the site.
const GONE: usize = 3;
const PER_MINUTE: u32 = 25;

/// Text that carries its own digest, of a length that makes some items spill to the disk.
fn body_of(key: &str) -> Vec<u8> {
    let number: usize = key.parse().unwrap();
    let text = format!("item {key} ").repeat(5 + number * 47);
    format!("{}\n{text}", blake3::hash(text.as_bytes()).to_hex()).into_bytes()
}

fn is_whole(body: &[u8]) -> bool {
    let Some((digest, text)) = body.split_at_checked(64) else { return false };
    text.first() == Some(&b'\n') && blake3::hash(&text[1..]).to_hex().as_bytes() == digest
}

fn record_of(key: &str) -> Vec<u8> {
    format!("<{key}:{}>\n", "r".repeat(key.len() * 40)).into_bytes()
}

/// One machine over several lives, and what must hold of it.
struct Machine {
    world: World,
    ledger: Ledger,
    mistake: Option<Mistake>,
    seed: u64,
    /// Requests made before the last restart, and what the ledger had as complete then.
    n_requests: usize,
    complete: BTreeSet<String>,
}

impl Machine {
    fn new(seed: u64, mistake: Option<Mistake>) -> Self {
        let world = World::new(seed);
        for list in 0..N_LISTS {
            let keys: Vec<String> =
                (0..N_ITEMS).filter(|item| item % N_LISTS == list).map(|item| item.to_string()).collect();
            world.serve(
                &format!("{SITE}/list/{list}"),
                Resource { body: keys.join("\n").into_bytes(), ..Resource::default() },
            );
        }
        for item in (0..N_ITEMS).filter(|item| *item != GONE) {
            let key = item.to_string();
            // Half of them can be continued, half cannot.
            let etag = (item % 2 == 0).then(|| format!("\"{key}\""));
            world.serve(&format!("{SITE}/item/{key}"), Resource { status: 0, body: body_of(&key), etag });
        }
        let ledger = Ledger::in_memory().unwrap();
        Self { world, ledger, mistake, seed, n_requests: 0, complete: BTreeSet::new() }
    }

    /// One life of the program: collects the list from where it stood, downloads what is left.
    fn live(&self) -> Result<Ended, BoxError> {
        let disk = Careless::new(&self.world, &self.ledger, self.mistake);
        let config = Config {
            hosts: vec!["127.0.0.1".into()],
            pace: Duration::from_millis(50),
            retries: 2,
            seed: self.seed,
            ..Config::new("corpus-test/1.0")
        };
        let seams = (Arc::new(self.world.clone()), Arc::new(self.world.clone()));
        let fetcher = Fetcher::with_seams(config, Stop::new(), seams.0, seams.1)?;
        fetcher.limit("127.0.0.1", Limit { per_minute: Some(PER_MINUTE), per_day: None }, &self.ledger)?;
        let mut next: usize = self.ledger.meta("list")?.map_or(Ok(0), |text| text.parse())?;
        while next < N_LISTS {
            let page = fetcher.get(&format!("{SITE}/list/{next}"))?;
            let new = |key: &str| NewItem {
                key: key.into(),
                url: format!("{SITE}/item/{key}"),
                note: String::new(),
            };
            let items: Vec<NewItem> = page.text().lines().map(new).collect();
            next += 1;
            self.ledger.enqueue_with_meta(&items, "list", &next.to_string())?;
        }
        let mut store = Store::open_with(Arc::new(disk.clone()), Path::new(ROOT), &self.ledger)?;
        let options = DownloadOptions { group_items: 2, spill_bytes: 600, ..DownloadOptions::default() };
        let log = SafePath::new(LOG)?;
        let summary = download(
            &fetcher,
            &self.ledger,
            &mut store,
            &options,
            |item, fetched, store| {
                let body = fetched.bytes()?;
                // Placed before it is looked at, so that taking it back is tried as well.
                store.append(&log, &record_of(&item.key))?;
                store.write(&SafePath::new(&format!("text/{}.txt", item.key))?, &body)?;
                if !is_whole(&body) {
                    return Ok(Verdict::Again { reason: "damaged".into() });
                }
                Ok(Verdict::Keep { note: String::new() })
            },
            |_| {},
        )?;
        disk.finish()?;
        Ok(summary.ended)
    }

    fn restart(&mut self, survival: Survival) {
        self.world.restart(survival);
        self.n_requests = self.world.requests().len();
        self.complete = self.keys(State::Complete);
    }

    fn keys(&self, state: State) -> BTreeSet<String> {
        self.ledger.items(state).unwrap().into_iter().map(|item| item.key).collect()
    }

    fn texts(&self) -> BTreeMap<String, Vec<u8>> {
        let name =
            |path: &Path| Some(path.strip_prefix(ROOT).ok()?.strip_prefix("text").ok()?.to_str()?.to_owned());
        let files = self.world.snapshot();
        files.into_iter().filter_map(|(path, bytes)| Some((name(&path)?, bytes))).collect()
    }

    /// What must hold at any moment, right after a crash too.
    fn check_always(&self) -> Result<(), String> {
        let texts = self.texts();
        for (name, bytes) in &texts {
            let key = name.strip_suffix(".txt").ok_or_else(|| format!("a stray file {name}"))?;
            if *bytes != body_of(key) {
                return Err(format!("{name} is not whole"));
            }
        }
        let complete = self.keys(State::Complete);
        if let Some(key) = complete.iter().find(|key| !texts.contains_key(&format!("{key}.txt"))) {
            return Err(format!("{key} is complete, but has no file"));
        }
        let log = self.world.snapshot().remove(&Path::new(ROOT).join(LOG)).unwrap_or_default();
        let mut rest = log.as_slice();
        let mut logged = BTreeSet::new();
        while logged.len() < complete.len() {
            let known =
                complete.iter().find(|key| !logged.contains(*key) && rest.starts_with(&record_of(key)));
            let key = known.ok_or_else(|| {
                format!(
                    "a complete item has no record, or the records are torn: {:?} {complete:?} {logged:?}",
                    String::from_utf8_lossy(&log)
                )
            })?;
            rest = &rest[record_of(key).len()..];
            logged.insert(key.clone());
        }
        let requests = self.world.requests();
        for (_, url) in &requests[self.n_requests..] {
            let key = url.rsplit('/').next().unwrap_or_default();
            if url.contains("/item/") && self.complete.contains(key) {
                return Err(format!("{key} was complete and fetched again"));
            }
        }
        let per_minute = PER_MINUTE as usize;
        let too_many = requests.windows(per_minute + 1).find(|window| {
            // A moment lies between counting a request and sending it.
            window[per_minute].0 + Duration::from_millis(500) < window[0].0 + Duration::from_mins(1)
        });
        too_many
            .map_or(Ok(()), |window| Err(format!("too many requests in the minute from {:?}", window[0].0)))
    }

    /// What must hold when all is done.
    fn check_end(&self) -> Result<(), String> {
        self.check_always()?;
        let expected: BTreeSet<String> =
            (0..N_ITEMS).filter(|item| *item != GONE).map(|item| item.to_string()).collect();
        if self.keys(State::Complete) != expected {
            return Err(format!("complete are {:?}", self.keys(State::Complete)));
        }
        if self.keys(State::Failed) != BTreeSet::from([GONE.to_string()]) {
            return Err(format!("failed are {:?}", self.keys(State::Failed)));
        }
        for item in self.ledger.items(State::Complete).unwrap() {
            let body = body_of(&item.key);
            if item.blake3.as_deref() != Some(blake3::hash(&body).to_hex().as_str())
                || item.bytes != body.len() as u64
            {
                return Err(format!("the ledger has another digest for {}", item.key));
            }
        }
        let files = self.world.snapshot();
        let log_bytes: usize = expected.iter().map(|key| record_of(key).len()).sum();
        if files.get(&Path::new(ROOT).join(LOG)).map(Vec::len) != Some(log_bytes) {
            return Err("the log has more than one record for an item".into());
        }
        match files.keys().find(|path| path.starts_with(format!("{ROOT}/.partial"))) {
            Some(left) => Err(format!("{} was left behind", left.display())),
            None => Ok(()),
        }
    }

    /// A life without faults, which must bring everything to its end; and one more, which must find
    /// nothing to do.
    fn recover(&mut self) -> Result<(), String> {
        for life in 0..2 {
            let n_before = self.world.requests().len();
            let ended = self.live().map_err(|error| format!("recovery failed: {error}"))?;
            if ended != Ended::Done {
                return Err(format!("recovery ended with {ended:?}"));
            }
            self.check_end()?;
            if life == 1 && self.world.requests().len() != n_before {
                return Err("a run with nothing to do made a request".into());
            }
            self.restart(Survival::Kept);
        }
        Ok(())
    }
}

const FAULTS: [(Fault, Survival); 12] = [
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

/// Fails each operation of a run in turn, each in each way, with a recovery after each; returns the
/// number of runs, or the first one that ended wrong.
fn each_operation(mistake: Option<Mistake>) -> Result<u64, String> {
    let smooth = Machine::new(0, mistake);
    smooth.live().map_err(|error| error.to_string())?;
    smooth.check_end()?;
    let n_operations = smooth.world.n_operations();
    let mut n_runs = 0;
    for at in 0..n_operations {
        for (fault, survival) in FAULTS {
            let mut machine = Machine::new(at, mistake);
            machine.world.plan(at, fault);
            let first = machine.live();
            machine.restart(survival);
            machine
                .check_always()
                .and_then(|()| machine.recover())
                .map_err(|what| format!("operation {at} of {n_operations}, {fault:?}, {survival:?}: {what}; it had ended with {first:?}"))?;
            n_runs += 1;
        }
    }
    Ok(n_runs)
}

/// Several lives in random weather, then a recovery. Returns how many crashes there were.
fn random_weather(seed: u64, mistake: Option<Mistake>) -> Result<u64, String> {
    let mut machine = Machine::new(seed, mistake);
    let mut n_crashes = 0;
    for life in 0..6 {
        // Some seeds have one kind of trouble only, so that it gets far.
        let on = |bit: u64, share: f64| if (seed + life) >> bit & 1 == 1 { share } else { 0.0 };
        machine.world.set_weather(Weather {
            network: on(0, 0.05),
            // A changed list would be another list.
            corruption: if machine.ledger.meta("list").unwrap().as_deref() == Some("2") {
                on(1, 0.2)
            } else {
                0.0
            },
            disk: on(2, 0.02),
            crash: if life < 5 { 0.01 } else { 0.0 },
        });
        let ended = machine.live();
        n_crashes += u64::from(machine.world.has_crashed());
        let survival = [Survival::Lost, Survival::Kept, Survival::NamesOnly, Survival::Torn]
            [((seed / 7 + life) % 4) as usize];
        machine.restart(survival);
        machine
            .check_always()
            .map_err(|what| format!("seed {seed}, life {life}, {survival:?}: {what}; {ended:?}"))?;
    }
    machine.recover().map_err(|what| format!("seed {seed}: {what}"))?;
    Ok(n_crashes)
}

#[test]
fn each_operation_may_fail_or_be_the_last() {
    let n_runs = each_operation(None).unwrap();
    println!("{n_runs} runs with one fault each");
    assert!(n_runs > 1000, "the faults must reach the whole run: {n_runs}");
}

#[test]
fn wrong_orders_are_caught() {
    for mistake in Mistake::ALL {
        let caught = each_operation(Some(mistake)).expect_err("must be caught");
        println!("{mistake:?}: {caught}");
    }
}

/// `SIMULATION_SEED=N` replays one seed, `RUN_SLOW_TESTS=1` runs ten thousand.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test's flags come from the environment")]
fn random_weather_ends_well() {
    let seeds = match (std::env::var("SIMULATION_SEED"), std::env::var("RUN_SLOW_TESTS")) {
        (Ok(seed), _) => seed.parse().map(|seed| seed..seed + 1).unwrap(),
        (_, Ok(_)) => 0..10_000,
        _ => 0..300,
    };
    let n_seeds = seeds.end - seeds.start;
    let mut n_crashes = 0;
    for seed in seeds {
        n_crashes += random_weather(seed, None).unwrap();
    }
    println!("{n_seeds} seeds, {n_crashes} crashes");
    assert!(n_seeds == 1 || n_crashes > n_seeds / 2, "the weather was too fine: {n_crashes} crashes");
}

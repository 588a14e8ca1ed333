//! Every operation of a run fails, and every one is the last before a crash: the WARC files must stay whole, each
//! page and answer must be in them once, and the budgets must hold.

#![expect(clippy::unwrap_used, reason = "in a test, that is how a failure shows")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use corpus_fetch::simulation::{Fault, Resource, Survival, Weather, World};
use corpus_fetch::{Item, Ledger, Limit, State};
use corpus_nyt::papers::NewYorkTimes;
use corpus_nyt::{Job, warc};
use jiff::civil::date;

const SITE: &str = "https://www.nytimes.com";
const API: &str = "https://api.nytimes.com/svc/archive/v1";
const PER_MINUTE: u32 = 2;
const N_PAGES: usize = 5;
const N_MONTHS: i8 = 3;
/// Listed, but not on the site.
const GONE: usize = 2;

fn page_url(n: usize) -> String {
    format!("{SITE}/2020/01/0{}/world/a-{n}.html", 1 + n % 2)
}

fn page(n: usize) -> String {
    format!(
        "<html><title>{n}</title><body><p>{}</p></body></html>",
        format!("Text of page {n}. ").repeat(20 + n * 9)
    )
}

fn answer(month: i8) -> String {
    let doc = format!(
        "{{\"web_url\": \"{SITE}/2020/0{month}/07/x.html\", \"pub_date\": \"2020-0{month}-07T05:00:00+0000\"}}"
    );
    format!("{{\"response\": {{\"docs\": [{doc}]}}}}")
}

/// One machine over several lives.
struct Machine {
    world: World,
    ledgers: (Ledger, Ledger),
    /// Requests before the last restart, and what was complete then.
    n_requests: usize,
    complete: Vec<String>,
}

impl Machine {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let serve = |url: String, text: String| {
            world.serve(&url, Resource { body: text.into_bytes(), ..Resource::default() });
        };
        let link = |url: &str| format!("<a href='{url}'>x</a>");
        let list = |day: usize| -> String {
            (0..N_PAGES).filter(|n| n % 2 == day).map(|n| link(&page_url(n))).collect::<String>() + "</html>"
        };
        serve(
            format!("{SITE}/sitemap/"),
            link("/sitemap/2020/01/01/") + &link("/sitemap/2020/01/02/") + "</html>",
        );
        serve(format!("{SITE}/sitemap/2020/01/01/"), list(0));
        serve(format!("{SITE}/sitemap/2020/01/02/"), list(1));
        for n in (0..N_PAGES).filter(|n| *n != GONE) {
            serve(page_url(n), page(n));
        }
        for month in 1..=N_MONTHS {
            serve(format!("{API}/2020/{month}.json?api-key=key"), answer(month));
        }
        let ledgers = (Ledger::in_memory().unwrap(), Ledger::in_memory().unwrap());
        world.watch(&ledgers.0);
        world.watch(&ledgers.1);
        Self { world, ledgers, n_requests: 0, complete: Vec::new() }
    }

    fn job(&self) -> Job {
        let mut job = Job::new(&NewYorkTimes, Path::new("/data"), date(2020, 1, 1), date(2020, 3, 31));
        job.indexes = vec!["sitemap".to_owned()];
        "test@example.org".clone_into(&mut job.contact);
        job.terms_accepted = true;
        job.api_key = Some("key".to_owned());
        job.api_limit = Limit { per_minute: Some(PER_MINUTE), per_day: None };
        job.pace = Duration::from_millis(500);
        job.api_pace = job.pace;
        job.retries = 2;
        job.seams.transport = Some(Arc::new(self.world.clone()));
        job.seams.clock = Arc::new(self.world.clone());
        job.seams.files = Arc::new(self.world.clone());
        job.seams.ledgers = Some(self.ledgers.clone());
        job
    }

    /// One life of the program; whether all was done.
    fn live(&self) -> Result<bool, corpus_nyt::Error> {
        let job = self.job();
        let found = job.collect()?;
        let report = job.download(|_| {})?;
        let answers = job.answers(|_| {})?;
        Ok(report.done
            && report.deferred == 0
            && answers.done
            && answers.failed.is_empty()
            && found.index_failed.is_empty())
    }

    fn items(&self) -> Vec<Item> {
        let of = |ledger: &Ledger| ledger.items(State::Complete).unwrap();
        [of(&self.ledgers.0), of(&self.ledgers.1)].concat()
    }

    fn restart(&mut self, survival: Survival) {
        self.world.restart(survival);
        self.n_requests = self.world.requests().len();
        self.complete = self.items().into_iter().map(|item| item.url).collect();
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.world.snapshot()
    }

    /// What must hold at any moment: what is complete has its record, whole and right; the budget is kept.
    fn check_always(&self) -> Result<(), String> {
        let files = self.files();
        for item in self.items() {
            let note: serde_json::Value = serde_json::from_str(&item.note).map_err(|e| e.to_string())?;
            let part = if item.url.starts_with(API) { "/data/api" } else { "/data" };
            let path = Path::new(part).join(note["warc"].as_str().unwrap_or_default());
            let bytes = files.get(&path).ok_or(format!("no {}", path.display()))?;
            let n = |field: &str| note[field].as_u64().unwrap_or(0) as usize;
            let member = bytes.get(n("at")..n("at") + n("length")).ok_or(format!("{} is cut", item.url))?;
            let record = warc::read_record(&path, member).map_err(|e| e.to_string())?;
            if record.url.as_deref() != Some(&item.url)
                || Some(&*blake3(&record.body)) != item.blake3.as_deref()
            {
                return Err(format!("{} has another's record", item.url));
            }
        }
        let api: Vec<Duration> = self
            .world
            .requests()
            .into_iter()
            .filter(|(_, url)| url.starts_with(API))
            .map(|(at, _)| at)
            .collect();
        // The ledger counts a request a moment before it is sent.
        let crowded = |w: &&[Duration]| {
            w[PER_MINUTE as usize] + Duration::from_millis(20) < w[0] + Duration::from_mins(1)
        };
        if let Some(crowd) = api.windows(PER_MINUTE as usize + 1).find(crowded) {
            return Err(format!("the budget is overdrawn: {crowd:?}"));
        }
        let again = self.world.requests().split_off(self.n_requests);
        let again = again.iter().map(|(_, url)| url.split("?api-key").next().unwrap_or_default());
        if let Some(url) = again.into_iter().find(|url| self.complete.iter().any(|done| done == url)) {
            return Err(format!("{url} was fetched again"));
        }
        Ok(())
    }

    /// What must hold in the end.
    fn check_end(&self) -> Result<(), String> {
        let mut urls: Vec<String> = Vec::new();
        for (path, bytes) in
            self.files().iter().filter(|(path, _)| path.to_string_lossy().ends_with(".warc.gz"))
        {
            // Through a real file, as any reader would.
            let file = tempfile::NamedTempFile::new().map_err(|e| e.to_string())?;
            std::io::Write::write_all(&mut file.as_file(), bytes).map_err(|e| e.to_string())?;
            for (n, record) in warc::records(file.path()).map_err(|e| e.to_string())?.enumerate() {
                let record = record.map_err(|e| format!("{}: {e}", path.display()))?;
                if (record.kind == "warcinfo") != (n == 0) {
                    return Err(format!("{} begins wrong", path.display()));
                }
                urls.extend(record.url);
            }
        }
        urls.sort();
        let pages = (0..N_PAGES).filter(|n| *n != GONE).map(page_url);
        let mut wanted: Vec<String> =
            pages.chain((1..=N_MONTHS).map(|month| format!("{API}/2020/{month}.json"))).collect();
        wanted.sort();
        if urls == wanted { Ok(()) } else { Err(format!("{urls:#?}")) }
    }

    /// Lives until all is done, without further faults.
    fn recover(&mut self) -> Result<(), String> {
        for _ in 0..4 {
            match self.live() {
                Ok(true) => {
                    self.check_always()?;
                    return self.check_end();
                }
                Ok(false) => {}
                Err(error) => return Err(format!("could not go on: {error}")),
            }
        }
        Err("not done after four lives".to_owned())
    }
}

fn blake3(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

const FAULTS: [Fault; 6] = [
    Fault::Error,
    Fault::ShortWrite,
    Fault::TornWrite,
    Fault::DiskFull,
    Fault::CrashBefore,
    Fault::CrashAfter,
];
const SURVIVALS: [Survival; 4] = [Survival::Lost, Survival::Kept, Survival::NamesOnly, Survival::Torn];

/// One fault at one operation, then a recovery.
fn one(at: u64, fault: Fault, survival: Survival) {
    let mut machine = Machine::new(at);
    machine.world.plan(at, fault);
    let _ = machine.live();
    let ends = |check: Result<(), String>| {
        check.unwrap_or_else(|e| panic!("operation {at}, {fault:?}, {survival:?}: {e}"));
    };
    machine.restart(survival);
    ends(machine.check_always());
    ends(machine.recover());
}

#[test]
fn every_operation_fails_and_every_one_is_the_last() {
    let clean = Machine::new(0);
    assert!(clean.live().unwrap());
    clean.check_always().unwrap();
    clean.check_end().unwrap();
    let n_operations = clean.world.n_operations();
    assert!(n_operations > 100, "{n_operations}");
    let mut n_runs = 0;
    for at in 0..n_operations {
        for fault in FAULTS {
            let crashes = matches!(fault, Fault::CrashBefore | Fault::CrashAfter);
            for survival in SURVIVALS.into_iter().take(if crashes { 4 } else { 1 }) {
                one(at, fault, survival);
                n_runs += 1;
            }
        }
    }
    eprintln!("{n_operations} operations, {n_runs} runs");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so in the environment")]
fn random_weather() {
    let n_seeds = if std::env::var("RUN_SLOW_TESTS").is_ok() { 3000 } else { 60 };
    for seed in 0..n_seeds {
        let mut machine = Machine::new(seed);
        for life in 0..6 {
            machine.world.set_weather(Weather { network: 0.05, corruption: 0.0, disk: 0.01, crash: 0.02 });
            let _ = machine.live();
            machine.restart(SURVIVALS[(seed as usize + life) % 4]);
            machine.check_always().unwrap_or_else(|e| panic!("seed {seed}, life {life}: {e}"));
        }
        machine.recover().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    }
}

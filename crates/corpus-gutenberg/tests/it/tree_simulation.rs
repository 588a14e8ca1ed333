//! The import of a tree in a simulated world: each I/O operation fails and is the last before a crash, then random
//! weather, as for the download. The steps: the tree is listed; each file read, its book staged; the group synced,
//! named, its directory synced; the ledger; the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use corpus_fetch::simulation::{Careless, Mistake, Survival, Weather, World};
use corpus_fetch::{Files as _, Ledger, Seams, State};
use corpus_gutenberg::{Error, Job, Source, clean};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::simulation::{FAULTS, flag, seeds};

const ROOT: &str = "/data";
const TREE: &str = "/mirror";

/// What the tree has and what must come of it, the same in every world.
struct Truth {
    files: BTreeMap<String, Vec<u8>>,
    /// Book and digest of its file, by key.
    books: BTreeMap<&'static str, (String, String)>,
}

/// A zip that cannot be read, for which the text beside it stands in.
const DAMAGED: &str = "12";

static TRUTH: LazyLock<Truth> = LazyLock::new(|| {
    let mut truth = Truth { files: BTreeMap::new(), books: BTreeMap::new() };
    for (key, path) in [
        ("10-0", "1/10/10-0.zip"),
        ("11", "1/11/11.zip"),
        ("12.txt", "1/12/12.txt"),
        ("13-8", "1/13/13-8.zip"),
        ("14", "1/14/old/14.zip"),
    ] {
        let text = format!(
            "Title: Book {key}\r\n\r\n*** START OF THE PROJECT GUTENBERG EBOOK {key} ***\r\n\r\n{}\r\n\r\n\
             *** END OF THE PROJECT GUTENBERG EBOOK {key} ***\r\n",
            "It was a long road, and nobody knew its end.\r\n".repeat(12)
        );
        let mut bytes = text.into_bytes();
        if Path::new(path).extension().is_some_and(|extension| extension == "zip") {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let name = path.rsplit('/').next().unwrap().replace(".zip", ".txt");
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(&bytes).unwrap();
            bytes = writer.finish().unwrap().into_inner();
        }
        let book = clean(&bytes, path.rsplit('/').next().unwrap()).unwrap().text;
        truth.books.insert(key, (book, blake3::hash(&bytes).to_hex().to_string()));
        truth.files.insert(path.to_owned(), bytes);
    }
    truth.files.insert(format!("1/12/{DAMAGED}.zip"), b"PK\x03\x04 cut off".to_vec());
    truth.files.insert("readme.html".to_owned(), b"not a book".to_vec());
    truth
});

/// How a life is run: in order on one thread, so that a number or a seed names the same operation each time; or in small
/// groups on two threads, where one group is placed while the next is made.
#[derive(Debug, Clone, Copy)]
struct Manner {
    group: usize,
    threads: usize,
}

const IN_ORDER: Manner = Manner { group: 100, threads: 1 };
const BESIDE: Manner = Manner { group: 2, threads: 2 };

impl Manner {
    fn pool(self) -> ThreadPool {
        ThreadPoolBuilder::new().num_threads(self.threads).build().unwrap()
    }
}

/// One machine over several lives, and what must hold of it.
struct Machine<'a> {
    world: World,
    ledger: Ledger,
    mistake: Option<Mistake>,
    group: usize,
    pool: &'a ThreadPool,
    complete: BTreeSet<String>,
}

impl<'a> Machine<'a> {
    fn new(seed: u64, mistake: Option<Mistake>, group: usize, pool: &'a ThreadPool) -> Self {
        let world = World::new(seed);
        for (path, bytes) in &TRUTH.files {
            let path = Path::new(TREE).join(path);
            let dir = path.parent().unwrap();
            world.create_dir_all(dir).unwrap();
            let mut file = world.open(&path, true).unwrap();
            file.append_all(bytes).unwrap();
            file.sync().unwrap();
            world.sync_dir(dir).unwrap();
        }
        let ledger = Ledger::in_memory().unwrap();
        Self { world, ledger, mistake, group, pool, complete: BTreeSet::new() }
    }

    /// One life of the program; gives how many files were new or to be done, and how many it put off.
    fn live(&self) -> Result<(u64, u64), Error> {
        let seams = self.world.seams(&self.ledger);
        let files = Careless::new(&self.world, &self.ledger, self.mistake);
        let job = Job {
            seams: Some(Seams { files: Arc::new(files.clone()), ..seams }),
            source: Source::Tree(TREE.into()),
            group: self.group,
            ..Job::new(Path::new(ROOT))
        };
        let listed = job.collect()?;
        let report = self.pool.install(|| job.download(|_| {}))?;
        job.write_manifest()?;
        // A world that has failed here fails at whatever comes next.
        let _ = files.finish();
        Ok((listed.new + listed.pending, report.deferred))
    }

    fn restart(&mut self, survival: Survival) {
        self.world.restart(survival);
        self.complete = self.keys(State::Complete);
    }

    fn keys(&self, state: State) -> BTreeSet<String> {
        self.ledger.items(state).unwrap().into_iter().map(|item| item.key).collect()
    }

    /// The files by their path below the directory.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let name = |path: &Path| Some(path.strip_prefix(ROOT).ok()?.to_str()?.to_owned());
        self.world.snapshot().into_iter().filter_map(|(path, bytes)| Some((name(&path)?, bytes))).collect()
    }

    /// What must hold at any moment, right after a crash too.
    fn check_always(&self) -> Result<(), String> {
        let files = self.files();
        for (name, bytes) in &files {
            let (level, file) = name.split_once('/').unwrap_or(("", name));
            let truth = file.strip_suffix(".txt").and_then(|key| TRUTH.books.get(key));
            let whole = match (level, truth) {
                (".partial", _) => true,
                ("text", Some((text, _))) => bytes == text.as_bytes(),
                ("", _) if name == "manifest.jsonl" => bytes.is_empty() || bytes.ends_with(b"}\n"),
                _ => return Err(format!("{name} should not be there")),
            };
            if !whole {
                return Err(format!("{name} is not whole"));
            }
        }
        let complete = self.keys(State::Complete);
        if let Some(key) = complete.iter().find(|key| !files.contains_key(&format!("text/{key}.txt"))) {
            return Err(format!("{key} is complete, but its text is not there"));
        }
        if !self.complete.is_subset(&complete) {
            return Err(format!("complete were {:?}, now {complete:?}", self.complete));
        }
        let failed = self.keys(State::Failed);
        if failed.iter().any(|key| key != DAMAGED) {
            return Err(format!("given up were {failed:?}"));
        }
        Ok(())
    }

    /// A life without faults, which must bring everything to its end; and one more, which must find nothing to do.
    fn recover(&mut self) -> Result<(), String> {
        for life in 0..2 {
            let ended = self.live();
            match ended {
                Ok((to_do, 0)) if life == 0 || to_do == 0 => {}
                other => return Err(format!("recovery {life} ended with {other:?}")),
            }
            self.check_always()?;
            let items = self.ledger.items(State::Complete).unwrap();
            for item in &items {
                let Some((text, digest)) = TRUTH.books.get(item.key.as_str()) else {
                    return Err(format!("{} is no book of this tree", item.key));
                };
                let note: serde_json::Value = serde_json::from_str(&item.note).unwrap();
                if item.blake3.as_ref() != Some(digest)
                    || note["text_blake3"] != blake3::hash(text.as_bytes()).to_hex().as_str()
                {
                    return Err(format!("the ledger has another digest for {}", item.key));
                }
            }
            let failed = self.keys(State::Failed);
            if items.len() != TRUTH.books.len() || !failed.contains(DAMAGED) {
                return Err(format!("complete are {:?}, failed {failed:?}", self.keys(State::Complete)));
            }
            let files = self.files();
            let n_lines = files["manifest.jsonl"].split(|byte| *byte == b'\n').count() - 1;
            // A file a book and the manifest: nothing partial, nothing twice.
            if n_lines != TRUTH.books.len() || files.len() != TRUTH.books.len() + 1 {
                return Err(format!("{n_lines} lines in the manifest; files are {:?}", files.keys()));
            }
            self.restart(Survival::Kept);
        }
        Ok(())
    }
}

/// Fails each operation of a run in turn, in every `step`th of the ways, with a recovery after each; returns the
/// number of runs and operations, or the first run that ended wrong.
fn each_operation(manner: Manner, mistake: Option<Mistake>, step: usize) -> Result<(u64, u64), String> {
    let pool = manner.pool();
    let mut smooth = Machine::new(0, mistake, manner.group, &pool);
    let n_before = smooth.world.n_operations();
    smooth.live().map_err(|error| error.to_string())?;
    let n_operations = smooth.world.n_operations() - n_before;
    smooth.recover()?;
    let mut n_runs = 0;
    for at in 0..n_operations {
        // The next operation meets other ways, so that over a few of them all are met.
        for (fault, survival) in FAULTS.iter().skip(at as usize % step).step_by(step) {
            let mut machine = Machine::new(at, mistake, manner.group, &pool);
            machine.world.plan(at, *fault);
            let first = machine.live();
            machine.restart(*survival);
            machine.check_always().and_then(|()| machine.recover()).map_err(|what| {
                format!("operation {at} of {n_operations}, {manner:?}, {fault:?}, {survival:?}: {what}; it had ended with {first:?}")
            })?;
            n_runs += 1;
        }
    }
    Ok((n_runs, n_operations))
}

/// Several lives in random weather, then a recovery. Returns how many lives ended in a crash, and how many otherwise
/// before their time.
fn random_weather(seed: u64, pool: &ThreadPool) -> Result<(u64, u64), String> {
    let mut machine = Machine::new(seed, None, IN_ORDER.group, pool);
    let (mut n_crashes, mut n_errors) = (0, 0);
    for life in 0..5 {
        let disk = if (seed + life) % 2 == 1 { 0.02 } else { 0.0 };
        machine.world.set_weather(Weather { disk, crash: 0.01, ..Weather::default() });
        let ended = machine.live();
        n_crashes += u64::from(machine.world.has_crashed());
        n_errors += u64::from(!machine.world.has_crashed() && !matches!(ended, Ok((_, 0))));
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

/// A third of the ways for each operation; `RUN_SLOW_TESTS=1` takes all.
#[test]
fn each_operation_of_an_import_may_fail_or_be_the_last() {
    let step = if flag("RUN_SLOW_TESTS").is_some() { 1 } else { 3 };
    for manner in [IN_ORDER, BESIDE] {
        let (n_runs, n_operations) = each_operation(manner, None, step).unwrap();
        println!("{manner:?}: {n_operations} operations, {n_runs} runs with one fault each");
        assert!(n_operations > 40, "the faults must reach the whole run: {n_operations} operations");
    }
}

#[test]
fn wrong_orders_of_an_import_are_caught() {
    for mistake in Mistake::ALL {
        let caught = each_operation(IN_ORDER, Some(mistake), 1).expect_err("must be caught");
        println!("{mistake:?}: {caught}");
    }
}

/// `SIMULATION_SEED=N` replays one seed, `RUN_SLOW_TESTS=1` runs ten thousand.
#[test]
fn an_import_in_random_weather_ends_well() {
    let seeds = seeds(100);
    let n_seeds = seeds.end - seeds.start;
    let pool = IN_ORDER.pool();
    let (mut n_crashes, mut n_errors) = (0, 0);
    for seed in seeds {
        let (crashes, errors) = random_weather(seed, &pool).unwrap();
        n_crashes += crashes;
        n_errors += errors;
    }
    println!("{n_seeds} seeds: {n_crashes} lives ended in a crash, {n_errors} with an error");
    assert!(n_seeds == 1 || n_crashes > n_seeds / 2, "the weather was too fine: {n_crashes} crashes");
}

//! A world that fails on purpose: a network, a clock and a disk behind the three seams, for tests.
//!
//! Every operation of a run has a number. A [`World`] can fail or crash any one of them, or draw faults
//! by a seed, and after a crash decide what of the unsynced bytes and names is left. Time is virtual:
//! a day of waiting takes no time at all. The ledger takes part through [`World::watch`]: a commit is
//! an operation like any other; what SQLite does inside it is trusted to SQLite.
//!
//! The disk is as unkind as real ones are allowed to be: a sync that fails has lost what it was to save
//! (Linux marks such pages clean, and the next sync reports success), a full disk may say so only at the
//! sync, names need a sync of their own, and nothing can be made in a directory that is not there.
//!
//! [`Careless`] puts one of the mistakes that people make in front of such a disk, so that a test can show
//! that it would be caught.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::clock::Clock;
use crate::fetcher::locked;
use crate::files::{Files, OpenFile};
use crate::ledger::Ledger;
use crate::seams::Seams;
use crate::transport::{Headers, Reply, Request, Transport};

/// What happens to one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and does nothing.
    Error,
    /// A write takes half of its bytes and says so, as it may at any time; other operations go well.
    ShortWrite,
    /// A write leaves half of its bytes and fails; other operations fail.
    TornWrite,
    /// From here on no write finds room, until the restart.
    DiskFull,
    /// The power goes before the operation.
    CrashBefore,
    /// The power goes after it.
    CrashAfter,
}

/// What a crash leaves of bytes and names that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survival {
    /// Nothing.
    Lost,
    /// Everything, as after a `kill -9`.
    Kept,
    /// All names, no bytes: what a journal of names alone leaves.
    NamesOnly,
    /// By chance for each name and each file: some bytes, some of them zeros.
    Torn,
}

/// How often faults come by chance, each a probability per operation.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Weather {
    /// A request without an answer, a body cut off, an answer of 500, 503 or 429.
    pub network: f64,
    /// A byte of a body changed on the way.
    pub corruption: f64,
    /// A failed or short file operation or commit.
    pub disk: f64,
    /// A crash.
    pub crash: f64,
}

/// One address of the simulated site.
#[derive(Debug, Clone, Default)]
pub struct Resource {
    /// The status; 0 is 200.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// A strong tag, quotes included; with it, `Range` and `If-Range` are served.
    pub etag: Option<String>,
}

/// The simulated machine and its network; clones share it.
#[derive(Clone)]
pub struct World(Arc<Mutex<State>>);

struct State {
    rng: Pcg64Mcg,
    site: BTreeMap<String, Resource>,
    sound: BTreeSet<String>,
    requests: Vec<(Duration, String)>,
    elapsed: Duration,
    n_operations: u64,
    planned: Option<(u64, Fault)>,
    weather: Weather,
    crashed: bool,
    disk_full: bool,
    inodes: Vec<Inode>,
    /// Directories; making one syncs it, so all of them survive.
    dirs: BTreeSet<PathBuf>,
    /// Names as the running program sees them.
    names: BTreeMap<PathBuf, usize>,
    /// Names that survive any crash.
    synced_names: BTreeMap<PathBuf, usize>,
    /// What was done to names since, in order: the file that a name was given, or none.
    unsynced: Vec<(PathBuf, Option<usize>)>,
}

#[derive(Default)]
struct Inode {
    data: Vec<u8>,
    synced: Vec<u8>,
}

impl World {
    /// An empty disk, an empty site, no faults.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            rng: Pcg64Mcg::seed_from_u64(seed),
            site: BTreeMap::new(),
            sound: BTreeSet::new(),
            requests: Vec::new(),
            elapsed: Duration::ZERO,
            n_operations: 0,
            planned: None,
            weather: Weather::default(),
            crashed: false,
            disk_full: false,
            inodes: Vec::new(),
            dirs: BTreeSet::new(),
            names: BTreeMap::new(),
            synced_names: BTreeMap::new(),
            unsynced: Vec::new(),
        })))
    }

    /// Puts something at an address. Any other address answers 404.
    pub fn serve(&self, url: &str, resource: Resource) {
        self.state().site.insert(url.to_owned(), resource);
    }

    /// The whole machine for a program that takes [`Seams`]. The ledger is watched.
    #[must_use]
    pub fn seams(&self, ledger: &Ledger) -> Seams {
        self.watch(ledger);
        Seams {
            transport: Arc::new(self.clone()),
            clock: Arc::new(self.clone()),
            files: Arc::new(self.clone()),
            ledger: ledger.clone(),
        }
    }

    /// From now on no byte of this address is ever changed: what no checksum guards would be believed.
    pub fn keep_sound(&self, url: &str) {
        self.state().sound.insert(url.to_owned());
    }

    /// Counts the ledger's commits among the operations.
    pub fn watch(&self, ledger: &Ledger) {
        let world = self.clone();
        ledger.set_gate(move || world.commit());
    }

    /// One commit of a ledger, asked before it happens: the gate that [`World::watch`] sets.
    ///
    /// # Errors
    ///
    /// When the commit is to fail, or the power goes before it.
    pub fn commit(&self) -> io::Result<()> {
        match self.begin(Part::Disk)? {
            _ if self.state().disk_full => Err(io::ErrorKind::StorageFull.into()),
            // A commit is all or nothing, and a crash after it is the same as one before the next
            // operation, which has its own number.
            Some(Fault::Error | Fault::TornWrite | Fault::DiskFull) => Err(failed()),
            Some(Fault::CrashAfter | Fault::CrashBefore) => Err(self.crash()),
            Some(Fault::ShortWrite) | None => Ok(()),
        }
    }

    /// Lets operation number `at`, counted from now on, meet a fault.
    pub fn plan(&self, at: u64, fault: Fault) {
        let mut state = self.state();
        state.planned = Some((state.n_operations + at, fault));
    }

    /// Draws faults by chance from now on.
    pub fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// Operations so far.
    #[must_use]
    pub fn n_operations(&self) -> u64 {
        self.state().n_operations
    }

    /// Whether the power has gone: every operation fails until [`World::restart`].
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.state().crashed
    }

    /// All requests so far: when, and for which address.
    #[must_use]
    pub fn requests(&self) -> Vec<(Duration, String)> {
        self.state().requests.clone()
    }

    /// The machine starts again: after a crash with what `survival` leaves, else with everything (the
    /// program ended by itself). No fault is planned any more, and there is room on the disk.
    pub fn restart(&self, survival: Survival) {
        let mut state = self.state();
        if state.crashed {
            state.settle(survival);
        }
        state.crashed = false;
        state.disk_full = false;
        state.planned = None;
        state.weather = Weather::default();
    }

    /// The files as the program would find them now, no operation counted.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.state();
        state.names.iter().map(|(path, inode)| (path.clone(), state.inodes[*inode].data.clone())).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.0)
    }

    fn crash(&self) -> io::Error {
        self.state().crashed = true;
        crashed()
    }

    /// Counts an operation and says what befalls it. A crash before it has happened on return.
    fn begin(&self, part: Part) -> io::Result<Option<Fault>> {
        let mut state = self.state();
        if state.crashed {
            return Err(crashed());
        }
        let number = state.n_operations;
        state.n_operations += 1;
        state.elapsed += Duration::from_millis(1);
        let mut fault = state.planned.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
        if fault.is_none() {
            fault = state.chance(part);
        }
        match fault {
            Some(Fault::CrashBefore) => {
                state.crashed = true;
                Err(crashed())
            }
            Some(Fault::DiskFull) if part == Part::Disk => {
                state.disk_full = true;
                Ok(fault)
            }
            // The network has no disk to fill and no bytes to leave behind.
            Some(Fault::DiskFull | Fault::TornWrite) => Ok(Some(Fault::Error)),
            fault => Ok(fault),
        }
    }

    /// One operation of files that is done or not, with nothing between.
    fn whole<T>(&self, work: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        match self.begin(Part::Disk)? {
            Some(Fault::Error | Fault::TornWrite) => Err(failed()),
            Some(Fault::CrashAfter) => {
                let done = work(&mut self.state());
                done.and(Err(self.crash()))
            }
            _ => work(&mut self.state()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Disk,
    Network,
}

impl State {
    fn chance(&mut self, part: Part) -> Option<Fault> {
        if self.weather == Weather::default() {
            return None;
        }
        if self.rng.random_bool(self.weather.crash) {
            return Some(if self.rng.random_bool(0.5) { Fault::CrashBefore } else { Fault::CrashAfter });
        }
        let share = if part == Part::Disk { self.weather.disk } else { self.weather.network };
        if !self.rng.random_bool(share) {
            return None;
        }
        Some(match self.rng.random_range(0..8) {
            0 => Fault::DiskFull,
            1 | 2 => Fault::TornWrite,
            3 | 4 => Fault::ShortWrite,
            _ => Fault::Error,
        })
    }

    fn set_name(&mut self, path: &Path, inode: Option<usize>) {
        match inode {
            Some(inode) => self.names.insert(path.to_owned(), inode),
            None => self.names.remove(path),
        };
        self.unsynced.push((path.to_owned(), inode));
    }

    fn sync_names(&mut self, dir: &Path) {
        for (path, inode) in std::mem::take(&mut self.unsynced) {
            if path.parent() != Some(dir) {
                self.unsynced.push((path, inode));
                continue;
            }
            match inode {
                Some(inode) => self.synced_names.insert(path, inode),
                None => self.synced_names.remove(&path),
            };
        }
    }

    /// What is on the disk when the power comes back.
    fn settle(&mut self, survival: Survival) {
        let mut names = std::mem::take(&mut self.synced_names);
        for (path, inode) in std::mem::take(&mut self.unsynced) {
            let survives = match survival {
                Survival::Lost => false,
                Survival::Kept | Survival::NamesOnly => true,
                Survival::Torn => self.rng.random_bool(0.5),
            };
            match inode {
                _ if !survives => {}
                Some(inode) => {
                    names.insert(path, inode);
                }
                None => {
                    names.remove(&path);
                }
            }
        }
        let rng = &mut self.rng;
        for inode in &mut self.inodes {
            match survival {
                Survival::Kept => {}
                Survival::Lost | Survival::NamesOnly => inode.data.clone_from(&inode.synced),
                Survival::Torn => inode.tear(rng),
            }
            inode.synced.clone_from(&inode.data);
        }
        self.synced_names.clone_from(&names);
        self.names = names;
    }

    /// What making a new name below `path`'s directory needs.
    fn check_room(&self, path: &Path) -> io::Result<()> {
        let Some(dir) = path.parent().filter(|dir| self.dirs.contains(*dir)) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        debug_assert!(dir.is_absolute(), "the simulated disk knows no working directory");
        if self.disk_full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn inode(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn answer(&mut self, request: &Request) -> (u16, Headers, Vec<u8>) {
        let url = request.url.as_str();
        self.requests.push((self.elapsed, url.to_owned()));
        let mut headers = Headers::new();
        let weather = self.weather;
        if weather.network > 0.0 && self.rng.random_bool(weather.network) {
            let status = [500, 503, 429][self.rng.random_range(0..3)];
            if status != 500 {
                headers.push(
                    "retry-after",
                    ["1", "20", "Sun, 06 Nov 1994 08:49:37 GMT"][self.rng.random_range(0..3)],
                );
            }
            return (status, headers, b"in trouble".to_vec());
        }
        let Some(resource) = self.site.get(url) else { return (404, headers, b"not here".to_vec()) };
        let (mut status, mut body) =
            (if resource.status == 0 { 200 } else { resource.status }, resource.body.clone());
        if let Some(etag) = &resource.etag {
            headers.push("etag", etag);
            let wanted = |name: &str| {
                request.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
            };
            let first = wanted("range")
                .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
            if let Some(first) = first.filter(|_| wanted("if-range") == Some(etag)) {
                if first >= body.len() {
                    return (416, headers, Vec::new());
                }
                headers.push("content-range", &format!("bytes {first}-{}/{}", body.len() - 1, body.len()));
                status = 206;
                body.drain(..first);
            }
        }
        headers.push("content-length", &body.len().to_string());
        let may_change = weather.corruption > 0.0 && !body.is_empty() && !self.sound.contains(url);
        if may_change && self.rng.random_bool(weather.corruption) {
            let at = self.rng.random_range(0..body.len());
            body[at] ^= self.rng.random_range(1..=u8::MAX);
        }
        (status, headers, body)
    }
}

impl Inode {
    /// Keeps a part of what was written since the last sync, some of it as zeros: blocks that were
    /// given to the file but not written yet.
    fn tear(&mut self, rng: &mut Pcg64Mcg) {
        if self.data.len() < self.synced.len() {
            // A truncation that may or may not have reached the disk.
            if rng.random_bool(0.5) {
                self.data.clone_from(&self.synced);
            }
            return;
        }
        let from = self.synced.len();
        let kept = rng.random_range(from..=self.data.len());
        self.data.truncate(kept);
        if kept > from && rng.random_bool(0.5) {
            let zeros = rng.random_range(from..kept);
            self.data[zeros..].fill(0);
        }
    }
}

impl Clock for World {
    fn now(&self) -> SystemTime {
        // Any day will do, and the same one each time.
        SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 47) + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    fn sleep(&self, wait: Duration) {
        self.state().elapsed += wait;
    }
}

impl Transport for World {
    fn send(&self, request: &Request) -> io::Result<Reply> {
        let fault = self.begin(Part::Network)?;
        let (status, headers, body) = self.state().answer(request);
        match fault {
            Some(Fault::Error) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(Fault::CrashAfter) => Err(self.crash()),
            _ => Ok(Reply {
                status,
                headers,
                body: Box::new(SimulatedBody { world: self.clone(), body, at: 0 }),
            }),
        }
    }
}

struct SimulatedBody {
    world: World,
    body: Vec<u8>,
    at: usize,
}

impl Read for SimulatedBody {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.world.begin(Part::Network)? {
            Some(Fault::Error) => Err(io::ErrorKind::UnexpectedEof.into()),
            Some(Fault::CrashAfter) => Err(self.world.crash()),
            // The connection ends as if that were all.
            Some(Fault::ShortWrite) => Ok(0),
            _ => {
                let n = out.len().min(self.body.len() - self.at).min(512);
                out[..n].copy_from_slice(&self.body[self.at..self.at + n]);
                self.at += n;
                Ok(n)
            }
        }
    }
}

impl Files for World {
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.whole(|state| {
            if state.dirs.contains(path) {
                return Ok(());
            }
            if state.disk_full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.dirs.extend(path.ancestors().map(Path::to_owned));
            Ok(())
        })
    }

    fn open(&self, path: &Path, empty: bool) -> io::Result<Box<dyn OpenFile>> {
        let inode = self.whole(|state| {
            let inode = if let Some(inode) = state.names.get(path) {
                *inode
            } else {
                state.check_room(path)?;
                state.inodes.push(Inode::default());
                let inode = state.inodes.len() - 1;
                state.set_name(path, Some(inode));
                inode
            };
            if empty {
                state.inodes[inode].data.clear();
            }
            Ok(inode)
        })?;
        Ok(Box::new(SimulatedFile { world: self.clone(), inode }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.whole(|state| Ok(state.inodes[state.inode(path)?].data.clone()))
    }

    fn len(&self, path: &Path) -> io::Result<Option<u64>> {
        self.whole(|state| Ok(state.names.get(path).map(|inode| state.inodes[*inode].data.len() as u64)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.whole(|state| {
            let inode = state.inode(from)?;
            state.check_room(to).or_else(|error| match error.kind() {
                // A name is moved, not made: it needs its directory, but no room.
                io::ErrorKind::StorageFull => Ok(()),
                _ => Err(error),
            })?;
            state.set_name(to, Some(inode));
            state.set_name(from, None);
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.whole(|state| {
            if state.names.contains_key(path) {
                state.set_name(path, None);
            }
            Ok(())
        })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.whole(|state| {
            state.sync_names(path);
            Ok(())
        })
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.whole(|state| {
            let inside = state.names.keys().filter(|name| name.parent() == Some(path));
            let names: BTreeSet<String> =
                inside.filter_map(|name| Some(name.file_name()?.to_str()?.to_owned())).collect();
            Ok(names.into_iter().collect())
        })
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        self.whole(|state| {
            if !state.dirs.contains(path) {
                return Err(io::ErrorKind::NotFound.into());
            }
            let files = state.names.keys().map(|name| (name, false));
            let inside = files.chain(state.dirs.iter().map(|dir| (dir, true)));
            let entries: BTreeSet<(String, bool)> = inside
                .filter(|(name, _)| name.parent() == Some(path))
                .filter_map(|(name, is_dir)| Some((name.file_name()?.to_str()?.to_owned(), is_dir)))
                .collect();
            Ok(entries.into_iter().collect())
        })
    }
}

struct SimulatedFile {
    world: World,
    inode: usize,
}

impl SimulatedFile {
    fn with<T>(&self, work: impl FnOnce(&mut Inode) -> T) -> io::Result<T> {
        self.world.whole(|state| Ok(work(&mut state.inodes[self.inode])))
    }
}

impl OpenFile for SimulatedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fault = self.world.begin(Part::Disk)?;
        let mut state = self.world.state();
        let half = &bytes[..bytes.len() / 2];
        if state.disk_full {
            state.inodes[self.inode].data.extend_from_slice(half);
            return Err(io::ErrorKind::StorageFull.into());
        }
        let data = &mut state.inodes[self.inode].data;
        match fault {
            Some(Fault::Error) => return Err(failed()),
            Some(Fault::TornWrite) => {
                data.extend_from_slice(half);
                return Err(failed());
            }
            Some(Fault::ShortWrite) if !half.is_empty() => {
                data.extend_from_slice(half);
                return Ok(half.len());
            }
            _ => data.extend_from_slice(bytes),
        }
        if fault == Some(Fault::CrashAfter) {
            state.crashed = true;
            return Err(crashed());
        }
        Ok(bytes.len())
    }

    fn sync(&mut self) -> io::Result<()> {
        let fault = self.world.begin(Part::Disk)?;
        let mut state = self.world.state();
        let is_full = state.disk_full;
        let inode = &mut state.inodes[self.inode];
        let unsynced = inode.data != inode.synced;
        if matches!(fault, Some(Fault::Error | Fault::TornWrite)) || (is_full && unsynced) {
            inode.data.clone_from(&inode.synced);
            return Err(if is_full { io::ErrorKind::StorageFull.into() } else { failed() });
        }
        inode.synced.clone_from(&inode.data);
        if fault == Some(Fault::CrashAfter) {
            state.crashed = true;
            return Err(crashed());
        }
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.with(|inode| inode.data.resize(len as usize, 0))
    }

    fn n_bytes(&mut self) -> io::Result<u64> {
        self.with(|inode| inode.data.len() as u64)
    }
}

/// A mistake in the order of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// A file gets its name before its bytes are synced.
    RenameBeforeSync,
    /// The ledger says *complete* before the file has its name.
    LedgerBeforeFile,
    /// Bytes are never synced.
    NoFileSync,
    /// Names are never synced.
    NoDirSync,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::RenameBeforeSync, Self::LedgerBeforeFile, Self::NoFileSync, Self::NoDirSync];
}

/// A world's disk as a careless program would use it; without a mistake, the disk itself.
#[derive(Clone)]
pub struct Careless {
    world: World,
    mistake: Option<Mistake>,
    /// Renames that wait until the ledger has spoken.
    held: Arc<Mutex<Vec<(PathBuf, PathBuf)>>>,
    committed: Arc<AtomicBool>,
}

impl Careless {
    /// Takes the place of the world's disk, and watches the ledger as [`World::watch`] does.
    #[must_use]
    pub fn new(world: &World, ledger: &Ledger, mistake: Option<Mistake>) -> Self {
        let committed = Arc::new(AtomicBool::new(false));
        let (flag, gated) = (Arc::clone(&committed), world.clone());
        ledger.set_gate(move || {
            gated.commit()?;
            flag.store(true, Ordering::Relaxed);
            Ok(())
        });
        Self { world: world.clone(), mistake, held: Arc::default(), committed }
    }

    /// Does what is still put off: the program has come to its end.
    ///
    /// # Errors
    ///
    /// As the world has planned.
    pub fn finish(&self) -> io::Result<()> {
        for (from, to) in std::mem::take(&mut *locked(&self.held)) {
            self.world.rename(&from, &to)?;
            self.world.sync_dir(to.parent().unwrap_or(&to))?;
        }
        Ok(())
    }

    /// Does what was put off until the ledger had spoken, if it has.
    fn release(&self) -> io::Result<()> {
        if self.committed.swap(false, Ordering::Relaxed) { self.finish() } else { Ok(()) }
    }
}

impl Files for Careless {
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.release()?;
        self.world.create_dir_all(path)
    }

    fn open(&self, path: &Path, empty: bool) -> io::Result<Box<dyn OpenFile>> {
        self.release()?;
        let file = self.world.open(path, empty)?;
        let is_temporary = path.extension().is_some_and(|extension| extension == "tmp");
        Ok(match self.mistake {
            Some(Mistake::NoFileSync) => Box::new(NeverSynced(file)),
            Some(Mistake::RenameBeforeSync) if is_temporary => Box::new(NeverSynced(file)),
            _ => file,
        })
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.release()?;
        self.world.read(path)
    }

    fn len(&self, path: &Path) -> io::Result<Option<u64>> {
        self.release()?;
        Files::len(&self.world, path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.release()?;
        if self.mistake == Some(Mistake::LedgerBeforeFile) {
            locked(&self.held).push((from.to_owned(), to.to_owned()));
            return Ok(());
        }
        self.world.rename(from, to)?;
        if self.mistake == Some(Mistake::RenameBeforeSync) {
            self.world.open(to, false)?.sync()?;
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.release()?;
        self.world.remove(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.release()?;
        if self.mistake == Some(Mistake::NoDirSync) { Ok(()) } else { self.world.sync_dir(path) }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.release()?;
        self.world.list(path)
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        self.release()?;
        self.world.entries(path)
    }
}

struct NeverSynced(Box<dyn OpenFile>);

impl OpenFile for NeverSynced {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }

    fn n_bytes(&mut self) -> io::Result<u64> {
        self.0.n_bytes()
    }
}

fn failed() -> io::Error {
    io::Error::other("failed as planned")
}

fn crashed() -> io::Error {
    io::Error::other("the power has gone")
}

//! Files placed so that a crash leaves each one whole or absent, in groups that share their syncs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::files::{Disk, Files, OpenFile};
use crate::ledger::{Change, Ledger};

/// Temporaries of a store. One directory for all, so that those of a killed run are found without a
/// walk over a hundred thousand files; it lies under the root, so a rename out of it stays on one disk.
const PARTIAL_DIR: &str = ".partial";

/// The longest name that the usual file systems take, in bytes.
const PART_BYTES_MAX: usize = 255;

/// A relative path that stays below the directory it is joined to, on any system: parts between `/`,
/// none empty, `.`, `..` or longer than 255 bytes, no backslash, colon or control character, none that
/// ends in a dot or space, and the first does not begin with a dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafePath(String);

impl SafePath {
    /// Checks a path.
    ///
    /// # Errors
    ///
    /// When it could name something outside, or cannot be a name on some system.
    ///
    /// # Examples
    ///
    /// ```
    /// use corpus_fetch::SafePath;
    /// assert!(SafePath::new("text/1342.txt").is_ok());
    /// assert!(SafePath::new("../ledger.sqlite").is_err());
    /// assert!(SafePath::new("/etc/passwd").is_err());
    /// ```
    pub fn new(path: &str) -> Result<Self> {
        let fits = |part: &str| {
            !part.is_empty()
                && part.len() <= PART_BYTES_MAX
                && !part.ends_with(['.', ' '])
                && !part.contains(|c: char| c == '\\' || c == ':' || c.is_control())
        };
        if !path.starts_with('.') && path.split('/').all(fits) {
            return Ok(Self(path.to_owned()));
        }
        let message = format!(
            "{path:?} is no safe relative path: it must name a file below its directory on any system"
        );
        Err(Error::new(Kind::Usage, message))
    }

    /// The path as text, `/` between its parts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A directory in which items' files are placed.
///
/// What is written is first staged, and appears at its name by [`Store::commit`], which syncs all,
/// renames all, syncs the directories, and only then tells the ledger. A file to which records are
/// appended has its length committed with the items: what a crash leaves beyond that length is cut
/// off at the next opening.
pub struct Store {
    files: Arc<dyn Files>,
    root: PathBuf,
    ledger: Ledger,
    staged: Vec<Staged>,
    removals: Vec<PathBuf>,
    appended: BTreeMap<SafePath, Appended>,
    known_dirs: HashSet<PathBuf>,
    n_temporaries: u64,
    /// After a failed commit nobody knows what is on the disk, so nothing more is written: the next
    /// opening sorts it out.
    broken: bool,
}

struct Staged {
    path: SafePath,
    temporary: PathBuf,
    file: Box<dyn OpenFile>,
}

struct Appended {
    file: Box<dyn OpenFile>,
    len: u64,
    committed: u64,
}

/// How much was staged at some moment.
pub(crate) struct Mark {
    n_staged: usize,
    n_removals: usize,
    lens: BTreeMap<SafePath, u64>,
}

impl Store {
    /// Opens a directory on the machine's disk, makes it where it is missing, and clears away the
    /// temporaries of a run that was killed.
    ///
    /// # Errors
    ///
    /// When the directory cannot be made or read.
    pub fn open(root: &Path, ledger: &Ledger) -> Result<Self> {
        Self::open_with(Arc::new(Disk), root, ledger)
    }

    /// [`Store::open`] on other files.
    ///
    /// # Errors
    ///
    /// When the directory cannot be made or read.
    pub fn open_with(files: Arc<dyn Files>, root: &Path, ledger: &Ledger) -> Result<Self> {
        let mut store = Self {
            files,
            root: root.to_owned(),
            ledger: ledger.clone(),
            staged: Vec::new(),
            removals: Vec::new(),
            appended: BTreeMap::new(),
            known_dirs: HashSet::new(),
            n_temporaries: 0,
            broken: false,
        };
        let partial_dir = root.join(PARTIAL_DIR);
        store.make_dir(&partial_dir)?;
        let continued: BTreeSet<String> =
            ledger.partial_keys()?.iter().map(|key| partial_name(key)).collect();
        let names =
            store.files.list(&partial_dir).map_err(|error| Error::file("list", &partial_dir, error))?;
        for name in names.iter().filter(|name| !continued.contains(*name)) {
            store.remove_now(&partial_dir.join(name))?;
        }
        Ok(store)
    }

    /// Stages a file. Nothing is seen at its name before the commit; what was there is replaced then.
    ///
    /// # Errors
    ///
    /// When it cannot be written, a full disk among the reasons. Nothing of it is left then.
    pub fn write(&mut self, path: &SafePath, bytes: &[u8]) -> Result<()> {
        self.stage(path, |file| file.append_all(bytes))
    }

    /// [`Store::write`] for content that is made piece by piece.
    ///
    /// # Errors
    ///
    /// When `make` fails or the file cannot be written. Nothing of it is left then.
    pub fn write_with(
        &mut self,
        path: &SafePath,
        make: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<()> {
        self.stage(path, |file| {
            let mut out = io::BufWriter::with_capacity(1 << 16, Appending(file));
            make(&mut out)?;
            out.flush()
        })
    }

    fn stage(
        &mut self,
        path: &SafePath,
        fill: impl FnOnce(&mut dyn OpenFile) -> io::Result<()>,
    ) -> Result<()> {
        self.check_whole()?;
        let temporary = self.root.join(PARTIAL_DIR).join(format!("{}.tmp", self.n_temporaries));
        self.n_temporaries += 1;
        let written = self.files.open(&temporary, true).and_then(|mut file| {
            fill(&mut *file)?;
            Ok(file)
        });
        match written {
            Ok(file) => {
                self.staged.push(Staged { path: path.clone(), temporary, file });
                Ok(())
            }
            Err(error) => {
                // The first error is the one to report; an orphan is cleared away at the next opening.
                let _ = self.files.remove(&temporary);
                Err(Error::file("write", &self.full_path(path), error))
            }
        }
    }

    /// Appends one whole record and returns the offset at which it begins.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the file is cut back to what it was. When the file exists but the
    /// ledger does not know it, or it is shorter than the ledger says.
    pub fn append(&mut self, path: &SafePath, record: &[u8]) -> Result<u64> {
        self.check_whole()?;
        let full_path = self.full_path(path);
        let appended = self.open_appended(path)?;
        let offset = appended.len;
        match appended.file.append_all(record) {
            Ok(()) => {
                appended.len += record.len() as u64;
                Ok(offset)
            }
            Err(error) => {
                if appended.file.truncate(offset).is_err() {
                    self.broken = true;
                }
                Err(Error::file("append to", &full_path, error))
            }
        }
    }

    /// Removes a file, after the next commit.
    ///
    /// # Errors
    ///
    /// When an earlier commit failed.
    pub fn remove(&mut self, path: &SafePath) -> Result<()> {
        self.check_whole()?;
        self.removals.push(self.full_path(path));
        Ok(())
    }

    /// Whether the file exists, staged ones included.
    ///
    /// # Errors
    ///
    /// When the system cannot say.
    pub fn exists(&self, path: &SafePath) -> Result<bool> {
        let place = self.place(path);
        Ok(self.files.len(&place).map_err(|error| Error::file("look at", &place, error))?.is_some())
    }

    /// Reads a whole file, staged ones included.
    ///
    /// # Errors
    ///
    /// When it is not there or cannot be read.
    pub fn read(&self, path: &SafePath) -> Result<Vec<u8>> {
        let place = self.place(path);
        self.files.read(&place).map_err(|error| Error::file("read", &place, error))
    }

    /// Where a file lies once it is committed.
    #[must_use]
    pub fn full_path(&self, path: &SafePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes everything staged durable, and after that commits the changes to the ledger.
    ///
    /// # Errors
    ///
    /// When any of it fails. Nothing of the group counts as done then, and the store takes no more:
    /// open it again.
    pub fn commit(&mut self, changes: &[Change]) -> Result<()> {
        self.check_whole()?;
        self.broken = true;
        self.place_staged()?;
        let mut lens = Vec::new();
        for (path, appended) in self.appended.iter_mut().filter(|(_, file)| file.len != file.committed) {
            let full_path = self.root.join(path.as_str());
            appended.file.sync().map_err(|error| Error::file("sync", &full_path, error))?;
            lens.push((path.clone(), appended.len));
        }
        self.ledger.commit(changes, &lens)?;
        for appended in self.appended.values_mut() {
            appended.committed = appended.len;
        }
        for path in std::mem::take(&mut self.removals) {
            self.remove_now(&path)?;
        }
        self.broken = false;
        Ok(())
    }

    fn place_staged(&mut self) -> Result<()> {
        let staged = std::mem::take(&mut self.staged);
        let mut dirs = BTreeSet::new();
        let mut ready = Vec::new();
        let mut files = Vec::new();
        for Staged { path, temporary, file } in staged {
            ready.push((temporary, self.full_path(&path)));
            files.push(file);
        }
        self.files
            .sync_all(&mut files)
            .map_err(|error| Error::file("sync files below", &self.root, error))?;
        drop(files);
        for (temporary, full_path) in ready {
            if let Some(dir) = full_path.parent() {
                self.make_dir(dir)?;
                dirs.insert(dir.to_owned());
            }
            self.files
                .rename(&temporary, &full_path)
                .map_err(|error| Error::file("move a finished file to", &full_path, error))?;
        }
        for dir in dirs {
            self.files.sync_dir(&dir).map_err(|error| Error::file("sync the directory", &dir, error))?;
        }
        Ok(())
    }

    /// Notes how much is staged, so that an item that comes to nothing can be taken back.
    pub(crate) fn mark(&self) -> Mark {
        let lens = self.appended.iter().map(|(path, appended)| (path.clone(), appended.len)).collect();
        Mark { n_staged: self.staged.len(), n_removals: self.removals.len(), lens }
    }

    /// Takes back what was staged since the mark.
    pub(crate) fn roll_back(&mut self, mark: &Mark) -> Result<()> {
        self.check_whole()?;
        // Half taken back, a later commit would make the rest of the item last.
        self.broken = true;
        self.removals.truncate(mark.n_removals);
        for staged in self.staged.split_off(mark.n_staged.min(self.staged.len())) {
            drop(staged.file);
            self.remove_now(&staged.temporary)?;
        }
        for (path, appended) in &mut self.appended {
            let len = mark.lens.get(path).copied().unwrap_or(appended.committed);
            if appended.len != len {
                let full_path = self.root.join(path.as_str());
                appended.file.truncate(len).map_err(|error| Error::file("cut back", &full_path, error))?;
                appended.len = len;
            }
        }
        self.broken = false;
        Ok(())
    }

    pub(crate) fn files(&self) -> &Arc<dyn Files> {
        &self.files
    }

    /// Where the partial body of an item lies.
    pub(crate) fn partial_path(&self, key: &str) -> PathBuf {
        self.root.join(PARTIAL_DIR).join(partial_name(key))
    }

    fn place(&self, path: &SafePath) -> PathBuf {
        let staged = self.staged.iter().rev().find(|staged| staged.path == *path);
        staged.map_or_else(|| self.full_path(path), |staged| staged.temporary.clone())
    }

    fn open_appended(&mut self, path: &SafePath) -> Result<&mut Appended> {
        if !self.appended.contains_key(path) {
            let full_path = self.full_path(path);
            let dir = full_path.parent().unwrap_or(&self.root).to_owned();
            self.make_dir(&dir)?;
            let failed = |error| Error::file("open for appending", &full_path, error);
            let committed = match self.ledger.appended(path)? {
                Some(committed) => committed,
                None if self.files.len(&full_path).map_err(failed)?.is_some_and(|len| len > 0) => {
                    let message = format!(
                        "{} is not in the ledger: move it away, it would be overwritten",
                        full_path.display()
                    );
                    return Err(Error::new(Kind::Usage, message));
                }
                None => {
                    self.ledger.commit(&[], &[(path.clone(), 0)])?;
                    0
                }
            };
            let mut file = self.files.open(&full_path, false).map_err(failed)?;
            let len = file.n_bytes().map_err(failed)?;
            if len < committed {
                let message = format!(
                    "{} has {len} bytes where the ledger says {committed}: put the whole file back",
                    full_path.display()
                );
                return Err(Error::new(Kind::Files, message));
            }
            if len > committed {
                file.truncate(committed).map_err(failed)?;
            }
            self.files.sync_dir(&dir).map_err(|error| Error::file("sync the directory", &dir, error))?;
            self.appended.insert(path.clone(), Appended { file, len: committed, committed });
        }
        self.appended
            .get_mut(path)
            .ok_or_else(|| Error::new(Kind::Files, format!("{path} could not be opened for appending")))
    }

    fn make_dir(&mut self, dir: &Path) -> Result<()> {
        if !self.known_dirs.contains(dir) {
            self.files.create_dir_all(dir).map_err(|error| Error::file("make the directory", dir, error))?;
            self.known_dirs.insert(dir.to_owned());
        }
        Ok(())
    }

    fn remove_now(&self, path: &Path) -> Result<()> {
        self.files.remove(path).map_err(|error| Error::file("remove", path, error))
    }

    fn check_whole(&self) -> Result<()> {
        if self.broken {
            let message = format!("an earlier write below {} failed: start again", self.root.display());
            return Err(Error::new(Kind::Files, message));
        }
        Ok(())
    }
}

/// An open file as the standard library writes to one.
struct Appending<'a>(&'a mut dyn OpenFile);

impl Write for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keys may hold any character, so their digest names the file.
fn partial_name(key: &str) -> String {
    format!("{}.part", &blake3::hash(key.as_bytes()).to_hex()[..32])
}

/// Writes one file whole on the machine's disk: temporary in the same directory, sync, rename, sync of
/// the directory. For exports and reports.
///
/// # Errors
///
/// When it cannot be written; what was at `path` is untouched then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole_with(path, |out| out.write_all(bytes))
}

/// [`write_whole`] for content that is made piece by piece.
///
/// # Errors
///
/// When `make` fails or the file cannot be written; what was at `path` is untouched then.
pub fn write_whole_with(path: &Path, make: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let failed = |error: io::Error| Error::file("write", path, error);
    let dir = path.parent().unwrap_or(Path::new(""));
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    Disk.create_dir_all(dir).map_err(failed)?;
    let mut temporary = shared_temporary(dir).map_err(failed)?;
    let mut out = io::BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
    make(&mut out).and_then(|()| out.flush()).map_err(failed)?;
    drop(out);
    temporary.as_file().sync_all().map_err(failed)?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    Disk.sync_dir(dir).map_err(failed)
}

/// A temporary with the rights of any new file, not those of a secret.
fn shared_temporary(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tmp-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let rights = fs::Permissions::from_mode(0o666);
        builder.permissions(rights).tempfile_in(dir)
    }
    #[cfg(not(unix))]
    builder.tempfile_in(dir)
}

//! The third seam: files. [`Disk`] is the real one, [`simulation`](crate::simulation) the one that fails on purpose.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What the crate asks of a file system. All paths are as the caller joined them.
pub trait Files: Send + Sync {
    /// Makes a directory and those above it, each entry synced.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Opens for writing and reading; makes the file where there is none, and empties it when `empty`.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn open(&self, path: &Path, empty: bool) -> io::Result<Box<dyn OpenFile>>;
    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// [`Files::read`] into a buffer that goes from file to file; what was in it is gone.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn read_into(&self, path: &Path, bytes: &mut Vec<u8>) -> io::Result<()> {
        *bytes = self.read(path)?;
        Ok(())
    }
    /// The file's length in bytes, or `None` where there is no file.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn len(&self, path: &Path) -> io::Result<Option<u64>>;
    /// Renames over whatever has the new name.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file; where there is none, that is success.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory survive a power cut.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// The names of the files in a directory, sorted; empty where there is no such directory.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// All that a directory holds under names in UTF-8, sorted: each name, and whether it is a directory.
    /// A link is none, wherever it leads.
    ///
    /// # Errors
    ///
    /// As the system reports; also where there is no such directory.
    fn entries(&self, path: &Path) -> io::Result<Vec<(String, bool)>>;
    /// [`OpenFile::sync`] for many files. The order is free, but all are synced on return.
    ///
    /// # Errors
    ///
    /// As the system reports of any of them; what became of the others is unknown then.
    fn sync_all(&self, files: &mut [Box<dyn OpenFile>]) -> io::Result<()> {
        files.iter_mut().try_for_each(|file| file.sync())
    }
}

/// One file open for writing at its end.
pub trait OpenFile: Send {
    /// Writes some bytes at the end and returns how many, which may be fewer than given.
    ///
    /// # Errors
    ///
    /// As the system reports; a full disk among them.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Writes all of `bytes` at the end, however few the file takes at a time.
    ///
    /// # Errors
    ///
    /// As the system reports; a part may have been written.
    fn append_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.append(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => bytes = &bytes[n..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
    /// Makes what was written survive a power cut.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to a length; the next bytes go there.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// The length in bytes.
    ///
    /// # Errors
    ///
    /// As the system reports.
    fn n_bytes(&mut self) -> io::Result<u64>;
}

/// Files synced side by side. A journalling file system writes what several wait for in one commit, so
/// that a group costs little more than a single file; the threads themselves only wait.
const SYNCS_AT_ONCE: usize = 16;

/// The machine's own file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            self.create_dir_all(parent)?;
        }
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            other => other?,
        }
        path.parent().map_or(Ok(()), |parent| self.sync_dir(parent))
    }

    fn open(&self, path: &Path, empty: bool) -> io::Result<Box<dyn OpenFile>> {
        let mut file =
            fs::OpenOptions::new().read(true).write(true).create(true).truncate(empty).open(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Box::new(DiskFile(file)))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn read_into(&self, path: &Path, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let mut file = fs::File::open(path)?;
        bytes.reserve(file.metadata()?.len() as usize);
        file.read_to_end(bytes)?;
        Ok(())
    }

    fn len(&self, path: &Path) -> io::Result<Option<u64>> {
        match fs::metadata(path) {
            Ok(meta) if meta.is_file() => Ok(Some(meta.len())),
            Ok(_) => Err(io::Error::other("not a plain file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        // Windows has no way to sync a directory, and its renames don't need it.
        if cfg!(windows) {
            return Ok(());
        }
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        fs::File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                entries.push((name, entry.file_type()?.is_dir()));
            }
        }
        entries.sort();
        Ok(entries)
    }

    fn sync_all(&self, files: &mut [Box<dyn OpenFile>]) -> io::Result<()> {
        let share = files.len().div_ceil(SYNCS_AT_ONCE).max(1);
        let sync = |part: &mut [Box<dyn OpenFile>]| part.iter_mut().try_for_each(|file| file.sync());
        if files.len() < SYNCS_AT_ONCE {
            return sync(files);
        }
        std::thread::scope(|scope| {
            let parts: Vec<_> = files.chunks_mut(share).map(|part| scope.spawn(move || sync(part))).collect();
            // Every thread is waited for, whatever the first ones say.
            let results: Vec<_> = parts
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|_| Err(io::Error::other("a sync panicked"))))
                .collect();
            results.into_iter().collect()
        })
    }
}

struct DiskFile(fs::File);

impl OpenFile for DiskFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)?;
        self.0.seek(SeekFrom::Start(len)).map(|_| ())
    }

    fn n_bytes(&mut self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

/// Reads at most `cap` bytes; `None` when there are more.
pub(crate) fn read_capped(reader: &mut dyn Read, cap: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.take(cap.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= cap).then_some(bytes))
}

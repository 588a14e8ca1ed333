//! Files that appear whole or not at all: a temporary beside the target, synced, then renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::error::Place;

/// A file being written under a temporary name beside its target. Dropped without [`commit`](Self::commit), it
/// leaves nothing behind, and whatever stood under the target's name before stays as it was.
#[derive(Debug)]
pub struct WholeFile {
    writer: BufWriter<tempfile::NamedTempFile>,
    path: PathBuf,
    n_bytes: u64,
}

impl WholeFile {
    /// Begins the file that will appear at `path`; its directory is made where it is missing.
    ///
    /// # Errors
    ///
    /// When the directory cannot be made or written to.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let fail = |source| Error::io(Place::file(&path), source);
        let folder = folder_of(&path);
        std::fs::create_dir_all(folder).map_err(fail)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".part-");
        // A temporary is private by default; what is published should be as readable as any other file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(fail)?;
        Ok(Self { writer: BufWriter::with_capacity(1 << 16, file), path, n_bytes: 0 })
    }

    /// The name that the file will have.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes written so far.
    #[must_use]
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Puts the file in place: flush, sync, rename, sync of the directory. Returns its size in bytes.
    ///
    /// # Errors
    ///
    /// When any of these fails; the target is then as it was before.
    pub fn commit(self) -> Result<u64, Error> {
        let Self { writer, path, n_bytes } = self;
        let fail = |source| Error::io(Place::file(&path), source);
        let file = writer.into_inner().map_err(|e| fail(e.into_error()))?;
        file.as_file().sync_all().map_err(fail)?;
        file.persist(&path).map_err(|e| fail(e.error))?;
        sync_folder(folder_of(&path)).map_err(fail)?;
        Ok(n_bytes)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.writer.write(bytes)?;
        self.n_bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes `bytes` as the whole file at `path`.
///
/// # Errors
///
/// As [`WholeFile::create`] and [`WholeFile::commit`].
pub fn write_whole(path: impl Into<PathBuf>, bytes: &[u8]) -> Result<(), Error> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes).map_err(|source| Error::io(Place::file(file.path()), source))?;
    file.commit()?;
    Ok(())
}

/// The directory of a path; a bare name lies in the current one.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A rename survives a power cut only once its directory is on the disk as well.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_seen_before_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.txt");
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);

        write_whole(&path, b"first").unwrap();
        let mut second = WholeFile::create(&path).unwrap();
        second.write_all(b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(second.commit().unwrap(), 6);
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_refusal_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("file");
        write_whole(&in_the_way, b"").unwrap();
        let error = write_whole(in_the_way.join("below"), b"x").unwrap_err();
        assert!(error.is_io());
        assert!(error.to_string().contains("below"), "{error}");
    }
}

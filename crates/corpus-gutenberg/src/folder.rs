//! Files cleaned into a folder, one `.txt` a book, without a list and without a ledger.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corpus_fetch::{Disk, Files as _};

use crate::book::{About, CleanOptions, Workbench};
use crate::shelf::{GROUP, Shelf, Staged, clear_away, in_groups};
use crate::strip::Cut;
use crate::{Error, Result};

/// Cleans `files`, zips or texts, on all threads, into `out/<stem>.txt`, and tells of each, in their order, once its
/// text is safely in place.
///
/// # Errors
///
/// When `out` cannot be written to. A file's own trouble is told to `each`; of two files with one stem the second is
/// refused.
pub fn clean_files(
    files: &[PathBuf],
    out: &Path,
    options: CleanOptions,
    mut each: impl FnMut(&Path, Result<(About, Vec<Cut>)>) + Send,
) -> Result<()> {
    let at_work = at_work(out)?;
    // After the lock: who is alone removes the folder of temporaries at its end.
    let shelf = Shelf::open(Arc::new(Disk), out)?;
    let mut names = HashSet::new();
    let mut chunks = files.chunks(GROUP);
    let groups = || {
        let chunk = chunks.next().unwrap_or_default();
        Ok(chunk.iter().map(|file| (file.clone(), name_of(file, out, &mut names))).collect())
    };
    let tools = || (Vec::new(), Workbench::new(options));
    let settle = |group: Vec<((PathBuf, Result<String>), Attempt)>| {
        let mut staged = Vec::new();
        let mut told = Vec::new();
        for ((file, _), made) in group {
            let made = made?;
            told.push((
                file,
                made.map(|(file, about, cuts)| {
                    staged.push(file);
                    (about, cuts)
                }),
            ));
        }
        shelf.place(staged)?;
        for (file, made) in told {
            each(&file, made);
        }
        Ok(())
    };
    in_groups(groups, tools, |(bytes, bench), (file, name)| make(&shelf, bytes, bench, file, name), settle)?;
    if at_work.as_ref().is_none_or(|dir| dir.try_lock().is_ok()) {
        shelf.close();
    }
    if let Some(dir) = at_work {
        // A process just forked off this one may have a copy, so that closing would not give it back at once.
        dir.unlock().map_err(|error| Error::file("unlock", out, error))?;
    }
    Ok(())
}

/// Says by a shared lock on `out` that a program is at work there, until it is dropped; and where no other one is, clears
/// away the temporaries of those that were killed. Without such locks (on Windows, some network file systems) nobody
/// can tell, and all is left as it is.
fn at_work(out: &Path) -> Result<Option<File>> {
    if cfg!(windows) {
        // A directory cannot be opened there.
        return Ok(None);
    }
    Disk.create_dir_all(out).map_err(|error| Error::file("make", out, error))?;
    let dir = File::open(out).map_err(|error| Error::file("open", out, error))?;
    match dir.try_lock() {
        Ok(()) => clear_away(&Disk, out)?,
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(Error::file("lock", out, error)),
    }
    dir.lock_shared().map_err(|error| Error::file("lock", out, error))?;
    Ok(Some(dir))
}

/// The outer error ends the run, the inner one is the file's own.
type Attempt = Result<Result<(Staged, About, Vec<Cut>)>>;

fn make(
    shelf: &Shelf,
    bytes: &mut Vec<u8>,
    bench: &mut Workbench,
    file: &Path,
    name: &Result<String>,
) -> Attempt {
    let name = match name {
        Ok(name) => name,
        Err(error) => return Ok(Err(Error::setting(error.to_string()))),
    };
    if let Err(error) = Disk.read_into(file, bytes) {
        return Ok(Err(Error::file("read", file, error)));
    }
    let book = match bench.clean(bytes, &file.to_string_lossy()) {
        Ok(book) => book,
        Err(error) => return Ok(Err(error)),
    };
    let staged = shelf.stage(name, book.text.as_bytes())?;
    Ok(Ok((staged, book.about, book.cuts)))
}

/// The name of a file's text, which no other has.
fn name_of(file: &Path, out: &Path, names: &mut HashSet<String>) -> Result<String> {
    let stem = file.file_stem().ok_or_else(|| Error::setting("it has no name"))?;
    let name = format!("{}.txt", stem.to_string_lossy());
    if names.insert(name.clone()) {
        return Ok(name);
    }
    Err(Error::setting(format!(
        "another file of this name was written to {}; clean it into another --out",
        out.join(name).display()
    )))
}

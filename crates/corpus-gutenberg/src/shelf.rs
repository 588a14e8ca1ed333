//! Books put in place by the group: written by all threads, then synced, then renamed, and only then reported.
//!
//! To sync a file is to wait for the disk, so the files of a group are synced side by side, on a thread of their own,
//! while the next group is being made.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};

use corpus_fetch::{Files, OpenFile};
use rayon::prelude::*;

use crate::{Error, Result};

/// Files that are made, synced and reported together. One group is made, one waits and one is settled, and all of their
/// files are open, of which systems usually allow 1,024.
pub(crate) const GROUP: usize = 256;

/// Where temporaries lie, below the directory itself.
const PARTIAL: &str = ".partial";

/// How the names of temporaries end.
const TEMPORARY: &str = ".tmp";

/// A directory whose files appear whole.
pub(crate) struct Shelf {
    pub(crate) files: Arc<dyn Files>,
    dir: PathBuf,
    /// Where the temporaries lie, on the same file system.
    partial: PathBuf,
    n_staged: AtomicU64,
}

/// A file that is written and not yet seen at its name.
pub(crate) struct Staged {
    temporary: PathBuf,
    target: PathBuf,
    file: Box<dyn OpenFile>,
}

impl Shelf {
    /// Opens a directory; makes it where it is missing.
    pub(crate) fn open(files: Arc<dyn Files>, dir: &Path) -> Result<Self> {
        let partial = dir.join(PARTIAL);
        files.create_dir_all(&partial).map_err(|error| Error::file("make", &partial, error))?;
        Ok(Self { files, dir: dir.to_owned(), partial, n_staged: AtomicU64::new(0) })
    }

    /// Writes a file beside its place; `name` is its path below the directory.
    pub(crate) fn stage(&self, name: &str, bytes: &[u8]) -> Result<Staged> {
        let n = self.n_staged.fetch_add(1, Ordering::Relaxed);
        // Two programs may write to one directory.
        let temporary = self.partial.join(format!("{}-{n}{TEMPORARY}", std::process::id()));
        let target = self.dir.join(name);
        let written = self.files.open(&temporary, true).and_then(|mut file| {
            file.append_all(bytes)?;
            Ok(file)
        });
        match written {
            Ok(file) => Ok(Staged { temporary, target, file }),
            Err(error) => {
                // The first error is the one to report.
                let _ = self.files.remove(&temporary);
                Err(Error::file("write", &target, error))
            }
        }
    }

    /// Makes the files last and gives them their names; when it returns, all of them would survive a power cut.
    pub(crate) fn place(&self, staged: Vec<Staged>) -> Result<()> {
        let (mut files, names): (Vec<_>, Vec<_>) =
            staged.into_iter().map(|Staged { temporary, target, file }| (file, (temporary, target))).unzip();
        self.files.sync_all(&mut files).map_err(|error| Error::file("sync files below", &self.dir, error))?;
        drop(files);
        let mut dirs: Vec<&Path> = names.iter().filter_map(|(_, target)| target.parent()).collect();
        dirs.sort_unstable();
        dirs.dedup();
        for dir in &dirs {
            self.files.create_dir_all(dir).map_err(|error| Error::file("make", dir, error))?;
        }
        for (temporary, target) in &names {
            self.files
                .rename(temporary, target)
                .map_err(|error| Error::file("move a finished file to", target, error))?;
        }
        for dir in &dirs {
            self.files.sync_dir(dir).map_err(|error| Error::file("sync the directory", dir, error))?;
        }
        Ok(())
    }

    /// Removes the folder of temporaries, unless another program's lie there.
    pub(crate) fn close(&self) {
        let _ = std::fs::remove_dir(&self.partial);
    }
}

/// Removes all temporaries of a directory. Only for who knows that no other program is at work there.
pub(crate) fn clear_away(files: &dyn Files, dir: &Path) -> Result<()> {
    let partial = dir.join(PARTIAL);
    let names = files.list(&partial).map_err(|error| Error::file("list", &partial, error))?;
    for name in names.iter().filter(|name| name.ends_with(TEMPORARY)) {
        let path = partial.join(name);
        files.remove(&path).map_err(|error| Error::file("remove", &path, error))?;
    }
    Ok(())
}

/// Makes something of every item, group by group, on all threads, and hands each group with what was made of it, in
/// order, to `settle`, which runs beside the making of the next group. `tools` are made once for a share of a group.
///
/// Ends with the first error of `groups` or `settle`; groups settled before it stay settled.
pub(crate) fn in_groups<Item, Tools, Made>(
    mut groups: impl FnMut() -> Result<Vec<Item>>,
    tools: impl Fn() -> Tools + Sync + Send,
    make: impl Fn(&mut Tools, &Item) -> Made + Sync + Send,
    mut settle: impl FnMut(Vec<(Item, Made)>) -> Result<()> + Send,
) -> Result<()>
where
    Item: Send + Sync,
    Tools: Send,
    Made: Send,
{
    // Tools have buffers that are dear to make, so they go from group to group.
    let shed: Mutex<Vec<Tools>> = Mutex::new(Vec::new());
    let take = || shed.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(&tools);
    let give = |tools| shed.lock().unwrap_or_else(PoisonError::into_inner).push(tools);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel::<Vec<(Item, Made)>>(1);
        let settling = scope.spawn(move || receiver.iter().try_for_each(&mut settle));
        let making = loop {
            let group = match groups() {
                Ok(group) if group.is_empty() => break Ok(()),
                Ok(group) => group,
                Err(error) => break Err(error),
            };
            let made = group
                .into_par_iter()
                .map(|item| {
                    let mut tools = take();
                    let made = make(&mut tools, &item);
                    give(tools);
                    (item, made)
                })
                .collect();
            // The other side is gone after an error, which it reports.
            if sender.send(made).is_err() {
                break Ok(());
            }
        };
        drop(sender);
        match settling.join() {
            Ok(settled) => settled.and(making),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use corpus_fetch::Disk;

    #[test]
    fn groups_come_in_order_and_the_first_error_ends_it() {
        let mut next = 0;
        let mut groups = || {
            next += 10;
            Ok(if next > 50 { Vec::new() } else { (next - 10..next).collect::<Vec<u32>>() })
        };
        let mut seen = Vec::new();
        in_groups(
            &mut groups,
            || 0_u32,
            |_, item| item * 2,
            |group| {
                seen.extend(group);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(seen, (0..50).map(|n| (n, n * 2)).collect::<Vec<_>>());

        let mut n_settled = 0;
        let endless = || Ok(vec![1_u32]);
        let ended = in_groups(
            endless,
            || (),
            |(), _| (),
            |_| {
                n_settled += 1;
                if n_settled == 3 { Err(Error::setting("enough")) } else { Ok(()) }
            },
        );
        assert_eq!((ended.unwrap_err().to_string(), n_settled), ("enough".to_owned(), 3));
    }

    #[test]
    fn a_staged_file_is_seen_when_it_is_placed() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(Arc::new(Disk), dir.path()).unwrap();
        let staged: Vec<Staged> =
            (0..20).map(|n| shelf.stage(&format!("text/{n}.txt"), b"words").unwrap()).collect();
        assert!(!dir.path().join("text").exists());
        shelf.place(staged).unwrap();
        assert_eq!(std::fs::read(dir.path().join("text/19.txt")).unwrap(), b"words");
        assert_eq!(std::fs::read_dir(dir.path().join(".partial")).unwrap().count(), 0);
    }
}

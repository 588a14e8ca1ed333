//! A tree on this machine: its files cleaned on all threads, their books placed by the group.
//!
//! The tree is the raw level: nothing of it is copied, so there is no `raw/` in a directory that was made from one.

use std::collections::{BTreeSet, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use corpus_fetch::{Change, Files, Item, Ledger, SafePath, State, Store};

use crate::book::{CleanOptions, Workbench};
use crate::catalogue::Catalogue;
use crate::job::{Entry, Job, plan, text_path, to_json, try_other_forms};
use crate::name::{Link, Name};
use crate::shelf::{Shelf, Staged, in_groups};
use crate::{Error, Result};

/// A thread's own: buffers that go from book to book.
struct Tools {
    file: Vec<u8>,
    bench: Workbench,
}

/// A book that is written and not yet in place.
struct Made {
    staged: Staged,
    bytes: u64,
    blake3: String,
    note: String,
}

impl Job {
    /// The wanted files of a tree.
    pub(crate) fn tree_links(&self, root: &Path) -> Result<Vec<Link>> {
        let mut links = tree_links(&*self.files(), root)?;
        if self.tree_filter.is_empty() {
            return Ok(links);
        }
        let inside = ["pg_catalog.csv", "pg_catalog.csv.gz"].map(|name| root.join(name));
        let path = self.catalogue_file.as_ref().or_else(|| inside.iter().find(|path| path.exists()));
        let path = path.ok_or_else(|| {
            Error::setting(format!(
                "{}: a filter needs a catalogue, and there is no pg_catalog.csv in this tree; give --catalogue-file",
                root.display()
            ))
        })?;
        let catalogue = Catalogue::read(path)?;
        let wanted: HashSet<u32> = catalogue.select(&self.tree_filter).map(|record| record.id).collect();
        links.retain(|link| {
            Name::parse(&link.url).and_then(|name| name.id).is_some_and(|id| wanted.contains(&id))
        });
        Ok(links)
    }

    /// The files of a tree, read and cleaned on all threads; where one cannot be used, the book's next form is tried.
    pub(crate) fn import(&self, ledger: &Ledger, store: &mut Store) -> Result<()> {
        let shelf = Shelf::open(self.files(), &self.dir)?;
        loop {
            let mut after = 0;
            let groups = || {
                if self.stop.is_requested() {
                    return Ok(Vec::new());
                }
                let items =
                    ledger.items_after(&[State::Pending, State::Deferred], after, self.group.max(1))?;
                after = items.last().map_or(after, |item| item.id);
                Ok(items)
            };
            let tools = || Tools { file: Vec::new(), bench: Workbench::new(CleanOptions::default()) };
            in_groups(
                groups,
                tools,
                |tools, item| make(&shelf, tools, item),
                |group| settle(&shelf, store, group),
            )?;
            if self.stop.is_requested() || try_other_forms(ledger)? == 0 {
                return Ok(());
            }
        }
    }
}

/// The outer error ends the run (a full disk), the inner one is the book's own.
type Attempt = Result<std::result::Result<Made, Change>>;

fn make(shelf: &Shelf, tools: &mut Tools, item: &Item) -> Attempt {
    let path = Path::new(item.url.strip_prefix("file:").unwrap_or(&item.url));
    let key = item.key.clone();
    if let Err(error) = shelf.files.read_into(path, &mut tools.file) {
        let told = format!("cannot read {}: {error}", path.display());
        // What is there and cannot be read may be readable tomorrow: a right not given, a disk that was away.
        return Ok(Err(match error.kind() {
            ErrorKind::NotFound => Change::Failed { key, error: told },
            _ => Change::Deferred { key, error: told },
        }));
    }
    let book = match tools.bench.clean(&tools.file, &item.url) {
        Ok(book) => book,
        Err(error) => return Ok(Err(Change::Failed { key, error: error.to_string() })),
    };
    let note = to_json(&Entry {
        why: plan(item)?.why,
        about: book.about,
        text_blake3: blake3::hash(book.text.as_bytes()).to_hex().to_string(),
        ..Entry::default()
    })?;
    let name = SafePath::new(&text_path(&item.key))?;
    let staged = shelf.stage(name.as_str(), book.text.as_bytes())?;
    let blake3 = blake3::hash(&tools.file).to_hex().to_string();
    Ok(Ok(Made { staged, bytes: tools.file.len() as u64, blake3, note }))
}

/// A group's books go into place, and after that into the ledger.
fn settle(shelf: &Shelf, store: &mut Store, group: Vec<(Item, Attempt)>) -> Result<()> {
    let mut staged = Vec::new();
    let mut changes = Vec::new();
    for (Item { key, .. }, made) in group {
        changes.push(match made? {
            Ok(made) => {
                staged.push(made.staged);
                Change::Complete { key, bytes: made.bytes, blake3: made.blake3, note: made.note }
            }
            Err(change) => change,
        });
    }
    shelf.place(staged)?;
    Ok(store.commit(&changes)?)
}

/// The zips and texts of a tree, those of before 2004 first, then in the order of the books' numbers.
fn tree_links(files: &dyn Files, root: &Path) -> Result<Vec<Link>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = files.entries(&folder).map_err(|error| Error::file("read", &folder, error))?;
        for (file, is_dir) in entries {
            let path = folder.join(&file);
            // A link to a directory is not followed: it may lead back up.
            if is_dir {
                folders.push(path);
            } else if let Some(name) = path.to_str().and_then(Name::parse) {
                // Of a zip and a text of one name, the zip has the plain key.
                found.insert((name.id, name.stem, !name.packed, path));
            }
        }
    }
    if found.is_empty() {
        return Err(Error::list(format!("{}: no zip and no text in this tree", root.display())));
    }
    let mut keys = HashSet::new();
    let link = |(_, stem, _, path): (Option<u32>, String, bool, PathBuf)| Link {
        key: unused_key(&mut keys, &stem, &path),
        url: format!("file:{}", path.display()),
    };
    Ok(found.into_iter().map(link).collect())
}

/// The stem is a file's key, unless another file of the tree has it: `12.txt` beside `12.zip`, or one under `old/`.
fn unused_key(keys: &mut HashSet<String>, stem: &str, path: &Path) -> String {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let file = name(path);
    let folder = path.parent().map(name).unwrap_or_default();
    let numbered = (2..).map(|n| format!("{folder}-{file}-{n}"));
    let wanted = [stem.to_owned(), file.clone(), format!("{folder}-{file}")];
    let key = wanted.into_iter().chain(numbered).find(|key| !keys.contains(key)).unwrap_or_default();
    keys.insert(key.clone());
    key
}

//! A directory of real zips in the mirror's layout, served behind the same pages.

use super::shelf::Shelf;
use crate::server::{Reply, Request, Site};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A mirror tree (`D/I/G/I/NUMBER/NUMBER{,-8,-0}.zip` and `pg_catalog.csv`) as a site.
pub struct Mirror {
    root: PathBuf,
    shelf: Shelf,
}

impl Mirror {
    /// Lists the tree's zips by number, then by name.
    ///
    /// # Errors
    ///
    /// Fails when the tree or its catalogue cannot be read, or when it holds no zip.
    pub fn open(root: &Path) -> io::Result<Arc<Self>> {
        let named = |path: &Path, error: &io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        };
        let mut files = Vec::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).map_err(|error| named(&folder, &error))? {
                let path = entry.map_err(|error| named(&folder, &error))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip")) {
                    files.push(path);
                }
            }
        }
        if files.is_empty() {
            let error = io::Error::new(io::ErrorKind::NotFound, "no zip in this directory");
            return Err(named(root, &error));
        }
        files.sort_by_cached_key(|path| (number(path), path.clone()));
        let relative = |path: &PathBuf| {
            path.strip_prefix(root).ok().and_then(Path::to_str).map(|path| format!("/{path}"))
        };
        let paths = files.iter().filter_map(relative).collect();
        let catalogue = root.join("pg_catalog.csv");
        let catalogue = std::fs::read(&catalogue).map_err(|error| named(&catalogue, &error))?;
        Ok(Arc::new(Self { root: root.to_path_buf(), shelf: Shelf { paths, catalogue } }))
    }

    /// The URL path of each zip, in the order of the list.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        &self.shelf.paths
    }
}

/// The book's number, from the folder's name.
fn number(path: &Path) -> u64 {
    path.parent()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str())
        .and_then(|name| name.parse().ok())
        .unwrap_or(u64::MAX)
}

impl Site for Mirror {
    fn reply(&self, request: &Request) -> Reply {
        if let Some(page) = self.shelf.page(request) {
            return page;
        }
        // Only what was listed is served, so no path can lead out of the tree.
        if !self.shelf.paths.contains(&request.path) {
            return Reply::not_found();
        }
        match std::fs::read(self.root.join(&request.path[1..])) {
            Ok(zip) => Reply::bytes("application/zip", zip).with_etag(request),
            Err(_) => Reply::not_found(),
        }
    }
}

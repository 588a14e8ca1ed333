//! Writing files whole: a temporary beside, sync, rename, sync of the directory.

use anyhow::{Context as _, Result};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// Writes `bytes` to `path`; a crash leaves the old file or the new one.
///
/// # Errors
///
/// Where the directory cannot be written; the path is named.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> Result<()> {
        let directory = path.parent().context("a file lies in a directory")?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        readable_by_all(file.as_file())?;
        file.persist(path)?;
        File::open(directory)?.sync_all()?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// A temporary file is its owner's alone; a report may be served by a web server of another user.
fn readable_by_all(file: &File) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

//! Files appear whole or not at all: written beside their place, synced, renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::Error;

/// Writes a file through `fill`; after an error the old file, or none, is there.
pub(crate) fn write_whole(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> Result<(), Error> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(dir)?;
        let mut out = BufWriter::with_capacity(1 << 18, temporary.as_file_mut());
        fill(&mut out)?;
        out.flush()?;
        drop(out);
        readable_by_all(temporary.as_file())?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|e| e.error)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|error| Error::io("cannot write", path, error))
}

/// A temporary file is its owner's alone; a result is not.
fn readable_by_all(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

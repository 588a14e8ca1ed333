//! Files appear whole or not at all: written beside their place, synced, renamed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use safetensors::SafeTensorError;
use safetensors::tensor::View;

use crate::error::Error;

/// The format's limit is 100 MB with the tensors' places and JSON's escapes.
const SAFETENSORS_HEADER_MAX: usize = 99_000_000;

/// Writes a file through `fill`; after an error the old file, or none, is there.
///
/// A link's target is written, not the link. What is there and no regular file (`/dev/stdout`, a pipe) is written as
/// it is: a rename would put a file in its place.
pub(crate) fn write_whole(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if std::fs::metadata(&target).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
            return fill_file(&mut File::options().write(true).open(&target)?, fill);
        }
        let dir = target.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut temporary = tempfile::NamedTempFile::new_in(dir)?;
        fill_file(temporary.as_file_mut(), fill)?;
        readable_by_all(temporary.as_file())?;
        temporary.as_file().sync_all()?;
        temporary.persist(&target).map_err(|e| e.error)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|error| Error::io("cannot write", path, error))
}

/// Writes a safetensors file; it appears whole or not at all.
pub(crate) fn write_safetensors<V: View>(
    path: &Path,
    tensors: impl IntoIterator<Item = (&'static str, V)>,
    metadata: HashMap<String, String>,
) -> Result<(), Error> {
    let header_bytes: usize = metadata.values().map(String::len).sum();
    if header_bytes > SAFETENSORS_HEADER_MAX {
        return Err(Error::config(format!(
            "cannot write {}: its words take {header_bytes} bytes, and readers of safetensors refuse a header of more \
             than {SAFETENSORS_HEADER_MAX}; raise min-count, or take word2vec binary",
            path.display()
        )));
    }
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let temporary = tempfile::NamedTempFile::new_in(dir)?;
        safetensors::serialize_to_file(tensors, Some(metadata), temporary.path()).map_err(
            |error| match error {
                SafeTensorError::IoError(error) => error,
                other => io::Error::other(other),
            },
        )?;
        readable_by_all(temporary.as_file())?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|e| e.error)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|error| Error::io("cannot write", path, error))
}

fn fill_file(
    file: &mut File,
    fill: impl FnOnce(&mut BufWriter<&mut File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, file);
    fill(&mut out)?;
    out.flush()
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

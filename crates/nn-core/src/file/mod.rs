//! Nets as files: safetensors and JSON to save and load, ONNX to hand on.
//!
//! A file is written beside its name, synced, and renamed, so it is there whole or not at all.

mod onnx;
mod tensors;
mod text;

use crate::{Error, Net, Scalar};
use std::io::Write;
use std::path::Path;

/// A format, known by the end of a file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.safetensors`: the weights, and the architecture in the metadata.
    Safetensors,
    /// `.json`: for people; every number is written so that it reads back to the bit.
    Json,
    /// `.onnx`: for other runtimes; written, not read.
    Onnx,
}

impl Format {
    /// The format that a path's name asks for.
    ///
    /// # Errors
    ///
    /// Where the name ends otherwise.
    pub fn of(path: &Path) -> Result<Self, Error> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("safetensors") => Ok(Self::Safetensors),
            Some("json") => Ok(Self::Json),
            Some("onnx") => Ok(Self::Onnx),
            _ => Err(Error::input(format!(
                "{}: the name must end in .safetensors, .json or .onnx",
                path.display()
            ))),
        }
    }
}

impl<T: Scalar> Net<T> {
    /// Writes the net to a file, in the format of its name.
    ///
    /// # Errors
    ///
    /// Where the name has no known end, or the file cannot be written.
    ///
    /// # Examples
    ///
    /// ```
    /// use nn_core::{Activation, Init, Net};
    /// let net: Net<f32> = Net::with_inputs(2).dense(3, Activation::Gelu, Init::HeNormal).build(1)?;
    /// let path = std::env::temp_dir().join(format!("nn-core-{}.safetensors", std::process::id()));
    /// net.save(&path)?;
    /// assert_eq!(Net::<f32>::load(&path)?, net);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let bytes = match Format::of(path)? {
            Format::Safetensors => tensors::to_bytes(self)?,
            Format::Json => text::to_bytes(self)?,
            Format::Onnx => onnx::to_bytes(self),
        };
        write_whole(path, &bytes).map_err(|error| Error::file(path, error.to_string()))
    }

    /// Reads a net from a safetensors or JSON file.
    ///
    /// # Errors
    ///
    /// Where the file is missing, cut short, not of its format, of another number type, or holds
    /// shapes that do not go together; the message names the file and the place.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let in_file = |error: Error| Error::file(path, error.to_string());
        let format = Format::of(path)?;
        if format == Format::Onnx {
            return Err(in_file(Error::input(
                "ONNX is written and not read: keep the .safetensors beside it",
            )));
        }
        let bytes = std::fs::read(path).map_err(|error| Error::file(path, error.to_string()))?;
        let read =
            if format == Format::Json { text::from_bytes(&bytes) } else { tensors::from_bytes(&bytes) };
        read.map_err(in_file)
    }
}

/// The file appears whole or not at all: beside its name, synced, renamed, and the folder synced.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    std::fs::File::open(folder)?.sync_all()
}

//! An encoded corpus that stays in a directory: `corpus.ids`, `vocabulary.txt`, and `corpus.json`, written last, which
//! says of which files it was made.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use crate::config::Config;
use crate::error::Error;
use crate::files;
use crate::input::{self, Mended};
use crate::mapped::MappedFile;
use crate::vocab::Vocabulary;

/// The directory, and what a corpus in it must have been made of.
pub(crate) struct Kept<'a> {
    dir: &'a Path,
    given: Option<&'a Vocabulary>,
    /// Files, the vocabulary's kind and all else that decides what the ids are.
    origin: Value,
}

impl<'a> Kept<'a> {
    /// Makes the directory, and looks at each file's length and time.
    pub(crate) fn new(
        dir: &'a Path,
        paths: &[PathBuf],
        given: Option<&'a Vocabulary>,
        config: &Config,
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(dir).map_err(|e| Error::io("cannot make the directory", dir, e))?;
        let mut sources = Vec::new();
        for path in input::expand(paths)? {
            sources.push(source(&path)?);
        }
        let min_count = if given.is_some() { Value::Null } else { config.min_count.into() };
        let endian = if cfg!(target_endian = "big") { "big" } else { "little" };
        let origin = json!({
            "version": 2, "endian": endian, "sources": sources, "min_count": min_count,
            "fixed_vocabulary": given.is_some(),
        });
        Ok(Self { dir, given, origin })
    }

    /// The corpus of the directory, where it is whole.
    pub(crate) fn open(&self) -> Result<Option<(Vocabulary, MappedFile, u64, Mended)>, Error> {
        let path = self.dir.join("corpus.json");
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(&path).map_err(|e| Error::io("cannot read", &path, e))?;
        let found: Value = serde_json::from_slice(&text)
            .map_err(|e| Error::format(format!("{}: {e}; {}", path.display(), self.remedy())))?;
        if found["origin"] != self.origin {
            return Err(Error::config(format!(
                "{}: the corpus was made of {}, and this run would make it of {}; {}",
                path.display(),
                found["origin"],
                self.origin,
                self.remedy()
            )));
        }
        let vocabulary = Vocabulary::load(&self.dir.join("vocabulary.txt"), 0)?;
        if self.given.is_some_and(|given| !given.is_kept_by(&vocabulary)) {
            return Err(Error::config(format!(
                "{}: the corpus was encoded with another vocabulary; {}",
                path.display(),
                self.remedy()
            )));
        }
        let ids_path = self.dir.join("corpus.ids");
        let file = File::open(&ids_path).map_err(|e| Error::io("cannot open", &ids_path, e))?;
        let ids = MappedFile::new(&file).map_err(|e| Error::io("cannot map", &ids_path, e))?;
        let number = |name: &str| found[name].as_u64().unwrap_or(0);
        if ids.bytes().len() as u64 != number("ids_bytes") {
            return Err(Error::format(format!(
                "{}: has {} bytes, {} were written; {}",
                ids_path.display(),
                ids.bytes().len(),
                number("ids_bytes"),
                self.remedy()
            )));
        }
        let mended = Mended { replaced: number("replaced"), too_long: number("too_long") };
        Ok(Some((vocabulary, ids, number("raw_words"), mended)))
    }

    /// A file for the ids that vanishes unless [`Self::keep`] takes it.
    pub(crate) fn new_file(&self) -> Result<(tempfile::TempPath, File), Error> {
        let made = tempfile::NamedTempFile::new_in(self.dir);
        let (file, path) = made.map_err(|e| Error::io("cannot write in", self.dir, e))?.into_parts();
        Ok((path, file))
    }

    /// Gives the file its name, and says what it is.
    pub(crate) fn keep(
        &self,
        name: tempfile::TempPath,
        vocabulary: &Vocabulary,
        raw_words: u64,
        mended: &Mended,
    ) -> Result<(), Error> {
        let path = self.dir.join("corpus.ids");
        let keep = || {
            let file = File::open(&name)?;
            file.sync_all()?;
            let len = file.metadata()?.len();
            name.persist(&path).map_err(|e| e.error)?;
            Ok(len)
        };
        let ids_bytes = keep().map_err(|e| Error::io("cannot write", &path, e))?;
        vocabulary.save(&self.dir.join("vocabulary.txt"))?;
        let said = json!({
            "origin": self.origin, "ids_bytes": ids_bytes, "raw_words": raw_words,
            "replaced": mended.replaced, "too_long": mended.too_long,
        });
        files::write_whole(&self.dir.join("corpus.json"), |out| writeln!(out, "{said}"))
    }

    /// Ids that are no words, in a file that was once whole.
    pub(crate) fn spoilt(&self, error: &Error) -> Error {
        let path = self.dir.join("corpus.ids");
        Error::format(format!("{}: {error}; {}", path.display(), self.remedy()))
    }

    fn remedy(&self) -> String {
        format!("delete {} to begin anew, or name another directory", self.dir.display())
    }
}

/// What tells a file from a changed one. Standard input cannot be looked at: what was read from it is kept.
fn source(path: &Path) -> Result<Value, Error> {
    if path.as_os_str() == "-" {
        return Ok(json!({"path": "-"}));
    }
    let look = || {
        let metadata = std::fs::metadata(path)?;
        let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        // Whole numbers: a fraction of a second need not come back from JSON to its last digit.
        let changed = [changed.as_secs(), changed.subsec_nanos().into()];
        Ok(json!({"path": path, "bytes": metadata.len(), "changed": changed}))
    };
    look().map_err(|e| Error::io("cannot open", path, e))
}

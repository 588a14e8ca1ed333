//! Which driver runs the kernels: the system's, or the simulator's library.
//!
//! A process has one driver, chosen by the first device that it opens: `cudarc` keeps the library that it finds first.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Kind};
use crate::ffi;

/// Where to look for a driver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Driver {
    /// The system's where it has a device, else the simulator's library beside the running program
    /// (see [`find_simulator`]).
    #[default]
    Auto,
    /// The system's `libcuda.so`.
    System,
    /// The simulator's library at this path, built from the crate `ptx-driver`.
    Simulator(PathBuf),
}

/// What was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loaded {
    System,
    Simulator,
}

/// Loads the driver, or checks that the loaded one is what is asked for.
pub(crate) fn load(driver: &Driver) -> Result<Loaded, Error> {
    static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = *loaded {
        return match (loaded, driver) {
            (_, Driver::Auto)
            | (Loaded::System, Driver::System)
            | (Loaded::Simulator, Driver::Simulator(_)) => Ok(loaded),
            _ => Err(unavailable(format!(
                "this process has loaded its driver already: {loaded:?}, not {driver:?}"
            ))),
        };
    }
    let found = match driver {
        Driver::System => ffi::probe_system_driver().map_err(unavailable).map(|()| Loaded::System),
        Driver::Simulator(path) => load_simulator(path),
        Driver::Auto => match (ffi::probe_system_driver(), find_simulator()) {
            (Ok(()), _) => Ok(Loaded::System),
            (Err(_), Some(path)) => load_simulator(&path),
            (Err(reason), None) => Err(unavailable(format!(
                "no GPU: {reason}; and no simulator: `{LIBRARY}` is not beside this program, \
                 `cargo build -p ptx-driver` with the same profile puts it there"
            ))),
        },
    }?;
    *loaded = Some(found);
    Ok(found)
}

fn load_simulator(path: &Path) -> Result<Loaded, Error> {
    ffi::load_simulator(path)
        .map(|()| Loaded::Simulator)
        .map_err(|reason| unavailable(format!("cannot load the simulator {}: {reason}", path.display())))
}

fn unavailable(message: String) -> Error {
    Error::new(Kind::Unavailable, message)
}

const LIBRARY: &str = "libptx_driver.so";

/// The simulator's library beside the running program, where cargo puts it: in the program's directory (an
/// application's), in the one above (a test's or an example's), or in `deps` below either.
#[must_use]
pub fn find_simulator() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program
        .ancestors()
        .skip(1)
        .take(2)
        .flat_map(|directory| [directory.join(LIBRARY), directory.join("deps").join(LIBRARY)])
        .find(|path| path.is_file())
}

/// Builds the simulator's library with cargo into the target directory of the running program, and returns its path.
///
/// For tests and programs run from a checkout, where nothing else makes sure that the library is there and fresh;
/// it takes a fraction of a second when there is nothing to do. `cargo` is the program to call, most often the value
/// of the variable `CARGO` that cargo sets for what it runs.
///
/// # Errors
///
/// [`Error::is_unavailable`] when the running program does not lie in a cargo target directory, or cargo fails.
pub fn build_simulator(cargo: &Path) -> Result<PathBuf, Error> {
    let program =
        std::env::current_exe().map_err(|error| unavailable(format!("this program's path: {error}")))?;
    // target/PROFILE/program, or target/PROFILE/deps/test, or target/PROFILE/examples/example.
    let directory = program.ancestors().nth(1).filter(|directory| !directory.ends_with("deps"));
    let directory =
        directory.filter(|directory| !directory.ends_with("examples")).or(program.ancestors().nth(2));
    let places = directory
        .and_then(|directory| Some((directory, directory.file_name()?.to_str()?, directory.parent()?)));
    let Some((directory, profile, target)) = places else {
        return Err(unavailable(format!("{} is not in a target directory of cargo", program.display())));
    };
    let profile = if profile == "debug" { "dev" } else { profile };
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ptx-driver/Cargo.toml");
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--lib", "--profile", profile, "--manifest-path"])
        .arg(&manifest)
        .arg("--target-dir")
        .arg(target)
        .output()
        .map_err(|error| unavailable(format!("cannot run {}: {error}", cargo.display())))?;
    let library = directory.join(LIBRARY);
    if !output.status.success() || !library.is_file() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(unavailable(format!(
            "`cargo build -p ptx-driver` did not make {}: {said}",
            library.display()
        )));
    }
    Ok(library)
}

//! The PTX that a device is given: the committed files, or those of a directory.

use std::borrow::Cow;
use std::path::Path;

use crate::error::{Error, Kind};

/// A PTX text and where it is from.
pub(crate) struct Source {
    /// The file's path, or its name where it is built in.
    pub(crate) name: String,
    pub(crate) text: Cow<'static, str>,
    /// The kernels that it must hold.
    pub(crate) kernels: Vec<String>,
}

/// File name without ending, and text.
type BuiltIn = (&'static str, &'static str);

const COMPUTE_70: [BuiltIn; 6] = [
    ("subroutines", include_str!("../kernels/ptx/compute_70/subroutines.ptx")),
    ("fit", include_str!("../kernels/ptx/compute_70/fit.ptx")),
    ("fit_warp", include_str!("../kernels/ptx/compute_70/fit_warp.ptx")),
    ("matmul_tiled", include_str!("../kernels/ptx/compute_70/matmul_tiled.ptx")),
    ("fused", include_str!("../kernels/ptx/compute_70/fused.ptx")),
    ("train", include_str!("../kernels/ptx/compute_70/train.ptx")),
];

const COMPUTE_80: [BuiltIn; 7] = [
    ("subroutines", include_str!("../kernels/ptx/compute_80/subroutines.ptx")),
    ("fit", include_str!("../kernels/ptx/compute_80/fit.ptx")),
    ("fit_warp", include_str!("../kernels/ptx/compute_80/fit_warp.ptx")),
    ("matmul_tiled", include_str!("../kernels/ptx/compute_80/matmul_tiled.ptx")),
    ("matmul_tf32", include_str!("../kernels/ptx/compute_80/matmul_tf32.ptx")),
    ("fused", include_str!("../kernels/ptx/compute_80/fused.ptx")),
    ("train", include_str!("../kernels/ptx/compute_80/train.ptx")),
];

fn for_capability((major, _): (i32, i32)) -> Option<&'static [BuiltIn]> {
    match major {
        8.. => Some(&COMPUTE_80),
        7 => Some(&COMPUTE_70),
        _ => None,
    }
}

/// The committed sources for a device of that compute capability, or `None` when it is too old for any.
pub(crate) fn built_in(capability: (i32, i32)) -> Option<Result<Vec<Source>, Error>> {
    let source = |(file, text): &BuiltIn| Source {
        name: format!("{file}.ptx"),
        text: Cow::Borrowed(*text),
        kernels: kernels(text),
    };
    Some(Ok(for_capability(capability)?.iter().map(source).collect()))
}

/// The same files, with the same kernels, out of a directory.
pub(crate) fn from_directory(directory: &Path, capability: (i32, i32)) -> Option<Result<Vec<Source>, Error>> {
    let read = |(file, text): &BuiltIn| {
        let path = directory.join(format!("{file}.ptx"));
        let name = path.display().to_string();
        let found = std::fs::read_to_string(&path).map_err(|error| {
            Error::new(Kind::Kernel, format!("{name}: {error}; `cargo xtask kernels` makes the PTX files"))
        })?;
        Ok(Source { name, text: Cow::Owned(found), kernels: kernels(text) })
    };
    Some(for_capability(capability)?.iter().map(read).collect())
}

/// The names of the kernels that a PTX text declares.
fn kernels(text: &str) -> Vec<String> {
    let words = text.split_whitespace().zip(text.split_whitespace().skip(1));
    let named = words.filter(|(word, _)| *word == ".entry").map(|(_, name)| name);
    named.map(|name| name.split('(').next().unwrap_or(name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_declares_kernels_and_every_kernel_once() {
        for capability in [(7, 0), (8, 0), (9, 0)] {
            let sources = built_in(capability).unwrap().unwrap();
            let names: Vec<&String> = sources.iter().flat_map(|source| &source.kernels).collect();
            let mut once = names.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), names.len());
            for wanted in ["fit", "dot_at_add", "fused_f32", "train_cooperative", "step_next"] {
                assert!(names.iter().any(|name| *name == wanted), "no {wanted} in {names:?}");
            }
            assert_eq!(names.iter().any(|name| *name == "fused_tf32"), capability.0 >= 8);
            let warp = sources.iter().find(|source| source.name == "fit_warp.ptx").unwrap();
            assert!(!warp.text.contains("bar."), "fit_warp has a barrier");
        }
        assert!(built_in((6, 1)).is_none());
    }

    /// So that what the simulator, a device of 8.0, shows of a kernel holds for the PTX of older devices too.
    #[test]
    fn a_kernel_is_the_same_text_for_both_targets() {
        let kernel = |text: &'static str, name: &str| {
            let from = text.split_once(&format!(".entry {name}(")).unwrap().1;
            let body = from.split_once("\n}\n").unwrap().0;
            // Labels carry the kernel's place in its file, and a file of 8.0 may have one kernel more.
            body.split("$L__BB")
                .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
                .collect::<String>()
        };
        for (file, old) in COMPUTE_70 {
            let (_, new) = COMPUTE_80.into_iter().find(|(name, _)| *name == file).unwrap();
            for name in kernels(old) {
                assert!(kernel(old, &name) == kernel(new, &name), "{file}.ptx: {name} differs");
            }
        }
    }
}

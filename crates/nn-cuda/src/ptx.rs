//! The committed PTX, for each compute capability it was compiled for.

/// File name without ending, and text.
type Source = (&'static str, &'static str);

const COMPUTE_70: [Source; 4] = [
    ("subroutines", include_str!("../kernels/ptx/compute_70/subroutines.ptx")),
    ("fit", include_str!("../kernels/ptx/compute_70/fit.ptx")),
    ("fit_warp", include_str!("../kernels/ptx/compute_70/fit_warp.ptx")),
    ("matmul_tiled", include_str!("../kernels/ptx/compute_70/matmul_tiled.ptx")),
];

const COMPUTE_80: [Source; 5] = [
    ("subroutines", include_str!("../kernels/ptx/compute_80/subroutines.ptx")),
    ("fit", include_str!("../kernels/ptx/compute_80/fit.ptx")),
    ("fit_warp", include_str!("../kernels/ptx/compute_80/fit_warp.ptx")),
    ("matmul_tiled", include_str!("../kernels/ptx/compute_80/matmul_tiled.ptx")),
    ("matmul_tf32", include_str!("../kernels/ptx/compute_80/matmul_tf32.ptx")),
];

/// The sources for a device of that compute capability, or `None` when it is too old for any.
pub(crate) fn for_capability((major, _): (i32, i32)) -> Option<&'static [Source]> {
    match major {
        8.. => Some(&COMPUTE_80),
        7 => Some(&COMPUTE_70),
        _ => None,
    }
}

/// The names of the kernels that a PTX text declares.
pub(crate) fn entries(source: &str) -> Vec<&str> {
    let words = source.split_whitespace().zip(source.split_whitespace().skip(1));
    let named = words.filter(|(word, _)| *word == ".entry").map(|(_, name)| name);
    named.map(|name| name.split('(').next().unwrap_or(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_declares_kernels_and_every_kernel_once() {
        for capability in [(7, 0), (8, 0), (9, 0)] {
            let names: Vec<&str> =
                for_capability(capability).unwrap().iter().flat_map(|(_, text)| entries(text)).collect();
            let mut once = names.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), names.len());
            assert!(names.contains(&"fit") && names.contains(&"dot_at_add"), "{names:?}");
        }
        assert!(for_capability((6, 1)).is_none());
    }
}

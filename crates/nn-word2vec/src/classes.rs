//! Classes of words: what the original writes in the place of vectors when it is asked for classes.
//!
//! Its k-means, from its start: word `i` begins in class `i mod k`; ten times each class's mean is taken at length 1,
//! and each word goes to the class with the largest product. Nothing is random, and of equal classes the first wins.

use std::io::Write as _;
use std::path::Path;

use crate::error::Error;
use crate::files::write_whole;
use crate::vectors::{Vectors, dot};

/// The original's number of rounds.
const N_ROUNDS: usize = 10;

/// The class of each word, `0..n_classes`, in the order of the rows.
///
/// # Errors
///
/// When there are no classes, or more than words.
pub fn classes(vectors: &Vectors, n_classes: usize) -> Result<Vec<usize>, Error> {
    if !(1..=vectors.len()).contains(&n_classes) {
        return Err(Error::config(format!(
            "classes is {n_classes}: it must be 1 to the number of words, {}",
            vectors.len()
        )));
    }
    let size = vectors.size();
    let mut class_of: Vec<usize> = (0..vectors.len()).map(|word| word % n_classes).collect();
    for _ in 0..N_ROUNDS {
        let mut means = vec![0.0_f32; n_classes * size];
        let mut counts = vec![1_u64; n_classes];
        for (row, &class) in vectors.data().chunks_exact(size).zip(&class_of) {
            counts[class] += 1;
            for (mean, x) in means[class * size..][..size].iter_mut().zip(row) {
                *mean += x;
            }
        }
        for (mean, count) in means.chunks_exact_mut(size).zip(counts) {
            scale(mean, 1.0 / count as f32);
            let length = dot(mean, mean).sqrt();
            if length > 0.0 {
                scale(mean, 1.0 / length);
            }
        }
        for (row, class) in vectors.data().chunks_exact(size).zip(&mut class_of) {
            let mut best = f32::NEG_INFINITY;
            for (other, mean) in means.chunks_exact(size).enumerate() {
                let product = dot(row, mean);
                if product > best {
                    (best, *class) = (product, other);
                }
            }
        }
    }
    Ok(class_of)
}

fn scale(mean: &mut [f32], by: f32) {
    for x in mean {
        *x *= by;
    }
}

/// Writes `word class` a line, as the original's `-classes` does.
///
/// # Errors
///
/// As [`classes`]; also when the file cannot be written.
pub fn save_classes(vectors: &Vectors, n_classes: usize, path: &Path) -> Result<(), Error> {
    let class_of = classes(vectors, n_classes)?;
    write_whole(path, |out| {
        vectors.words().iter().zip(&class_of).try_for_each(|(word, class)| writeln!(out, "{word} {class}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bundles_of_directions_are_two_classes() {
        let words: Vec<String> = (0..6).map(|i| format!("w{i}")).collect();
        let data = vec![1.0, 0.1, 0.9, 0.0, 1.0, -0.1, 0.0, 1.0, 0.1, 0.9, -0.1, 1.0];
        let vectors = Vectors::new(words, 2, data).unwrap();
        let found = classes(&vectors, 2).unwrap();
        assert!(found[..3].iter().all(|&c| c == found[0]) && found[3..].iter().all(|&c| c == found[3]));
        assert_ne!(found[0], found[3]);
        assert!(classes(&vectors, 0).unwrap_err().is_config());
        assert!(classes(&vectors, 7).unwrap_err().to_string().contains("words, 6"));
    }
}

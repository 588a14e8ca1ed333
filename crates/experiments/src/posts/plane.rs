//! Words on a plane: the two directions along which their vectors differ most.

use ndarray::{Array1, Array2, Axis};
use nn_word2vec::Vectors;

/// Enough for the two largest directions to settle to the digits that are shown.
const N_ROUNDS: usize = 300;

/// The places of `words`, which the vocabulary has, by principal components of their unit vectors.
pub(super) fn places(vectors: &Vectors, words: &[&str]) -> Vec<(f64, f64)> {
    let mut rows = Array2::zeros((words.len(), vectors.size()));
    for (mut row, word) in rows.rows_mut().into_iter().zip(words) {
        for (cell, number) in row.iter_mut().zip(vectors.get(word).unwrap_or_default()) {
            *cell = f64::from(*number);
        }
        let length = row.dot(&row).sqrt().max(f64::MIN_POSITIVE);
        row /= length;
    }
    let Some(mean) = rows.mean_axis(Axis(0)) else { return Vec::new() };
    rows -= &mean;
    let first = direction(&rows);
    let across = rows.dot(&first);
    // What is left when the first direction is taken out has the second as its largest.
    let outer = across.view().insert_axis(Axis(1)).dot(&first.view().insert_axis(Axis(0)));
    let rest = &rows - &outer;
    let up = rest.dot(&direction(&rest));
    across.into_iter().zip(up).collect()
}

/// The direction of the largest variance of centred rows, by power iteration.
fn direction(rows: &Array2<f64>) -> Array1<f64> {
    let mut direction = Array1::from_shape_fn(rows.ncols(), |n| 1.0 + n as f64 / rows.ncols() as f64);
    for _ in 0..N_ROUNDS {
        let next = rows.t().dot(&rows.dot(&direction));
        let length = next.dot(&next).sqrt();
        if length < f64::MIN_POSITIVE {
            break;
        }
        direction = next / length;
    }
    direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_of_words_part_along_the_first_direction() {
        let words = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let data = vec![1.0, 0.1, 0.0, 1.0, -0.1, 0.0, -1.0, 0.1, 0.0, -1.0, -0.1, 0.0];
        let vectors = Vectors::new(words, 3, data).unwrap();
        let places = places(&vectors, &["a", "b", "c", "d"]);
        assert!(places[0].0 * places[1].0 > 0.0 && places[0].0 * places[2].0 < 0.0, "{places:?}");
        assert!(places[0].1 * places[1].1 < 0.0, "{places:?}");
    }
}

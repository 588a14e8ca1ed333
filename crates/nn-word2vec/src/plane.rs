//! Words on a plane: by principal components, or by t-SNE, which begins with them.

use ndarray::{Array1, Array2, Axis};

use crate::error::Error;
use crate::vectors::Vectors;

/// Rounds in which a direction settles, at most; most settle in a few dozen.
const N_ROUNDS: usize = 2_000;
/// A direction that moves less than this has settled.
const SETTLED: f64 = 1e-12;

/// Words and their places.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// The words in the order in which they were given.
    pub words: Vec<String>,
    /// A place for each word.
    pub places: Vec<[f64; 2]>,
    /// The share of the variance that each axis shows; nothing where an axis has no such meaning.
    pub shares: Option<[f64; 2]>,
}

impl Plane {
    /// Projects the words' vectors, each taken at length 1, on the two directions along which they differ most. Each
    /// axis points to where its largest coordinate is.
    ///
    /// # Errors
    ///
    /// When a word is unknown, or there are fewer than two.
    pub fn pca(vectors: &Vectors, words: &[String]) -> Result<Self, Error> {
        let mut rows = unit_rows(vectors, words)?;
        if let Some(mean) = rows.mean_axis(Axis(0)) {
            rows -= &mean;
        }
        // A matrix of (size, size), however many words there are.
        let mut covariance = rows.t().dot(&rows);
        let total = covariance.diag().sum().max(f64::MIN_POSITIVE);
        let mut places = vec![[0.0; 2]; words.len()];
        let mut shares = [0.0; 2];
        for axis in 0..2 {
            let (direction, variance) = main_direction(&covariance);
            shares[axis] = variance / total;
            let mut across = rows.dot(&direction);
            let far = across.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0);
            across *= if far < 0.0 { -1.0 } else { 1.0 };
            places.iter_mut().zip(across).for_each(|(place, x)| place[axis] = x);
            let column = direction.view().insert_axis(Axis(1));
            covariance = covariance - column.dot(&column.t()) * variance;
        }
        Ok(Self { words: words.to_vec(), places, shares: Some(shares) })
    }

    /// Places the words so that near ones stay near (van der Maaten and Hinton 2008), by the Barnes-Hut approximation
    /// on exact neighbours. It begins with [`Self::pca`] and draws no random number: the same vectors give the same
    /// plane.
    ///
    /// `perplexity` is about how many neighbours count for each word; it is lowered where there are few words.
    ///
    /// # Errors
    ///
    /// As [`Self::pca`]; also when the perplexity is not 2 to 200.
    #[cfg(feature = "tsne")]
    pub fn tsne(vectors: &Vectors, words: &[String], perplexity: f32) -> Result<Self, Error> {
        use bhtsne::{Neighbor, tSNE};

        /// Rounds, as in the authors' program.
        const EPOCHS: usize = 1000;
        /// The authors' compromise between speed and accuracy.
        const THETA: f32 = 0.5;
        /// The spread of the start: small, so that early rounds are free to move the words (Kobak and Berens 2019).
        const START: f64 = 1e-4;

        if !(2.0..=200.0).contains(&perplexity) {
            return Err(Error::config(format!("perplexity is {perplexity}: it must be 2 to 200")));
        }
        let start = Self::pca(vectors, words)?;
        let rows = unit_rows(vectors, words)?;
        let (n_words, size) = rows.dim();
        if n_words < 8 {
            return Err(Error::config(format!("t-SNE of {n_words} words shows nothing: give 8 or more")));
        }
        let perplexity = perplexity.min((n_words - 1) as f32 / 3.0);
        let n_neighbours = ((3.0 * perplexity) as usize).clamp(1, n_words - 1);
        let chosen = Vectors::new(words.to_vec(), size, rows.iter().map(|&x| x as f32).collect())?;
        let all: Vec<usize> = (0..n_words).collect();
        // One thread: the words of a map are few.
        let near: Vec<Vec<Neighbor<f32>>> = chosen
            .nearest_of_rows(&all, n_neighbours, 1)
            .into_iter()
            .map(|near| {
                let distance = |cosine: f32| (2.0 - 2.0 * cosine).max(0.0).sqrt();
                near.into_iter()
                    .map(|(cosine, index)| Neighbor { index, distance: distance(cosine) })
                    .collect()
            })
            .collect();
        let spread = start.places.iter().map(|p| p[0] * p[0]).sum::<f64>() / n_words as f64;
        let scale = START / spread.sqrt().max(f64::MIN_POSITIVE);
        let begun: Vec<f32> = start.places.iter().flatten().map(|x| (x * scale) as f32).collect();
        let samples: Vec<&[f32]> = chosen.data().chunks_exact(size).collect();
        let mut tsne: tSNE<f32, &[f32], 2> = tSNE::new(&samples);
        tsne.perplexity(perplexity).epochs(EPOCHS).initial_embedding(begun);
        tsne.barnes_hut_with_neighbors(THETA, &near);
        let flat = tsne.embedding();
        let places = flat.as_chunks::<2>().0.iter().map(|&[x, y]| [f64::from(x), f64::from(y)]);
        Ok(Self { words: start.words, places: places.collect(), shares: None })
    }
}

/// The words' vectors at length 1, `(words, size)`.
fn unit_rows(vectors: &Vectors, words: &[String]) -> Result<Array2<f64>, Error> {
    if words.len() < 2 {
        return Err(Error::config(format!("a plane needs two words or more, there are {}", words.len())));
    }
    let mut rows = Array2::zeros((words.len(), vectors.size()));
    for (mut row, word) in rows.rows_mut().into_iter().zip(words) {
        let place = vectors.place(word)?;
        let inverse_norm = f64::from(vectors.inverse_norms()[place]);
        let numbers = vectors.row(place).iter();
        row.iter_mut().zip(numbers).for_each(|(to, &x)| *to = f64::from(x) * inverse_norm);
    }
    Ok(rows)
}

/// The direction of the largest variance and the variance, by power iteration.
fn main_direction(covariance: &Array2<f64>) -> (Array1<f64>, f64) {
    let size = covariance.nrows();
    // No direction that data would be square to by chance.
    let mut direction = Array1::from_shape_fn(size, |n| 1.0 + (n as f64 * 0.7).sin() / 2.0);
    direction /= direction.dot(&direction).sqrt();
    let mut variance = 0.0;
    for _ in 0..N_ROUNDS {
        let next = covariance.dot(&direction);
        variance = next.dot(&next).sqrt();
        if variance < f64::MIN_POSITIVE {
            break;
        }
        let next = next / variance;
        let moved = (&next - &direction).mapv(f64::abs).sum();
        direction = next;
        if moved < SETTLED {
            break;
        }
    }
    (direction, variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two groups far apart along one direction, spread along another, and noise along the rest.
    fn groups(n: usize) -> (Vectors, Vec<String>) {
        let words: Vec<String> = (0..n).map(|i| format!("w{i}")).collect();
        let noise = |i: usize, j: usize| ((i * 31 + j * 17) % 13) as f32 / 130.0 - 0.05;
        let row = |i: usize| {
            let side = if i.is_multiple_of(2) { 1.0 } else { -1.0 };
            let along = (i / 2) as f32 / n as f32 - 0.25;
            [side + noise(i, 0), along + noise(i, 1), noise(i, 2), noise(i, 3)]
        };
        let data = (0..n).flat_map(row).collect();
        (Vectors::new(words.clone(), 4, data).unwrap(), words)
    }

    fn parts(plane: &Plane, axis: usize) -> bool {
        let even: Vec<f64> = plane.places.iter().step_by(2).map(|p| p[axis]).collect();
        let odd: Vec<f64> = plane.places.iter().skip(1).step_by(2).map(|p| p[axis]).collect();
        let (low, high) = if even[0] < odd[0] { (&even, &odd) } else { (&odd, &even) };
        let most = low.iter().copied().fold(f64::MIN, f64::max);
        most < high.iter().copied().fold(f64::MAX, f64::min)
    }

    #[test]
    fn the_first_axis_parts_the_groups() {
        let (vectors, words) = groups(60);
        let plane = Plane::pca(&vectors, &words).unwrap();
        assert!(parts(&plane, 0) && !parts(&plane, 1), "{:?}", plane.places);
        let shares = plane.shares.unwrap();
        assert!(shares[0] > 0.9 && shares[1] > 0.0 && shares[0] + shares[1] <= 1.0 + 1e-9, "{shares:?}");
        assert!(Plane::pca(&vectors, &words[..1]).unwrap_err().is_config());
        assert!(Plane::pca(&vectors, &["w0".into(), "no".into()]).unwrap_err().is_unknown_word());
        // Equal vectors have no direction; that is no error.
        let same = Vectors::new(vec!["a".into(), "b".into()], 2, vec![1.0; 4]).unwrap();
        assert!(Plane::pca(&same, same.words()).unwrap().places.iter().flatten().all(|x| x.is_finite()));
    }

    #[cfg(feature = "tsne")]
    #[test]
    fn t_sne_keeps_groups_apart_and_repeats() {
        let (vectors, words) = groups(80);
        let plane = Plane::tsne(&vectors, &words, 10.0).unwrap();
        assert_eq!(plane, Plane::tsne(&vectors, &words, 10.0).unwrap());
        // Of each word's five nearest on the plane, those of its own group.
        let distance = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let mut own = 0;
        for (i, &place) in plane.places.iter().enumerate() {
            let mut others: Vec<usize> = (0..plane.places.len()).filter(|&j| j != i).collect();
            others.sort_by(|&a, &b| {
                distance(place, plane.places[a]).total_cmp(&distance(place, plane.places[b]))
            });
            own += others[..5].iter().filter(|&&j| j % 2 == i % 2).count();
        }
        assert!(own >= 5 * 80 * 95 / 100, "{own} of 400");
        assert!(Plane::tsne(&vectors, &words, 1.0).unwrap_err().is_config());
        assert!(Plane::tsne(&vectors, &words[..3], 5.0).unwrap_err().to_string().contains("3 words"));
    }
}

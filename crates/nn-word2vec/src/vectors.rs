//! Word vectors: look-up, nearest neighbours, analogies, the odd one out.

use std::collections::HashMap;

use crate::error::Error;

/// Words and their vectors, in one matrix of `(words, size)`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    words: Vec<String>,
    index: HashMap<String, usize>,
    /// Words and numbers per word.
    shape: [usize; 2],
    data: Vec<f32>,
    /// The reciprocal of each row's Euclidean length; 0 for a zero row.
    inverse_norms: Vec<f32>,
}

/// A word and how near it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The word.
    pub word: String,
    /// The cosine of the angle between the two vectors, -1 to 1.
    pub cosine: f32,
}

impl Vectors {
    /// `data` holds `size` numbers for each word, one row after another.
    ///
    /// # Errors
    ///
    /// When the lengths do not fit, a word stands twice, or a number is not finite.
    pub fn new(words: Vec<String>, size: usize, data: Vec<f32>) -> Result<Self, Error> {
        if size == 0 || words.len().checked_mul(size) != Some(data.len()) {
            return Err(Error::format(format!(
                "{} words of {size} numbers each do not make the {} numbers given",
                words.len(),
                data.len()
            )));
        }
        let mut index = HashMap::with_capacity(words.len());
        for (idx, word) in words.iter().enumerate() {
            if index.insert(word.clone(), idx).is_some() {
                return Err(Error::format(format!("the word `{word}` stands twice")));
            }
        }
        let mut inverse_norms = Vec::with_capacity(words.len());
        for (word, row) in words.iter().zip(data.chunks_exact(size)) {
            let norm = dot(row, row).sqrt();
            if !norm.is_finite() {
                return Err(Error::format(format!(
                    "the vector of `{word}` holds a number that is not finite"
                )));
            }
            inverse_norms.push(if norm > 0.0 { 1.0 / norm } else { 0.0 });
        }
        let shape = [words.len(), size];
        Ok(Self { words, index, shape, data, inverse_norms })
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Numbers per vector.
    #[must_use]
    pub fn size(&self) -> usize {
        self.shape[1]
    }

    /// Words and numbers per word.
    pub(crate) fn shape(&self) -> &[usize; 2] {
        &self.shape
    }

    /// The words in the order of their rows; from training: most frequent first.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The whole matrix, `(words, size)`, row-major.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The vector of a word.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<&[f32]> {
        self.index.get(word).map(|&idx| self.row(idx))
    }

    /// The cosine between two words, where both are known.
    #[must_use]
    pub fn similarity(&self, a: &str, b: &str) -> Option<f32> {
        let (a, b) = (*self.index.get(a)?, *self.index.get(b)?);
        Some(dot(self.row(a), self.row(b)) * self.inverse_norms[a] * self.inverse_norms[b])
    }

    /// The `n` words nearest to `word`, nearest first, without itself.
    ///
    /// # Errors
    ///
    /// When the word is unknown.
    pub fn similar(&self, word: &str, n: usize) -> Result<Vec<Neighbour>, Error> {
        let idx = self.place(word)?;
        Ok(self.nearest(self.row(idx), n, self.len(), &[idx]))
    }

    /// The words nearest to `b - a + c` ("a is to b as c is to ..."), each taken at length 1, without the three.
    ///
    /// # Errors
    ///
    /// When one of the words is unknown.
    pub fn analogy(&self, a: &str, b: &str, c: &str, n: usize) -> Result<Vec<Neighbour>, Error> {
        let three = [self.place(a)?, self.place(b)?, self.place(c)?];
        Ok(self.analogy_among(three, n, self.len()))
    }

    /// The word that is farthest from the mean of all.
    ///
    /// # Errors
    ///
    /// When a word is unknown or none is given.
    pub fn doesnt_match<'w>(&self, words: &[&'w str]) -> Result<&'w str, Error> {
        let places: Vec<usize> = words.iter().map(|word| self.place(word)).collect::<Result<_, _>>()?;
        let mut mean = vec![0.0; self.shape[1]];
        for &place in &places {
            self.add_unit(&mut mean, place, 1.0);
        }
        let cosine = |place: usize| dot(&mean, self.row(place)) * self.inverse_norms[place];
        let scored = words.iter().zip(places).map(|(&word, place)| (word, cosine(place)));
        let odd = scored.min_by(|a, b| a.1.total_cmp(&b.1));
        odd.map(|(word, _)| word).ok_or_else(|| Error::config("no word was given"))
    }

    pub(crate) fn place(&self, word: &str) -> Result<usize, Error> {
        self.index.get(word).copied().ok_or_else(|| Error::unknown_word(word))
    }

    /// As [`Self::analogy`], with answers from the first `limit` words only.
    pub(crate) fn analogy_among(&self, [a, b, c]: [usize; 3], n: usize, limit: usize) -> Vec<Neighbour> {
        let mut target = vec![0.0; self.shape[1]];
        self.add_unit(&mut target, b, 1.0);
        self.add_unit(&mut target, a, -1.0);
        self.add_unit(&mut target, c, 1.0);
        self.nearest(&target, n, limit, &[a, b, c])
    }

    fn add_unit(&self, to: &mut [f32], place: usize, sign: f32) {
        let scale = sign * self.inverse_norms[place];
        for (to, x) in to.iter_mut().zip(self.row(place)) {
            *to += scale * x;
        }
    }

    pub(crate) fn row(&self, idx: usize) -> &[f32] {
        &self.data[idx * self.shape[1]..][..self.shape[1]]
    }

    /// The `n` rows of the first `limit` with the largest cosine to `target`; equal ones in order of their rows.
    fn nearest(&self, target: &[f32], n: usize, limit: usize, without: &[usize]) -> Vec<Neighbour> {
        let norm = dot(target, target).sqrt();
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        let mut best: Vec<(f32, usize)> = Vec::with_capacity(n + 1);
        for idx in (0..limit.min(self.len())).filter(|idx| !without.contains(idx)) {
            let cosine = dot(target, self.row(idx)) * self.inverse_norms[idx] * scale;
            let at = best.partition_point(|&(other, _)| other >= cosine);
            if at < n {
                best.insert(at, (cosine, idx));
                best.truncate(n);
            }
        }
        best.into_iter().map(|(cosine, idx)| Neighbour { word: self.words[idx].clone(), cosine }).collect()
    }
}

/// The product of two vectors in sixteen sums, so that it can use vector registers and has one order.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    for (a, b) in a.iter().zip(b) {
        for i in 0..16 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn toy() -> Vectors {
        let words = ["king", "man", "queen", "woman", "apple"].map(str::to_owned).to_vec();
        let data = vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, -1.0, 0.1, 0.0];
        Vectors::new(words, 3, data).unwrap()
    }

    #[test]
    fn neighbours_stand_by_cosine_without_the_word() {
        let near = toy().similar("king", 2).unwrap();
        assert_eq!(near.iter().map(|n| n.word.as_str()).collect::<Vec<_>>(), ["queen", "man"]);
        assert!((near[0].cosine - 2.0 / 6.0_f32.sqrt()).abs() < 1e-6);
        assert!(toy().similar("emperor", 2).unwrap_err().is_unknown_word());
        assert_eq!(toy().similar("king", 99).unwrap().len(), 4);
    }

    #[test]
    fn analogies_and_odd_ones() {
        assert_eq!(toy().analogy("man", "king", "woman", 1).unwrap()[0].word, "queen");
        assert_eq!(toy().doesnt_match(&["king", "queen", "apple", "woman"]).unwrap(), "apple");
        assert!(toy().doesnt_match(&[]).unwrap_err().is_config());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Vectors::new(vec!["a".into()], 2, vec![1.0]).unwrap_err().is_format());
        assert!(Vectors::new(vec!["a".into(), "a".into()], 1, vec![1.0, 2.0]).unwrap_err().is_format());
        assert!(Vectors::new(vec!["a".into()], 1, vec![f32::NAN]).unwrap_err().is_format());
    }
}

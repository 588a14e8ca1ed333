//! Word vectors: look-up, nearest neighbours, analogies, the odd one out.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::error::Error;
use crate::mapped::MappedFile;
use crate::neighbours::Best;

/// Words and their vectors, in one matrix of `(words, size)`, row-major.
#[derive(Debug, Clone)]
pub struct Vectors {
    words: Vec<String>,
    index: HashMap<String, usize>,
    /// Words and numbers per word.
    shape: [usize; 2],
    numbers: Numbers,
    /// The reciprocal of each row's Euclidean length; 0 for a zero row. Of a mapped file they are made when they are
    /// first needed, because that reads all of it.
    inverse_norms: OnceLock<Vec<f32>>,
}

/// Where the matrix is.
#[derive(Debug, Clone)]
enum Numbers {
    Owned(Vec<f32>),
    /// From this byte of a file on.
    Mapped(Arc<MappedFile>, usize),
}

impl PartialEq for Vectors {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.words == other.words && self.data() == other.data()
    }
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
        let made = Self::build(words, size, Numbers::Owned(data));
        let made = made.map_err(|(_, what)| Error::format(what))?;
        made.check_finite().map_err(|(_, what)| Error::format(what))?;
        Ok(made)
    }

    /// As [`Self::new`], and an error says in which row.
    pub(crate) fn of_rows(words: Vec<String>, size: usize, data: Vec<f32>) -> Result<Self, (usize, String)> {
        let made = Self::build(words, size, Numbers::Owned(data))?;
        made.check_finite()?;
        Ok(made)
    }

    /// Vectors that stay in a file; nothing where they do not lie there on a float's boundary.
    pub(crate) fn of_map(
        words: Vec<String>,
        size: usize,
        map: MappedFile,
        start: usize,
    ) -> Result<Self, (usize, String)> {
        if map.floats(start, words.len() * size).is_none() {
            return Err((0, format!("byte {start}: the vectors do not begin at a multiple of four")));
        }
        Self::build(words, size, Numbers::Mapped(Arc::new(map), start))
    }

    fn build(words: Vec<String>, size: usize, numbers: Numbers) -> Result<Self, (usize, String)> {
        let mut index = HashMap::with_capacity(words.len());
        for (idx, word) in words.iter().enumerate() {
            if index.insert(word.clone(), idx).is_some() {
                return Err((idx, format!("the word `{word}` stands twice")));
            }
        }
        let shape = [words.len(), size];
        Ok(Self { words, index, shape, numbers, inverse_norms: OnceLock::new() })
    }

    fn check_finite(&self) -> Result<(), (usize, String)> {
        let rows = self.data().chunks_exact(self.size());
        match rows.enumerate().find(|(_, row)| !dot(row, row).is_finite()) {
            None => Ok(()),
            Some((idx, _)) => {
                let word = &self.words[idx];
                Err((idx, format!("the vector of `{word}` holds a number that is not finite or too large")))
            }
        }
    }

    /// The reciprocal of each row's length. Rows of a mapped file that are not finite count as zero rows.
    pub(crate) fn inverse_norms(&self) -> &[f32] {
        self.inverse_norms.get_or_init(|| {
            let lengths = self.data().chunks_exact(self.size()).map(|row| dot(row, row).sqrt());
            lengths.map(|norm| if norm > 0.0 && norm.is_finite() { 1.0 / norm } else { 0.0 }).collect()
        })
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
        match &self.numbers {
            Numbers::Owned(data) => data,
            Numbers::Mapped(map, start) => {
                map.floats(*start, self.shape[0] * self.shape[1]).unwrap_or_default()
            }
        }
    }

    /// The vector of a word.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<&[f32]> {
        self.index.get(word).map(|&idx| self.row(idx))
    }

    /// The cosine between two words, where both are known.
    #[must_use]
    pub fn similarity(&self, a: &str, b: &str) -> Option<f32> {
        Some(self.cosine(*self.index.get(a)?, *self.index.get(b)?))
    }

    /// The cosine between two rows.
    pub(crate) fn cosine(&self, a: usize, b: usize) -> f32 {
        let norms = self.inverse_norms();
        dot(self.row(a), self.row(b)) * norms[a] * norms[b]
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

    /// The words nearest to several together: to the sum of their vectors, each taken at length 1, without them.
    ///
    /// # Errors
    ///
    /// When a word is unknown or none is given.
    pub fn similar_to_all(&self, words: &[&str], n: usize) -> Result<Vec<Neighbour>, Error> {
        let places: Vec<usize> = words.iter().map(|word| self.place(word)).collect::<Result<_, _>>()?;
        if places.is_empty() {
            return Err(Error::config("no word was given"));
        }
        let mut target = vec![0.0; self.size()];
        for &place in &places {
            self.add_unit(&mut target, place, 1.0);
        }
        Ok(self.nearest(&target, n, self.len(), &places))
    }

    /// The words nearest to `b - a + c` ("a is to b as c is to ..."), each taken at length 1, without the three.
    ///
    /// # Errors
    ///
    /// When one of the words is unknown.
    pub fn analogy(&self, a: &str, b: &str, c: &str, n: usize) -> Result<Vec<Neighbour>, Error> {
        let three = [self.place(a)?, self.place(b)?, self.place(c)?];
        Ok(self.nearest(&self.analogy_target(three), n, self.len(), &three))
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
        let cosine = |place: usize| dot(&mean, self.row(place)) * self.inverse_norms()[place];
        let scored = words.iter().zip(places).map(|(&word, place)| (word, cosine(place)));
        let odd = scored.min_by(|a, b| a.1.total_cmp(&b.1));
        odd.map(|(word, _)| word).ok_or_else(|| Error::config("no word was given"))
    }

    pub(crate) fn place(&self, word: &str) -> Result<usize, Error> {
        self.index.get(word).copied().ok_or_else(|| Error::unknown_word(word))
    }

    /// `b - a + c`, each taken at length 1.
    pub(crate) fn analogy_target(&self, [a, b, c]: [usize; 3]) -> Vec<f32> {
        let mut target = vec![0.0; self.size()];
        self.add_unit(&mut target, b, 1.0);
        self.add_unit(&mut target, a, -1.0);
        self.add_unit(&mut target, c, 1.0);
        target
    }

    fn add_unit(&self, to: &mut [f32], place: usize, sign: f32) {
        let scale = sign * self.inverse_norms()[place];
        for (to, x) in to.iter_mut().zip(self.row(place)) {
            *to += scale * x;
        }
    }

    pub(crate) fn row(&self, idx: usize) -> &[f32] {
        &self.data()[idx * self.shape[1]..][..self.shape[1]]
    }

    /// The `n` rows of the first `limit` with the largest cosine to `target`; equal ones in order of their rows.
    pub(crate) fn nearest(
        &self,
        target: &[f32],
        n: usize,
        limit: usize,
        without: &[usize],
    ) -> Vec<Neighbour> {
        let norm = dot(target, target).sqrt();
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        let mut best = Best::new(n);
        let rows = self.data().chunks_exact(self.size()).zip(self.inverse_norms());
        for (idx, (row, inverse_norm)) in rows.take(limit).enumerate() {
            let cosine = dot(target, row) * inverse_norm * scale;
            if cosine > best.least && !without.contains(&idx) {
                best.put(cosine, idx);
            }
        }
        best.into_items().into_iter().map(|found| self.neighbour(found)).collect()
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

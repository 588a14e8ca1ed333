//! Near-duplicates by MinHash: which texts share most of their runs of words, without comparing each with each.

use std::collections::{BTreeMap, HashSet};

use gaoya::minhash::{MinHashIndex, MinHasher, MinHasher32, SmallVecContainer};

use crate::tokens::{TokenOptions, tokens};

/// How near is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearOptions {
    /// The least similarity, the share of runs in common (Jaccard's index), 0 to 1.
    pub similarity: f64,
    /// Words in a run. Five words in a row are rarely the same by chance.
    pub run_words: usize,
    /// At most so many runs of a text are looked at, spread evenly over it by their hashes: a bound on the time a long
    /// book takes.
    pub max_runs: usize,
}

impl Default for NearOptions {
    fn default() -> Self {
        Self { similarity: 0.7, run_words: 5, max_runs: 20_000 }
    }
}

/// Two texts that are near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearPair {
    /// The number of the earlier text, in the order of adding.
    pub first: usize,
    /// The number of the later one.
    pub second: usize,
    /// The estimate of their similarity.
    pub similarity: f64,
}

/// What is kept of a text: the least hash of its runs under each of 128 hash functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(Option<Vec<u32>>);

/// Bands and rows of the index: 128 hashes in 32 bands of 4, which finds a pair of similarity 0.7 with probability
/// 1 - (1 - 0.7^4)^32 = 0.9998, and of 0.5 with 0.87; the estimate from all 128 then decides.
const BANDS: usize = 32;
const ROWS: usize = 4;

/// Texts seen so far, by signature.
pub struct NearDuplicates {
    options: NearOptions,
    hasher: MinHasher32<pass::Build>,
    index: MinHashIndex<u32, usize, SmallVecContainer<usize, 4>>,
    signatures: Vec<Option<Vec<u32>>>,
}

/// The runs come to the library hashed already.
mod pass {
    use std::hash::{BuildHasher, Hasher};

    /// Passes on the 64-bit hashes of runs, mixed once, as they are.
    #[derive(Debug, Clone, Copy, Default)]
    pub(super) struct Build;

    impl BuildHasher for Build {
        type Hasher = Pass;
        fn build_hasher(&self) -> Pass {
            Pass(0)
        }
    }

    #[derive(Debug)]
    pub(super) struct Pass(u64);

    impl Hasher for Pass {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            for &byte in bytes {
                self.0 = super::mix(self.0 ^ u64::from(byte));
            }
        }
        fn write_u64(&mut self, value: u64) {
            self.0 = value;
        }
    }
}

impl NearDuplicates {
    /// No texts yet.
    #[must_use]
    pub fn new(options: NearOptions) -> Self {
        Self {
            options,
            hasher: MinHasher32::new_with_hasher(BANDS * ROWS, pass::Build),
            index: MinHashIndex::new_index(BANDS, ROWS, 0.0),
            signatures: Vec::new(),
        }
    }

    /// The signature of a text, which is all that is kept of it: the costly part of [`add`](Self::add), and one that
    /// many threads may do.
    #[must_use]
    pub fn signature(&self, text: &str) -> Signature {
        let runs = runs(text, self.options);
        Signature((!runs.is_empty()).then(|| self.hasher.create_signature(runs.into_iter())))
    }

    /// Adds a text and returns the earlier ones that are near to it, nearest first. Its number is the count of texts
    /// added before it. A text of fewer words than a run is never near to anything.
    pub fn add(&mut self, text: &str) -> Vec<NearPair> {
        self.add_signature(self.signature(text))
    }

    /// As [`add`](Self::add), by a signature that [`signature`](Self::signature) made with the same options.
    pub fn add_signature(&mut self, signature: Signature) -> Vec<NearPair> {
        let second = self.signatures.len();
        let Some(signature) = signature.0 else {
            self.signatures.push(None);
            return Vec::new();
        };
        let mut near: Vec<NearPair> = self
            .index
            .query_owned(&signature)
            .into_iter()
            .filter_map(|first| {
                let earlier = self.signatures[first].as_deref()?;
                let same = earlier.iter().zip(&signature).filter(|(a, b)| a == b).count();
                let similarity = same as f64 / signature.len() as f64;
                (similarity >= self.options.similarity).then_some(NearPair { first, second, similarity })
            })
            .collect();
        near.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.first.cmp(&b.first)));
        self.index.insert(second, signature.clone());
        self.signatures.push(Some(signature));
        near
    }
}

/// Groups of texts that hang together by near pairs, each sorted, in the order of their first members.
#[must_use]
pub fn groups(pairs: &[NearPair]) -> Vec<Vec<usize>> {
    let mut parent: BTreeMap<usize, usize> = BTreeMap::new();
    for pair in pairs {
        let (a, b) = (root(&parent, pair.first), root(&parent, pair.second));
        parent.insert(a.max(b), a.min(b));
        parent.entry(a.min(b)).or_insert(a.min(b));
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &item in parent.keys() {
        groups.entry(root(&parent, item)).or_default().push(item);
    }
    groups.into_values().collect()
}

/// The smallest member that is known so far of the group of `item`.
fn root(parent: &BTreeMap<usize, usize>, mut item: usize) -> usize {
    while let Some(&up) = parent.get(&item).filter(|&&up| up != item) {
        item = up;
    }
    item
}

/// The hashes of a text's runs of words, each once. Of too many, the smallest hashes are kept, which is the same
/// choice in any two texts.
fn runs(text: &str, options: NearOptions) -> Vec<u64> {
    let width = options.run_words.max(1);
    let words: Vec<u64> = tokens(text, TokenOptions::FOR_VECTORS).map(|word| hash_word(&word)).collect();
    let seen: HashSet<u64> =
        words.windows(width).map(|run| run.iter().fold(0, |hash, word| mix(hash ^ word))).collect();
    let mut runs: Vec<u64> = seen.into_iter().collect();
    runs.sort_unstable();
    runs.truncate(options.max_runs.max(1));
    runs
}

/// FNV-1a over the bytes of a word, mixed: the same on every machine and in every version.
fn hash_word(word: &str) -> u64 {
    mix(word
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014): every bit of the input reaches every bit of the output.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seed: u64, n_words: u64) -> String {
        let words: Vec<_> = (0..n_words).map(|i| format!("w{}", mix(seed * 1_000_003 + i) % 5000)).collect();
        words.join(" ") + " "
    }

    #[test]
    fn copies_with_small_changes_are_found_and_others_are_not() {
        let mut near = NearDuplicates::new(NearOptions::default());
        for seed in 0..30 {
            assert_eq!(near.add(&text(seed, 2000)), []);
        }
        let edited = text(7, 2000).replacen("w1", "changed", 20) + "and a new end";
        let pairs = near.add(&edited);
        assert_eq!(pairs.len(), 1);
        assert_eq!((pairs[0].first, pairs[0].second), (7, 30));
        assert!(pairs[0].similarity > 0.8, "{pairs:?}");
        assert_eq!(near.add("too short"), []);
        assert_eq!(near.add("too short"), []);
    }

    #[test]
    fn the_estimate_is_near_the_truth() {
        // Half of the words replaced at the end: n common runs of 2000 in each, so n / (4000 - n).
        let a = text(1, 2000);
        let b: String = a.split_inclusive(' ').take(1700).collect::<String>() + &text(2, 300);
        let mut near = NearDuplicates::new(NearOptions { similarity: 0.5, ..NearOptions::default() });
        near.add(&a);
        let pairs = near.add(&b);
        let truth = 1696.0 / (2.0 * 1996.0 - 1696.0);
        assert_eq!(pairs.len(), 1);
        assert!((pairs[0].similarity - truth).abs() < 0.15, "{pairs:?} truth {truth}");
    }

    #[test]
    fn a_bound_on_runs_keeps_the_answer() {
        let options = NearOptions { max_runs: 500, ..NearOptions::default() };
        let mut near = NearDuplicates::new(options);
        near.add(&text(1, 5000));
        near.add(&text(2, 5000));
        assert_eq!(near.add(&(text(2, 5000) + "tail"))[0].first, 1);
    }

    #[test]
    fn groups_join() {
        let pair = |first, second| NearPair { first, second, similarity: 1.0 };
        assert_eq!(
            groups(&[pair(1, 4), pair(2, 3), pair(4, 9), pair(3, 8), pair(5, 6)]),
            [vec![1, 4, 9], vec![2, 3, 8], vec![5, 6]]
        );
        assert_eq!(groups(&[pair(1, 2), pair(3, 4), pair(2, 4)]), [vec![1, 2, 3, 4]]);
        assert!(groups(&[]).is_empty());
    }
}

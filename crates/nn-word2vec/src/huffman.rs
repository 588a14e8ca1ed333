//! The Huffman tree of hierarchical softmax: frequent words get short paths.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For each word its path from the root: the inner node, and whether the path turns to the second child there.
#[derive(Debug)]
pub(crate) struct Paths {
    starts: Vec<usize>,
    steps: Vec<(u32, bool)>,
}

impl Paths {
    /// Inner nodes are numbered in the order in which they are made; ties take the lower number first.
    pub(crate) fn new(counts: &[u64]) -> Self {
        let n = counts.len();
        let mut parent = vec![(0_u32, false); 2 * n];
        let mut heap: BinaryHeap<Reverse<(u64, usize)>> =
            counts.iter().enumerate().map(|(word, &count)| Reverse((count, word))).collect();
        let mut made = n;
        while let (Some(Reverse((count_a, a))), Some(Reverse((count_b, b)))) = (heap.pop(), heap.pop()) {
            let node = (made - n) as u32;
            parent[a] = (node, false);
            parent[b] = (node, true);
            heap.push(Reverse((count_a + count_b, made)));
            made += 1;
            if heap.len() == 1 {
                break;
            }
        }
        let root = made - 1;
        let mut starts = vec![0];
        let mut steps = Vec::new();
        for word in 0..n {
            let mut path = Vec::new();
            let mut node = word;
            while node != root {
                let (up, second) = parent[node];
                path.push((up, second));
                node = up as usize + n;
            }
            steps.extend(path.into_iter().rev());
            starts.push(steps.len());
        }
        Self { starts, steps }
    }

    /// The path of a word, from the root.
    pub(crate) fn of(&self, word: u32) -> &[(u32, bool)] {
        let word = word as usize;
        &self.steps[self.starts[word]..self.starts[word + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_a_prefix_code_of_least_length() {
        let counts = [45, 16, 13, 12, 9, 5];
        let paths = Paths::new(&counts);
        let cost: u64 = counts.iter().enumerate().map(|(w, c)| c * paths.of(w as u32).len() as u64).sum();
        // The textbook's tree of these six frequencies (Cormen et al., Huffman codes) has 224 bits.
        assert_eq!(cost, 224);
        // Kraft's equality: the code is complete.
        let kraft: f64 = (0..6).map(|w| 0.5_f64.powi(paths.of(w).len() as i32)).sum();
        assert!((kraft - 1.0).abs() < 1e-12);
        assert!((0..6).all(|w| paths.of(w)[0].0 == 4), "every path starts at the root");
    }
}

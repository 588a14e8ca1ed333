//! An approximate index of neighbours for large vocabularies: a graph of small worlds (HNSW), by the library `usearch`.

use std::io::Write as _;
use std::path::Path;

use flate2::Crc;
use usearch::{IndexOptions, MetricKind, ScalarKind};

use crate::error::Error;
use crate::files::write_whole;
use crate::mapped::bytes_of;
use crate::vectors::{Neighbour, Vectors};

/// Links of a word, and how many candidates are looked at when it is added and when a word is asked for.
const LINKS: usize = 16;
const EXPANSION_ADD: usize = 128;
const EXPANSION_SEARCH: usize = 128;
/// What a file begins with; the rest of the line says for which vectors it is.
const MAGIC: &str = "nn-word2vec index 1";

/// An index over the rows of one [`Vectors`].
pub struct Index {
    graph: usearch::Index,
    /// The rows it was made of.
    n_words: usize,
    checksum: u32,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("n_words", &self.n_words).finish_non_exhaustive()
    }
}

impl Index {
    /// Adds word after word. With one thread the same vectors give the same index; with more it is made faster, and
    /// which of nearly equal neighbours it finds may differ from run to run.
    ///
    /// # Errors
    ///
    /// When memory does not suffice.
    pub fn build(vectors: &Vectors, threads: usize) -> Result<Self, Error> {
        let graph = new_graph(vectors.size())?;
        graph.reserve_capacity_and_threads(vectors.len(), threads.max(1)).map_err(said)?;
        let norms = vectors.inverse_norms();
        let next = std::sync::atomic::AtomicUsize::new(0);
        let failed = std::sync::Mutex::new(None);
        let work = || {
            let mut unit = vec![0.0_f32; vectors.size()];
            loop {
                let row = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if row >= vectors.len() {
                    break;
                }
                unit.iter_mut().zip(vectors.row(row)).for_each(|(to, x)| *to = x * norms[row]);
                if let Err(error) = graph.add(row as u64, &unit) {
                    *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                    break;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            return Err(said(error));
        }
        Ok(Self { graph, n_words: vectors.len(), checksum: checksum(bytes_of(vectors.data())) })
    }

    /// About the `n` words nearest to `word`, nearest first, without itself. Their cosines are exact.
    ///
    /// # Errors
    ///
    /// When the word is unknown.
    pub fn similar(&self, vectors: &Vectors, word: &str, n: usize) -> Result<Vec<Neighbour>, Error> {
        let place = vectors.place(word)?;
        let found = self.nearest(vectors, place, n)?;
        Ok(found.into_iter().map(|row| vectors.neighbour((vectors.cosine(place, row), row))).collect())
    }

    fn nearest(&self, vectors: &Vectors, place: usize, n: usize) -> Result<Vec<usize>, Error> {
        let inverse_norm = vectors.inverse_norms()[place];
        let unit: Vec<f32> = vectors.row(place).iter().map(|x| x * inverse_norm).collect();
        let found = self.graph.search(&unit, n + 1).map_err(said)?;
        let others = found.keys.iter().map(|&row| row as usize);
        Ok(others.filter(|&row| row != place && row < vectors.len()).take(n).collect())
    }

    /// The share of the exact `n` nearest neighbours that the index finds, over `sample` words spread evenly over the
    /// vocabulary. The exact ones are computed on `threads` threads.
    ///
    /// # Errors
    ///
    /// When the library fails.
    pub fn recall(&self, vectors: &Vectors, n: usize, sample: usize, threads: usize) -> Result<f64, Error> {
        let sample = sample.clamp(1, vectors.len());
        let places: Vec<usize> = (0..sample).map(|i| i * vectors.len() / sample).collect();
        let exact = vectors.nearest_of_rows(&places, n, threads);
        let (mut found, mut wanted) = (0, 0);
        for (&place, exact) in places.iter().zip(&exact) {
            let near = self.nearest(vectors, place, n)?;
            wanted += exact.len();
            found += exact.iter().filter(|(_, row)| near.contains(row)).count();
        }
        Ok(found as f64 / wanted.max(1) as f64)
    }

    /// Writes the index; the file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let mut graph = vec![0_u8; self.graph.serialized_length()];
        self.graph.save_to_buffer(&mut graph).map_err(said)?;
        let graph_sum = checksum(&graph);
        write_whole(path, |out| {
            writeln!(out, "{MAGIC} {} {:08x} {graph_sum:08x}", self.n_words, self.checksum)?;
            out.write_all(&graph)
        })
    }

    /// Opens an index of these vectors.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged, or belongs to other vectors.
    pub fn open(path: &Path, vectors: &Vectors) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, e))?;
        let wrong = |what: &str| Error::format(format!("{}: {what}", path.display()));
        let end = bytes.iter().take(100).position(|&b| b == b'\n').unwrap_or(0);
        let (head, graph_bytes) = bytes.split_at(end);
        let head = std::str::from_utf8(head).ok().and_then(|head| head.strip_prefix(MAGIC));
        let fields: Vec<&str> = head.unwrap_or_default().split_whitespace().collect();
        let &[n_words, vectors_sum, graph_sum] = &fields[..] else {
            return Err(wrong("byte 0: it is no index"));
        };
        let checksum_now = checksum(bytes_of(vectors.data()));
        if n_words != vectors.len().to_string() || vectors_sum != format!("{checksum_now:08x}") {
            return Err(wrong("it was made of other vectors; make it again"));
        }
        // The library trusts what it reads, so nothing damaged may reach it.
        let graph_bytes = &graph_bytes[1..];
        if graph_sum != format!("{:08x}", checksum(graph_bytes)) {
            return Err(wrong(&format!("damaged after byte {}; make it again", end + 1)));
        }
        let graph = new_graph(vectors.size())?;
        graph.load_from_buffer(graph_bytes).map_err(said)?;
        Ok(Self { graph, n_words: vectors.len(), checksum: checksum_now })
    }
}

fn new_graph(size: usize) -> Result<usearch::Index, Error> {
    // The vectors have length 1, so the inner product is the cosine.
    let options = IndexOptions {
        dimensions: size,
        metric: MetricKind::IP,
        quantization: ScalarKind::F32,
        connectivity: LINKS,
        expansion_add: EXPANSION_ADD,
        expansion_search: EXPANSION_SEARCH,
        multi: false,
    };
    usearch::Index::new(&options).map_err(said)
}

fn said(error: impl std::fmt::Display) -> Error {
    Error::config(format!("the index: {error}"))
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};

    #[test]
    fn it_finds_nearly_all_and_repeats_and_is_for_its_vectors_alone() {
        let (n_words, size) = (4_000, 24);
        let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(3);
        let mut draw = || (0..n_words * size).map(|_| rng.random::<f32>() - 0.5).collect::<Vec<f32>>();
        let words: Vec<String> = (0..n_words).map(|i| format!("w{i}")).collect();
        let vectors = Vectors::new(words.clone(), size, draw()).unwrap();
        let index = Index::build(&vectors, 1).unwrap();
        // Random vectors are the hardest case: nothing in them is clustered.
        let recall = index.recall(&vectors, 10, 200, 2).unwrap();
        assert!(recall > 0.9, "{recall}");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v.index");
        index.save(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let again = dir.path().join("again.index");
        Index::build(&vectors, 1).unwrap().save(&again).unwrap();
        assert!(whole == std::fs::read(&again).unwrap(), "one thread must repeat");
        let opened = Index::open(&path, &vectors).unwrap();
        assert_eq!(opened.similar(&vectors, "w7", 5).unwrap(), index.similar(&vectors, "w7", 5).unwrap());
        let parallel = Index::build(&vectors, 3).unwrap();
        assert!(parallel.recall(&vectors, 10, 200, 2).unwrap() > 0.9);

        let other = Vectors::new(words, size, draw()).unwrap();
        assert!(Index::open(&path, &other).unwrap_err().to_string().contains("other vectors"));
        for at in [0, 30, 200, whole.len() - 1] {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 1;
            write_whole(&path, |out| out.write_all(&spoilt)).unwrap();
            assert!(Index::open(&path, &vectors).unwrap_err().is_format(), "byte {at}");
        }
    }
}

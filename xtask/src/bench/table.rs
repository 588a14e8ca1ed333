//! The pairs that `cargo xtask bench` measures, with the peers' pinned versions.

/// Ours and one peer at the same work.
pub(super) struct Pair {
    /// As in `bench.json`: `crate/work-vs-peer`.
    pub id: &'static str,
    pub ours: Program,
    pub peer: Program,
    pub peer_name: &'static str,
    pub peer_version: &'static str,
}

/// A program that measures itself and prints `{"unit": ..., "value": ...}`.
pub(super) enum Program {
    /// An example of a package of this workspace, built in release mode.
    Example { package: &'static str, name: &'static str, arguments: &'static [&'static str] },
    /// A script run in an environment with exactly these packages.
    Python { packages: &'static [&'static str], script: &'static str, arguments: &'static [&'static str] },
}

const NUMPY: &[&str] = &["numpy==2.4.6"];
const GENSIM: &[&str] = &["gensim==4.4.0"];

/// A generated corpus, made by ours when it is not there, and read by both.
const WORDS: &str = "target/bench/words.txt";

/// Every pair, in the order in which they run.
pub(super) const PAIRS: &[Pair] = &[
    Pair {
        id: "nn-core/iris-vs-numpy",
        ours: nn_core(&["--case", "iris", "--epochs", "50", "--repeat", "100000"]),
        peer: numpy(&["iris", "50", "200"]),
        peer_name: "NumPy",
        peer_version: "2.4.6",
    },
    Pair {
        id: "nn-core/xor-vs-numpy",
        ours: nn_core(&["--case", "xor-reading", "--epochs", "10000", "--repeat", "20"]),
        peer: numpy(&["xor", "10000", "1"]),
        peer_name: "NumPy",
        peer_version: "2.4.6",
    },
    Pair {
        id: "nn-word2vec/train-vs-gensim",
        ours: word2vec(&[WORDS, "2"]),
        peer: Program::Python {
            packages: GENSIM,
            script: "crates/nn-word2vec/benches/peers/gensim_train.py",
            arguments: &[WORDS, "2"],
        },
        peer_name: "gensim",
        peer_version: "4.4.0",
    },
    Pair {
        id: "nn-word2vec/2-threads-vs-1",
        ours: word2vec(&[WORDS, "2"]),
        peer: word2vec(&[WORDS, "1"]),
        peer_name: "one thread",
        peer_version: "",
    },
];

const fn nn_core(arguments: &'static [&'static str]) -> Program {
    Program::Example { package: "nn-core", name: "bench_posts", arguments }
}

const fn numpy(arguments: &'static [&'static str]) -> Program {
    Program::Python { packages: NUMPY, script: "crates/nn-core/benches/peers/posts_numpy.py", arguments }
}

const fn word2vec(arguments: &'static [&'static str]) -> Program {
    Program::Example { package: "nn-word2vec", name: "bench_train", arguments }
}

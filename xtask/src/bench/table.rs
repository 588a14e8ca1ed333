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
    /// A package of its own, with its own lock file, so that the workspace does not build the peers.
    Package { folder: &'static str, name: &'static str, arguments: &'static [&'static str] },
    /// A C++ file, compiled for this very machine with these flags.
    Cpp { source: &'static str, flags: &'static [&'static str], arguments: &'static [&'static str] },
}

const NUMPY: &[&str] = &["numpy==2.4.6"];
const JAX: &[&str] = &["jax==0.7.0", "numpy==2.4.6"];
const PYTORCH: &[&str] = &["torch==2.15.0", "numpy==2.4.6"];
pub(super) const GENSIM: &[&str] = &["gensim==4.4.0"];
const FASTTEXT: &[&str] = &["fasttext==0.9.3", "numpy==2.4.6"];

/// A generated corpus, made by ours when it is not there, and read by both.
const WORDS: &str = "target/bench/words.txt";

/// Word pairs with people's scores, and analogies.
pub(super) const WORD_PAIRS: &str = "../shared/real/words";

/// Real books and pages, which are not part of the repository.
pub(super) const BOOKS: &str = "../shared/real/gutenberg/mirror";
const GENERAL: &str = "../shared/real/news/general";
const PAPERS: &str = "../shared/real/news/papers";

/// XOR 3-4-1 on the stack.
const XOR: &[&str] = &["--case", "xor", "--epochs", "10000", "--repeat", "100"];

/// Steps of the net 784-128-64-10 at one batch size; on two threads the id ends in `-2-threads`.
macro_rules! mlp {
    ($batch:literal, $threads:tt, $library:literal, $name:literal, $version:literal, $packages:expr) => {
        Pair {
            id: concat!("nn-core/mlp-", $batch, "-vs-", $library, mlp!(@suffix $threads)),
            ours: Program::Example {
                package: "nn-core",
                name: "bench_mlp",
                arguments: &["--batch", $batch, "--threads", $threads],
            },
            peer: Program::Python {
                packages: $packages,
                script: "crates/nn-core/benches/peers/mlp.py",
                arguments: &[$library, $batch, $threads],
            },
            peer_name: $name,
            peer_version: $version,
        }
    };
    (@suffix "1") => { "" };
    (@suffix "2") => { "-2-threads" };
}

/// Every pair, in the order in which they run.
pub(super) const PAIRS: &[Pair] = &[
    Pair {
        id: "nn-core/iris-vs-numpy",
        ours: nn_core(&["--case", "iris", "--epochs", "50", "--repeat", "100000"]),
        peer: numpy(&["iris", "50", "200"]),
        peer_name: "NumPy",
        peer_version: "2.4.6",
    },
    versus_floor(
        "nn-core/iris-vs-floor",
        &["--case", "iris", "--epochs", "50", "--repeat", "100000"],
        &["iris", "50", "100000"],
    ),
    Pair {
        id: "nn-core/xor-vs-numpy",
        ours: nn_core(XOR),
        peer: numpy(&["xor", "10000", "1"]),
        peer_name: "NumPy",
        peer_version: "2.4.6",
    },
    Pair {
        id: "nn-core/xor-vs-pytorch-autograd",
        ours: nn_core(XOR),
        peer: Program::Python {
            packages: PYTORCH,
            script: "crates/nn-core/benches/peers/posts_pytorch.py",
            arguments: &["2000", "1"],
        },
        peer_name: "PyTorch",
        peer_version: "2.15.0",
    },
    versus_floor("nn-core/xor-vs-floor", XOR, &["xor", "10000", "100"]),
    Pair {
        id: "nn-core/sweep-vs-jax",
        ours: nn_core(&["--case", "sweep", "--epochs", "10000", "--nets", "65536", "--threads", "2"]),
        peer: Program::Python {
            packages: JAX,
            script: "crates/nn-core/benches/peers/sweep_jax.py",
            arguments: &["10000", "4096"],
        },
        peer_name: "JAX",
        peer_version: "0.7.0",
    },
    versus_floor(
        "nn-core/sweep-vs-floor",
        &["--case", "sweep", "--epochs", "10000"],
        &["sweep", "10000", "16384"],
    ),
    Pair {
        id: "nn-core/sweep-2-threads-vs-1",
        ours: nn_core(&["--case", "sweep", "--epochs", "10000", "--nets", "65536", "--threads", "2"]),
        peer: nn_core(&["--case", "sweep", "--epochs", "10000", "--nets", "32768", "--threads", "1"]),
        peer_name: "one thread",
        peer_version: "",
    },
    mlp!("64", "1", "numpy", "NumPy", "2.4.6", NUMPY),
    mlp!("64", "1", "pytorch", "PyTorch", "2.15.0", PYTORCH),
    mlp!("64", "1", "jax", "JAX", "0.7.0", JAX),
    mlp!("128", "1", "numpy", "NumPy", "2.4.6", NUMPY),
    mlp!("128", "1", "pytorch", "PyTorch", "2.15.0", PYTORCH),
    mlp!("128", "1", "jax", "JAX", "0.7.0", JAX),
    mlp!("512", "1", "numpy", "NumPy", "2.4.6", NUMPY),
    mlp!("512", "1", "pytorch", "PyTorch", "2.15.0", PYTORCH),
    mlp!("512", "1", "jax", "JAX", "0.7.0", JAX),
    mlp!("512", "2", "numpy", "NumPy", "2.4.6", NUMPY),
    mlp!("512", "2", "pytorch", "PyTorch", "2.15.0", PYTORCH),
    mlp!("512", "2", "jax", "JAX", "0.7.0", JAX),
    Pair {
        id: "corpus-gutenberg/strip-vs-gutenberg-rs",
        ours: books(&["strip", BOOKS]),
        peer: book_peers(&["strip", BOOKS]),
        peer_name: "gutenberg-rs",
        peer_version: "0.1.4",
    },
    Pair {
        id: "corpus-gutenberg/inflate-vs-zip",
        ours: books(&["inflate", BOOKS]),
        peer: book_peers(&["inflate", BOOKS]),
        peer_name: "zip",
        peer_version: "9",
    },
    Pair {
        id: "corpus-gutenberg/chain-vs-libdeflate",
        ours: books(&["chain", BOOKS, "1"]),
        peer: books(&["libdeflate", BOOKS]),
        peer_name: "libdeflate alone, without a checksum or a file",
        peer_version: "",
    },
    Pair {
        id: "corpus-gutenberg/chain-2-threads-vs-1",
        ours: books(&["chain", BOOKS, "2"]),
        peer: books(&["chain", BOOKS, "1"]),
        peer_name: "one thread",
        peer_version: "",
    },
    Pair {
        id: "corpus-nyt/general-vs-trafilatura",
        ours: pages(&["general", GENERAL]),
        peer: page_peers(&["trafilatura", GENERAL]),
        peer_name: "trafilatura (crate)",
        peer_version: "0.6.0",
    },
    Pair {
        id: "corpus-nyt/general-vs-dom_smoothie",
        ours: pages(&["general", GENERAL]),
        peer: page_peers(&["dom_smoothie", GENERAL]),
        peer_name: "dom_smoothie",
        peer_version: "0.19.0",
    },
    Pair {
        id: "corpus-nyt/papers-vs-dom_smoothie",
        ours: pages(&["papers", PAPERS]),
        peer: page_peers(&["dom_smoothie", PAPERS]),
        peer_name: "dom_smoothie",
        peer_version: "0.19.0",
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
        id: "nn-word2vec/train-avx2-vs-gensim",
        ours: word2vec(&[WORDS, "2", "avx2"]),
        peer: Program::Python {
            packages: GENSIM,
            script: "crates/nn-word2vec/benches/peers/gensim_train.py",
            arguments: &[WORDS, "2"],
        },
        peer_name: "gensim",
        peer_version: "4.4.0",
    },
    Pair {
        id: "nn-word2vec/train-vs-fasttext",
        ours: word2vec(&[WORDS, "2"]),
        peer: Program::Python {
            packages: FASTTEXT,
            script: "crates/nn-word2vec/benches/peers/fasttext_train.py",
            arguments: &[WORDS, "2"],
        },
        peer_name: "fastText",
        peer_version: "0.9.3",
    },
    Pair {
        id: "nn-word2vec/train-vs-finalfrontier",
        ours: word2vec(&[WORDS, "2"]),
        peer: Program::Package {
            folder: "crates/nn-word2vec/benches/peers",
            name: "word2vec-peers",
            arguments: &[WORDS, "2"],
        },
        peer_name: "finalfrontier",
        peer_version: "0.9.4",
    },
    Pair {
        id: "nn-word2vec/deterministic-vs-hogwild",
        ours: word2vec(&[WORDS, "2"]),
        peer: word2vec(&[WORDS, "2", "hogwild"]),
        peer_name: "Hogwild",
        peer_version: "",
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

/// Ours against straight C++ at the same work.
const fn versus_floor(
    id: &'static str,
    ours: &'static [&'static str],
    floor: &'static [&'static str],
) -> Pair {
    Pair {
        id,
        ours: nn_core(ours),
        peer: Program::Cpp {
            source: "crates/nn-core/benches/peers/floor.cpp",
            flags: &["-std=c++17", "-O3", "-march=native", "-ffp-contract=fast"],
            arguments: floor,
        },
        peer_name: "C++",
        peer_version: "",
    }
}

const fn numpy(arguments: &'static [&'static str]) -> Program {
    Program::Python { packages: NUMPY, script: "crates/nn-core/benches/peers/posts_numpy.py", arguments }
}

const fn books(arguments: &'static [&'static str]) -> Program {
    Program::Example { package: "corpus-gutenberg", name: "bench_books", arguments }
}

const fn book_peers(arguments: &'static [&'static str]) -> Program {
    Program::Package { folder: "crates/corpus-gutenberg/benches/peers", name: "gutenberg-peers", arguments }
}

const fn pages(arguments: &'static [&'static str]) -> Program {
    Program::Example { package: "corpus-nyt", name: "bench_pages", arguments }
}

const fn page_peers(arguments: &'static [&'static str]) -> Program {
    Program::Package { folder: "crates/corpus-nyt/benches/peers", name: "page-peers", arguments }
}

const fn word2vec(arguments: &'static [&'static str]) -> Program {
    Program::Example { package: "nn-word2vec", name: "bench_train", arguments }
}

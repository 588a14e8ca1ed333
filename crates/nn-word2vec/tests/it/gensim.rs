//! gensim opens what we write, and finds the same neighbours.

use std::path::{Path, PathBuf};
use std::process::Command;

use nn_word2vec::{Config, Corpus, Format, Vectors, train};

use crate::structure::planted;

const SCRIPT: &str = "\
import json, sys
from gensim.models import KeyedVectors
for path, binary in ((sys.argv[1], False), (sys.argv[2], True)):
    vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    print(json.dumps({word: vectors.most_similar(word, topn=5) for word in sys.argv[3:]}))
";

#[test]
fn gensim_loads_both_formats_and_gives_the_same_neighbours() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = Corpus::from_sentences(planted(8_000, false), None, &config()).unwrap();
    let vectors = train(&corpus, &config(), &mut |_| {}).unwrap().vectors;
    let (text, binary) = (dir.path().join("v.txt"), dir.path().join("v.bin"));
    vectors.save(&text, Format::Text).unwrap();
    vectors.save(&binary, Format::Binary).unwrap();
    let Some(python) = python_with_gensim() else {
        eprintln!("NOT TESTED: gensim cannot be installed here");
        return;
    };
    let words = ["m0_1", "m1_2", "m2_0"];
    let output =
        Command::new(python).args(["-c", SCRIPT]).args([&text, &binary]).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 2);
    for line in printed.lines() {
        let theirs: serde_json::Value = serde_json::from_str(line).unwrap();
        for word in words {
            check(&vectors, word, &theirs[word]);
        }
    }
}

/// Cosines within the rounding of six digits; where two lie closer than that, either may come first.
fn check(vectors: &Vectors, word: &str, theirs: &serde_json::Value) {
    let ours = vectors.similar(word, 5).unwrap();
    let theirs = theirs.as_array().unwrap();
    assert_eq!(theirs.len(), 5);
    for (mine, theirs) in ours.iter().zip(theirs) {
        let cosine = theirs[1].as_f64().unwrap();
        assert!((f64::from(mine.cosine) - cosine).abs() < 1e-5, "{word}: {mine:?}, {theirs}");
        let is_same = theirs[0] == mine.word.as_str();
        let is_near = ours.iter().filter(|other| (other.cosine - mine.cosine).abs() < 1e-5).count() > 1;
        assert!(is_same || is_near, "{word}: {mine:?}, {theirs}");
    }
}

fn config() -> Config {
    Config { size: 20, min_count: 1, iter: 2, ..Config::default() }
}

/// An environment of its own under the build folder, made once; nothing where it cannot be made.
fn python_with_gensim() -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gensim-4.4.0");
    let (python, stamp) = (environment.join("bin/python"), environment.join("installed"));
    if stamp.exists() {
        return Some(python);
    }
    let run = |program: &Path, arguments: &[&str]| {
        Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
    };
    let made = run(Path::new("python3"), &["-m", "venv", "--clear", environment.to_str()?])
        && run(&python, &["-m", "pip", "install", "--quiet", "gensim==4.4.0"]);
    made.then(|| {
        std::fs::File::create(&stamp).unwrap();
        python
    })
}

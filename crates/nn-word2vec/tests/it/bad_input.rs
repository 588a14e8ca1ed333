//! Input that is broken, empty or huge, and disks that are full: an error that names the thing, or a word that is
//! mended and counted, and never half a model.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nn_word2vec::{Config, Corpus, Format, Vectors};

use crate::cli::{corpus, done, refused, run, write};

fn entries(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}

#[test]
fn a_corpus_that_cannot_be_trained_is_said_and_nothing_written() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty", b"", "there is no word"),
        ("blank", b"\n \t\r\n\n", "there is no word"),
        ("one", b"word", "0 of 1 different words (in 1 tokens)"),
        ("same", b"word word word word word word\n", "1 of 1 different words (in 6 tokens)"),
        ("rare", b"a b c d\ne f g h\n", "0 of 8 different words (in 8 tokens)"),
        ("nul", b"\0\0\0\0", "0 of 1 different words"),
    ];
    for (name, bytes, said) in cases {
        write(dir, name, bytes);
        let talk = refused(dir, 2, &["train", "--input", name, "--output", "v.bin", "--quiet"]);
        assert!(talk.starts_with("error: ") && talk.contains(said), "{name}: {talk}");
        let talk = refused(dir, 2, &["train", "--input", name, "--output", "v.bin", "--checkpoint", "state"]);
        assert!(talk.contains(said), "{name}: {talk}");
        assert!(!dir.join("state/corpus.json").exists() && !dir.join("state/corpus.ids").exists(), "{name}");
    }
    assert!(!dir.join("v.bin").exists());
    assert!(refused(dir, 2, &["train", "--input", "absent.txt", "--output", "v.bin"]).contains("absent.txt"));
}

#[test]
fn bad_bytes_are_mended_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut text = corpus().into_bytes();
    text.extend_from_slice(b"caf\xe9 nu\0l\n");
    write(dir, "c.txt", &text);
    let args = ["train", "--input", "c.txt", "--output", "v.bin", "--size", "8", "--iter", "1", "--json"];
    let output = run(dir, &args);
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["replaced_tokens"], 2);
    assert!(String::from_utf8(output.stderr).unwrap().contains("2 tokens with invalid UTF-8 or NUL"));
}

/// A hundred million bytes without a line's end, once of words and once of one word: neither is held in memory whole.
#[test]
fn a_line_of_a_hundred_megabytes_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.txt");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let words: Vec<String> = (0..1_000).map(|i| format!("w{}", i % 50)).collect();
    let piece = words.join(" ") + " ";
    for _ in 0..50_000_000 / piece.len() {
        out.write_all(piece.as_bytes()).unwrap();
    }
    out.write_all(&vec![b'x'; 50_000_000]).unwrap();
    out.write_all(b" end").unwrap();
    out.into_inner().unwrap();
    let config = Config { min_count: 1, ..Config::default() };
    let corpus = Corpus::read(&[path], None, &config).unwrap();
    assert_eq!(corpus.raw_words(), (50_000_000 / piece.len() * 1000) as u64 + 1);
    assert_eq!((corpus.vocabulary().len(), corpus.mended().too_long), (51, 1));
}

#[test]
fn packed_files_directories_and_standard_input_are_one_corpus() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let text = corpus();
    let (first, rest) = text.split_at(text[..text.len() / 3].rfind('\n').unwrap() + 1);
    let (second, third) = rest.split_at(rest[..rest.len() / 2].rfind('\n').unwrap() + 1);
    std::fs::create_dir_all(dir.join("books/deep")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(first.as_bytes()).unwrap();
    write(dir, "books/1.txt.gz", &gz.finish().unwrap());
    write(dir, "books/2.txt.zst", &zstd::encode_all(second.as_bytes(), 1).unwrap());
    write(dir, "books/deep/3.txt", third.as_bytes());
    write(dir, "all.txt", text.as_bytes());
    let common = ["--size", "8", "--iter", "1", "--quiet", "--seed", "4"];
    let train = |input: &[&str], output: &str| {
        done(dir, &[&["train", "--output", output, "--input"], input, &common].concat());
        std::fs::read(dir.join(output)).unwrap()
    };
    let whole = train(&["all.txt"], "a.bin");
    assert!(whole == train(&["books"], "b.bin"));
    assert!(whole == train(&["books/1.txt.gz", "books/2.txt.zst", "books/deep"], "c.bin"));
    let args = [&["train", "--output", "d.bin", "--input", "-"][..], &common].concat();
    let mut child = Command::new(env!("CARGO_BIN_EXE_word2vec"))
        .current_dir(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(whole == std::fs::read(dir.join("d.bin")).unwrap());

    // A packed file that was cut is named.
    let packed = std::fs::read(dir.join("books/1.txt.gz")).unwrap();
    write(dir, "cut.gz", &packed[..packed.len() / 2]);
    assert!(
        refused(dir, 2, &["train", "--input", "cut.gz", "--output", "v.bin"]).contains("cannot read cut.gz")
    );
    write(dir, "no.zst", b"no frame");
    assert!(refused(dir, 2, &["train", "--input", "no.zst", "--output", "v.bin"]).contains("no.zst"));
    assert!(!dir.join("v.bin").exists());
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "c.txt", corpus().as_bytes());
    let talk = refused(dir, 2, &["train", "--input", "c.txt", "--output", "absent/v.bin", "--quiet"]);
    assert!(talk.contains("absent/v.bin"), "{talk}");
    // A directory in the output's place: the rename fails after training, and no temporary stays behind.
    std::fs::create_dir(dir.join("v.bin")).unwrap();
    let args = ["train", "--input", "c.txt", "--output", "v.bin", "--size", "8", "--iter", "1", "--quiet"];
    assert!(refused(dir, 2, &args).contains("v.bin"));
    assert_eq!(entries(dir), 2);
}

/// A disk of a few pages, which only root can mount; unmounted when it is dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(at)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_old_model_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "c.txt", corpus().as_bytes());
    let train = ["train", "--input", "c.txt", "--size", "100", "--iter", "1", "--quiet"];
    // Every write to this device fails as on a full disk, and it must still be a device afterwards.
    for format in ["text", "binary"] {
        let args = [&train[..], &["--output", "/dev/full", "--format", format]].concat();
        assert!(refused(dir, 2, &args).contains("cannot write /dev/full: No space left"), "{format}");
    }
    assert!(!std::fs::metadata("/dev/full").unwrap().is_file());

    let disk = dir.join("disk");
    std::fs::create_dir(&disk).unwrap();
    let Some(_mounted) = SmallDisk::mount(&disk) else {
        eprintln!("a small disk cannot be mounted here: only /dev/full was tried");
        return;
    };
    for name in ["v.bin", "v.txt", "v.safetensors", "v.tsv"] {
        let output = format!("disk/{name}");
        write(dir, &output, b"the old model");
        let talk = refused(dir, 2, &[&train[..], &["--output", &output]].concat());
        assert!(talk.contains(&format!("cannot write {output}")) && talk.contains("No space left"), "{talk}");
        assert_eq!(std::fs::read(dir.join(&output)).unwrap(), b"the old model", "{name}");
        std::fs::remove_file(dir.join(&output)).unwrap();
        assert_eq!(entries(&disk), 0, "{name}");
    }
    // The scratch file and the kept corpus, too, are named, and not the text that was read.
    let scratch = [&train[..], &["--output", "v.bin", "--scratch-dir", "disk"]].concat();
    let talk = refused(dir, 2, &scratch);
    assert!(talk.contains("scratch") && talk.contains("disk") && talk.contains("No space left"), "{talk}");
    let kept = [&train[..], &["--output", "v.bin", "--checkpoint", "disk/state"]].concat();
    let talk = refused(dir, 2, &kept);
    assert!(talk.contains("disk/state") && talk.contains("No space left"), "{talk}");
    assert!(!dir.join("disk/state/corpus.json").exists() && !dir.join("v.bin").exists());
    let phrases =
        ["phrases", "--input", "c.txt", "c.txt", "c.txt", "--output", "disk/p.txt", "--min-count", "1"];
    let talk = refused(dir, 2, &phrases);
    assert!(talk.contains("cannot write disk/p.txt") && talk.contains("No space left"), "{talk}");
}

#[test]
fn a_device_or_a_link_in_the_outputs_place_stays_one() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let vectors = Vectors::new(vec!["a".into(), "b".into()], 1, vec![1.0, 2.0]).unwrap();
    vectors.save(&dir.join("v.txt"), Format::Text).unwrap();
    assert_eq!(done(dir, &["convert", "v.txt", "/dev/stdout", "--to-format", "text"]), "2 1\na 1\nb 2\n");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("v.txt", dir.join("link.txt")).unwrap();
        done(dir, &["convert", "v.txt", "link.txt"]);
        assert!(std::fs::symlink_metadata(dir.join("link.txt")).unwrap().is_symlink());
    }
}

#[test]
fn malformed_vectors_are_named_with_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "bad.txt", b"2 2\na 1 2\nb 1 x\n");
    let talk = refused(dir, 2, &["similar", "bad.txt", "a"]);
    assert!(talk.contains("bad.txt: byte 14: `x` is not a number"), "{talk}");
    write(dir, "bad.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}");
    assert!(refused(dir, 2, &["similar", "bad.safetensors", "a"]).contains("byte 0"));
    write(dir, "bad.safetensors", b"\x04\0\0\0\0\0\0\0{\"a}");
    let talk = refused(dir, 2, &["convert", "bad.safetensors", "v.txt"]);
    assert!(talk.contains("bad.safetensors: byte "), "{talk}");
    assert!(!dir.join("v.txt").exists());
}

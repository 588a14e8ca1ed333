//! A training that is killed again and again ends with the bytes of one that was left alone.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use nn_word2vec::{Config, Corpus, Model, Training, Vocabulary, train};

use crate::cli::{done, refused, write};
use crate::structure::planted;

/// Enough tokens that the training has several places to stop at: one a million words, and one an end.
const TOKENS: usize = 400_000;
const KILLS: usize = 4;

fn begin(dir: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_word2vec"));
    command.current_dir(dir).args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn changed(path: &Path) -> SystemTime {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Whether the process was killed right after it wrote another state; false when it ended before.
fn kill_at_the_next_state(mut child: Child, state: &Path) -> bool {
    let before = changed(state);
    let start = Instant::now();
    while changed(state) == before {
        assert!(start.elapsed() < Duration::from_mins(5), "no state was written");
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

#[test]
fn killed_several_times_it_ends_with_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let corpus: String = planted(TOKENS, false).iter().map(|sentence| sentence.join(" ") + "\n").collect();
    write(dir, "c.txt", corpus.as_bytes());
    let options = "train --input c.txt --size 24 --iter 40 --sample 0 --min-count 2 --quiet --json";
    let options: Vec<&str> = options.split(' ').collect();
    let undisturbed = done(dir, &[&options[..], &["--output", "a.bin", "--threads", "1"]].concat());
    let undisturbed: serde_json::Value = serde_json::from_str(&undisturbed).unwrap();

    let kept = ["--output", "b.bin", "--checkpoint", "state", "--checkpoint-every", "0"];
    let kept = [&options[..], &kept].concat();
    // Once while the corpus is read: nothing that looks whole may stay behind.
    let mut early = begin(dir, &kept);
    std::thread::sleep(Duration::from_millis(30));
    early.kill().unwrap();
    early.wait().unwrap();
    let state = dir.join("state/state.safetensors");
    let n_killed = (0..KILLS).filter(|_| kill_at_the_next_state(begin(dir, &kept), &state)).count();
    assert!(
        n_killed >= 2,
        "only {n_killed} were killed on the way: the corpus is too small to show anything"
    );
    assert!(!dir.join("b.bin").exists());
    let resumed: serde_json::Value = serde_json::from_str(&done(dir, &kept)).unwrap();
    assert!(resumed["resumed_at"].as_u64().unwrap() > 0);
    assert_eq!(resumed["loss"], undisturbed["loss"]);
    assert!(std::fs::read(dir.join("a.bin")).unwrap() == std::fs::read(dir.join("b.bin")).unwrap());

    // The state is a file of vectors, too: the finished one.
    done(dir, &["convert", "state/state.safetensors", "c.bin"]);
    assert!(std::fs::read(dir.join("a.bin")).unwrap() == std::fs::read(dir.join("c.bin")).unwrap());
    // And the text is not read again, once it is kept; but another text is not taken for it.
    let other = [&kept[..], &["--alpha", "0.01"]].concat();
    assert!(refused(dir, 2, &other).contains("alpha"));
    write(dir, "c.txt", b"a b c");
    assert!(refused(dir, 2, &kept).contains("corpus.json"));
    assert!(refused(dir, 2, &kept).contains("delete state"));
}

#[test]
fn two_runs_do_not_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "c.txt", b"a b a b a b a b a b a b\n");
    std::fs::create_dir(dir.join("state")).unwrap();
    let lock = std::fs::File::create(dir.join("state/lock")).unwrap();
    lock.lock().unwrap();
    let args = ["train", "--input", "c.txt", "--output", "v.bin", "--checkpoint", "state"];
    assert!(refused(dir, 2, &args).contains("another run uses state"));
}

#[test]
fn a_spoilt_state_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, "c.txt", b"a b a b a b a b a b a b\n");
    let args = ["train", "--input", "c.txt", "--output", "v.bin", "--checkpoint", "state", "--quiet"];
    done(dir, &args);
    let state = dir.join("state/state.safetensors");
    let bytes = std::fs::read(&state).unwrap();
    for cut in [0, 7, 100, bytes.len() - 1] {
        write(dir, "state/state.safetensors", &bytes[..cut]);
        let talk = refused(dir, 2, &args);
        assert!(talk.contains("no whole checkpoint"), "cut at {cut}: {talk}");
    }
    done(dir, &["convert", "v.bin", "state/state.safetensors"]);
    assert!(refused(dir, 2, &args).contains("vectors alone"));
    write(dir, "state/state.safetensors", &bytes);
    let ids = std::fs::read(dir.join("state/corpus.ids")).unwrap();
    write(dir, "state/corpus.ids", &ids[4..]);
    assert!(refused(dir, 2, &args).contains("corpus.ids"));
    let mut wrong = ids.clone();
    wrong[8] = 77;
    write(dir, "state/corpus.ids", &wrong);
    assert!(refused(dir, 2, &args).contains("byte 8: 77 is no word"));
    write(dir, "state/corpus.ids", &ids);
    done(dir, &args);
}

/// Half of the epochs, then the other half from the state, is close to a whole training and far from a fresh half.
#[test]
fn training_goes_on_from_a_model() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { size: 20, min_count: 1, iter: 2, alpha: 0.05, threads: 2, ..Config::default() };
    let first = Corpus::from_sentences(planted(60_000, false), None, &config).unwrap();
    let mut training = Training::new(&first, &config).unwrap();
    training.run(&mut |_| {});
    let path = dir.path().join("state.safetensors");
    training.save(&path).unwrap();
    let model = Model::open(&path).unwrap();
    assert!(model.has_outputs());

    let last_loss = |begun: Training, n: usize| {
        let (mut begun, mut losses) = (begun, Vec::new());
        begun.run(&mut |p| losses.push(p.loss));
        losses[..n].iter().sum::<f64>() / n as f64
    };
    // With its output weights the model predicts from the first window on; without them it must learn them again.
    let vocabulary = || Some(Vocabulary::without_counts(model.vectors().words().to_vec()));
    let mut more = planted(60_000, false);
    more.truncate(6_000);
    let second = Corpus::from_sentences(&more, vocabulary(), &config).unwrap();
    assert_eq!(second.vocabulary().len(), first.vocabulary().len());
    let whole = last_loss(Training::continue_from(&second, &config, &model).unwrap(), 1);
    let inputs_only = Model::from(model.vectors().clone());
    let half = last_loss(Training::continue_from(&second, &config, &inputs_only).unwrap(), 1);
    let fresh = last_loss(Training::new(&second, &config).unwrap(), 1);
    assert!(whole < half && half <= fresh, "{whole} {half} {fresh}");

    // Words that the new text lacks stay as they were.
    let few = Corpus::from_sentences(&more[..1], vocabulary(), &config).unwrap();
    let mut training = Training::continue_from(&few, &config, &model).unwrap();
    training.run(&mut |_| {});
    let after = training.finish().unwrap().vectors;
    let absent = model.vectors().words().iter().filter(|word| !more[0].contains(word));
    assert!(absent.clone().count() > 100);
    absent.for_each(|word| assert_eq!(after.get(word), model.vectors().get(word), "{word}"));
    assert_ne!(after.get(&more[0][0]), model.vectors().get(&more[0][0]));

    let wider = Config { size: 21, ..config.clone() };
    let error = Training::continue_from(&second, &wider, &model).unwrap_err();
    assert!(error.is_config() && error.to_string().contains("vectors of 20"), "{error}");
}

#[test]
fn steps_do_not_change_the_result() {
    for config in [
        Config { size: 20, min_count: 1, iter: 12, sample: 0.0, threads: 3, slices: 2, ..Config::default() },
        Config { hs: true, cbow: true, size: 7, min_count: 1, iter: 12, sample: 0.0, ..Config::default() },
    ] {
        let corpus = Corpus::from_sentences(planted(100_000, false), None, &config).unwrap();
        let whole = train(&corpus, &config, &mut |_| {}).unwrap().vectors;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.safetensors");
        let mut training = Training::new(&corpus, &config).unwrap();
        let mut steps = 0;
        while !training.is_done() {
            training.step(&mut |_| {});
            training.save(&path).unwrap();
            let one_thread = Config { threads: 1, ..config.clone() };
            // The next step from the file, on another number of threads.
            let mut resumed = Training::resume(&corpus, &one_thread, &path).unwrap();
            assert_eq!(resumed.words_done(), training.words_done());
            if steps == 0 && !resumed.is_done() {
                resumed.run(&mut |_| {});
                assert!(resumed.finish().unwrap().vectors == whole);
            }
            steps += 1;
        }
        assert!(steps >= 2);
        assert!(training.finish().unwrap().vectors == whole);
    }
}

//! `bench`: ours and the peers' programs side by side, interleaved, as ratios.
//!
//! Each side of a pair is a program that prints lines of JSON, `{"unit": ..., "value": ...}`, and
//! measures itself, so that neither pays for the start of the other's interpreter. One run of a
//! pair is ours, then theirs; the ratio is taken within each run and the median over the runs is
//! reported, so a slow minute of the machine hits both sides. A ratio above 1 says ours is better.

mod quality;
mod table;

use crate::{Outcome, say, venv, workspace};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use table::{PAIRS, Pair, Program};

const HELP: &str = "\
cargo xtask bench [--only ID]... [--runs N] [--list]

  --only ID   a pair's id, or the beginning of several (nn-core/iris); may be repeated
  --runs N    how often each pair is run, ours and theirs in turn (default 5)
  --list      print the pairs and stop
  --quality   instead of speed, how good the results are on the real material: the books' frames cut
              (corpus-gutenberg), the pages' articles (corpus-nyt), and the word vectors of three seeds beside
              gensim's (nn-word2vec); `--only` chooses among these

Peers are installed at pinned versions into an environment under target/. The ratios are printed
and written to target/bench/bench.json, where the other pairs keep the figures of earlier runs;
those of --quality go to target/bench/quality.json.";

/// Runs the chosen pairs and writes `target/bench/bench.json`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let Some(options) = Options::parse(arguments)? else {
        say(HELP);
        return Ok(ExitCode::SUCCESS);
    };
    if options.quality {
        return Ok(if quality::run(&options.only)? { ExitCode::SUCCESS } else { ExitCode::from(1) });
    }
    let chosen = options.pairs()?;
    if options.list {
        for pair in chosen {
            say(&format!("{:<42} {} {}", pair.id, pair.peer_name, pair.peer_version));
        }
        return Ok(ExitCode::SUCCESS);
    }
    // The pairs' own files lie beside the results.
    let recorded = folder()?.join("bench.json");
    let mut results = read(&recorded)?;
    let mut failed = false;
    for pair in chosen {
        match measure(pair, options.runs) {
            Ok(result) => {
                say(&row(&result));
                results = with(results, result);
                // After each pair, so that a run that is cut short keeps what it has measured.
                write("bench.json", &results)?;
            }
            Err(error) => {
                eprintln!("{}: {error}", pair.id);
                failed = true;
            }
        }
    }
    eprintln!("the figures are in {}", recorded.display());
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The id, the peer's name and the peer's version of each pair.
pub(crate) fn peers() -> impl Iterator<Item = [&'static str; 3]> {
    PAIRS.iter().map(|pair| [pair.id, pair.peer_name, pair.peer_version])
}

struct Options {
    only: Vec<String>,
    runs: usize,
    list: bool,
    quality: bool,
}

impl Options {
    /// `None` asks for the help.
    fn parse(arguments: &[String]) -> Result<Option<Self>, String> {
        let mut options = Self { only: Vec::new(), runs: 5, list: false, quality: false };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--only" => options.only.push(value()?.clone()),
                "--runs" => {
                    options.runs = value()?
                        .parse()
                        .ok()
                        .filter(|runs| *runs > 0)
                        .ok_or("`--runs` takes a count from 1")?;
                }
                "--list" => options.list = true,
                "--quality" => options.quality = true,
                "--help" | "-h" => return Ok(None),
                unknown => {
                    return Err(format!("no option `{unknown}`: `cargo xtask bench --help` lists them"));
                }
            }
        }
        Ok(Some(options))
    }

    fn pairs(&self) -> Result<Vec<&'static Pair>, String> {
        if let Some(unknown) =
            self.only.iter().find(|id| !PAIRS.iter().any(|pair| pair.id.starts_with(id.as_str())))
        {
            return Err(format!("no pair begins with `{unknown}`: `cargo xtask bench --list` names them"));
        }
        let wanted = |pair: &&Pair| {
            self.only.is_empty() || self.only.iter().any(|id| pair.id.starts_with(id.as_str()))
        };
        Ok(PAIRS.iter().filter(wanted).collect())
    }
}

fn measure(pair: &Pair, runs: usize) -> Result<Value, String> {
    eprintln!("{}: preparing", pair.id);
    let mut ours = ready(&pair.ours)?;
    let mut peer = ready(&pair.peer)?;
    let mut samples = Vec::new();
    let mut simd = Value::Null;
    for n in 1..=runs {
        eprintln!("{}: run {n} of {runs}", pair.id);
        let (mine, theirs) = (sample(&mut ours, "ours")?, sample(&mut peer, "peer")?);
        if mine.unit != theirs.unit {
            return Err(format!("ours is in {}, the peer in {}", mine.unit, theirs.unit));
        }
        simd = mine.simd.clone();
        samples.push((mine, theirs));
    }
    let unit = samples[0].0.unit.clone();
    let ratios: Vec<f64> =
        samples.iter().map(|(mine, theirs)| ratio(&unit, mine.value, theirs.value)).collect();
    let spread =
        ratios.iter().copied().fold(f64::MIN, f64::max) / ratios.iter().copied().fold(f64::MAX, f64::min);
    Ok(json!({
        "id": pair.id,
        "ours": median(samples.iter().map(|(mine, _)| mine.value)),
        "peer": median(samples.iter().map(|(_, theirs)| theirs.value)),
        "peer_name": pair.peer_name,
        "peer_version": pair.peer_version,
        "unit": unit,
        "simd": simd,
        "ratio": median(ratios.iter().copied()),
        "spread": spread,
        "runs": runs,
        "machine": machine(),
    }))
}

/// The processor's name and how many cores this process may use: what a figure means without a peer.
fn machine() -> String {
    let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = name.map_or("a processor without a name", |(_, name)| name.trim());
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{name}, {n_cores} cores")
}

/// The rows of a file of results; none when there is no such file yet.
pub(crate) fn read(path: &Path) -> Result<Vec<Value>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| failed(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(&error)),
    }
}

/// The earlier rows with `result` in the place of its pair's; in the order of the pairs, without
/// those of pairs that are no more.
fn with(earlier: Vec<Value>, result: Value) -> Vec<Value> {
    let mut rows: Vec<Value> = earlier.into_iter().filter(|row| row["id"] != result["id"]).collect();
    rows.push(result);
    let place = |row: &Value| PAIRS.iter().position(|pair| row["id"] == pair.id);
    rows.retain(|row| place(row).is_some());
    rows.sort_by_key(place);
    rows
}

/// How much better ours is: rates (`.../s`) want to be high, times want to be low.
fn ratio(unit: &str, ours: f64, peer: f64) -> f64 {
    if unit.ends_with("/s") { ours / peer } else { peer / ours }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

struct Sample {
    unit: String,
    value: f64,
    simd: Value,
}

fn sample(program: &mut Command, side: &str) -> Result<Sample, String> {
    let printed = workspace::output(program)?;
    let line = printed.lines().rev().find(|line| line.starts_with('{'));
    let line = line.ok_or_else(|| format!("{side} printed no line of JSON"))?;
    let parsed: Value =
        serde_json::from_str(line).map_err(|error| format!("{side} printed `{line}`: {error}"))?;
    let value = parsed["value"].as_f64().filter(|value| *value > 0.0);
    match (parsed["unit"].as_str(), value) {
        (Some(unit), Some(value)) => {
            Ok(Sample { unit: unit.to_owned(), value, simd: parsed["simd"].clone() })
        }
        _ => Err(format!("{side} printed `{line}`: no unit with a positive value")),
    }
}

/// Builds or installs what a program needs and returns the command that runs it.
fn ready(program: &Program) -> Result<Command, String> {
    match program {
        Program::Example { package, name, arguments } => {
            workspace::check(&mut workspace::cargo(&[
                "build",
                "--release",
                "-p",
                package,
                "--example",
                name,
            ]))?;
            Ok(with_arguments(Command::new(release().join("examples").join(name)), arguments))
        }
        Program::Python { packages, script, arguments } => {
            let name = packages.join("+").replace("==", "-").replace('[', "-").replace(']', "");
            let python = venv::prepare(&name, packages)?.join("bin/python");
            let mut command = Command::new(python);
            command.arg(workspace::root().join(script));
            Ok(with_arguments(command, arguments))
        }
        Program::Package { folder, name, arguments } => {
            let manifest = workspace::root().join(folder).join("Cargo.toml");
            let target = workspace::target_dir().join("peers");
            let mut build = workspace::cargo(&["build", "--release", "--locked", "--manifest-path"]);
            workspace::check(build.arg(&manifest).arg("--target-dir").arg(&target))?;
            Ok(with_arguments(Command::new(target.join("release").join(name)), arguments))
        }
        Program::Cpp { source, flags, arguments } => {
            let source = workspace::root().join(source);
            let program = folder()?.join(source.file_stem().unwrap_or_default());
            let mut compiler = Command::new("g++");
            workspace::check(compiler.args(*flags).arg("-o").arg(&program).arg(&source))?;
            Ok(with_arguments(Command::new(program), arguments))
        }
    }
}

fn with_arguments(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments).current_dir(workspace::root());
    command
}

fn release() -> PathBuf {
    workspace::target_dir().join("release")
}

fn folder() -> Result<PathBuf, String> {
    let folder = workspace::root().join("target/bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

fn row(result: &Value) -> String {
    format!(
        "{:<42} ours {:>12.1} {:<10} {} {:.1}: ratio {:.2} (spread {:.2} over {} runs)",
        result["id"].as_str().unwrap_or_default(),
        result["ours"].as_f64().unwrap_or_default(),
        result["unit"].as_str().unwrap_or_default(),
        result["peer_name"].as_str().unwrap_or_default(),
        result["peer"].as_f64().unwrap_or_default(),
        result["ratio"].as_f64().unwrap_or_default(),
        result["spread"].as_f64().unwrap_or_default(),
        result["runs"],
    )
}

fn write(name: &str, results: &[Value]) -> Result<(), String> {
    let path = folder()?.join(name);
    let beside = path.with_extension("json.tmp");
    let text = serde_json::to_string_pretty(results).map_err(|error| error.to_string())?;
    #[expect(clippy::disallowed_methods, reason = "written beside and renamed")]
    std::fs::write(&beside, text + "\n")
        .and_then(|()| std::fs::rename(&beside, &path))
        .map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_one_means_ours_is_better() {
        assert!(ratio("words/s", 20.0, 10.0) > 1.0);
        assert!(ratio("ns/epoch", 20.0, 10.0) < 1.0);
    }

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        assert!((median([4.0, 1.0, 2.0, 3.0].into_iter()) - 2.5).abs() < 1e-12);
    }

    #[test]
    fn a_pair_measured_again_replaces_its_row_and_the_others_stay() {
        let row = |id: &str, ratio: f64| json!({"id": id, "ratio": ratio});
        let (first, second) = (PAIRS[0].id, PAIRS[1].id);
        let earlier = vec![row(second, 2.0), row("a-pair/that-is-no-more", 9.0), row(first, 1.0)];
        assert_eq!(with(earlier, row(second, 3.0)), [row(first, 1.0), row(second, 3.0)]);
    }

    #[test]
    fn every_pair_has_its_own_id() {
        let mut ids: Vec<_> = PAIRS.iter().map(|pair| pair.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PAIRS.len());
    }
}

//! `docs`: writes the generated tables of README and docs, or checks that they are up to date.
//!
//! A table stands between two marks, and the first mark says what prints it: a command of the
//! experiments, or the benchmarks' table with the figures of the recorded run `docs/bench.json`:
//!
//! ```text
//! <!-- BEGIN experiments claims iris -->
//! ...
//! <!-- END -->
//! <!-- BEGIN bench -->
//! ...
//! <!-- END -->
//! ```

use crate::{Outcome, bench, workspace};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

const BEGIN: &str = "<!-- BEGIN ";
/// A copy of `target/bench/bench.json` from the run that the page shows.
const RECORD: &str = "docs/bench.json";
const END: &str = "<!-- END -->";

/// Writes the tables, or with `--check` fails when one differs.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => write(),
        [flag] if flag == "--check" => check(),
        _ => Err("usage: cargo xtask docs [--check]".to_owned()),
    }
}

/// Fails when a page differs from what the experiments print today.
pub(crate) fn check() -> Outcome {
    let stale = rendered()?.into_iter().filter(|page| page.old != page.new).collect::<Vec<_>>();
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let names = stale.iter().map(|page| page.path.display().to_string()).collect::<Vec<_>>();
    Err(format!("out of date: {}; run `cargo xtask docs`", names.join(", ")))
}

fn write() -> Outcome {
    for page in rendered()?.into_iter().filter(|page| page.old != page.new) {
        #[expect(
            clippy::disallowed_methods,
            reason = "a page under version control, written by hand on demand"
        )]
        std::fs::write(&page.path, page.new).map_err(|error| format!("{}: {error}", page.path.display()))?;
        eprintln!("wrote {}", page.path.display());
    }
    Ok(ExitCode::SUCCESS)
}

struct Page {
    path: PathBuf,
    old: String,
    new: String,
}

fn rendered() -> Result<Vec<Page>, String> {
    workspace::check(&mut workspace::cargo(&["build", "--locked", "-p", "experiments"]))?;
    let program = workspace::target_dir().join("debug").join("experiments");
    let print = |mark: &str| match mark.trim().split_once(' ') {
        Some(("experiments", arguments)) => {
            workspace::output(Command::new(&program).args(arguments.split_whitespace()))
        }
        _ if mark.trim() == "bench" => benchmarks(),
        _ => Err(format!("a mark `{}`, which nothing prints", mark.trim())),
    };
    let mut pages = Vec::new();
    for path in markdown_files()? {
        let old = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let new = fill(&old, print).map_err(|error| format!("{}: {error}", path.display()))?;
        pages.push(Page { path, old, new });
    }
    Ok(pages)
}

fn markdown_files() -> Result<Vec<PathBuf>, String> {
    let mut paths = vec![workspace::root().join("README.md")];
    let mut folders = vec![workspace::root().join("docs")];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

/// Replaces what stands between each pair of marks by what `print` says for the first mark's words.
fn fill(page: &str, print: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(at) = rest.find(BEGIN) {
        let (before, from_mark) = rest.split_at(at);
        let (mark, _) = from_mark.split_once('\n').ok_or("a BEGIN mark is the last line")?;
        let arguments = mark[BEGIN.len()..].trim_end().trim_end_matches("-->");
        let end = from_mark.find(END).ok_or_else(|| format!("`{mark}` has no END mark"))?;
        filled.push_str(before);
        filled.push_str(mark);
        filled.push_str("\n\n");
        filled.push_str(print(arguments)?.trim());
        filled.push_str("\n\n");
        filled.push_str(END);
        rest = &from_mark[end + END.len()..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Every pair that `cargo xtask bench` compares, with the figures of the recorded run and its machine.
fn benchmarks() -> Result<String, String> {
    Ok(bench_table(bench::peers(), &bench::read(&workspace::root().join(RECORD))?))
}

fn bench_table<'a>(pairs: impl Iterator<Item = [&'a str; 3]>, recorded: &[Value]) -> String {
    let mut lines = vec![
        "| pair | peer | ours | peer's | unit | ratio | spread |".to_owned(),
        "|---|---|--:|--:|---|--:|--:|".to_owned(),
    ];
    let mut machines: Vec<&str> = Vec::new();
    for [id, peer_name, peer_version] in pairs {
        let peer = format!("{peer_name} {peer_version}");
        let Some(result) = recorded.iter().find(|result| result["id"] == id) else {
            lines.push(format!("| `{id}` | {} | not measured here | | | | |", peer.trim()));
            continue;
        };
        let [ours, theirs, ratio, spread] = ["ours", "peer", "ratio", "spread"]
            .map(|name| result[name].as_f64().map_or_else(|| "unknown".to_owned(), three_digits));
        let unit = result["unit"].as_str().unwrap_or_default();
        lines.push(format!("| `{id}` | {} | {ours} | {theirs} | {unit} | {ratio} | {spread} |", peer.trim()));
        machines.extend(result["machine"].as_str().filter(|machine| !machines.contains(machine)));
    }
    if !machines.is_empty() {
        lines.push(String::new());
        lines.push(format!("Measured on: {}.", machines.join("; ")));
    }
    lines.join("\n")
}

/// Three significant digits, without an exponent.
fn three_digits(number: f64) -> String {
    let magnitude = if number == 0.0 { 0 } else { number.abs().log10().floor() as i32 };
    if magnitude >= 2 { format!("{number:.0}") } else { format!("{number:.*}", (2 - magnitude) as usize) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_between_marks_is_replaced_and_the_rest_stays() {
        let page = "top\n<!-- BEGIN experiments claims iris -->\nold\n<!-- END -->\nbottom\n";
        let filled = fill(page, |mark| Ok(format!("[{}]", mark.trim().trim_start_matches("experiments "))))
            .expect("the marks are whole");
        let expected =
            "top\n<!-- BEGIN experiments claims iris -->\n\n[claims iris]\n\n<!-- END -->\nbottom\n";
        assert_eq!(filled, expected);
        assert_eq!(fill(&filled, |_| Ok("[claims iris]".to_owned())).expect("whole"), filled);
    }

    #[test]
    fn the_table_of_benchmarks_has_the_figures_the_machine_and_what_is_missing() {
        let recorded = [serde_json::json!({
            "id": "a/b", "ours": 12.34, "peer": 24.68, "unit": "ns", "ratio": 2.0, "spread": 1.01,
            "machine": "a small machine, 2 cores",
        })];
        let table = bench_table([["a/b", "C++", ""], ["a/c", "NumPy", "2"]].into_iter(), &recorded);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `a/b` | C++ | 12.3 | 24.7 | ns | 2.00 | 1.01 |",
                "| `a/c` | NumPy 2 | not measured here | | | | |",
                "",
                "Measured on: a small machine, 2 cores.",
            ]
        );
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!([1234.5, 12.34, 1.0, 0.012_34].map(three_digits), ["1234", "12.3", "1.00", "0.0123"]);
    }

    #[test]
    fn a_mark_without_end_is_an_error() {
        assert!(fill("<!-- BEGIN experiments claims -->\nold\n", |_| Ok(String::new())).is_err());
    }
}

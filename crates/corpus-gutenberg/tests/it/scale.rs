//! The list of 2017 in its full length, through the program, on loopback, at no pace at all.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use demo_sites::gutenberg::{Config, Demo};
use demo_sites::serve;

/// Files of the generated site that cannot be had.
const N_BROKEN: usize = 4;

/// Peak resident memory of a running process in MiB, where the system tells.
fn peak_mib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// 300 items; `RUN_SLOW_TESTS=1` takes all 41,599, `SCALE_ITEMS=N` as many as it says. Times are printed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test's flags come from the environment")]
fn the_whole_list_comes_and_the_second_run_has_nothing_to_do() {
    let slow = std::env::var("RUN_SLOW_TESTS").is_ok();
    let n_items =
        std::env::var("SCALE_ITEMS").map_or(if slow { 41_599 } else { 300 }, |text| text.parse().unwrap());
    let demo = Demo::new(Config { n_books: n_items - N_BROKEN, n_sentences: 2, ..Config::default() });
    let server = serve(demo).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for run in 1..=2 {
        let n_before = server.requests().len();
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_corpus-gutenberg"))
            .args(["download", "--json", "--pace", "0", "--played-by", &server.base_url(), "--dir"])
            .arg(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // What the peak was by when: the list takes memory, the books behind it none.
        let mut peaks = Vec::new();
        while child.try_wait().unwrap().is_none() {
            peaks.extend(peak_mib(child.id()).map(|mib| (start.elapsed().as_secs_f64(), mib)));
            std::thread::sleep(Duration::from_millis(20));
        }
        let seconds = start.elapsed().as_secs_f64();
        let peak_by = |share: f64| {
            let peak = peaks.iter().take_while(|(at, _)| *at <= seconds * share).last();
            peak.map_or_else(|| "?".to_owned(), |(_, mib)| mib.to_string())
        };
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "the broken ones are on record");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["items"], n_items - N_BROKEN);
        assert_eq!(report["failed"].as_array().unwrap().len(), N_BROKEN);
        assert_eq!(
            (&report["pending"], &report["deferred"], &report["zips"]),
            (&0.into(), &0.into(), &0.into())
        );
        let asked = &server.requests()[n_before..];
        let n_files = asked.iter().filter(|request| request.path_and_query.contains(".zip")).count();
        println!(
            "run {run}: {n_items} items, {seconds:.2} s, {} requests, {n_files} of files, peak memory {} MiB ({} after a quarter of the time, {} after half)",
            asked.len(),
            peak_by(1.0),
            peak_by(0.25),
            peak_by(0.5),
        );
        if run == 1 {
            // What is broken is looked at twice, but for the one that is not there.
            assert_eq!(n_files, n_items + N_BROKEN - 1);
        } else {
            assert_eq!(n_files, 0, "the second run fetched a file again");
            assert_eq!(asked.len(), 2, "robots.txt and the last page of the list, which grows");
        }
    }
}

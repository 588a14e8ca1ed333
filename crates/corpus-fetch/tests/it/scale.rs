//! The list of 41,599 items through the loop, over loopback, at no pace at all.

use std::time::{Duration, Instant};

use corpus_fetch::{
    Config, DownloadOptions, Fetcher, Ledger, NewItem, SafePath, Stop, Store, Verdict, download,
};

use crate::manners::config;
use crate::server::{Say, Server};

/// Peak resident memory in MiB, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// A thousand items; all 41,599 with `RUN_SLOW_TESTS=1`, times printed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test's flags come from the environment")]
fn the_whole_list_and_nothing_twice() {
    let n_items = if std::env::var("RUN_SLOW_TESTS").is_ok() { 41_599 } else { 1_000 };
    let server = Server::open(|asked| Say::ok(format!("tiny book {}", asked.path)));
    let dir = tempfile::tempdir().unwrap();
    let ledger_path = dir.path().join("ledger.sqlite");
    let start = Instant::now();
    for run in 0..2 {
        let before = start.elapsed();
        let ledger = Ledger::open(&ledger_path).unwrap();
        let all: Vec<NewItem> = (0..n_items)
            .map(|i| NewItem { key: i.to_string(), url: format!("{}/{i}", server.url), note: String::new() })
            .collect();
        // As pages of a list come, a hundred at a time.
        for page in all.chunks(100) {
            ledger.enqueue(page).unwrap();
        }
        let mut store = Store::open(dir.path(), &ledger).unwrap();
        let fetcher =
            Fetcher::new(Config { read_timeout: Duration::from_mins(1), ..config() }, Stop::new()).unwrap();
        let summary = download(
            &fetcher,
            &ledger,
            &mut store,
            &DownloadOptions::default(),
            |item, fetched, store| {
                let number: usize = item.key.parse()?;
                let path = SafePath::new(&format!("text/{}/{}.txt", number / 1000, item.key))?;
                store.write(&path, &fetched.bytes()?)?;
                Ok(Verdict::Keep { note: String::new() })
            },
            |_| {},
        )
        .unwrap();
        let expected = if run == 0 { (n_items, n_items + 1) } else { (0, 0) };
        assert_eq!((summary.completed, summary.requests), expected);
        assert_eq!(summary.counts.complete, n_items);
        println!(
            "run {}: {n_items} items, {:.2} s, peak memory {:?} MiB",
            run + 1,
            start.elapsed().saturating_sub(before).as_secs_f64(),
            peak_mib()
        );
    }
}

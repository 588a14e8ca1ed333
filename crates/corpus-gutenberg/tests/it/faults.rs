//! Each thing that a site can do wrong, and how the download answers. Time is virtual: waits are measured, not waited.

use std::sync::Arc;
use std::time::Duration;

use corpus_fetch::simulation::World;
use corpus_fetch::{Clock as _, Disk, Http, Ledger, Seams};
use corpus_gutenberg::{Job, Report};
use demo_sites::faults::{Fault, FaultPlan, Faulty, Robots};
use demo_sites::gutenberg::{Config, Demo};
use demo_sites::{Server, serve};

/// A site of one book, with a plan in front of it, and a directory to download into.
struct Place {
    demo: Arc<Demo>,
    site: Arc<Faulty<Arc<Demo>>>,
    server: Server,
    dir: tempfile::TempDir,
    clock: World,
}

impl Place {
    fn new(plan: FaultPlan) -> Self {
        let demo = Demo::new(Config { n_books: 1, n_sentences: 40, broken: false, ..Config::default() });
        let site = Arc::new(Faulty::new(Arc::clone(&demo), plan));
        let server = serve(Arc::clone(&site) as _).unwrap();
        Self { demo, site, server, dir: tempfile::tempdir().unwrap(), clock: World::new(0) }
    }

    /// Real HTTP and a real disk, in virtual time.
    fn job(&self) -> Job {
        let player = self.server.base_url();
        let http = Http::new(Duration::from_secs(5), Duration::from_millis(300), Some(&player)).unwrap();
        let seams = Seams {
            transport: Arc::new(http),
            clock: Arc::new(self.clock.clone()),
            files: Arc::new(Disk),
            ledger: Ledger::open(&self.dir.path().join("ledger.sqlite")).unwrap(),
        };
        Job { seams: Some(seams), ..crate::site::job(self.dir.path(), &self.server) }
    }

    fn path(&self) -> &str {
        &self.demo.truth()[0].files[0].url_path
    }

    fn download(&self) -> (Report, Duration) {
        let job = self.job();
        assert_eq!(job.collect().unwrap().chosen, 1);
        let before = self.clock.elapsed();
        let report = job.download(|_| {}).unwrap();
        if report.items == 1 {
            assert!(job.verify().unwrap().is_empty());
            job.books(|_, text| {
                assert_eq!(text.trim_end(), self.demo.truth()[0].files[0].text.trim_end());
                Ok(())
            })
            .unwrap();
        }
        (report, self.clock.elapsed().saturating_sub(before))
    }
}

fn plan(fault: Fault) -> FaultPlan {
    FaultPlan {
        share: 1.0,
        faults: vec![fault],
        only_suffix: ".zip".into(),
        attempts_max: 3,
        // Longer than the client's patience.
        stall_ms: 20_000,
        retry_after_s: 90,
        ..FaultPlan::default()
    }
}

/// What passes is got over, what lasts is recorded; in either case with so many requests and no more.
#[test]
fn every_fault_has_its_answer() {
    for fault in Fault::ALL {
        let place = Place::new(plan(fault));
        let (report, waited) = place.download();
        let n_asked = place.site.attempts(place.path());
        let which = format!("{fault:?}: {report:?}, {n_asked} requests, {waited:?}");
        let reason = report.failed.first().map_or("", |(_, reason)| reason.as_str());
        if let Some(n_faults) = place.site.planned(place.path()).unwrap().attempts {
            assert_eq!((report.items, n_asked), (1, n_faults + 1), "{which}");
            let least = match fault {
                Fault::TooManyRequests | Fault::TooManyRequestsUntil | Fault::Unavailable => 90 * n_faults,
                _ => 0,
            };
            let most = least + 1;
            assert!(waited.as_secs() >= u64::from(least) && waited.as_secs() < u64::from(most), "{which}");
            continue;
        }
        // A refusal is an answer; what may have been an accident is looked at once more.
        let (n_expected, part) = match fault {
            Fault::Forbidden => (1, "status 403"),
            Fault::NotFound => (1, "status 404"),
            Fault::RedirectLoop => (1, "more than 5 redirects"),
            Fault::WrongType => (2, "a web page came in place of the file; the same came twice"),
            Fault::TruncatedSilently | Fault::Corrupted => (2, "the same came twice"),
            passing => panic!("{passing:?} should pass"),
        };
        assert_eq!((report.items, report.failed.len(), n_asked), (0, 1, n_expected), "{which}");
        assert!(reason.contains(part) && reason.contains(place.path()), "{which}");
        assert_eq!(report.zips, 0, "{which}");
        let (again, _) = place.download();
        assert_eq!((again.failed.len(), place.site.attempts(place.path())), (1, n_expected), "{which}");
    }
}

#[test]
fn a_transfer_that_broke_goes_on_where_it_broke_and_a_changed_file_begins_anew() {
    for (fault, is_continued) in [(Fault::Disconnect, true), (Fault::ChangedOnResume, false)] {
        let place = Place::new(FaultPlan { attempts_max: 1, ..plan(fault) });
        assert_eq!(place.download().0.items, 1);
        let asked = place.server.requests();
        let statuses: Vec<_> = asked
            .iter()
            .filter(|asked| asked.path_and_query == place.path())
            .map(|asked| asked.status)
            .collect();
        assert_eq!(statuses, [200, if is_continued { 206 } else { 200 }], "{fault:?}");
    }
}

#[test]
fn a_robots_txt_that_forbids_or_cannot_be_had_is_obeyed() {
    let with = |robots| Place::new(FaultPlan { share: 0.0, robots, ..FaultPlan::default() });
    for (robots, says) in [
        (Robots::Forbids, "robots.txt forbids it"),
        (Robots::Status(500), "nothing is fetched there: status 500"),
        (Robots::Status(503), "nothing is fetched there: status 503"),
    ] {
        let place = with(robots);
        let error = place.job().collect().unwrap_err().to_string();
        assert!(error.contains(says), "{robots:?}: {error}");
        assert!(place.server.requests().iter().all(|asked| asked.path_and_query == "/robots.txt"));
    }
    for status in [401, 403, 404, 410] {
        let place = with(Robots::Status(status));
        assert_eq!(place.download().0.items, 1, "{status} allows everything");
    }
}

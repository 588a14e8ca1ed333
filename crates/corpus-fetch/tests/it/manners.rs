//! How the fetcher behaves towards a real HTTP server. Time is virtual: waits are measured, not waited.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use corpus_fetch::simulation::World;
use corpus_fetch::{Clock, Config, Fetcher, Http, Ledger, Limit, Secret, Stop};

use crate::server::{Asked, Say, Server};

pub(crate) fn config() -> Config {
    Config { hosts: vec!["127.0.0.1".into()], pace: Duration::ZERO, ..Config::new("corpus-test/1.0") }
}

/// A fetcher on the real network in virtual time.
pub(crate) fn fetcher(config: Config) -> (Fetcher, World) {
    let world = World::new(0);
    let transport = Http::new(Duration::from_secs(5), config.read_timeout, None).unwrap();
    (Fetcher::with_seams(config, Stop::new(), Arc::new(transport), Arc::new(world.clone())).unwrap(), world)
}

/// Answers from a list, one after the other, the last one for ever.
fn in_turn(answers: Vec<Say>) -> impl Fn(&Asked) -> Say + Send + Sync {
    let next = AtomicUsize::new(0);
    move |_| answers[next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1)].clone()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn it_introduces_itself() {
    let server = Server::open(|_| Say::ok("hello"));
    let (fetcher, _) = fetcher(Config { contact: "keeper@example.org".into(), ..config() });
    let page = fetcher.get(&format!("{}/a?b=c#d", server.url)).unwrap();
    assert_eq!((page.status, &*page.text()), (200, "hello"));
    assert_eq!(page.url, format!("{}/a?b=c", server.url));
    let asked = server.asked();
    assert_eq!(asked[0].path, "/robots.txt", "robots.txt comes first");
    for request in asked {
        assert_eq!(request.header("user-agent"), Some("corpus-test/1.0 (+keeper@example.org)"));
    }
}

#[test]
fn foreign_hosts_need_a_contact_and_a_pace() {
    let foreign = Config { hosts: vec!["www.example.org".into()], pace: Duration::from_secs(2), ..config() };
    let refused = |config: Config| Fetcher::new(config, Stop::new()).err().unwrap().to_string();
    assert!(refused(foreign.clone()).contains("contact"));
    let named = Config { contact: "keeper@example.org".into(), ..foreign };
    assert!(Fetcher::new(named.clone(), Stop::new()).is_ok());
    assert!(refused(Config { pace: Duration::ZERO, ..named.clone() }).contains("pace"));
    assert!(refused(Config { without_robots: named.hosts.clone(), ..named.clone() }).contains("robots"));
    assert!(refused(Config { jitter: 7.0, ..named }).contains("jitter"));
}

#[test]
fn forbidden_paths_are_never_asked_for() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/robots.txt" => Say::ok("User-agent: *\nDisallow: /private\n"),
        "/door" => Say::new(302, "").with("location", "/private/room"),
        _ => Say::ok("yes"),
    });
    let (fetcher, _) = fetcher(config());
    assert!(fetcher.get(&format!("{}/open", server.url)).is_ok());
    for path in ["/private/x", "/door"] {
        let error = fetcher.get(&format!("{}{path}", server.url)).unwrap_err();
        assert!(error.is_robots() && error.is_permanent(), "{error}");
    }
    assert!(!server.asked().iter().any(|asked| asked.path.starts_with("/private")));
    assert_eq!(server.n_asked("/robots.txt"), 1, "asked once a day");
}

#[test]
fn without_robots_nothing_is_fetched() {
    for status in [500, 503, 429] {
        let server = Server::start(move |_| Say::new(status, ""));
        let (fetcher, _) = fetcher(config());
        let error = fetcher.get(&format!("{}/a", server.url)).unwrap_err();
        assert!(error.is_robots() && error.is_transient(), "{error}");
        assert_eq!(server.n_asked("/a"), 0);
        assert_eq!(server.n_asked("/robots.txt"), 5, "one and four retries");
    }
    for status in [401, 403, 404, 410] {
        let server = Server::start(
            move |asked| if asked.path == "/a" { Say::ok("yes") } else { Say::new(status, "") },
        );
        assert!(fetcher(config()).0.get(&format!("{}/a", server.url)).is_ok(), "{status} allows everything");
    }
}

#[test]
fn robots_may_be_compressed_or_elsewhere() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/robots.txt" => Say::new(301, "").with("location", "/elsewhere.txt"),
        "/elsewhere.txt" => Say::ok(gzip(b"User-agent: *\nDisallow: /a\n")).with("content-encoding", "gzip"),
        _ => Say::ok("yes"),
    });
    assert!(fetcher(config()).0.get(&format!("{}/a", server.url)).unwrap_err().is_robots());
}

#[test]
fn pace_and_crawl_delay_are_kept() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/robots.txt" => Say::ok("User-agent: *\nCrawl-delay: 7\n"),
        _ => Say::ok("yes"),
    });
    let paced = |pace| {
        let (fetcher, world) = fetcher(Config { pace: Duration::from_secs(pace), ..config() });
        for i in 0..11 {
            fetcher.get(&format!("{}/{i}", server.url)).unwrap();
        }
        world.elapsed().as_secs_f64()
    };
    let slow = paced(2);
    assert!((77.0..77.5).contains(&slow), "the crawl delay wins: {slow}");
    let slower = paced(20);
    assert!((198.0..=242.0).contains(&slower), "the pace wins, give or take its jitter: {slower}");
}

#[test]
fn an_endless_crawl_delay_ends_the_work() {
    let server = Server::start(|_| Say::ok("User-agent: *\nCrawl-delay: 86400\n"));
    let (fetcher, world) = fetcher(config());
    let error = fetcher.get(&format!("{}/a", server.url)).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(24)), "{error}");
    assert!(world.elapsed() < Duration::from_mins(1));
}

#[test]
fn retry_after_is_obeyed() {
    for (value, least) in [("120", 120), ("Sun, 06 Nov 1994 08:52:37 GMT", 180)] {
        let busy = Say::new(429, "").with("retry-after", value).with("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let server = Server::open(in_turn(vec![busy, Say::ok("now")]));
        let (fetcher, world) = fetcher(config());
        assert_eq!(&*fetcher.get(&format!("{}/a", server.url)).unwrap().text(), "now");
        let waited = world.elapsed().as_secs();
        assert!((least..least + 2).contains(&waited), "{value}: waited {waited} s");
    }
    let server = Server::open(|_| Say::new(503, "").with("retry-after", "7200"));
    let (fetcher, world) = fetcher(config());
    let error = fetcher.get(&format!("{}/a", server.url)).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(2)));
    assert!(world.elapsed() < Duration::from_mins(1), "too long to wait for");
    assert_eq!(server.n_asked("/a"), 1);
}

#[test]
fn faults_are_tried_again_with_growing_waits_and_refusals_never() {
    let broken = [Say::new(500, ""), Say::ok("half of it").cut_at(4), Say::new(429, ""), Say::new(503, "")];
    let server = Server::open(in_turn([broken.to_vec(), vec![Say::ok("whole")]].concat()));
    let (fetcher_, world) = fetcher(config());
    assert_eq!(&*fetcher_.get(&format!("{}/a", server.url)).unwrap().text(), "whole");
    let waited = world.elapsed().as_secs_f64();
    assert!((7.5..=15.5).contains(&waited), "1 + 2 + 4 + 8 s, each up to half less: {waited}");

    let server = Server::open(|_| Say::new(500, ""));
    let error = fetcher(config()).0.get(&format!("{}/a", server.url)).unwrap_err();
    assert!(error.is_transient() && error.status() == Some(500));
    assert_eq!(server.n_asked("/a"), 5);
    for status in [400, 401, 402, 403, 404, 410, 451] {
        let server = Server::open(move |_| Say::new(status, ""));
        let error = fetcher(config()).0.get(&format!("{}/a", server.url)).unwrap_err();
        assert!(error.is_permanent() && error.status() == Some(status), "{error}");
        assert_eq!(server.n_asked("/a"), 1, "{status} is an answer");
    }
}

#[test]
fn redirects_lead_to_allowed_hosts_only() {
    let server = Server::open(|asked| match asked.path.as_str() {
        "/moved" => Say::new(301, "").with("location", "/here?x=1"),
        "/away" => Say::new(302, "").with("location", "http://localhost:9/stolen"),
        "/file" => Say::new(302, "").with("location", "file:///etc/passwd"),
        "/loop" => Say::new(307, "").with("location", "/loop"),
        "/nowhere" => Say::new(308, ""),
        _ => Say::ok("here"),
    });
    let (fetcher, _) = fetcher(config());
    let page = fetcher.get(&format!("{}/moved", server.url)).unwrap();
    assert_eq!(page.url, format!("{}/here?x=1", server.url));
    for path in ["/away", "/file", "/loop", "/nowhere"] {
        let error = fetcher.get(&format!("{}{path}", server.url)).unwrap_err();
        assert!(error.is_permanent(), "{path}: {error}");
    }
    assert_eq!(server.n_asked("/loop"), 6);
    assert!(fetcher.get("http://localhost:9/").unwrap_err().to_string().contains("not among those allowed"));
}

#[test]
fn bodies_are_capped_on_the_wire_and_unpacked() {
    let bomb = gzip(&vec![0; 10_000_000]);
    assert!(bomb.len() < 20_000);
    let server = Server::open(move |asked| match asked.path.as_str() {
        "/bomb" => Say::ok(bomb.clone()).with("content-encoding", "gzip"),
        "/long" => Say::ok(vec![b'x'; 200_000]),
        "/strange" => Say::ok("x").with("content-encoding", "br"),
        _ => Say::ok(gzip(b"small")).with("content-encoding", "gzip"),
    });
    let (fetcher, _) = fetcher(Config { page_bytes_max: 100_000, wire_bytes_max: 150_000, ..config() });
    for path in ["/bomb", "/long", "/strange"] {
        let error = fetcher.get(&format!("{}{path}", server.url)).unwrap_err();
        assert!(error.is_permanent(), "{path}: {error}");
        assert_eq!(server.n_asked(path), 1, "{path}");
    }
    assert_eq!(&*fetcher.get(&format!("{}/fine", server.url)).unwrap().text(), "small");
}

#[test]
fn a_stall_is_a_fault() {
    let stalled = Say::ok("never to end").stall(5, Duration::from_secs(20));
    let server = Server::open(in_turn(vec![stalled, Say::ok("at last")]));
    let (fetcher, _) = fetcher(Config { read_timeout: Duration::from_millis(100), ..config() });
    assert_eq!(&*fetcher.get(&format!("{}/a", server.url)).unwrap().text(), "at last");
}

#[test]
fn an_unchanged_page_is_not_sent_again() {
    let server = Server::open(|asked| match asked.header("if-none-match") {
        Some("\"v1\"") => Say::new(304, ""),
        _ => Say::ok("news").with("etag", "\"v1\""),
    });
    let (fetcher, _) = fetcher(config());
    let url = format!("{}/list", server.url);
    let page = fetcher.get(&url).unwrap();
    assert!(fetcher.get_if_changed(&url, &page.validators()).unwrap().is_none());
    assert!(fetcher.get_if_changed(&url, &corpus_fetch::Validators::default()).unwrap().is_some());
}

#[test]
fn a_key_is_sent_and_appears_nowhere() {
    let server = Server::open(|asked| match asked.path.as_str() {
        "/v1?q=1&api-key=s3cr3t" => Say::ok("data"),
        "/again?api-key=s3cr3t" => Say::new(302, "").with("location", "/v1?q=1&api-key=s3cr3t"),
        "/out?api-key=s3cr3t" => Say::new(302, "").with("location", "http://localhost:9/?api-key=s3cr3t"),
        _ => Say::new(403, ""),
    });
    let secrets =
        vec![Secret { host: "127.0.0.1".into(), parameter: "api-key".into(), value: "s3cr3t".into() }];
    let (fetcher_, _) = fetcher(Config { secrets: secrets.clone(), ..config() });
    for path in ["/v1?q=1", "/again"] {
        let page = fetcher_.get(&format!("{}{path}", server.url)).unwrap();
        assert_eq!(page.url, format!("{}/v1?q=1", server.url));
    }
    for path in ["/refused", "/out"] {
        let error = fetcher_.get(&format!("{}{path}", server.url)).unwrap_err();
        assert!(!format!("{} {error:?}", error.chain()).contains("s3cr3t"), "{error:?}");
    }
    let nobody = Config { secrets, hosts: vec!["127.0.0.1:9".into()], retries: 0, ..config() };
    let error = fetcher(nobody).0.get("http://127.0.0.1:9/v1").unwrap_err();
    assert!(error.is_transient() && !format!("{} {error:?}", error.chain()).contains("s3cr3t"), "{error:?}");
}

#[test]
fn budgets_survive_a_restart() {
    let server = Server::open(|_| Say::ok("one of few"));
    let dir = tempfile::tempdir().unwrap();
    let world = World::new(0);
    let mut sent = 0;
    for _ in 0..4 {
        // Each time a new process, as far as the ledger is concerned.
        let ledger = Ledger::open(&dir.path().join("ledger.sqlite")).unwrap();
        let transport = Http::new(Duration::from_secs(5), Duration::from_secs(5), None).unwrap();
        let config = Config { without_robots: vec!["127.0.0.1".into()], ..config() };
        let fetcher =
            Fetcher::with_seams(config, Stop::new(), Arc::new(transport), Arc::new(world.clone())).unwrap();
        fetcher.limit("127.0.0.1", Limit { per_minute: Some(5), per_day: Some(17) }, &ledger).unwrap();
        for _ in 0..6 {
            match fetcher.get(&format!("{}/a", server.url)) {
                Ok(_) => sent += 1,
                Err(error) => {
                    assert!(error.is_budget(), "{error}");
                    let wait = error.retry_after().unwrap();
                    assert!(wait > Duration::from_hours(23) && wait <= Duration::from_hours(24), "{wait:?}");
                }
            }
        }
    }
    assert_eq!((sent, server.asked().len()), (17, 17));
    let elapsed = world.elapsed().as_secs();
    assert!((180..200).contains(&elapsed), "five a minute: {elapsed} s");
}

#[test]
fn a_raised_flag_ends_a_wait() {
    let server = Server::open(|_| Say::new(503, "").with("retry-after", "600"));
    let stop = Stop::new();
    let fetcher = Fetcher::new(config(), stop.clone()).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| fetcher.get(&format!("{}/a", server.url)));
        while server.n_asked("/a") == 0 {
            std::thread::yield_now();
        }
        stop.request();
        assert!(waiting.join().unwrap().unwrap_err().is_stopped());
    });
}

#[test]
fn a_server_here_plays_other_hosts() {
    let server = Server::open(|asked| match (asked.header("host"), asked.path.as_str()) {
        (Some("www.example.org"), "/old") => {
            Say::new(301, "").with("location", "https://files.example.org/new?x=1")
        }
        (Some("files.example.org"), "/new?x=1") => Say::ok("played"),
        _ => Say::new(403, ""),
    });
    let hosts = vec![".example.org".into()];
    let playing = Config { hosts: hosts.clone(), played_by: Some(server.url.clone()), ..config() };
    let page = Fetcher::new(playing, Stop::new()).unwrap().get("https://www.example.org/old").unwrap();
    assert_eq!((&*page.text(), &*page.url), ("played", "https://files.example.org/new?x=1"));
    let elsewhere = Config { hosts, played_by: Some("http://192.0.2.1/".into()), ..config() };
    let error = Fetcher::new(elsewhere, Stop::new()).err().unwrap();
    assert!(error.to_string().contains("not this machine"), "{error}");
}

//! Planned faults: a site that misbehaves at places and in ways that its seed decides.
//!
//! The plan is a pure function of the seed and the address, so a test can ask beforehand what will go wrong where,
//! and whether the item can be had at all. Only the number of attempts so far is counted.

use crate::server::{Reply, Request, Site};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

/// A way in which an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The connection breaks within the body.
    Disconnect,
    /// The body stops half-way for a while.
    Stall,
    /// The body is cut short, and `Content-Length` is that of the whole.
    TruncatedLength,
    /// The body is cut short, and `Content-Length` agrees with what is sent: only the content shows it.
    TruncatedSilently,
    /// Status 403.
    Forbidden,
    /// Status 404.
    NotFound,
    /// Status 429 with `Retry-After` in seconds.
    TooManyRequests,
    /// Status 429 with `Retry-After` as a date, to be read against the answer's own `Date`.
    TooManyRequestsUntil,
    /// Status 500.
    ServerError,
    /// Status 503 with `Retry-After`.
    Unavailable,
    /// A redirection that leads round in a circle.
    RedirectLoop,
    /// A page of HTML under status 200 in place of the file.
    WrongType,
    /// One byte in the middle of the body is another.
    Corrupted,
    /// The connection breaks, and by the next attempt the file has changed: a resume must begin anew.
    ChangedOnResume,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Disconnect,
        Self::Stall,
        Self::TruncatedLength,
        Self::TruncatedSilently,
        Self::Forbidden,
        Self::NotFound,
        Self::TooManyRequests,
        Self::TooManyRequestsUntil,
        Self::ServerError,
        Self::Unavailable,
        Self::RedirectLoop,
        Self::WrongType,
        Self::Corrupted,
        Self::ChangedOnResume,
    ];

    /// Whether the fault stays however often one asks. The others pass after some attempts.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        matches!(
            self,
            Self::TruncatedSilently
                | Self::Forbidden
                | Self::NotFound
                | Self::RedirectLoop
                | Self::WrongType
                | Self::Corrupted
        )
    }
}

/// What is to go wrong.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// The same seed plans the same faults.
    pub seed: u64,
    /// The share of addresses that have a fault, 0 to 1.
    pub share: f64,
    /// The faults to choose from, each as likely as its part of the list.
    pub faults: Vec<Fault>,
    /// Only paths that end so have faults; empty means all but `/robots.txt`.
    pub only_suffix: String,
    /// A passing fault shows at the first so many attempts, at least one.
    pub attempts_max: u32,
    /// How long a stall takes, in milliseconds.
    pub stall_ms: u64,
    /// What `Retry-After` says, in seconds.
    pub retry_after_s: u64,
    /// What becomes of `/robots.txt`.
    pub robots: Robots,
}

impl Default for FaultPlan {
    /// A fault of any kind at a fifth of the addresses, for one or two attempts, quick to get over.
    fn default() -> Self {
        Self {
            seed: 42,
            share: 0.2,
            faults: Fault::ALL.to_vec(),
            only_suffix: String::new(),
            attempts_max: 2,
            stall_ms: 50,
            retry_after_s: 0,
            robots: Robots::AsItIs,
        }
    }
}

/// What becomes of `/robots.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Robots {
    /// The site's own.
    AsItIs,
    /// All is forbidden to all.
    Forbids,
    /// No file, only this status: by RFC 9309 a 4xx allows everything and a 5xx nothing.
    Status(u16),
}

/// The fault that is planned for one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedFault {
    /// What goes wrong.
    pub fault: Fault,
    /// At how many attempts, the first ones; `None` where it lasts.
    pub attempts: Option<u32>,
    /// Where in the body, in thousandths of its length.
    pub at_per_mille: u32,
}

impl PlannedFault {
    /// Whether a client that keeps trying gets the file in the end.
    #[must_use]
    pub fn is_obtainable(&self) -> bool {
        self.attempts.is_some()
    }
}

/// A site with planned faults in front of it.
pub struct Faulty<S> {
    site: S,
    plan: FaultPlan,
    attempts: Mutex<HashMap<String, u32>>,
}

/// Where a redirection that leads nowhere begins.
const LOOP: &str = "/redirected/";

/// What the site's clock says where it matters, in seconds since 1970: far from any client's, so that who compares
/// `Retry-After` with a clock of its own waits for nothing or for years.
const SITE_TIME_S: u64 = 946_684_799;

impl<S: Site> Faulty<S> {
    /// Puts the plan's faults in front of `site`.
    #[must_use]
    pub fn new(site: S, plan: FaultPlan) -> Self {
        Self { site, plan, attempts: Mutex::default() }
    }

    /// The site behind the faults.
    #[must_use]
    pub fn site(&self) -> &S {
        &self.site
    }

    /// What is planned for an address (path and query, as in the request line).
    #[must_use]
    pub fn planned(&self, path_and_query: &str) -> Option<PlannedFault> {
        let path = path_and_query.split('?').next().unwrap_or_default();
        if path == "/robots.txt" || !path.ends_with(self.plan.only_suffix.as_str()) {
            return None;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.plan.seed ^ hash(path_and_query));
        if self.plan.faults.is_empty() || rng.random::<f64>() >= self.plan.share {
            return None;
        }
        let fault = self.plan.faults[rng.random_range(0..self.plan.faults.len())];
        let attempts = match fault {
            lasting if lasting.is_lasting() => None,
            Fault::ChangedOnResume => Some(1),
            _ => Some(rng.random_range(1..=self.plan.attempts_max.max(1))),
        };
        Some(PlannedFault { fault, attempts, at_per_mille: rng.random_range(0..1000) })
    }

    /// How often an address was asked for.
    #[must_use]
    pub fn attempts(&self, path_and_query: &str) -> u32 {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.get(path_and_query).copied().unwrap_or(0)
    }

    /// Counts an attempt and returns how many there were before.
    fn count(&self, path_and_query: &str) -> u32 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = attempts.entry(path_and_query.to_owned()).or_default();
        *before += 1;
        *before - 1
    }

    fn robots(&self, request: &Request) -> Reply {
        match self.plan.robots {
            Robots::AsItIs => self.site.reply(request),
            Robots::Forbids => Reply::text("User-agent: *\nDisallow: /\n"),
            Robots::Status(status) => Reply::error(status),
        }
    }
}

impl<S: Site> Site for Faulty<S> {
    fn reply(&self, request: &Request) -> Reply {
        let address = request.path_and_query();
        let before = self.count(&address);
        if request.path == "/robots.txt" {
            return self.robots(request);
        }
        if let Some(step) = request.path.strip_prefix(LOOP) {
            let (next, target) = if let Some(rest) = step.strip_prefix("there") {
                ("back", rest)
            } else {
                ("there", step.trim_start_matches("back"))
            };
            return Reply::redirect(302, &format!("{LOOP}{next}{target}"));
        }
        match self.planned(&address).filter(|planned| planned.attempts.is_none_or(|n| before < n)) {
            Some(planned) => spoil(&self.plan, planned, request, &self.site),
            None => self.site.reply(request),
        }
    }
}

/// The answer that the site would give, spoilt.
fn spoil(plan: &FaultPlan, planned: PlannedFault, request: &Request, site: &impl Site) -> Reply {
    let with_wait = |status, wait: String| {
        let mut reply = Reply::error(status);
        reply.headers.push(("Retry-After".to_owned(), wait));
        reply
    };
    let mut reply = match planned.fault {
        Fault::Forbidden => return Reply::error(403),
        Fault::NotFound => return Reply::not_found(),
        Fault::TooManyRequests => return with_wait(429, plan.retry_after_s.to_string()),
        Fault::TooManyRequestsUntil => {
            let date = |s| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(s));
            let mut reply = with_wait(429, date(SITE_TIME_S + plan.retry_after_s));
            reply.headers.push(("Date".to_owned(), date(SITE_TIME_S)));
            return reply;
        }
        Fault::ServerError => return Reply::error(500),
        Fault::Unavailable => return with_wait(503, plan.retry_after_s.to_string()),
        Fault::RedirectLoop => return Reply::redirect(302, &format!("{LOOP}there{}", request.path)),
        Fault::WrongType => {
            return Reply::html("<!doctype html><title>Please wait</title><p>One moment, please.</p>\n");
        }
        _ => site.reply(request),
    };
    // A page that is not there cannot be cut short either.
    if reply.body.is_empty() {
        return reply;
    }
    let length = reply.body.len();
    let at = (length * planned.at_per_mille as usize / 1000).min(length - 1);
    match planned.fault {
        Fault::Disconnect => reply.disconnect_at = Some(at),
        Fault::Stall => reply.stall_ms = Some(plan.stall_ms),
        Fault::TruncatedLength => {
            reply.declared_length = Some(length as u64);
            reply.body.truncate(at);
        }
        Fault::TruncatedSilently => reply.body.truncate(at),
        Fault::Corrupted => reply.body[at] ^= 0x55,
        Fault::ChangedOnResume => {
            // What is sent of the older version must be worthless, or an append of the newer would go unnoticed.
            reply.body.iter_mut().for_each(|byte| *byte ^= 0x55);
            reply.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("etag"));
            reply.headers.push(("ETag".to_owned(), "\"older\"".to_owned()));
            reply.disconnect_at = Some(at.max(1).min(length - 1));
        }
        _ => {}
    }
    reply
}

/// FNV-1a over an address.
fn hash(address: &str) -> u64 {
    address
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    struct Files;

    impl Site for Files {
        fn reply(&self, request: &Request) -> Reply {
            Reply::bytes("application/zip", request.path.repeat(50).into_bytes()).with_etag(request)
        }
    }

    fn faulty(fault: Fault) -> Faulty<Files> {
        Faulty::new(
            Files,
            FaultPlan { share: 1.0, faults: vec![fault], attempts_max: 3, ..FaultPlan::default() },
        )
    }

    fn ask(path: &str) -> Request {
        Request { path: path.to_owned(), ..Request::default() }
    }

    #[test]
    fn a_plan_has_its_share_and_all_its_kinds() {
        let faulty = Faulty::new(Files, FaultPlan { share: 0.25, ..FaultPlan::default() });
        let planned: Vec<_> = (0..4000).filter_map(|i| faulty.planned(&format!("/{i}.zip"))).collect();
        assert!((900..1100).contains(&planned.len()), "{}", planned.len());
        assert_eq!(planned.iter().map(|p| p.fault).collect::<BTreeSet<_>>(), Fault::ALL.into());
        let again = Faulty::new(Files, FaultPlan { share: 0.25, ..FaultPlan::default() });
        assert_eq!(
            (0..4000).filter_map(|i| again.planned(&format!("/{i}.zip"))).collect::<Vec<_>>(),
            planned
        );
        let other = Faulty::new(Files, FaultPlan { share: 0.25, seed: 1, ..FaultPlan::default() });
        assert_ne!(
            (0..4000).filter_map(|i| other.planned(&format!("/{i}.zip"))).collect::<Vec<_>>(),
            planned
        );
        let zips =
            Faulty::new(Files, FaultPlan { share: 1.0, only_suffix: ".zip".into(), ..FaultPlan::default() });
        assert!(zips.planned("/a.zip").is_some() && zips.planned("/a.html").is_none());
    }

    #[test]
    fn passing_faults_pass_and_lasting_ones_last() {
        let sound = Files.reply(&ask("/a.zip"));
        for fault in Fault::ALL {
            let faulty = faulty(fault);
            let planned = faulty.planned("/a.zip").unwrap();
            assert_eq!(planned.is_obtainable(), !fault.is_lasting(), "{fault:?}");
            for attempt in 0..6 {
                let reply = faulty.reply(&ask("/a.zip"));
                let is_sound = reply.status == 200
                    && reply.body == sound.body
                    && reply.headers == sound.headers
                    && (reply.disconnect_at, reply.stall_ms, reply.declared_length) == (None, None, None);
                let passed = planned.attempts.is_some_and(|n| attempt >= n);
                assert_eq!(is_sound, passed, "{fault:?} at attempt {attempt}");
            }
            assert_eq!(faulty.attempts("/a.zip"), 6);
        }
    }

    #[test]
    fn a_date_to_come_back_stands_beside_the_sites_own() {
        let plan =
            FaultPlan { share: 1.0, faults: vec![Fault::TooManyRequestsUntil], ..FaultPlan::default() };
        let reply = Faulty::new(Files, FaultPlan { retry_after_s: 90, ..plan }).reply(&ask("/a.zip"));
        let header = |name: &str| reply.headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert_eq!(header("Date"), "Fri, 31 Dec 1999 23:59:59 GMT");
        assert_eq!(header("Retry-After"), "Sat, 01 Jan 2000 00:01:29 GMT");
    }

    #[test]
    fn a_circle_of_redirections_has_no_end() {
        let faulty = faulty(Fault::RedirectLoop);
        let mut path = "/a.zip".to_owned();
        let mut seen = Vec::new();
        for _ in 0..5 {
            let reply = faulty.reply(&ask(&path));
            assert_eq!(reply.status, 302);
            path = reply.headers.iter().find(|(name, _)| name == "Location").unwrap().1.clone();
            seen.push(path.clone());
        }
        assert_eq!(seen[0], seen[2]);
        assert_eq!(seen[1], seen[3]);
    }

    #[test]
    fn a_changed_file_is_sent_whole_to_who_resumes() {
        let faulty = faulty(Fault::ChangedOnResume);
        let first = faulty.reply(&ask("/a.zip"));
        assert!(first.disconnect_at.is_some_and(|at| at > 0 && at < first.body.len()));
        let resume =
            Request { range: Some("bytes=3-".into()), if_range: Some("\"older\"".into()), ..ask("/a.zip") };
        let second = faulty.reply(&resume);
        assert_eq!((second.status, second.body), (200, Files.reply(&ask("/a.zip")).body));
    }

    #[test]
    fn robots_forbid_or_fail_as_planned() {
        let with = |robots| Faulty::new(Files, FaultPlan { share: 1.0, robots, ..FaultPlan::default() });
        assert_eq!(with(Robots::Forbids).reply(&ask("/robots.txt")).body, b"User-agent: *\nDisallow: /\n");
        assert_eq!(with(Robots::Status(503)).reply(&ask("/robots.txt")).status, 503);
        assert_eq!(with(Robots::AsItIs).reply(&ask("/robots.txt")).status, 200);
    }
}

//! The fetcher: requests as a polite guest makes them.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use url::Url;

use crate::address::{self, Secret};
use crate::clock::{Clock, Stop, SystemClock};
use crate::error::{Error, Kind, Result};
use crate::files::read_capped;
use crate::ledger::{Ledger, Limit};
use crate::manners::{self, ROBOTS_BYTES_MAX, ROBOTS_FRESH, Rules};
use crate::transport::{Headers, Http, Reply, Request, Transport};

/// How to behave. [`Config::new`] has the careful values; fill in contact and hosts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The program's name and version, `name/1.0`; the name is what robots.txt is read for.
    pub agent: String,
    /// Where the host's keeper can reach the user: an e-mail or web address, sent with each request.
    /// May be empty when all hosts are this machine.
    pub contact: String,
    /// The hosts that may be asked, also by redirects: `host`, `host:port`, or `.suffix` for a domain
    /// and all below it.
    pub hosts: Vec<String>,
    /// A server on this machine that plays all the hosts (`http://127.0.0.1:8080`): each request goes
    /// there, while robots.txt, pace, redirects and the ledger know the hosts by their own names. A
    /// demo or a mirror so goes through the very code of a live run, and its port leaves no trace.
    pub played_by: Option<String>,
    /// Hosts whose robots.txt is not asked for: interfaces for programs, used with a key under terms
    /// of their own. Each needs a [`Secret`], unless it is this machine.
    pub without_robots: Vec<String>,
    /// Keys by host.
    pub secrets: Vec<Secret>,
    /// The mean time between the starts of two requests to one host. A longer crawl delay of
    /// robots.txt wins. Below a tenth of a second only for this machine.
    pub pace: Duration,
    /// The share by which a single interval may differ from the pace, 0 to 1.
    pub jitter: f64,
    /// How often a transient fault is answered by asking again.
    pub retries: u32,
    /// The first wait before asking again; it doubles each time.
    pub backoff: Duration,
    /// The longest such wait.
    pub backoff_max: Duration,
    /// The longest wait that a server (`Retry-After`), a crawl delay or a budget may ask for; beyond
    /// it the request fails and says when to come back.
    pub wait_max: Duration,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Time between two pieces of an answer.
    pub read_timeout: Duration,
    /// Cap on the bytes of one answer as they come over the wire.
    pub wire_bytes_max: u64,
    /// Cap on the bytes of one page or item held in memory, content encoding undone.
    pub page_bytes_max: u64,
    /// How many redirects one request may follow.
    pub redirects_max: u32,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Config {
    /// Two seconds between requests, four retries, nothing allowed yet.
    #[must_use]
    pub fn new(agent: &str) -> Self {
        Self {
            agent: agent.to_owned(),
            contact: String::new(),
            hosts: Vec::new(),
            played_by: None,
            without_robots: Vec::new(),
            secrets: Vec::new(),
            pace: Duration::from_secs(2),
            jitter: 0.1,
            retries: 4,
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_mins(1),
            wait_max: Duration::from_mins(15),
            connect_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_mins(1),
            wire_bytes_max: 1 << 30,
            page_bytes_max: 64 << 20,
            redirects_max: 5,
            seed: 0,
        }
    }

    /// The settings' only check; a [`Fetcher`] holds the proof.
    fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::new(Kind::Usage, message));
        let player = self.played_by.as_deref().map(address::parse).transpose()?;
        if let Some(player) = player.as_ref().filter(|url| !address::is_loopback(&address::host_port(url))) {
            return wrong(format!("{player} is not this machine: only a server here may play other hosts"));
        }
        let loopback = player.is_some() || self.hosts.iter().all(|host| address::is_loopback(host));
        let printable = |text: &str| text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
        if self.agent.is_empty() || !printable(&self.agent) || !printable(&self.contact) {
            return wrong("agent and contact go into a header: plain ASCII, and the agent not empty".into());
        }
        if !loopback && !self.contact.contains('@') && !self.contact.contains("://") {
            return wrong(
                "a contact (an e-mail or web address) is needed to ask other people's hosts".into(),
            );
        }
        if !loopback && self.pace < Duration::from_millis(100) {
            return wrong(format!(
                "a pace of {:?} is for this machine only: take a second or more",
                self.pace
            ));
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return wrong(format!("jitter is a share from 0 to 1, not {}", self.jitter));
        }
        for host in &self.without_robots {
            let keyed = self.secrets.iter().any(|secret| secret.host == *host && !secret.value.is_empty());
            if !keyed && !address::is_loopback(host) {
                return wrong(format!("robots.txt of {host} can be left aside only where a key is used"));
            }
        }
        Ok(())
    }
}

/// An answer held in memory.
#[derive(Debug, Clone)]
pub struct Page {
    /// 200, mostly.
    pub status: u16,
    /// The address after redirects, without keys.
    pub url: String,
    /// As they came; `content-encoding` is undone in `body`.
    pub headers: Headers,
    /// The bytes, content encoding undone.
    pub body: Vec<u8>,
}

impl Page {
    /// The body as text, wrong UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// What to hand to [`Fetcher::get_if_changed`] next time.
    #[must_use]
    pub fn validators(&self) -> Validators {
        Validators {
            etag: self.headers.get("etag").map(str::to_owned),
            last_modified: self.headers.get("last-modified").map(str::to_owned),
        }
    }
}

/// What a server gave to recognise a version of a page by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
}

/// Fetches from the hosts it was given: obeys robots.txt, keeps its pace, backs off, never asks again
/// after a refusal (401, 402, 403), and follows redirects to allowed hosts only.
pub struct Fetcher {
    config: Config,
    user_agent: String,
    stop: Stop,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<String, Host>>,
    limits: Mutex<HashMap<String, (Limit, Ledger)>>,
    rng: Mutex<Pcg64Mcg>,
    n_requests: AtomicU64,
}

#[derive(Default)]
struct Host {
    /// By scheme, since http and https have each their own file; with the time of asking.
    rules: HashMap<String, (Arc<Rules>, Duration)>,
    /// No request before this moment of the clock's [`Clock::elapsed`].
    next_at: Duration,
}

/// What one request wants beside the address.
#[derive(Default)]
pub(crate) struct Want {
    pub(crate) gzip: bool,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// The answer to a request, redirects followed.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) url: String,
}

impl Fetcher {
    /// A fetcher on the real network and clock.
    ///
    /// # Errors
    ///
    /// When the configuration contradicts itself (no contact, no pace for a foreign host, ...), or
    /// the HTTP client cannot start.
    pub fn new(config: Config, stop: Stop) -> Result<Self> {
        let transport = Http::new(config.connect_timeout, config.read_timeout, config.played_by.as_deref())?;
        Self::with_seams(config, stop, Arc::new(transport), Arc::new(SystemClock::new()))
    }

    /// A fetcher on other seams, for simulations.
    ///
    /// # Errors
    ///
    /// When the configuration contradicts itself.
    pub fn with_seams(
        config: Config,
        stop: Stop,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        config.check()?;
        let user_agent = if config.contact.is_empty() {
            config.agent.clone()
        } else {
            format!("{} (+{})", config.agent, config.contact)
        };
        let rng = Mutex::new(Pcg64Mcg::seed_from_u64(config.seed));
        Ok(Self {
            config,
            user_agent,
            stop,
            transport,
            clock,
            hosts: Mutex::default(),
            limits: Mutex::default(),
            rng,
            n_requests: AtomicU64::new(0),
        })
    }

    /// Limits the requests to a host (`host` or `host:port`), robots.txt included. The ledger keeps
    /// count, before each request is sent, so that neither a restart nor a crash forgets one.
    ///
    /// # Errors
    ///
    /// When a limit is zero.
    pub fn limit(&self, host: &str, limit: Limit, ledger: &Ledger) -> Result<()> {
        if limit.per_minute == Some(0) || limit.per_day == Some(0) {
            return Err(Error::new(
                Kind::Usage,
                format!("a limit of no requests to {host}: leave the host out"),
            ));
        }
        locked(&self.limits).insert(host.to_ascii_lowercase(), (limit, ledger.clone()));
        Ok(())
    }

    /// Fetches a page into memory, asking again after transient faults.
    ///
    /// # Errors
    ///
    /// Any status but 2xx, a network fault that outlasts the retries, a path that robots.txt forbids,
    /// a host or redirect that is not allowed, a body over the caps, a spent budget, or a stop.
    pub fn get(&self, url: &str) -> Result<Page> {
        self.get_page(url, &Validators::default())?.ok_or_else(|| {
            Error::new(Kind::Malformed, format!("{}: 304 where nothing was asked", self.show(url)))
        })
    }

    /// Fetches a page unless it is the version that `known` describes: `None` then.
    ///
    /// # Errors
    ///
    /// As for [`Fetcher::get`].
    pub fn get_if_changed(&self, url: &str, known: &Validators) -> Result<Option<Page>> {
        self.get_page(url, known)
    }

    fn get_page(&self, url: &str, known: &Validators) -> Result<Option<Page>> {
        let address = address::parse(url)?;
        let mut want = Want { gzip: true, headers: Vec::new() };
        if let Some(etag) = &known.etag {
            want.headers.push(("if-none-match", etag.clone()));
        }
        if let Some(date) = &known.last_modified {
            want.headers.push(("if-modified-since", date.clone()));
        }
        self.with_retries(|| {
            let answer = self.request(&address, &want)?;
            if answer.reply.status == 304 {
                return Ok(None);
            }
            self.check_status(&answer)?;
            let Answer { mut reply, url } = answer;
            let body = self.read_body(&mut reply, &url)?;
            Ok(Some(Page { status: reply.status, url, headers: reply.headers, body }))
        })
    }

    /// Requests sent so far, robots.txt, redirects and retries included.
    #[must_use]
    pub fn n_requests(&self) -> u64 {
        self.n_requests.load(Ordering::Relaxed)
    }

    /// The configuration, checked.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How long the next request to this address's host will wait for its turn.
    pub(crate) fn wait_before(&self, url: &str) -> Duration {
        let Ok(address) = address::parse(url) else { return Duration::ZERO };
        let next_at = locked(&self.hosts)
            .get(&address::host_port(&address))
            .map_or(Duration::ZERO, |host| host.next_at);
        next_at.saturating_sub(self.clock.elapsed())
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    pub(crate) fn show(&self, url: &str) -> String {
        Url::parse(url)
            .map_or_else(|_| address::redacted(url), |url| address::show(&url, &self.config.secrets))
    }

    /// Does it again, with growing waits, as long as it fails for a reason that may pass.
    pub(crate) fn with_retries<T>(&self, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        let mut attempt = 0;
        loop {
            let error = match work() {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let hopeless = matches!(error.kind(), Kind::Budget(_) | Kind::Wait(_));
            if !error.is_transient() || hopeless || attempt >= self.config.retries {
                return Err(error);
            }
            self.back_off(attempt, error.retry_after())?;
            attempt += 1;
        }
    }

    /// Waits before retry number `attempt` (from 0).
    pub(crate) fn back_off(&self, attempt: u32, at_least: Option<Duration>) -> Result<()> {
        let wait =
            manners::back_off(self.config.backoff, self.config.backoff_max, attempt, &mut locked(&self.rng));
        self.stop.sleep(&*self.clock, wait.max(at_least.unwrap_or_default()))
    }

    /// One request with its redirects, no retries.
    pub(crate) fn request(&self, address: &Url, want: &Want) -> Result<Answer> {
        let mut address = address.clone();
        for _ in 0..=self.config.redirects_max {
            self.check_host(&address)?;
            self.check_robots(&address)?;
            let reply = self.send(&address, want)?;
            if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(Answer { reply, url: address::without_secrets(&address, &self.config.secrets) });
            }
            address = self.redirected(&address, &reply)?;
        }
        let message =
            format!("{}: more than {} redirects", self.show_url(&address), self.config.redirects_max);
        Err(Error::new(Kind::Address, message))
    }

    /// 2xx, or the error that says what came instead.
    pub(crate) fn check_status(&self, answer: &Answer) -> Result<()> {
        let status = answer.reply.status;
        if (200..300).contains(&status) {
            return Ok(());
        }
        let wait = manners::retry_after(&answer.reply.headers, self.clock.now());
        let shown = self.show(&answer.url);
        if let Some(wait) = wait.filter(|_| matches!(status, 429 | 503)) {
            if wait > self.config.wait_max {
                let message = format!("{shown}: status {status}, come back in {} s", wait.as_secs());
                return Err(Error::new(Kind::Wait(wait), message));
            }
            // The whole host asks for a rest, not this one page.
            if let Ok(address) = address::parse(&answer.url) {
                let mut hosts = locked(&self.hosts);
                let host = hosts.entry(address::host_port(&address)).or_default();
                host.next_at = host.next_at.max(self.clock.elapsed() + wait);
            }
        }
        let reason = match status {
            401..=403 => ": access is refused, and not asked for again",
            429 => ": too many requests",
            _ => "",
        };
        Err(Error::new(Kind::Status(status, wait), format!("{shown}: status {status}{reason}")))
    }

    /// Reads a body into memory, content encoding undone, both caps kept.
    pub(crate) fn read_body(&self, reply: &mut Reply, url: &str) -> Result<Vec<u8>> {
        let encoding =
            reply.headers.get("content-encoding").unwrap_or("identity").trim().to_ascii_lowercase();
        let mut wire = Counted { inner: &mut reply.body, left: self.config.wire_bytes_max, over: false };
        let read = match encoding.as_str() {
            "identity" | "" => read_capped(&mut wire, self.config.page_bytes_max),
            "gzip" | "x-gzip" => read_capped(&mut MultiGzDecoder::new(&mut wire), self.config.page_bytes_max),
            _ => {
                let message = format!("{}: content encoding {encoding:?} was not asked for", self.show(url));
                return Err(Error::new(Kind::Malformed, message));
            }
        };
        if wire.over {
            return Err(self.too_large(url, self.config.wire_bytes_max));
        }
        let n_bytes = self.config.wire_bytes_max - wire.left;
        let announced =
            reply.headers.get("content-length").and_then(|length| length.trim().parse::<u64>().ok());
        if let Some(announced) =
            announced.filter(|announced| matches!(read, Ok(Some(_))) && *announced != n_bytes)
        {
            let message = format!("{}: {n_bytes} of {announced} bytes came", self.show(url));
            return Err(Error::new(Kind::Network, message));
        }
        let body = read.map_err(|error| self.broken_body(url, error))?;
        body.ok_or_else(|| self.too_large(url, self.config.page_bytes_max))
    }

    pub(crate) fn too_large(&self, url: &str, cap: u64) -> Error {
        Error::new(Kind::TooLarge, format!("{}: more than {cap} bytes", self.show(url)))
    }

    pub(crate) fn broken_body(&self, url: &str, error: io::Error) -> Error {
        Error::new(Kind::Network, format!("{}: the body broke off", self.show(url))).because(error)
    }

    fn show_url(&self, address: &Url) -> String {
        address::show(address, &self.config.secrets)
    }

    fn check_host(&self, address: &Url) -> Result<()> {
        if self.config.hosts.iter().any(|pattern| address::host_matches(pattern, address)) {
            return Ok(());
        }
        let message = format!(
            "{}: the host is not among those allowed ({})",
            self.show_url(address),
            self.config.hosts.join(", ")
        );
        Err(Error::new(Kind::Address, message))
    }

    fn redirected(&self, from: &Url, reply: &Reply) -> Result<Url> {
        let wrong =
            |what: &str| Error::new(Kind::Address, format!("{}: redirected {what}", self.show_url(from)));
        let location = reply.headers.get("location").ok_or_else(|| wrong("to nowhere"))?;
        let joined = from.join(location).map_err(|_| wrong("to something that is no address"))?;
        let target = address::parse(joined.as_str())?;
        if from.scheme() == "https" && target.scheme() == "http" {
            return Err(wrong("from https to http"));
        }
        self.check_host(&target).map_err(|error| wrong("to a foreign host").because(error))?;
        Ok(target)
    }

    fn check_robots(&self, address: &Url) -> Result<()> {
        if self.config.without_robots.iter().any(|pattern| address::host_matches(pattern, address)) {
            return Ok(());
        }
        if self.rules(address)?.allowed(address.as_str()) {
            return Ok(());
        }
        Err(Error::new(Kind::Robots, format!("{}: robots.txt forbids it", self.show_url(address))))
    }

    /// The host's rules, asked for when they are not known or a day old.
    fn rules(&self, address: &Url) -> Result<Arc<Rules>> {
        let host_port = address::host_port(address);
        let known = locked(&self.hosts)
            .get(&host_port)
            .and_then(|host| host.rules.get(address.scheme()))
            .filter(|(_, at)| self.clock.elapsed().saturating_sub(*at) < ROBOTS_FRESH)
            .map(|(rules, _)| Arc::clone(rules));
        if let Some(rules) = known {
            return Ok(rules);
        }
        let rules = Arc::new(self.ask_robots(address)?);
        if rules.delay() > self.config.wait_max {
            let message =
                format!("{host_port}: robots.txt asks for {} s between requests", rules.delay().as_secs());
            return Err(Error::new(Kind::Wait(rules.delay()), message));
        }
        let mut hosts = locked(&self.hosts);
        let host = hosts.entry(host_port).or_default();
        // The request for robots.txt itself did not know of the delay yet.
        host.next_at = host.next_at.max(self.clock.elapsed() + rules.delay());
        host.rules.insert(address.scheme().to_owned(), (Arc::clone(&rules), self.clock.elapsed()));
        Ok(rules)
    }

    /// RFC 9309, 2.3.1: 2xx is read, 4xx means that everything is allowed, anything else that nothing
    /// is. 429 is counted with the latter: a host that has had enough did not say yes.
    fn ask_robots(&self, address: &Url) -> Result<Rules> {
        let unknown = |why: String| {
            let message = format!(
                "robots.txt of {} could not be had, so nothing is fetched there: {why}",
                address::host_port(address)
            );
            Error::new(Kind::RobotsUnknown, message)
        };
        let mut at = address.join("/robots.txt").map_err(|error| unknown(error.to_string()))?;
        for _ in 0..=self.config.redirects_max {
            let mut reply = self.send(&at, &Want { gzip: true, headers: Vec::new() })?;
            match reply.status {
                200..=299 => {
                    let mut body: &mut dyn Read = &mut reply.body;
                    let mut decoder;
                    if reply.headers.get("content-encoding").is_some_and(|encoding| encoding.contains("gzip"))
                    {
                        decoder = MultiGzDecoder::new(body);
                        body = &mut decoder;
                    }
                    let mut text = Vec::new();
                    body.take(ROBOTS_BYTES_MAX)
                        .read_to_end(&mut text)
                        .map_err(|error| unknown("the body broke off".into()).because(error))?;
                    return Rules::read(&self.config.agent, &text)
                        .ok_or_else(|| unknown("it cannot be read".into()));
                }
                301 | 302 | 303 | 307 | 308 => {
                    at = self.redirected(&at, &reply).map_err(|error| unknown(error.chain()))?;
                }
                400..=499 if reply.status != 429 => return Ok(Rules::all_allowed()),
                status => {
                    let wait = manners::retry_after(&reply.headers, self.clock.now());
                    if let Some(wait) = wait.filter(|wait| *wait > self.config.wait_max) {
                        return Err(Error::new(
                            Kind::Wait(wait),
                            unknown(format!("status {status}")).to_string(),
                        ));
                    }
                    if let Some(wait) = wait {
                        let mut hosts = locked(&self.hosts);
                        let host = hosts.entry(address::host_port(&at)).or_default();
                        host.next_at = host.next_at.max(self.clock.elapsed() + wait);
                    }
                    return Err(unknown(format!("status {status}")));
                }
            }
        }
        Err(unknown("too many redirects".into()))
    }

    /// Waits for the host's turn and budget, and sends.
    fn send(&self, address: &Url, want: &Want) -> Result<Reply> {
        self.wait_turn(address)?;
        let mut headers = vec![
            ("user-agent", self.user_agent.clone()),
            ("accept-encoding", if want.gzip { "gzip" } else { "identity" }.to_owned()),
        ];
        headers.extend(want.headers.iter().cloned());
        self.n_requests.fetch_add(1, Ordering::Relaxed);
        let request = Request { url: address::with_secrets(address, &self.config.secrets), headers };
        self.transport.send(&request).map_err(|error| {
            let text = address::hide_values(source_chain(&error), &self.config.secrets);
            Error::new(Kind::Network, format!("{}: no answer: {text}", self.show_url(address)))
        })
    }

    fn wait_turn(&self, address: &Url) -> Result<()> {
        let host_port = address::host_port(address);
        loop {
            let wait = locked(&self.hosts)
                .get(&host_port)
                .map_or(Duration::ZERO, |host| host.next_at.saturating_sub(self.clock.elapsed()));
            if !wait.is_zero() {
                self.stop.sleep(&*self.clock, wait)?;
            }
            self.stop.check()?;
            let Some(wait) = self.budget_wait(address, &host_port)? else { break };
            if wait > self.config.wait_max {
                let message =
                    format!("the budget of requests to {host_port} is spent for {} s", wait.as_secs());
                return Err(Error::new(Kind::Budget(wait), message));
            }
            self.stop.sleep(&*self.clock, wait)?;
        }
        let mut hosts = locked(&self.hosts);
        let host = hosts.entry(host_port).or_default();
        let delay = host.rules.get(address.scheme()).map_or(Duration::ZERO, |(rules, _)| rules.delay());
        let interval = manners::interval(self.config.pace, self.config.jitter, delay, &mut locked(&self.rng));
        host.next_at = self.clock.elapsed() + interval;
        Ok(())
    }

    fn budget_wait(&self, address: &Url, host_port: &str) -> Result<Option<Duration>> {
        let limits = locked(&self.limits);
        let host = address.host_str().unwrap_or_default();
        let Some((limit, ledger)) = limits.get(host_port).or_else(|| limits.get(host)) else {
            return Ok(None);
        };
        ledger.take_request(host_port, *limit, self.clock.now())
    }
}

/// Counts the bytes of the wire, so that a small file that unpacks to a huge one is not the only kind
/// that is stopped.
struct Counted<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    over: bool,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        if n as u64 > self.left {
            self.over = true;
            return Err(io::Error::other("too many bytes"));
        }
        self.left -= n as u64;
        Ok(n)
    }
}

fn source_chain(error: &io::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.get_ref().and_then(|inner| inner.source());
    while let Some(error) = cause {
        let line = error.to_string();
        if !text.contains(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = error.source();
    }
    text
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

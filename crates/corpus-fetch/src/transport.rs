//! The first seam: one HTTP request, one answer, no redirects. [`Http`] is the real one.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use url::Url;

use crate::error::{Error, Kind, Result};

/// One GET request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to; may hold a key, so it is never printed.
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
}

/// One answer, its body still to be read.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The bytes as they come over the wire, no content encoding undone. Ends with an error
    /// (`UnexpectedEof`, `TimedOut`, ...) when the body is cut off or stalls.
    pub body: Box<dyn Read + Send>,
}

/// What the crate asks of the network.
pub trait Transport: Send + Sync {
    /// Sends one request and waits for the answer's head. Follows no redirect, retries nothing.
    ///
    /// # Errors
    ///
    /// When there is no answer: no connection, a timeout, no HTTP.
    fn send(&self, request: &Request) -> io::Result<Reply>;
}

/// Headers in the order in which they came, names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one at the end.
    pub fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_ascii_lowercase(), value.to_owned()));
    }

    /// The first of a name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut all = Self::new();
        for (name, value) in headers {
            all.push(name.as_ref(), value.as_ref());
        }
        all
    }
}

/// The real network: `reqwest` with rustls.
///
/// The asynchronous client on a runtime of its own that runs on the caller's thread: it knows a
/// timeout for each read (a stalled body is a fault, a slow one is not), which the blocking client
/// lacks, and it needs no second thread. One request is in flight at a time, as one polite client
/// should have it.
pub struct Http {
    connect_timeout: Duration,
    read_timeout: Duration,
    /// For this machine, past any proxy that the environment names; and for all others.
    near: OnceLock<reqwest::Client>,
    far: OnceLock<reqwest::Client>,
    played_by: Option<Url>,
    runtime: Arc<Mutex<Runtime>>,
}

impl Http {
    /// A client with these timeouts: to connect, and between any two pieces of an answer. With
    /// `played_by` every request goes to that server, which learns the host from the `Host` header.
    ///
    /// # Errors
    ///
    /// When the system has no resources for it, or `played_by` is no address.
    pub fn new(connect_timeout: Duration, read_timeout: Duration, played_by: Option<&str>) -> Result<Self> {
        let played_by = played_by.map(crate::address::parse).transpose()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::new(Kind::Usage, "cannot start the HTTP client").because(error))?;
        let (near, far) = (OnceLock::new(), OnceLock::new());
        Ok(Self {
            connect_timeout,
            read_timeout,
            near,
            far,
            played_by,
            runtime: Arc::new(Mutex::new(runtime)),
        })
    }

    /// The client for an address, made when it is first needed: loading the system's certificates
    /// takes longer than many a demo.
    fn client(&self, url: &Url) -> io::Result<&reqwest::Client> {
        let is_near = crate::address::is_loopback(&crate::address::host_port(url));
        let cell = if is_near { &self.near } else { &self.far };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_gzip()
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            .pool_max_idle_per_host(2);
        if is_near {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(io::Error::other)?;
        Ok(cell.get_or_init(|| client))
    }
}

impl Transport for Http {
    fn send(&self, request: &Request) -> io::Result<Reply> {
        let url = &request.url;
        let mut builder = match &self.played_by {
            Some(player) => {
                let host = url.host_str().unwrap_or_default();
                let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
                self.client(player)?.get(moved(url, player)).header("host", host)
            }
            None => self.client(url)?.get(url.clone()),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        let response = runtime
            .block_on(async {
                // The connections slept while nobody ran this runtime: let those that the server has
                // closed since then notice it before one of them is taken from the pool.
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                builder.send().await
            })
            .map_err(io_error)?;
        drop(runtime);
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Ok(Reply {
            status: response.status().as_u16(),
            headers,
            body: Box::new(Body { response, runtime: Arc::clone(&self.runtime), rest: Vec::new(), at: 0 }),
        })
    }
}

/// The same path and query at another server.
fn moved(url: &Url, player: &Url) -> Url {
    let mut moved = player.clone();
    moved.set_path(url.path());
    moved.set_query(url.query());
    moved
}

/// Reads a response piece by piece.
struct Body {
    response: reqwest::Response,
    runtime: Arc<Mutex<Runtime>>,
    rest: Vec<u8>,
    at: usize,
}

impl Read for Body {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.rest.len() {
            let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
            match runtime.block_on(self.response.chunk()).map_err(io_error)? {
                Some(chunk) => {
                    self.rest = chunk.to_vec();
                    self.at = 0;
                }
                None => return Ok(0),
            }
        }
        let n = out.len().min(self.rest.len() - self.at);
        out[..n].copy_from_slice(&self.rest[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// The address is taken out of the error: it may hold a key, and the caller names it anyway.
fn io_error(error: reqwest::Error) -> io::Error {
    let kind = if error.is_timeout() {
        io::ErrorKind::TimedOut
    } else if error.is_connect() {
        io::ErrorKind::ConnectionRefused
    } else if error.is_body() || error.is_decode() {
        io::ErrorKind::UnexpectedEof
    } else {
        io::ErrorKind::Other
    };
    io::Error::new(kind, error.without_url())
}

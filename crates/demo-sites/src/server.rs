//! A loopback HTTP server that answers from a [`Site`] and remembers what it was asked.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// A request as a site sees it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `HEAD`, and so on.
    pub method: String,
    /// The path as it was sent, percent signs and all.
    pub path: String,
    /// What stands behind the question mark, undecoded.
    pub query: Option<String>,
    /// The `Host` header: absolute links name it, so that they lead back here.
    pub host: String,
    /// The `Range` header.
    pub range: Option<String>,
    /// The `If-Range` header.
    pub if_range: Option<String>,
    /// The `If-None-Match` header.
    pub if_none_match: Option<String>,
}

impl Request {
    /// The path with its query, as a request line has it.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// What a site answers, with the ways in which the answer can go wrong on the wire.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Vec<u8>,
    /// Close the connection after this many bytes of the body.
    pub disconnect_at: Option<usize>,
    /// Wait this long in the middle of the body, in milliseconds.
    pub stall_ms: Option<u64>,
    /// A `Content-Length` other than the body's.
    pub declared_length: Option<u64>,
}

impl Reply {
    /// A reply with status 200.
    #[must_use]
    pub fn bytes(content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status: 200,
            content_type: content_type.to_owned(),
            headers: Vec::new(),
            body,
            disconnect_at: None,
            stall_ms: None,
            declared_length: None,
        }
    }

    /// A page.
    #[must_use]
    pub fn html(page: &str) -> Self {
        Self::bytes("text/html; charset=UTF-8", page.as_bytes().to_vec())
    }

    /// Plain text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::bytes("text/plain; charset=UTF-8", text.as_bytes().to_vec())
    }

    /// A short page under any status.
    #[must_use]
    pub fn error(status: u16) -> Self {
        let page = format!("<!doctype html><title>{status}</title><h1>{status}</h1>\n");
        Self { status, ..Self::html(&page) }
    }

    /// Status 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::error(404)
    }

    /// A redirection to `url` under `status` (301, 302, ...).
    #[must_use]
    pub fn redirect(status: u16, url: &str) -> Self {
        Self { headers: vec![("Location".to_owned(), url.to_owned())], ..Self::error(status) }
    }

    /// Adds an `ETag` made from the body, and answers the request's `If-None-Match`, `Range` and `If-Range`.
    #[must_use]
    pub fn with_etag(mut self, request: &Request) -> Self {
        let etag = format!("\"{:016x}\"", fingerprint(&self.body));
        self.headers.push(("ETag".to_owned(), etag.clone()));
        self.headers.push(("Accept-Ranges".to_owned(), "bytes".to_owned()));
        if request.if_none_match.as_ref() == Some(&etag) {
            self.status = 304;
            self.body.clear();
            return self;
        }
        let unchanged = request.if_range.as_ref().is_none_or(|known| *known == etag);
        if let Some(start) = request.range.as_deref().and_then(range_start).filter(|_| unchanged) {
            let total = self.body.len();
            if start >= total {
                self.status = 416;
                self.body.clear();
                self.headers.push(("Content-Range".to_owned(), format!("bytes */{total}")));
            } else {
                self.status = 206;
                self.body.drain(..start);
                self.headers
                    .push(("Content-Range".to_owned(), format!("bytes {start}-{}/{total}", total - 1)));
            }
        }
        self
    }
}

/// The start of an open range `bytes=START-`; other forms are answered with the whole body.
fn range_start(range: &str) -> Option<usize> {
    range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}

/// FNV-1a, enough to tell two versions of a body apart.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What answers requests: pure in its request, but for faults that count attempts.
pub trait Site: Send + Sync + 'static {
    /// The answer to `request`.
    fn reply(&self, request: &Request) -> Reply;
}

impl<S: Site + ?Sized> Site for Arc<S> {
    fn reply(&self, request: &Request) -> Reply {
        (**self).reply(request)
    }
}

/// One answered request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The request's path and query.
    pub path_and_query: String,
    /// The status that was answered.
    pub status: u16,
    /// The bytes of the body that were to be sent.
    pub bytes: usize,
}

#[derive(Clone)]
struct Shared {
    site: Arc<dyn Site>,
    log: Arc<Mutex<Vec<Logged>>>,
}

/// A running server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Logged>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Serves `site` on a free loopback port.
///
/// # Errors
///
/// Fails when no port can be opened or no thread started.
pub fn serve(site: Arc<dyn Site>) -> io::Result<Server> {
    serve_on((Ipv4Addr::LOCALHOST, 0).into(), site)
}

/// Serves `site` on `address`.
///
/// # Errors
///
/// Fails when `address` cannot be opened or no thread started.
pub fn serve_on(address: SocketAddr, site: Arc<dyn Site>) -> io::Result<Server> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let shared = Shared { site, log: Arc::default() };
    let log = Arc::clone(&shared.log);
    let thread = std::thread::Builder::new().name("demo-site".to_owned()).spawn(move || {
        runtime.block_on(async move {
            // A listener that just worked for std works for tokio; if not, nobody is answered.
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            let router = Router::new().fallback(answer).with_state(shared);
            let serving = axum::serve(listener, router);
            tokio::select! {
                _ = serving => {}
                _ = stopped => {}
            }
        });
    })?;
    Ok(Server { address, log, stop: Some(stop), thread: Some(thread) })
}

impl Server {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, in the order in which they were answered.
    #[must_use]
    pub fn requests(&self) -> Vec<Logged> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often `path_and_query` was asked for.
    #[must_use]
    pub fn count(&self, path_and_query: &str) -> usize {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|logged| logged.path_and_query == path_and_query).count()
    }

    /// Waits until the server stops, for a program that does nothing else.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // The thread ends only with the process, or by a panic that it has reported itself.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself; then nobody listens.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().map(str::to_owned),
        host: text(header::HOST).unwrap_or_default(),
        range: text(header::RANGE),
        if_range: text(header::IF_RANGE),
        if_none_match: text(header::IF_NONE_MATCH),
    };
    let reply = shared.site.reply(&request);
    let logged =
        Logged { path_and_query: request.path_and_query(), status: reply.status, bytes: reply.body.len() };
    shared.log.lock().unwrap_or_else(PoisonError::into_inner).push(logged);
    respond(reply)
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&reply.content_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let plain = reply.disconnect_at.is_none() && reply.stall_ms.is_none() && reply.declared_length.is_none();
    if !plain {
        let length = reply.declared_length.unwrap_or(reply.body.len() as u64);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = if plain { Body::from(reply.body) } else { faulty_body(reply) };
    response
}

/// A body that stalls half-way, or breaks the connection after some of its bytes.
fn faulty_body(reply: Reply) -> Body {
    let cut = reply.disconnect_at.map_or(reply.body.len(), |at| at.min(reply.body.len()));
    let breaks = cut < reply.body.len() || reply.declared_length.is_some_and(|length| length > cut as u64);
    let whole = Bytes::from(reply.body);
    let middle = if reply.stall_ms.is_some() { cut / 2 } else { cut };
    let stall = Duration::from_millis(reply.stall_ms.unwrap_or(0));
    let mut steps = vec![(Duration::ZERO, Ok(whole.slice(..middle))), (stall, Ok(whole.slice(middle..cut)))];
    if breaks {
        // What was written before an error goes out only when there is a moment for it.
        steps.push((Duration::from_millis(2), Err(io::Error::from(io::ErrorKind::ConnectionReset))));
    }
    let parts = futures_util::stream::unfold(steps.into_iter(), |mut steps| async move {
        let (wait, part) = steps.next()?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Some((part, steps))
    });
    Body::from_stream(parts)
}

//! A small HTTP server on loopback that does exactly what a test tells it to, wrong things included.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first byte of `Range: bytes=N-`.
    pub(crate) fn range_from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What goes out.
#[derive(Debug, Clone)]
pub(crate) struct Say {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Send so many bytes of the body, then end the connection.
    cut_at: Option<usize>,
    /// Send so many bytes of the body, then nothing for this long.
    stall: Option<(usize, Duration)>,
}

impl Say {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), cut_at: None, stall: None }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn cut_at(mut self, n_bytes: usize) -> Self {
        self.cut_at = Some(n_bytes);
        self
    }

    pub(crate) fn stall(mut self, n_bytes: usize, time: Duration) -> Self {
        self.stall = Some((n_bytes, time));
        self
    }
}

/// A running server; it ends with the test's process.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                // A client that is killed ends its connection with an error, which is as it should be.
                std::thread::spawn(move || drop(converse(&stream, &log, &*answer)));
            }
        });
        Self { url, asked }
    }

    /// Like [`Server::start`], robots.txt being absent.
    pub(crate) fn open(answer: impl Fn(&Asked) -> Say + Send + Sync + 'static) -> Self {
        Self::start(move |asked| if asked.path == "/robots.txt" { Say::new(404, "") } else { answer(asked) })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub(crate) fn n_asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path == path).count()
    }
}

fn converse(
    stream: &TcpStream,
    log: &Mutex<Vec<Asked>>,
    answer: &dyn Fn(&Asked) -> Say,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let asked = Asked { path, headers };
        log.lock().unwrap().push(asked.clone());
        let say = answer(&asked);
        let mut head = format!("HTTP/1.1 {} Status\r\n", say.status);
        if !say.headers.iter().any(|(name, _)| name == "content-length") {
            write!(head, "content-length: {}\r\n", say.body.len()).unwrap();
        }
        for (name, value) in &say.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head += "\r\n";
        let mut bytes = head.into_bytes();
        let start = bytes.len();
        bytes.extend_from_slice(&say.body);
        if let Some(cut_at) = say.cut_at {
            out.write_all(&bytes[..(start + cut_at).min(bytes.len())])?;
            return stream.shutdown(Shutdown::Both);
        }
        if let Some((n_bytes, time)) = say.stall {
            out.write_all(&bytes[..start + n_bytes])?;
            std::thread::sleep(time);
            return stream.shutdown(Shutdown::Both);
        }
        out.write_all(&bytes)?;
    }
}

//! Addresses: which hosts are allowed, and keys kept out of sight.

use std::fmt;
use std::net::IpAddr;

use url::Url;

use crate::error::{Error, Kind, Result};

/// A key that goes into the query of each request to one host, added at the moment of sending, so that
/// no address held, stored or printed by anybody contains it.
#[derive(Clone)]
pub struct Secret {
    /// The host, as in [`Config::hosts`](crate::Config::hosts).
    pub host: String,
    /// The query parameter's name, such as `api-key`.
    pub parameter: String,
    /// The key itself.
    pub value: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret {{ host: {:?}, parameter: {:?}, value: hidden }}", self.host, self.parameter)
    }
}

/// Names of query parameters whose values are never shown, also where no [`Secret`] is configured.
const HIDDEN_PARAMETERS: [&str; 9] =
    ["api-key", "api_key", "apikey", "key", "token", "access_token", "auth", "password", "secret"];

/// The address with the values of key-like parameters, and a user's name and password, replaced.
#[must_use]
pub fn redacted(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "(an address that cannot be read)".to_owned(), |url| show(&url, &[]))
}

/// [`redacted`] for a parsed address that may hold these secrets.
pub(crate) fn show(url: &Url, secrets: &[Secret]) -> String {
    let hidden = |name: &str| {
        HIDDEN_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known))
            || secrets.iter().any(|secret| secret.parameter == name)
    };
    let mut shown = url.clone();
    if !shown.username().is_empty() || shown.password().is_some() {
        // Fails only for addresses without a host, which have no user either.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
    }
    if url.query_pairs().any(|(name, _)| hidden(&name)) {
        shown.query_pairs_mut().clear().extend_pairs(
            url.query_pairs()
                .map(|(name, value)| if hidden(&name) { (name, "hidden".into()) } else { (name, value) }),
        );
    }
    hide_values(shown.into(), secrets)
}

/// Replaces the secrets' values wherever they stand in a text.
pub(crate) fn hide_values(text: String, secrets: &[Secret]) -> String {
    secrets.iter().filter(|secret| !secret.value.is_empty()).fold(text, |text, secret| {
        if text.contains(&secret.value) { text.replace(&secret.value, "hidden") } else { text }
    })
}

/// The address as it is sent, with the host's keys.
pub(crate) fn with_secrets(url: &Url, secrets: &[Secret]) -> Url {
    let mut sent = url.clone();
    for secret in secrets.iter().filter(|secret| host_matches(&secret.host, url)) {
        let others: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| *name != secret.parameter)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        sent.query_pairs_mut().clear().extend_pairs(others).append_pair(&secret.parameter, &secret.value);
    }
    sent
}

/// The address without the parameters that hold keys, for a caller to keep.
pub(crate) fn without_secrets(url: &Url, secrets: &[Secret]) -> String {
    let is_secret =
        |name: &str| secrets.iter().any(|secret| secret.parameter == name && host_matches(&secret.host, url));
    if !url.query_pairs().any(|(name, _)| is_secret(&name)) {
        return url.to_string();
    }
    let mut kept = url.clone();
    let others: Vec<_> = url.query_pairs().filter(|(name, _)| !is_secret(name)).collect();
    if others.is_empty() {
        kept.set_query(None);
    } else {
        kept.query_pairs_mut().clear().extend_pairs(others);
    }
    kept.into()
}

/// Reads an address that may be fetched: http or https, with a host.
pub(crate) fn parse(url: &str) -> Result<Url> {
    let no = |why: &str| Error::new(Kind::Address, format!("{why}: {}", redacted(url)));
    let mut parsed = Url::parse(url).map_err(|error| {
        Error::new(Kind::Address, format!("not an address: {error}: {}", first_part(url)))
    })?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(no("only http and https can be fetched"));
    }
    if parsed.host_str().is_none_or(str::is_empty) {
        return Err(no("the address has no host"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(no("an address may not carry a user or password"));
    }
    parsed.set_fragment(None);
    Ok(parsed)
}

/// What can be shown of a text that is no address, any query cut off.
fn first_part(text: &str) -> String {
    format!("{:?}", text.split('?').next().unwrap_or_default().chars().take(200).collect::<String>())
}

/// Whether a pattern (`host`, `host:port` or `.suffix`) takes in this address.
pub(crate) fn host_matches(pattern: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    if let Some(suffix) = pattern.strip_prefix('.') {
        return host.len() > suffix.len()
            && host.to_ascii_lowercase().ends_with(&pattern.to_ascii_lowercase())
            || host.eq_ignore_ascii_case(suffix);
    }
    pattern.eq_ignore_ascii_case(host) || pattern.eq_ignore_ascii_case(&host_port(url))
}

/// `host:port`, the name under which pace and budget are kept.
pub(crate) fn host_port(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0))
}

/// Whether a pattern names this very machine.
pub(crate) fn is_loopback(pattern: &str) -> bool {
    let host = pattern.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or_else(
        || pattern.rsplit_once(':').filter(|(host, _)| !host.contains(':')).map_or(pattern, |(host, _)| host),
        |(host, _)| host,
    );
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Vec<Secret> {
        vec![Secret { host: "api.example.org".into(), parameter: "api-key".into(), value: "s3cr3t".into() }]
    }

    #[test]
    fn a_key_is_sent_and_never_shown() {
        let url = parse("https://api.example.org/v1/1987.json?page=2").unwrap();
        let sent = with_secrets(&url, &secrets());
        assert_eq!(sent.as_str(), "https://api.example.org/v1/1987.json?page=2&api-key=s3cr3t");
        assert!(!show(&sent, &secrets()).contains("s3cr3t"));
        assert_eq!(without_secrets(&sent, &secrets()), url.as_str());
        let other = parse("https://www.example.org/v1").unwrap();
        assert_eq!(with_secrets(&other, &secrets()), other, "another host gets no key");
        assert!(!format!("{:?}", secrets()).contains("s3cr3t"));
    }

    #[test]
    fn key_like_parameters_are_hidden_without_configuration() {
        assert_eq!(redacted("https://h.example/a?API-Key=abc&x=1"), "https://h.example/a?API-Key=hidden&x=1");
        assert_eq!(redacted("https://me:pw@h.example/"), "https://h.example/");
        assert!(!redacted("?api-key=abc").contains("abc"));
        assert!(!parse("no address?api-key=abc").unwrap_err().chain().contains("abc"));
    }

    #[test]
    fn hosts_match_exactly_by_port_or_by_suffix() {
        let url = parse("https://www.example.org/a").unwrap();
        for pattern in
            ["www.example.org", "WWW.EXAMPLE.ORG", "www.example.org:443", ".example.org", ".www.example.org"]
        {
            assert!(host_matches(pattern, &url), "{pattern}");
        }
        for pattern in ["example.org", "www.example.org:80", ".ample.org", ".org.", "evil.org"] {
            assert!(!host_matches(pattern, &url), "{pattern}");
        }
        assert!(!host_matches(".example.org", &parse("https://badexample.org/").unwrap()));
    }

    #[test]
    fn only_plain_web_addresses_are_fetched() {
        for bad in
            ["ftp://h.example/", "file:///etc/passwd", "https://u:p@h.example/", "data:text/plain,x", "/a"]
        {
            assert!(parse(bad).unwrap_err().is_permanent(), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for yes in ["localhost", "127.0.0.1", "127.0.0.1:8080", "[::1]:80", "::1", "localhost:1"] {
            assert!(is_loopback(yes), "{yes}");
        }
        for no in ["www.gutenberg.org", "10.0.0.1", "localhost.example", ".localhost"] {
            assert!(!is_loopback(no), "{no}");
        }
    }
}

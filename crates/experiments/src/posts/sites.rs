//! What the posts about corpora share: the site of this run, and what a second run fetched again.

use crate::context::{Context, Mode};
use anyhow::{Context as _, Result};
use demo_sites::{Server, Site, serve};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Serves `site` on loopback.
pub(super) fn start(site: Arc<dyn Site>) -> Result<Server> {
    serve(site).context("cannot serve on loopback")
}

/// A place below the mirror's directory.
pub(super) fn in_mirror(context: &Context, place: &str) -> Result<PathBuf> {
    let root = context.settings.mirror.as_ref().context("a mirror run has its directory")?;
    Ok(root.join(place))
}

/// Whether the run talks to the real sites.
pub(super) fn is_live(context: &Context) -> bool {
    context.settings.mode == Mode::Live
}

/// How many of the addresses in `complete` the server was asked for after its first `n_before` requests.
pub(super) fn fetched_again(server: &Server, n_before: usize, complete: &[String]) -> usize {
    let complete: HashSet<&str> = complete.iter().map(|url| path_of(url)).collect();
    server.requests()[n_before..]
        .iter()
        .filter(|asked| complete.contains(asked.path_and_query.as_str()))
        .count()
}

/// An address without scheme and host.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

//! Sites of a newspaper's shape: day and month indexes, XML sitemaps, interfaces that want a key, and articles in
//! several generations of layout, among them walls, stubs and pages that are no articles.
//!
//! One server plays all hosts of the paper. Links are absolute and name the real hosts, as they do
//! in the wild; a client that works against the demo maps those hosts to the server. The paths of
//! the hosts do not collide.

mod archive;
mod demo;
mod guardian;
mod index;
mod layout;
mod mirror;

pub use demo::{ArticleTruth, Config, Demo, PageKind};
pub use guardian::{Guardian, GuardianConfig};
pub use mirror::{Mirror, SavedPage};

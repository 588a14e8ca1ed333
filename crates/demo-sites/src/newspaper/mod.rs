//! Sites of a newspaper's shape: day and month indexes, articles in several generations of layout.
//!
//! One server plays all hosts of the paper. Links are absolute and name the real hosts, as they do
//! in the wild; a client that works against the demo maps those hosts to the server. The paths of
//! the hosts do not collide.

mod demo;
mod guardian;
mod index;
mod layout;
mod mirror;

pub use demo::{ArticleTruth, Config, Demo, PageKind};
pub use guardian::{Guardian, GuardianConfig};
pub use mirror::{Mirror, SavedPage};

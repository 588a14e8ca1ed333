//! Polite, resumable, crash-safe HTTP.
mod address;
mod clock;
mod download;
mod error;
mod estimate;
mod fetcher;
mod files;
mod ledger;
mod manners;
mod store;
mod transport;

pub use address::{Secret, redacted};
pub use clock::{Clock, Stop, SystemClock};
pub use download::{DownloadOptions, Ended, Fetched, Progress, Summary, Verdict, download};
pub use error::{BoxError, Error, Result};
pub use estimate::{Estimate, human, thousands};
pub use fetcher::{Config, Fetcher, Page, Validators};
pub use files::{Disk, Files, OpenFile};
pub use ledger::{Change, Counts, Item, Ledger, Limit, NewItem, State};
pub use store::{SafePath, Store, write_whole, write_whole_with};
pub use transport::{Headers, Http, Reply, Request, Transport};

#![doc = include_str!("../README.md")]

mod error;

mod clock;
mod files;
mod transport;

mod address;
mod estimate;
mod fetcher;
mod manners;

mod budget;
mod download;
mod ledger;
mod store;

mod seams;

#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "console")]
mod deadline;
pub mod simulation;

pub use address::{Secret, redacted};
pub use budget::Budget;
pub use clock::{Clock, Stop, SystemClock};
pub use download::{DownloadOptions, Ended, Fetched, Progress, Summary, Verdict, download};
pub use error::{BoxError, Error, Result};
pub use estimate::{Estimate, human, thousands};
pub use fetcher::{Config, Fetcher, Page, Validators};
pub use files::{Disk, Files, OpenFile};
pub use ledger::{Change, Counts, Item, Ledger, Limit, NewItem, State};
pub use seams::Seams;
pub use store::{SafePath, Store, write_whole, write_whole_with};
pub use transport::{Headers, Http, Reply, Request, Transport};

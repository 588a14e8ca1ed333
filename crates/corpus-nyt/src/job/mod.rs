//! The whole way of a paper: lists to raw pages or answers, these to documents.

mod answers;
mod imports;
mod pages;
mod plan;
mod raw;
mod stored;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use corpus_fetch::{
    Clock, Disk, Fetcher, Files, Http, Ledger, Limit, Secret, Stop, Store, SystemClock, Transport,
};
use jiff::civil::Date;

pub use answers::Answers;
pub use imports::Imported;
pub use pages::{Collected, Report};
pub use plan::Plan;
pub use stored::{Origin, document};

use crate::Error;
use crate::api::Api;
use crate::papers::Newspaper;

/// A paper's download directory and what is wanted there. The same job run again goes on where it was.
#[derive(Clone)]
pub struct Job {
    /// Which paper.
    pub paper: &'static dyn Newspaper,
    /// Ledger and raw pages lie here; those of the paper's interface in `api/` below.
    pub dir: PathBuf,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Sections, as they stand in addresses (`world`); none: all.
    pub sections: Vec<String>,
    /// The indexes to read, by their [`Index::id`](crate::papers::Index::id); none: all.
    pub indexes: Vec<String>,
    /// A loopback server (`http://127.0.0.1:PORT`) that plays all hosts: the demo, a mirror. None: the real hosts.
    pub played_by: Option<String>,
    /// Mean time between requests to one host of pages.
    pub pace: Duration,
    /// Mean time between requests to the paper's interface.
    pub api_pace: Duration,
    /// Requests that the interface grants.
    pub api_limit: Limit,
    /// The user's key for the interface. It goes into requests, and nowhere else.
    pub api_key: Option<String>,
    /// Who asks: an e-mail or web address, sent with each request. Needed for the real hosts.
    pub contact: String,
    /// The user has read [`Newspaper::terms`] and has the right to go on. Needed for the real hosts.
    pub terms_accepted: bool,
    /// Wait until a spent budget has room again, for as long as a day; else the run ends there.
    pub wait: bool,
    /// How often a request that failed for a reason that may pass is made again.
    pub retries: u32,
    /// The first wait before that; it doubles each time.
    pub backoff: Duration,
    /// How long an answer may stall.
    pub read_timeout: Duration,
    /// End a download after so many pages or answers.
    pub max_items: Option<u64>,
    /// Raised to end a run cleanly.
    pub stop: Stop,
    /// The machine; a simulation has its own.
    pub seams: Seams,
}

/// What a job asks of the machine.
#[derive(Clone)]
pub struct Seams {
    /// The network; none: the real one.
    pub transport: Option<Arc<dyn Transport>>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The files below the download directory.
    pub files: Arc<dyn Files>,
    /// The ledgers of pages and of answers; none: the files in the directory.
    pub ledgers: Option<(Ledger, Ledger)>,
}

impl Default for Seams {
    fn default() -> Self {
        Self { transport: None, clock: Arc::new(SystemClock::new()), files: Arc::new(Disk), ledgers: None }
    }
}

/// The two stores of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Pages,
    Answers,
}

/// A longer wait than this for a budget or a server ends the run, unless waiting was asked for.
const WAIT_MAX: Duration = Duration::from_mins(15);

impl Job {
    /// A job with the paper's own paces and limits, all its sections and indexes, on the real hosts.
    #[must_use]
    pub fn new(paper: &'static dyn Newspaper, dir: &Path, from: Date, to: Date) -> Self {
        let api = paper.api();
        Self {
            paper,
            dir: dir.to_owned(),
            from,
            to,
            sections: Vec::new(),
            indexes: Vec::new(),
            played_by: None,
            pace: paper.pace(),
            api_pace: api.map_or(paper.pace(), |api| api.pace),
            api_limit: api.map(|api| api.limit).unwrap_or_default(),
            api_key: None,
            contact: String::new(),
            terms_accepted: false,
            wait: false,
            retries: 4,
            backoff: Duration::from_secs(1),
            read_timeout: Duration::from_mins(1),
            max_items: None,
            stop: Stop::new(),
            seams: Seams::default(),
        }
    }

    fn root(&self, part: Part) -> PathBuf {
        match part {
            Part::Pages => self.dir.clone(),
            Part::Answers => self.dir.join("api"),
        }
    }

    fn ledger_path(&self, part: Part) -> PathBuf {
        self.root(part).join("ledger.sqlite")
    }

    fn ledger(&self, part: Part) -> Result<Ledger, Error> {
        match (&self.seams.ledgers, part) {
            (Some((pages, _)), Part::Pages) => Ok(pages.clone()),
            (Some((_, answers)), Part::Answers) => Ok(answers.clone()),
            (None, _) => Ok(Ledger::open(&self.ledger_path(part))?),
        }
    }

    /// The ledger as it is, beside a running download too; none where there is none.
    fn ledger_to_read(&self, part: Part) -> Result<Option<Ledger>, Error> {
        if self.seams.ledgers.is_some() {
            return self.ledger(part).map(Some);
        }
        let path = self.ledger_path(part);
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(Ledger::open_read_only(&path)?))
    }

    fn store(&self, part: Part, ledger: &Ledger) -> Result<Store, Error> {
        Ok(Store::open_with(Arc::clone(&self.seams.files), &self.root(part), ledger)?)
    }

    /// The paper's interface.
    fn api(&self) -> Result<&'static Api, Error> {
        self.paper
            .api()
            .ok_or_else(|| Error::usage(format!("{} has no interface for programs", self.paper.name())))
    }

    fn check_days(&self) -> Result<(), Error> {
        if self.from > self.to {
            let message = format!("the first day, {}, is after the last, {}", self.from, self.to);
            return Err(Error::usage(message));
        }
        Ok(())
    }

    /// Real hosts are asked only by somebody who says who they are and has read the terms.
    fn check_terms(&self, terms: &str) -> Result<(), Error> {
        if self.played_by.is_none() && (!self.terms_accepted || self.contact.is_empty()) {
            return Err(Error::terms(format!(
                "{}'s own hosts are asked only with a contact and the terms accepted (--live, --contact, \
                 --accept-terms). {terms}",
                self.paper.name(),
            )));
        }
        Ok(())
    }

    fn config(&self) -> corpus_fetch::Config {
        corpus_fetch::Config {
            contact: self.contact.clone(),
            played_by: self.played_by.clone(),
            retries: self.retries,
            backoff: self.backoff,
            read_timeout: self.read_timeout,
            wait_max: if self.wait { Duration::from_hours(25) } else { WAIT_MAX },
            ..corpus_fetch::Config::new(concat!("corpus-nyt/", env!("CARGO_PKG_VERSION")))
        }
    }

    fn fetcher_with(&self, config: corpus_fetch::Config) -> Result<Fetcher, Error> {
        let transport: Arc<dyn Transport> = match &self.seams.transport {
            Some(transport) => Arc::clone(transport),
            None => {
                Arc::new(Http::new(config.connect_timeout, config.read_timeout, config.played_by.as_deref())?)
            }
        };
        Ok(Fetcher::with_seams(config, self.stop.clone(), transport, Arc::clone(&self.seams.clock))?)
    }

    /// A fetcher of pages and indexes.
    fn page_fetcher(&self) -> Result<Fetcher, Error> {
        self.check_days()?;
        self.check_terms(self.paper.terms())?;
        self.fetcher_with(corpus_fetch::Config {
            hosts: self.paper.hosts().iter().map(|&h| h.to_owned()).collect(),
            pace: self.pace,
            ..self.config()
        })
    }

    /// A fetcher of the interface's answers, within its budgets.
    fn api_fetcher(&self, api: &Api, ledger: &Ledger) -> Result<Fetcher, Error> {
        self.check_days()?;
        self.check_terms(api.terms)?;
        let Some(key) = self.api_key.clone().filter(|key| !key.is_empty()) else {
            return Err(Error::usage(format!(
                "the {} needs a key of your own: --api-key-file FILE, or the environment's {} (keys: {})",
                api.name, api.key_variable, api.keys
            )));
        };
        let fetcher = self.fetcher_with(corpus_fetch::Config {
            hosts: vec![api.host.to_owned()],
            // An interface with a key is used under its own terms; robots.txt speaks to crawlers.
            without_robots: vec![api.host.to_owned()],
            secrets: vec![Secret {
                host: api.host.to_owned(),
                parameter: api.parameter.to_owned(),
                value: key,
            }],
            pace: self.api_pace,
            ..self.config()
        })?;
        fetcher.limit(api.host, self.api_limit, ledger)?;
        Ok(fetcher)
    }

    /// Whether an article of this address is among the sections wanted.
    fn wants_section(&self, url: &str) -> bool {
        self.sections.is_empty()
            || self
                .paper
                .section_of(url)
                .is_some_and(|own| self.sections.iter().any(|s| s.eq_ignore_ascii_case(&own)))
    }
}

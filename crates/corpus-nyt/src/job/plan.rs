//! What a run would ask, and how long it would take: said before the first request.

use std::time::Duration;

use corpus_fetch::State;
use serde::Serialize;

use super::answers::budget_of;
use super::raw::key_of;
use super::{Job, Part};
use crate::Error;

/// Requests to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Requests still to make, as far as it is known now.
    pub requests: u64,
    /// Requests of the same kind that are done.
    pub done: u64,
    /// Requests that the last 24 hours leave of the day's budget, where there is one.
    pub left_today: Option<u32>,
    /// Days on which the program must run, where a budget spreads the work.
    pub days: Option<u64>,
    /// The time that the requests take at the pace and within the budgets.
    pub seconds: u64,
    /// Whether more requests may come to light as the lists are read.
    pub at_least: bool,
}

impl Job {
    /// What [`Job::answers`] would ask.
    ///
    /// # Errors
    ///
    /// When the paper has no interface, or the ledger is broken.
    pub fn plan_answers(&self) -> Result<Plan, Error> {
        self.check_days()?;
        let api = self.api()?;
        let requests = (api.requests)(self.from, self.to, &self.sections);
        let mut plan = Plan { at_least: api.has_text, ..Plan::default() };
        let mut left_today = self.api_limit.per_day;
        let ledger = self.ledger_to_read(Part::Answers)?;
        for request in &requests {
            let item = ledger.as_ref().map(|ledger| ledger.item(&key_of(&request.url))).transpose()?;
            let is_done = item.flatten().is_some_and(|item| item.state == State::Complete);
            plan.done += u64::from(is_done);
            plan.requests += u64::from(!is_done);
        }
        if let Some(ledger) = &ledger {
            left_today = budget_of(self, api, ledger, self.seams.clock.now())?.left_today;
        }
        let at_pace = self.api_pace.mul_f64(plan.requests as f64);
        let per_minute = self
            .api_limit
            .per_minute
            .map_or(Duration::ZERO, |n| Duration::from_secs_f64(60.0 * plan.requests as f64 / f64::from(n)));
        let mut time = at_pace.max(per_minute);
        if let (Some(per_day), Some(left)) = (self.api_limit.per_day, left_today) {
            let later = plan.requests.saturating_sub(u64::from(left)).div_ceil(u64::from(per_day));
            plan.days = Some(later + u64::from(left > 0 && plan.requests > 0));
            time = time.max(Duration::from_hours(24 * later));
        }
        plan.left_today = left_today;
        plan.seconds = time.as_secs();
        Ok(plan)
    }

    /// What [`Job::collect`] and [`Job::download`] would ask: the pages that are listed already, and the first pages
    /// of the indexes.
    ///
    /// # Errors
    ///
    /// When the ledger is broken, or an index is not one of the paper's.
    pub fn plan_pages(&self) -> Result<Plan, Error> {
        self.check_days()?;
        let roots = self.index_roots()?.len() as u64;
        let counts = self.ledger_to_read(Part::Pages)?.map(|ledger| ledger.counts()).transpose()?;
        let counts = counts.unwrap_or_default();
        let requests = roots + counts.pending + counts.deferred;
        Ok(Plan {
            requests,
            done: counts.complete,
            left_today: None,
            days: None,
            seconds: self.pace.mul_f64(requests as f64).as_secs(),
            at_least: true,
        })
    }
}

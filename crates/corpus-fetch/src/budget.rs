//! What is left of a host's budget of requests, asked without taking any.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::params;

use crate::address;
use crate::error::Result;
use crate::ledger::{Ledger, Limit};

/// Where a budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests that may still be made now, of the last 24 hours' number; `None` where there is no such limit.
    pub left_today: Option<u32>,
    /// How long until the next request may be made; zero where one may be made now.
    pub wait: Duration,
}

impl Ledger {
    /// Where the budget of an address's host stands, as [`Fetcher::limit`](crate::Fetcher::limit) keeps it here.
    ///
    /// # Errors
    ///
    /// When the address cannot be read, or the ledger.
    pub fn budget(&self, url: &str, limit: Limit, now: SystemTime) -> Result<Budget> {
        let host = address::host_port(&address::parse(url)?);
        let now_ms = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached("SELECT at_ms FROM request WHERE host = ?1 AND at_ms > ?2 ORDER BY at_ms DESC")?;
        let mut wait_ms = 0;
        let mut left_today = None;
        for (allowed, window_ms) in [(limit.per_minute, 60_000), (limit.per_day, 86_400_000)] {
            let Some(allowed) = allowed else { continue };
            let made: Vec<i64> = statement
                .query_map(params![host, now_ms - window_ms], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            // The request that must leave the window before the next may enter it.
            if let Some(at_ms) = allowed.checked_sub(1).and_then(|last| made.get(last as usize)) {
                wait_ms = wait_ms.max((*at_ms).min(now_ms) + window_ms - now_ms);
            }
            if window_ms == 86_400_000 {
                left_today = Some(allowed.saturating_sub(u32::try_from(made.len()).unwrap_or(u32::MAX)));
            }
        }
        Ok(Budget { left_today, wait: Duration::from_millis(wait_ms.unsigned_abs()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_taking_would_say() {
        let ledger = Ledger::in_memory().expect("memory");
        let limit = Limit { per_minute: Some(2), per_day: Some(5) };
        let at = |s: u64| UNIX_EPOCH + Duration::from_secs(1_000_000 + s);
        let mut taken = 0;
        for s in (0..100_000).step_by(7) {
            let said = ledger.budget("https://api.example.org/a", limit, at(s)).expect("ledger");
            let wait = ledger.take_request("api.example.org:443", limit, at(s)).expect("ledger");
            assert_eq!(said.wait, wait.unwrap_or_default(), "{s}");
            assert!(wait.is_some() || said.left_today > Some(0));
            taken += u32::from(wait.is_none());
        }
        assert_eq!(taken, 10);
    }
}

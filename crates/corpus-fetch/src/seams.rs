//! All that a program above this crate stands on, in one piece.

use std::sync::Arc;

use crate::clock::Clock;
use crate::files::Files;
use crate::ledger::Ledger;
use crate::transport::Transport;

/// The three seams and the ledger behind them. A program that takes these instead of opening its own can
/// be run whole in a [`simulation`](crate::simulation::World::seams).
#[derive(Clone)]
pub struct Seams {
    /// The network.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The disk.
    pub files: Arc<dyn Files>,
    /// What is done.
    pub ledger: Ledger,
}

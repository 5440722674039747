//! What the methods have at hand.

use std::sync::Arc;

use kit::{clock::Clock, db::Db};

use crate::{changes::Changes, freshness::Heads};

/// What the rooms share. Cheap to clone.
#[derive(Clone)]
pub struct Cockpit {
    /// The database.
    pub db: Db,
    /// The present.
    pub clock: Clock,
    /// How long the sources' logs are.
    pub heads: Arc<Heads>,
    /// News of changed numbers.
    pub changes: Arc<Changes>,
}

impl Cockpit {
    /// A cockpit that has heard nothing yet.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            heads: Arc::default(),
            changes: Arc::default(),
        }
    }
}

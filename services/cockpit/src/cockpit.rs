//! The dependencies of the modules.

use std::sync::Arc;

use kit::{clock::Clock, db::Db};

use crate::{changes::Changes, freshness::SourceHeads};

/// What the modules share. Cheap to clone.
#[derive(Clone)]
pub struct Cockpit {
    /// The database.
    pub db: Db,
    /// The present.
    pub clock: Clock,
    /// The heads of the sources' event logs.
    pub heads: Arc<SourceHeads>,
    /// Notifications of changed numbers.
    pub changes: Arc<Changes>,
}

impl Cockpit {
    /// A cockpit before the first notification.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            heads: Arc::default(),
            changes: Arc::default(),
        }
    }
}

//! What the methods have at hand.

use std::sync::Arc;

use kit::{clock::Clock, db::Db};

use crate::{
    freshness::Heads,
    overview::live::{Changes, Screens},
};

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
    /// Who is watching.
    pub screens: Screens,
}

impl Cockpit {
    /// A cockpit that nobody watches yet.
    pub fn new(db: Db, clock: Clock) -> Self {
        let heads = Arc::new(Heads::default());
        let changes = Arc::new(Changes::default());
        let screens = Screens::new(db.clone(), clock.clone(), heads.clone(), changes.clone());
        Self {
            db,
            clock,
            heads,
            changes,
            screens,
        }
    }
}

//! The data cockpit. It owns no business fact: it turns the events of the other services into indicators.
//!
//! ```text
//! identity, membership, events ── event logs ── facts (projection) ── facts, totals, city_totals
//!                                                                        │
//!                    catalogue: what every number means ── queries, provinces, overview (once or live), plan
//! ```
//!
//! | room | |
//! |---|---|
//! | [`catalogue`] | what every number means; the only place that says so |
//! | [`facts`] | events become signed facts, each counted once |
//! | [`queries`] | one metric over a period |
//! | [`provinces`] | one province and its cities |
//! | [`overview`] | everything at a glance, once or as a live stream |
//! | [`freshness`] | how far each source was followed |
//! | [`plan`] | what the plans promise |
//! | [`rebuild`] | counting everything anew while the present numbers serve |
//!
//! What must hold: no number without an entry in the catalogue; every number limited to the caller's scope by the statement that
//! reads it; numbers and their freshness from one snapshot; facts equal to a recount of the sources' logs.

pub mod catalogue;
pub mod facts;
pub mod freshness;
pub mod overview;
pub mod plan;
pub mod provinces;
pub mod queries;
pub mod reading;
pub mod rebuild;
pub mod scope;
mod seed;
mod service;

use std::sync::Arc;

use kit::{clock::Clock, db::Db};

use crate::{
    freshness::Heads,
    overview::live::{Changes, Screens},
};

pub use seed::load as load_seeds;
pub use service::{CockpitService, ProjectionService, Service, Settings};

/// The permission that every question needs.
pub const PERMISSION: &str = "cockpit.read";

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

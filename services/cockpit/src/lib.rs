//! The data cockpit. It owns no business fact: it turns the events of the other services into indicators.
//!
//! ```text
//! identity, membership, events ── event logs ── projection ── facts, totals, city_totals; periods
//!                                                                        │
//!                    catalogue: the definitions ── queries, provinces, overview (once or live), plan
//! ```
//!
//! | module | |
//! |---|---|
//! | [`catalogue`] | the definitions of all metrics |
//! | [`projection`] | the handler of events: facts and periods in one transaction |
//! | [`facts`] | events become signed facts, each counted once |
//! | [`periods`] | events begin and end periods: who was what, from when to when |
//! | [`changes`] | change notifications, to all replicas |
//! | [`queries`] | one metric over a period |
//! | [`slices`] | any combination of dimensions, with distinct people, as of any day |
//! | [`provinces`] | one province and its cities |
//! | [`overview`] | the overview, once or as a live stream |
//! | [`freshness`] | how far the events of each source were applied |
//! | [`plan`] | the indicators of the plans |
//! | [`rebuild`] | recounting all events while the current numbers serve |
//!
//! Invariants: no number without an entry in the catalogue; every number limited to the caller's scope by the statement that
//! reads it; numbers and their freshness from one snapshot; facts equal to a recount of the sources' logs.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod catalogue;
pub mod changes;
mod cockpit;
pub mod facts;
pub mod freshness;
pub mod overview;
pub mod periods;
pub mod plan;
pub mod projection;
pub mod provinces;
pub mod queries;
pub mod reading;
pub mod rebuild;
pub mod scope;
mod seed;
mod service;
pub mod slices;

pub use cockpit::Cockpit;
pub use seed::load as load_seeds;
pub use service::{CockpitService, Service, Settings, query_routes, routes};

/// What this service implements of the contract.
mod contract {
    proto_cockpit::methods!();
}

//! End-to-end tests of the whole platform. The programs of the services and `cast` must have been built.
#![allow(clippy::disallowed_methods, reason = "tests choose")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod callers;
mod collector;
mod contract;
mod faults;
mod integrity;
mod journey;
mod live;
mod messages;
mod metrics;
mod nemesis;
mod privacy;
mod replicas;
mod scale;
mod search_engines;
mod stored;
mod traces;
mod visitor;

//! The whole platform from outside. The programs of the services and `cast` must have been built.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod collector;
mod faults;
mod integrity;
mod journey;
mod live;
mod metrics;
mod nemesis;
mod privacy;
mod replicas;
mod scale;
mod search_engines;
mod traces;
mod visitor;

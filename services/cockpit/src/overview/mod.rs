//! What leadership sees first: headline figures, the funnel, provinces, societies and freshness, once or as a live stream.

pub mod rpc;
pub mod rules;
pub mod screens;
pub mod store;
pub(crate) mod wire;

use crate::{catalogue::Metric, facts::Province, freshness::Freshness};
use time::OffsetDateTime;
use uuid::Uuid;

/// What stands in the place of a province's name where none is known.
pub const UNKNOWN_PROVINCE: &str = "未归属省份";

/// Societies shown.
pub const SOCIETIES: i64 = 10;

/// The present value of a metric in a province, and what came today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Which metric.
    pub metric: Metric,
    /// In which province.
    pub province: Province,
    /// The stock now, or the flow since the beginning.
    pub value: i64,
    /// What came today, in China.
    pub today: i64,
}

/// One society in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Society {
    /// Which one.
    pub organisation_id: Uuid,
    /// Its name; none until its event has arrived.
    pub name: Option<String>,
    /// Memberships in force.
    pub memberships: i64,
    /// Applications ever submitted.
    pub applications: i64,
    /// Activities published.
    pub activities: i64,
}

/// Everything an overview is made of, from one snapshot.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// By metric and province.
    pub sums: Vec<Sum>,
    /// Those with most memberships.
    pub societies: Vec<Society>,
    /// Names of the provinces by code.
    pub province_names: Vec<(String, String)>,
    /// How far each source was followed.
    pub freshness: Vec<Freshness>,
    /// When it was read.
    pub computed_at: OffsetDateTime,
}

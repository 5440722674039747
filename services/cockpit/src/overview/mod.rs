//! The overview: headline figures, funnel, provinces, societies and freshness, once or as a live stream.

pub mod rpc;
pub mod rules;
pub mod store;
pub mod streams;
pub(crate) mod wire;

use crate::{catalogue::Metric, facts::Province, freshness::Freshness};
use time::OffsetDateTime;
use uuid::Uuid;

/// The name displayed for facts without a known province.
pub const UNKNOWN_PROVINCE: &str = "未归属省份";

/// Maximum number of societies in an overview.
pub const MAX_SOCIETIES: i64 = 10;

/// The present value of a metric in a province, and its change today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The metric.
    pub metric: Metric,
    /// The province.
    pub province: Province,
    /// The stock now, or the flow since the beginning.
    pub value: i64,
    /// The change on the current day in China.
    pub today: i64,
}

/// One society in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Society {
    /// Its id.
    pub organisation_id: Uuid,
    /// Its name; `None` until its event has been applied.
    pub name: Option<String>,
    /// Memberships in force.
    pub memberships: i64,
    /// Applications ever submitted.
    pub applications: i64,
    /// Activities published.
    pub activities: i64,
}

/// The data of an overview, from one snapshot.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// Sums by metric and province.
    pub sums: Vec<Sum>,
    /// The societies with most memberships.
    pub societies: Vec<Society>,
    /// Names of the provinces by code.
    pub province_names: Vec<(String, String)>,
    /// How far the events of each source were applied.
    pub freshness: Vec<Freshness>,
    /// When it was read.
    pub computed_at: OffsetDateTime,
}

//! How far the cockpit has followed each service: what makes a number trustworthy, or shows that it is not.

mod follow;
pub mod heads;
pub mod store;

use time::OffsetDateTime;

pub use follow::follow;
pub use heads::Heads;

/// How far one service was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The service.
    pub source: String,
    /// The last position that is counted.
    pub applied_position: i64,
    /// When the latest counted fact happened.
    pub last_fact_at: Option<OffsetDateTime>,
    /// Events that could not be counted.
    pub quarantined: i64,
}

impl Freshness {
    /// For the wire. `head` is the highest position known at the source; what is applied exists, so it is a bound from below.
    pub fn into_wire(self, head: i64) -> proto::cast::cockpit::v1::Freshness {
        proto::cast::cockpit::v1::Freshness {
            head_position: head.max(self.applied_position),
            source: self.source,
            applied_position: self.applied_position,
            last_fact_at: self.last_fact_at.map(kit::wire::timestamp),
            quarantined: self.quarantined,
        }
    }
}

/// Freshness for the wire, with the heads of the sources as last heard.
pub(crate) fn with_heads(
    fresh: Vec<Freshness>,
    heads: &Heads,
) -> Vec<proto::cast::cockpit::v1::Freshness> {
    fresh
        .into_iter()
        .map(|f| {
            let head = heads.of(&f.source);
            f.into_wire(head)
        })
        .collect()
}

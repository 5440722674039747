//! Freshness: how far the events of each source have been applied, which tells how current the numbers are.

mod poll;
pub mod source_heads;
pub mod store;

use time::OffsetDateTime;

pub use poll::poll;
pub use source_heads::SourceHeads;

/// How far the events of one source have been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// The service.
    pub source: String,
    /// The last position that is counted.
    pub applied_position: i64,
    /// When the latest counted event occurred.
    pub last_fact_at: Option<OffsetDateTime>,
    /// Events that could not be counted.
    pub quarantined: i64,
}

impl Freshness {
    /// The message. `head` is the highest known position of the source; it is at least the applied position.
    pub fn into_wire(self, head: i64) -> proto_cockpit::v1::Freshness {
        proto_cockpit::v1::Freshness {
            head_position: head.max(self.applied_position),
            source: self.source,
            applied_position: self.applied_position,
            last_fact_at: self.last_fact_at.map(kit::wire::timestamp),
            quarantined: self.quarantined,
            // Said where it is asked for.
            behind_seconds: 0,
        }
    }
}

/// Freshness as messages, with the heads of the sources as last received.
pub(crate) fn with_heads(
    fresh: Vec<Freshness>,
    heads: &SourceHeads,
) -> Vec<proto_cockpit::v1::Freshness> {
    fresh
        .into_iter()
        .map(|f| {
            let head = heads.of(&f.source);
            f.into_wire(head)
        })
        .collect()
}

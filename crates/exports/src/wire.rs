//! An export on the wire.

use kit::{errors::Result, wire::timestamp};
use proto_exports::v1 as wire;
use time::OffsetDateTime;

use crate::{
    exports::{Exports, PURPOSE},
    state::{Failure, State},
    store::Record,
};

impl Exports {
    /// As its requester and those who review exports see it.
    pub(crate) fn to_wire(&self, record: Record, now: OffsetDateTime) -> Result<wire::Export> {
        let purpose_text = PURPOSE.open(&self.keys, record.export_id, &record.purpose_sealed)?;
        let (state, failure) = shown(&record, now);
        let rows = record.rows.unwrap_or(record.done);
        Ok(wire::Export {
            export_id: record.export_id.to_string(),
            kind: record.kind.to_wire(),
            organisation_id: record.organisation_id.to_string(),
            activity_id: record
                .activity_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            title: record.title,
            format: record.format.to_wire(),
            columns: record.columns,
            purpose: record.purpose.to_wire(),
            purpose_text,
            state: state.to_wire(),
            failure: failure.map(Failure::to_wire).unwrap_or_default(),
            rows_done: rows,
            rows_total: record.rows.or(record.total).unwrap_or_default(),
            size_bytes: record.file_size.unwrap_or_default(),
            requester_number: record.requester_number,
            created_at: Some(timestamp(record.created_at)),
            read_at: record.read_at.map(timestamp),
            expires_at: record.expires_at.map(timestamp),
            downloads: record.downloads,
        })
    }
}

/// The state, as far as the sweeper has not entered it yet.
fn shown(record: &Record, now: OffsetDateTime) -> (State, Option<Failure>) {
    match record.state {
        State::Running if record.given_up => (State::Failed, Some(Failure::NotFinished)),
        State::Ready if record.expires_at.is_some_and(|expiry| now >= expiry) => {
            (State::Expired, None)
        }
        state => (state, record.failure),
    }
}

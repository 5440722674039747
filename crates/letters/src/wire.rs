//! A letter on the wire.

use kit::{
    errors::Result,
    wire::{etag, timestamp},
};
use proto_letters::v1 as wire;

use crate::{
    letters::{BODY, Letters, TITLE},
    store::Record,
};

impl Letters {
    /// As those who write see it. `recipients`: of a draft, how many it would go to.
    pub(crate) fn written(&self, record: Record, recipients: i64) -> Result<wire::Letter> {
        let title = TITLE.open(&self.keys, record.letter_id, &record.title_sealed)?;
        let body = BODY.open(&self.keys, record.letter_id, &record.body_sealed)?;
        Ok(wire::Letter {
            letter_id: record.letter_id.to_string(),
            organisation_id: record.organisation_id.to_string(),
            activity_id: record
                .activity_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            sender: record.sender,
            title,
            body,
            // A service may store them in lower case.
            groups: record
                .groups
                .iter()
                .map(|name| name.to_uppercase())
                .collect(),
            state: record.state.to_wire(),
            recipients,
            told: record.told,
            left_out: record.left_out,
            author_number: record.author_number,
            sender_number: record.sender_number.unwrap_or_default(),
            created_at: Some(timestamp(record.created_at)),
            sent_at: record.sent_at.map(timestamp),
            finished_at: record.finished_at.map(timestamp),
            etag: etag(record.version),
        })
    }

    /// As its recipients see it; in a list without its body.
    pub(crate) fn received(
        &self,
        record: Record,
        wanted: bool,
        whole: bool,
    ) -> Result<wire::ReceivedLetter> {
        let title = TITLE.open(&self.keys, record.letter_id, &record.title_sealed)?;
        let body = match whole {
            true => BODY.open(&self.keys, record.letter_id, &record.body_sealed)?,
            false => String::new(),
        };
        Ok(wire::ReceivedLetter {
            letter_id: record.letter_id.to_string(),
            organisation_id: record.organisation_id.to_string(),
            activity_id: record
                .activity_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            sender: record.sender,
            title,
            body,
            sent_at: record.sent_at.map(timestamp),
            wanted,
        })
    }
}

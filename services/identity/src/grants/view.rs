//! Grants as callers see them.

use kit::{crypto::Keys, errors::Result, wire};
use proto_identity::v1::Grant;
use uuid::Uuid;

use super::store::{Listed, Row};
use crate::{persons::rules::masked_name, sealing::PERSON_NAME};

/// A grant.
pub(super) fn grant(row: Row) -> Grant {
    Grant {
        grant_id: row.grant_id.to_string(),
        role: row.role,
        organisation_id: row.organisation_id.to_string(),
        organisation_name: row.organisation_name,
        person_number: row.person_number,
        person_id: row.person_id.to_string(),
        created_at: Some(wire::timestamp(row.given_at)),
        last_day: row.last_day.map(wire::date).unwrap_or_default(),
        ..Grant::default()
    }
}

/// A grant of a list, with the masked name of its holder.
pub(super) fn listed(keys: &Keys, row: Listed) -> Result<Grant> {
    Ok(Grant {
        masked_name: name(keys, row.person_id, row.name_sealed.as_deref())?,
        ended_at: row.ended_at.map(wire::timestamp),
        ..grant(Row {
            grant_id: row.grant_id,
            person_id: row.person_id,
            person_number: row.person_number,
            role: row.role,
            organisation_id: row.organisation_id,
            organisation_name: row.organisation_name,
            given_at: row.given_at,
            last_day: row.last_day,
        })
    })
}

/// The masked name of a person; empty for one who is not verified any more.
pub(super) fn name(keys: &Keys, person_id: Uuid, sealed: Option<&[u8]>) -> Result<String> {
    let open = |sealed| Ok(masked_name(&PERSON_NAME.open(keys, person_id, sealed)?));
    sealed.map(open).transpose().map(Option::unwrap_or_default)
}

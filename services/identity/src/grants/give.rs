//! Giving and taking back grants, for the methods, the seed and the command that appoints.

use eventlog::NewEvent;
use kit::{access::roles::Role, db::Tx, errors::Result};
use proto_identity::v1::{GrantGiven, GrantRevoked};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    rules,
    store::{self, NewGrant, Row},
};

/// A grant and since when it is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) grant_id: Uuid,
    pub(crate) given_at: OffsetDateTime,
}

/// Gives a role to a person who is locked. The same grant again is the grant that is there.
pub(crate) async fn give(
    tx: &mut Tx,
    person_id: Uuid,
    verified: bool,
    role: &'static Role,
    organisation_id: Uuid,
    given_by: &str,
    now: OffsetDateTime,
) -> Result<Given> {
    let held = store::of_person(tx, person_id).await?;
    let same = |row: &&Row| row.role == role.name && row.organisation_id == organisation_id;
    if let Some(there) = held.iter().find(same) {
        return Ok(Given {
            grant_id: there.grant_id,
            given_at: there.given_at,
        });
    }
    rules::may_hold(verified, &store::roles_of(tx, person_id).await?, role)?;
    let new = NewGrant {
        grant_id: kit::chance::id(now),
        person_id,
        role: role.name,
        organisation_id,
        given_by,
        given_at: now,
    };
    store::insert(tx, &new).await?;
    let fact = GrantGiven {
        person_id: person_id.to_string(),
        role: role.name.to_owned(),
        organisation_id: organisation_id.to_string(),
    };
    tx.publish(&NewEvent::of("Grant", new.grant_id, &fact), now)
        .await?;
    Ok(Given {
        grant_id: new.grant_id,
        given_at: now,
    })
}

/// Takes every role from a person who is locked and may hold none any more.
pub(crate) async fn revoke_all(tx: &mut Tx, person_id: Uuid, now: OffsetDateTime) -> Result<()> {
    for row in store::of_person(tx, person_id).await? {
        revoke(tx, row, now).await?;
    }
    Ok(())
}

/// Takes a grant out, of a person who is locked.
pub(crate) async fn revoke(tx: &mut Tx, row: Row, now: OffsetDateTime) -> Result<()> {
    store::remove(tx, row.grant_id).await?;
    let fact = GrantRevoked {
        person_id: row.person_id.to_string(),
        role: row.role,
        organisation_id: row.organisation_id.to_string(),
    };
    let event = NewEvent::of("Grant", row.grant_id, &fact);
    Ok(tx.publish(&event, now).await?)
}

//! Giving and taking back grants, for the methods, the seed and the command that appoints.

use eventlog::NewEvent;
use kit::{
    access::{
        self,
        roles::{self, Role},
    },
    db::Tx,
    errors::Result,
};
use proto_identity::v1::{GrantGiven, GrantRevoked};
use proto_notices::{Filled, templates};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    rules,
    store::{self, NewGrant, Row},
};
use crate::notices::{Telling, tell};

/// A grant and since when it is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) grant_id: Uuid,
    pub(crate) given_at: OffsetDateTime,
    pub(crate) last_day: Option<Date>,
    /// Whether it was not there before.
    pub(crate) new: bool,
}

/// What is given to whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gift<'a> {
    pub(crate) person_id: Uuid,
    /// Whether the real name is verified.
    pub(crate) verified: bool,
    pub(crate) role: &'static Role,
    pub(crate) organisation_id: Uuid,
    /// `None`: until it is taken.
    pub(crate) last_day: Option<Date>,
    /// Actor, as in audit records.
    pub(crate) given_by: &'a str,
}

/// Gives a role to a person who is locked. The same grant again is the grant that is there.
pub(crate) async fn give(tx: &mut Tx, gift: Gift<'_>, now: OffsetDateTime) -> Result<Given> {
    let Gift {
        person_id,
        verified,
        role,
        organisation_id,
        last_day,
        given_by,
    } = gift;
    let held = store::of_person(tx, person_id).await?;
    let same = |row: &&Row| row.role == role.name && row.organisation_id == organisation_id;
    if let Some(there) = held.iter().find(same) {
        return Ok(Given {
            grant_id: there.grant_id,
            given_at: there.given_at,
            last_day: there.last_day,
            new: false,
        });
    }
    rules::may_hold(verified, &store::roles_of(tx, person_id).await?, role)?;
    let new = NewGrant {
        grant_id: kit::chance::id(now),
        person_id,
        role: role.name,
        organisation_id,
        last_day,
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
        last_day,
        new: true,
    })
}

/// Gives a role as [`give`] does, and tells the person of one that they did not have.
pub(crate) async fn give_and_tell(
    tx: &mut Tx,
    gift: Gift<'_>,
    now: OffsetDateTime,
) -> Result<Given> {
    let given = give(tx, gift, now).await?;
    if given.new {
        let place = access::organisation(&mut *tx, gift.organisation_id).await?;
        let name = place.map(|place| place.name).unwrap_or_default();
        let what = templates::RoleGiven {
            organisation_name: &name,
            role_zh: gift.role.title_zh,
            role_en: gift.role.title_en,
        };
        tell_holder(tx, gift.person_id, &what.into(), now).await?;
    }
    Ok(given)
}

/// Takes every role from a person who is locked and may hold none any more.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    person_id: Uuid,
    ended_by: &str,
    now: OffsetDateTime,
) -> Result<()> {
    for row in store::of_person(tx, person_id).await? {
        revoke(tx, row, ended_by, now).await?;
    }
    Ok(())
}

/// Takes a grant out, of a person who is locked, and tells them. `ended_by`: actor, as in audit records.
pub(crate) async fn revoke(
    tx: &mut Tx,
    row: Row,
    ended_by: &str,
    now: OffsetDateTime,
) -> Result<()> {
    store::end(tx, row.grant_id, ended_by, now).await?;
    let (role_zh, role_en) = titles(&row.role);
    let what = templates::RoleEnded {
        organisation_name: &row.organisation_name,
        role_zh,
        role_en,
    };
    tell_holder(tx, row.person_id, &what.into(), now).await?;
    let fact = GrantRevoked {
        person_id: row.person_id.to_string(),
        role: row.role,
        organisation_id: row.organisation_id.to_string(),
    };
    let event = NewEvent::of("Grant", row.grant_id, &fact);
    Ok(tx.publish(&event, now).await?)
}

/// What a role is called in Chinese and English; its name where the platform no longer has it.
pub(super) fn titles(role: &str) -> (&str, &str) {
    match roles::role(role) {
        Some(role) => (role.title_zh, role.title_en),
        None => (role, role),
    }
}

/// Tells the holder of a role what has become of it.
pub(super) async fn tell_holder(
    tx: &mut Tx,
    person_id: Uuid,
    what: &Filled,
    now: OffsetDateTime,
) -> Result<()> {
    let telling = Telling {
        what,
        people: &[person_id],
        count: 1,
        urgent: false,
        told_at: now,
    };
    Ok(tell(tx, &telling, now).await?)
}

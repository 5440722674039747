//! The methods of grants.

use kit::{
    Call,
    access::{self, Caller, Organisation, roles},
    call::Write,
    clock::{SHANGHAI, business_date},
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire,
};
use proto_identity::{
    reasons,
    v1::{
        CreateGrantRequest, DeleteGrantRequest, Grant, ListGrantsRequest, ListGrantsResponse,
        ListMyGrantsRequest, ListMyGrantsResponse, ListRolesRequest, ListRolesResponse,
        RevokeGrantsOfPersonRequest, RevokeGrantsOfPersonResponse, Role, UpdateGrantRequest,
    },
};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime, Time};
use uuid::Uuid;

use super::{
    give::{Gift, give_and_tell, revoke},
    rules::{self, Decider, GrantError, Subject},
    store::{self, Filter, Row},
    view::{grant, listed},
};
use crate::{contract, persons};

/// Who acts for which organisation, in which role.
pub struct Grants {
    /// Where grants are.
    pub db: Db,
    /// What the names of their holders are sealed with.
    pub keys: Keys,
}

impl contract::Grants for Grants {
    async fn list_roles(&self, _: Call<ListRolesRequest>) -> Result<ListRolesResponse> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let roles = roles::ROLES.iter().map(|role| Role {
            role: role.name.to_owned(),
            title_zh: role.title_zh.to_owned(),
            title_en: role.title_en.to_owned(),
            permissions: owned(role.permissions),
            administers: owned(role.administers),
            administers_on_headquarters: owned(role.administers_on_headquarters),
            on_headquarters: role.place.fits(true),
            below_headquarters: role.place.fits(false),
            two_people: role.two_people,
        });
        Ok(ListRolesResponse {
            roles: roles.collect(),
        })
    }

    async fn list_my_grants(
        &self,
        call: Call<ListMyGrantsRequest>,
    ) -> Result<ListMyGrantsResponse> {
        let person_id = call.caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        let rows = store::of_person(&mut conn, person_id).await?;
        Ok(ListMyGrantsResponse {
            grants: rows.into_iter().map(grant).collect(),
        })
    }

    async fn list_grants(&self, call: Call<ListGrantsRequest>) -> Result<ListGrantsResponse> {
        let input = &call.message;
        let organisation_id = wire::parse_id("organisation_id", &input.organisation_id)?;
        let day = wire::parse_optional_date("on_day", &input.on_day)?;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let below = match input.below {
            true => access::organisation(&mut conn, organisation_id)
                .await?
                .map(|organisation| organisation.path),
            false => None,
        };
        let filter = Filter {
            organisation_id,
            below: below.as_deref(),
            during: day.map(hours),
            role: &input.role,
        };
        let rows = store::list(&mut conn, &filter, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |row| row.grant_id);
        let grants = rows.into_iter().map(|row| listed(&self.keys, row));
        Ok(ListGrantsResponse {
            grants: grants.collect::<Result<_>>()?,
            next_page_token,
        })
    }

    async fn create_grant(&self, call: Call<CreateGrantRequest>) -> Result<Grant> {
        let organisation_id = wire::parse_id("organisation_id", &call.message.organisation_id)?;
        let outcome = self.create(&call, organisation_id).await;
        let subject = format!("organisation:{organisation_id}");
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn update_grant(&self, call: Call<UpdateGrantRequest>) -> Result<Grant> {
        let grant_id = wire::parse_id("grant_id", &call.message.grant_id)?;
        let subject = format!("grant:{grant_id}");
        let outcome = self.extend(&call, grant_id, &subject).await;
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn delete_grant(&self, call: Call<DeleteGrantRequest>) -> Result<()> {
        let grant_id = wire::parse_id("grant_id", &call.message.grant_id)?;
        let subject = format!("grant:{grant_id}");
        let outcome = self.delete(&call, grant_id, &subject).await;
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn revoke_grants_of_person(
        &self,
        call: Call<RevokeGrantsOfPersonRequest>,
    ) -> Result<RevokeGrantsOfPersonResponse> {
        let organisation_id = wire::parse_id("organisation_id", &call.message.organisation_id)?;
        let outcome = self.leave(&call, organisation_id).await;
        let subject = format!("organisation:{organisation_id}");
        call.audit_refusal(&self.db, &subject, outcome).await
    }
}

impl Grants {
    async fn create(
        &self,
        call: &Call<CreateGrantRequest>,
        organisation_id: Uuid,
    ) -> Result<Grant> {
        let (caller, input) = (&call.caller, &call.message);
        let last_day = wire::parse_optional_date("last_day", &input.last_day)?;
        let mut tx = call.begin(&self.db).await?;
        let (_, role, _) = may_give(&mut tx, caller, organisation_id, &input.role).await?;
        rules::alone(role)?;
        rules::may_end_on(last_day, business_date(call.now))?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let not_found = || Problem::of(&reasons::PERSON_NOT_FOUND);
        let person_id = persons::store::by_number(&mut tx, &input.person_number)
            .await?
            .ok_or_else(not_found)?;
        let verified = lock_both(&mut tx, caller, person_id)
            .await?
            .ok_or_else(not_found)?;
        // Again, now that nothing about either of the two changes any more.
        let (by, role, organisation) =
            may_give(&mut tx, caller, organisation_id, &input.role).await?;
        let to = Subject {
            person_id,
            verified,
            held: store::roles_of(&mut tx, person_id).await?,
        };
        rules::give(&by, &to, role)?;
        let gift = Gift {
            person_id,
            verified,
            role,
            organisation_id,
            last_day,
            given_by: &caller.actor(),
        };
        let given = give_and_tell(&mut tx, gift, call.now).await?;
        tx.audit(&format!("grant:{}", given.grant_id)).await?;
        tx.commit(grant(Row {
            grant_id: given.grant_id,
            person_id,
            person_number: input.person_number.clone(),
            role: role.name.to_owned(),
            organisation_id,
            organisation_name: organisation.name,
            given_at: given.given_at,
            last_day: given.last_day,
        }))
        .await
    }

    async fn extend(
        &self,
        call: &Call<UpdateGrantRequest>,
        grant_id: Uuid,
        subject: &str,
    ) -> Result<Grant> {
        let caller = &call.caller;
        let last_day = wire::parse_optional_date("last_day", &call.message.last_day)?;
        let mut tx = call.begin(&self.db).await?;
        let row = may_revoke(&mut tx, caller, grant_id).await?;
        caller.not_about(row.person_id)?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        rules::may_end_on(last_day, business_date(call.now))?;
        lock_both(&mut tx, caller, row.person_id).await?;
        let row = may_revoke(&mut tx, caller, grant_id).await?;
        store::set_last_day(&mut tx, grant_id, last_day).await?;
        tx.audit(subject).await?;
        tx.commit(grant(Row { last_day, ..row })).await
    }

    async fn delete(
        &self,
        call: &Call<DeleteGrantRequest>,
        grant_id: Uuid,
        subject: &str,
    ) -> Result<()> {
        let caller = &call.caller;
        let mut tx = call.begin(&self.db).await?;
        let row = may_revoke(&mut tx, caller, grant_id).await?;
        caller.not_about(row.person_id)?;
        lock_both(&mut tx, caller, row.person_id).await?;
        // Another administrator may have been faster while this one waited for the locks.
        let row = may_revoke(&mut tx, caller, grant_id).await?;
        revoke(&mut tx, row, &caller.actor(), call.now).await?;
        tx.audit(subject).await?;
        tx.commit(()).await
    }

    async fn leave(
        &self,
        call: &Call<RevokeGrantsOfPersonRequest>,
        organisation_id: Uuid,
    ) -> Result<RevokeGrantsOfPersonResponse> {
        let caller = &call.caller;
        let mut tx = call.begin(&self.db).await?;
        decider(&mut tx, caller, organisation_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let person_id = persons::store::by_number(&mut tx, &call.message.person_number)
            .await?
            .ok_or_else(|| Problem::of(&reasons::PERSON_NOT_FOUND))?;
        lock_both(&mut tx, caller, person_id).await?;
        let (_, organisation) = decider(&mut tx, caller, organisation_id).await?;
        let held = store::of_person_below(&mut tx, person_id, &organisation.path).await?;
        let (mut revoked, mut remaining) = (0, Vec::new());
        for row in held {
            let (by, _) = decider(&mut tx, caller, row.organisation_id).await?;
            let role = roles::role(&row.role);
            let taken = rules::take(&by, person_id, role)
                .and_then(|()| role.map_or(Ok(()), rules::alone))
                .is_ok();
            if taken {
                tx.audit(&format!("grant:{}", row.grant_id)).await?;
                revoke(&mut tx, row, &caller.actor(), call.now).await?;
                revoked += 1;
            } else {
                remaining.push(grant(row));
            }
        }
        tx.audit(&format!("person:{person_id}")).await?;
        tx.commit(RevokeGrantsOfPersonResponse { revoked, remaining })
            .await
    }
}

/// From when until when it was that day in China.
fn hours(day: Date) -> (OffsetDateTime, OffsetDateTime) {
    let begin = |day: Date| day.with_time(Time::MIDNIGHT).assume_offset(SHANGHAI);
    (begin(day), begin(day.next_day().unwrap_or(day)))
}

/// The decider as far as this organisation goes, and the organisation. Those who manage no grants there are told the same whether it
/// exists or not.
pub(super) async fn decider(
    conn: &mut PgConnection,
    caller: &Caller,
    organisation_id: Uuid,
) -> Result<(Decider, Organisation)> {
    let Caller::Person(person) = caller else {
        return Err(GrantError::NoManager.into());
    };
    let organisation = access::organisation(&mut *conn, organisation_id).await?;
    let organisation = organisation.ok_or(GrantError::NoManager)?;
    let held = access::store::grants_of(conn, person.person_id).await?;
    let reaching: Vec<String> = held
        .into_iter()
        .filter(|held| organisation.path.starts_with(&held.path))
        .map(|held| held.role)
        .collect();
    rules::manages(&reaching)?;
    let decider = Decider {
        person_id: person.person_id,
        reaching,
        headquarters: organisation.parent_id.is_none(),
    };
    Ok((decider, organisation))
}

/// The right to give this role on this organisation.
pub(super) async fn may_give(
    conn: &mut PgConnection,
    caller: &Caller,
    organisation_id: Uuid,
    role: &str,
) -> Result<(Decider, &'static roles::Role, Organisation)> {
    let (by, organisation) = decider(conn, caller, organisation_id).await?;
    let role = rules::role_on(role, organisation.parent_id.is_none())?;
    rules::decides(&by, role)?;
    Ok((by, role, organisation))
}

/// The grant, if the caller takes it back. Those who do not reach the organisation are not told that it exists.
async fn may_revoke(tx: &mut Write, caller: &Caller, grant_id: Uuid) -> Result<Row> {
    let not_found = || Problem::of(&reasons::GRANT_NOT_FOUND);
    let hidden = |problem: Problem| match problem.reason().code {
        code if code == reasons::PERMISSION_DENIED.code => not_found(),
        _ => problem,
    };
    let row = store::read(tx, grant_id).await?.ok_or_else(not_found)?;
    tx.require(row.organisation_id).await.map_err(hidden)?;
    let (by, _) = decider(tx, caller, row.organisation_id)
        .await
        .map_err(hidden)?;
    let role = roles::role(&row.role);
    rules::take(&by, row.person_id, role)?;
    role.map_or(Ok(()), rules::alone)?;
    Ok(row)
}

/// Locks the caller, so that their own roles are not taken while they decide, and the person the grant is about, always in the same
/// order; whether that person is verified.
pub(super) async fn lock_both(
    conn: &mut PgConnection,
    caller: &Caller,
    person_id: Uuid,
) -> Result<Option<bool>> {
    let by = caller.person()?.person_id;
    let locked = persons::store::lock_all(conn, &[by, person_id]).await?;
    let found = locked.into_iter().find(|(id, _)| *id == person_id);
    Ok(found.map(|(_, verified)| verified))
}

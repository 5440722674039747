//! The methods of grants.

use eventlog::NewEvent;
use kit::{
    access::{self, Caller, roles},
    audit,
    db::{Begin, Tx},
    errors::{Problem, Result},
    paging::Page,
    wire,
};
use proto::{
    cast::identity::v1::{
        CreateGrantRequest, DeleteGrantRequest, Grant, GrantGiven, GrantRevoked, ListGrantsRequest,
        ListGrantsResponse, ListMyGrantsRequest, ListMyGrantsResponse, ListRolesRequest,
        ListRolesResponse, Role, grants_server::Grants,
    },
    reasons,
};
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    rules::{self, Decider, GrantError, Subject},
    store::{self, NewGrant, Row},
};
use crate::{Identity, persons};

const MANAGE: &str = "grants.manage";
const CREATE: &str = "cast.identity.v1.Grants/CreateGrant";
const DELETE: &str = "cast.identity.v1.Grants/DeleteGrant";

#[tonic::async_trait]
impl Grants for Identity {
    async fn list_roles(
        &self,
        _: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let roles = roles::ROLES.iter().map(|role| Role {
            role: role.name.to_owned(),
            title_zh: role.title_zh.to_owned(),
            title_en: role.title_en.to_owned(),
            permissions: owned(role.permissions),
            administers: owned(role.administers),
        });
        Ok(Response::new(ListRolesResponse {
            roles: roles.collect(),
        }))
    }

    async fn list_my_grants(
        &self,
        request: Request<ListMyGrantsRequest>,
    ) -> Result<Response<ListMyGrantsResponse>, Status> {
        Ok(self.list_my_grants(request).await?)
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        Ok(self.list_grants(request).await?)
    }

    async fn create_grant(
        &self,
        request: Request<CreateGrantRequest>,
    ) -> Result<Response<Grant>, Status> {
        Ok(self.create_grant(request).await?)
    }

    async fn delete_grant(
        &self,
        request: Request<DeleteGrantRequest>,
    ) -> Result<Response<()>, Status> {
        Ok(self.delete_grant(request).await?)
    }
}

impl Identity {
    async fn list_my_grants(
        &self,
        request: Request<ListMyGrantsRequest>,
    ) -> Result<Response<ListMyGrantsResponse>> {
        let caller = access::caller(&request);
        let person_id = caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        let rows = store::of_person(&mut conn, person_id).await?;
        Ok(Response::new(ListMyGrantsResponse {
            grants: rows.into_iter().map(grant).collect(),
        }))
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let organisation_id = wire::parse_id("organisation_id", &input.organisation_id)?;
        let mut conn = self.db.read().await?;
        caller.require(&mut conn, MANAGE, organisation_id).await?;
        let filter = ["grants", &input.organisation_id];
        let page = Page::<Uuid>::of(input.page_size, &input.page_token, &filter, &self.keys)?;
        let rows =
            store::of_organisation(&mut conn, organisation_id, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |row| row.grant_id);
        Ok(Response::new(ListGrantsResponse {
            grants: rows.into_iter().map(grant).collect(),
            next_page_token,
        }))
    }

    async fn create_grant(&self, request: Request<CreateGrantRequest>) -> Result<Response<Grant>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let organisation_id = wire::parse_id("organisation_id", &input.organisation_id)?;
        let given = self.give_once(&caller, &input, organisation_id).await;
        let subject = format!("organisation:{organisation_id}");
        self.answered(&caller, CREATE, &subject, given).await
    }

    async fn give_once(
        &self,
        caller: &Caller,
        input: &CreateGrantRequest,
        organisation_id: Uuid,
    ) -> Result<Grant> {
        {
            let mut conn = self.db.read().await?;
            may_give(&mut conn, caller, organisation_id, &input.role).await?;
        }
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &input.request_id, input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let not_found = || Problem::of(&reasons::PERSON_NOT_FOUND);
        let person_id = persons::store::by_number(&mut tx, &input.person_number)
            .await?
            .ok_or_else(not_found)?;
        let verified = lock_both(&mut tx, caller, person_id)
            .await?
            .ok_or_else(not_found)?;
        // Again, now that nothing about either of the two changes any more.
        let (by, role) = may_give(&mut tx, caller, organisation_id, &input.role).await?;
        let held = store::roles_of(&mut tx, person_id).await?;
        let to = Subject {
            person_id,
            verified,
            held,
        };
        rules::give(&by, &to, role)?;
        let grant_id = self
            .give(
                &mut tx,
                person_id,
                verified,
                role,
                organisation_id,
                &caller.actor(),
            )
            .await?;
        let subject = format!("grant:{grant_id}");
        audit::record(&mut tx, caller, CREATE, &subject, "ok", now).await?;
        let row = store::read(&mut tx, grant_id).await?;
        let answer = grant(row.ok_or_else(|| Problem::of(&reasons::GRANT_NOT_FOUND))?);
        tx.commit(&answer).await?;
        Ok(answer)
    }

    /// Gives a role to a person who is locked. The same grant again is the grant that is there.
    pub(crate) async fn give(
        &self,
        tx: &mut Tx,
        person_id: Uuid,
        verified: bool,
        role: &'static roles::Role,
        organisation_id: Uuid,
        given_by: &str,
    ) -> Result<Uuid> {
        let held = store::of_person(tx, person_id).await?;
        let same = |row: &&Row| row.role == role.name && row.organisation_id == organisation_id;
        if let Some(there) = held.iter().find(same) {
            return Ok(there.grant_id);
        }
        rules::may_hold(verified, &store::roles_of(tx, person_id).await?, role)?;
        let (grant_id, now) = (Uuid::now_v7(), self.clock.now());
        let new = NewGrant {
            grant_id,
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
        tx.publish(&NewEvent::of("Grant", grant_id, &fact), now)
            .await?;
        Ok(grant_id)
    }

    async fn delete_grant(&self, request: Request<DeleteGrantRequest>) -> Result<Response<()>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let grant_id = wire::parse_id("grant_id", &input.grant_id)?;
        let taken = self.take(&caller, grant_id).await;
        let subject = format!("grant:{grant_id}");
        self.answered(&caller, DELETE, &subject, taken).await
    }

    async fn take(&self, caller: &Caller, grant_id: Uuid) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let row = may_take(&mut tx, caller, grant_id).await?;
        caller.not_about(row.person_id)?;
        lock_both(&mut tx, caller, row.person_id).await?;
        // Somebody else may have been faster while we waited for the locks.
        let row = may_take(&mut tx, caller, grant_id).await?;
        self.remove(&mut tx, row).await?;
        let subject = format!("grant:{grant_id}");
        audit::record(&mut tx, caller, DELETE, &subject, "ok", now).await?;
        Ok(tx.commit().await?)
    }

    /// Takes every role from a person who is locked and may hold none any more.
    pub(crate) async fn take_all(&self, tx: &mut Tx, person_id: Uuid) -> Result<()> {
        for row in store::of_person(tx, person_id).await? {
            self.remove(tx, row).await?;
        }
        Ok(())
    }

    /// Takes a grant out, of a person who is locked.
    async fn remove(&self, tx: &mut Tx, row: Row) -> Result<()> {
        store::remove(tx, row.grant_id).await?;
        let fact = GrantRevoked {
            person_id: row.person_id.to_string(),
            role: row.role,
            organisation_id: row.organisation_id.to_string(),
        };
        let event = NewEvent::of("Grant", row.grant_id, &fact);
        Ok(tx.publish(&event, self.clock.now()).await?)
    }
}

/// The decider as far as this organisation goes, and whether it is the headquarters. Whoever manages no grants there is told the same
/// whether it exists or not.
async fn decider(
    conn: &mut PgConnection,
    caller: &Caller,
    organisation_id: Uuid,
) -> Result<(Decider, bool)> {
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
    };
    Ok((decider, organisation.parent_id.is_none()))
}

/// The right to give this role on this organisation.
async fn may_give(
    conn: &mut PgConnection,
    caller: &Caller,
    organisation_id: Uuid,
    role: &str,
) -> Result<(Decider, &'static roles::Role)> {
    let (by, headquarters) = decider(conn, caller, organisation_id).await?;
    let role = rules::role_on(role, headquarters)?;
    rules::decides(&by, role)?;
    Ok((by, role))
}

/// The grant, if the caller takes it back. Who does not reach the organisation is not told that it exists.
async fn may_take(conn: &mut PgConnection, caller: &Caller, grant_id: Uuid) -> Result<Row> {
    let not_found = || Problem::of(&reasons::GRANT_NOT_FOUND);
    let row = store::read(&mut *conn, grant_id)
        .await?
        .ok_or_else(not_found)?;
    let by = match decider(conn, caller, row.organisation_id).await {
        Ok((by, _)) => by,
        Err(problem) if problem.reason().code == reasons::PERMISSION_DENIED.code => {
            return Err(not_found());
        }
        Err(problem) => return Err(problem),
    };
    rules::take(&by, row.person_id, roles::role(&row.role))?;
    Ok(row)
}

/// Locks the caller, so that their own roles are not taken while they decide, and the person the grant is about, always in the same
/// order; whether that person is verified.
async fn lock_both(
    conn: &mut PgConnection,
    caller: &Caller,
    person_id: Uuid,
) -> Result<Option<bool>> {
    let by = caller.person()?.person_id;
    let locked = persons::store::lock_all(conn, &[by, person_id]).await?;
    let found = locked.into_iter().find(|(id, _)| *id == person_id);
    Ok(found.map(|(_, verified)| verified))
}

fn grant(row: Row) -> Grant {
    Grant {
        grant_id: row.grant_id.to_string(),
        role: row.role,
        organisation_id: row.organisation_id.to_string(),
        organisation_name: row.organisation_name,
        person_number: row.person_number,
        created_at: Some(wire::timestamp(row.given_at)),
    }
}

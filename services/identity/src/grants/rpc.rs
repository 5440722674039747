//! The methods of grants.

use eventlog::NewEvent;
use kit::{
    access::{self, roles},
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
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    rules,
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
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(Response::new(answer)),
        };
        caller.require(&mut tx, MANAGE, organisation_id).await?;
        let organisation = access::organisation(&mut tx, organisation_id).await?;
        let headquarters =
            organisation.is_some_and(|organisation| organisation.parent_id.is_none());
        let role = rules::role_on(&input.role, headquarters)?;
        // Nobody gives what they do not hold themselves.
        for permission in role.permissions {
            caller.require(&mut tx, permission, organisation_id).await?;
        }
        let (person_id, verified) = persons::store::lock_by_number(&mut tx, &input.person_number)
            .await?
            .ok_or_else(|| Problem::of(&reasons::PERSON_NOT_FOUND))?;
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
        audit::record(&mut tx, &caller, CREATE, &subject, "ok", now).await?;
        let row = store::read(&mut tx, grant_id).await?;
        let answer = grant(row.ok_or_else(|| Problem::of(&reasons::GRANT_NOT_FOUND))?);
        tx.commit(&answer).await?;
        Ok(Response::new(answer))
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
        rules::may_hold(verified, held.iter().map(|row| row.role.as_str()), role)?;
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
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let not_found = || Problem::of(&reasons::GRANT_NOT_FOUND);
        let row = store::read(&mut tx, grant_id)
            .await?
            .ok_or_else(not_found)?;
        // Who does not reach the organisation is not told that the grant exists.
        if !caller.holds(&mut tx, MANAGE, row.organisation_id).await? {
            return Err(not_found());
        }
        caller.not_about(row.person_id)?;
        persons::store::lock_verified(&mut tx, row.person_id).await?;
        // Somebody else may have been faster while we waited for the lock.
        let row = store::read(&mut tx, grant_id)
            .await?
            .ok_or_else(not_found)?;
        store::remove(&mut tx, grant_id).await?;
        let fact = GrantRevoked {
            person_id: row.person_id.to_string(),
            role: row.role,
            organisation_id: row.organisation_id.to_string(),
        };
        tx.publish(&NewEvent::of("Grant", grant_id, &fact), now)
            .await?;
        audit::record(
            &mut tx,
            &caller,
            DELETE,
            &format!("grant:{grant_id}"),
            "ok",
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(Response::new(()))
    }
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

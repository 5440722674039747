//! The methods of clients.

use kit::{
    access::{self, Caller, roles},
    audit,
    db::Begin,
    errors::{Problem, Result},
    paging::Page,
    wire,
};
use proto::{
    cast::identity::v1::{
        Client, CreateClientRequest, CreateClientResponse, DisableClientRequest,
        ListClientsRequest, ListClientsResponse, RotateClientSecretRequest,
        RotateClientSecretResponse, clients_server::Clients,
    },
    reasons,
};
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Kind, not_found, rules,
    store::{self, Row},
};
use crate::{
    Identity,
    sessions::{open::random_secret, secret_hash},
};

const MANAGE: &str = "clients.manage";
const CREATE: &str = "cast.identity.v1.Clients/CreateClient";
const ROTATE: &str = "cast.identity.v1.Clients/RotateClientSecret";
const DISABLE: &str = "cast.identity.v1.Clients/DisableClient";
/// So that a secret that was leaked is recognised by those who scan for such.
const SECRET_PREFIX: &str = "cast_";

#[tonic::async_trait]
impl Clients for Identity {
    async fn create_client(
        &self,
        request: Request<CreateClientRequest>,
    ) -> Result<Response<CreateClientResponse>, Status> {
        Ok(self.create_client(request).await?)
    }

    async fn list_clients(
        &self,
        request: Request<ListClientsRequest>,
    ) -> Result<Response<ListClientsResponse>, Status> {
        Ok(self.list_clients(request).await?)
    }

    async fn rotate_client_secret(
        &self,
        request: Request<RotateClientSecretRequest>,
    ) -> Result<Response<RotateClientSecretResponse>, Status> {
        Ok(self.rotate_client_secret(request).await?)
    }

    async fn disable_client(
        &self,
        request: Request<DisableClientRequest>,
    ) -> Result<Response<Client>, Status> {
        Ok(self.disable_client(request).await?)
    }
}

impl Identity {
    async fn create_client(
        &self,
        request: Request<CreateClientRequest>,
    ) -> Result<Response<CreateClientResponse>> {
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
        let kind = Kind::try_from(input.kind())?;
        let name = rules::check(kind, &input.name, &input.scopes, &input.redirect_uris)?;
        if kind == Kind::Machine {
            // Nobody lets a system do what they may not do themselves.
            for scope in &input.scopes {
                // The rules take scopes from a fixed list of permissions.
                let permission = roles::permission(scope).unwrap_or(MANAGE);
                caller.require(&mut tx, permission, organisation_id).await?;
            }
        }
        let secret = match kind {
            Kind::PublicApp => None,
            Kind::Machine | Kind::Web => Some(format!("{SECRET_PREFIX}{}", random_secret()?)),
        };
        let row = Row {
            client_id: Uuid::now_v7(),
            organisation_id,
            kind: kind.as_str().to_owned(),
            name,
            scopes: input.scopes,
            redirect_uris: input.redirect_uris,
            secret_hash: secret.as_deref().map(|secret| secret_hash(secret).to_vec()),
            old_secret_hash: None,
            old_secret_expires_at: None,
            created_at: now,
            last_used_at: None,
            disabled_at: None,
        };
        store::insert(&mut tx, &row, &caller.actor()).await?;
        audit::record(&mut tx, &caller, CREATE, &subject(row.client_id), "ok", now).await?;
        // What is remembered for a repetition does not hold the secret: it is shown once.
        let mut answer = CreateClientResponse {
            client: Some(client(&row)),
            client_secret: String::new(),
        };
        tx.commit(&answer).await?;
        answer.client_secret = secret.unwrap_or_default();
        Ok(Response::new(answer))
    }

    async fn list_clients(
        &self,
        request: Request<ListClientsRequest>,
    ) -> Result<Response<ListClientsResponse>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let organisation_id = wire::parse_id("organisation_id", &input.organisation_id)?;
        let mut conn = self.db.read().await?;
        caller.require(&mut conn, MANAGE, organisation_id).await?;
        let filter = ["clients", &input.organisation_id];
        let page = Page::<Uuid>::of(input.page_size, &input.page_token, &filter, &self.keys)?;
        let rows =
            store::of_organisation(&mut conn, organisation_id, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |row| row.client_id);
        Ok(Response::new(ListClientsResponse {
            clients: rows.iter().map(client).collect(),
            next_page_token,
        }))
    }

    async fn rotate_client_secret(
        &self,
        request: Request<RotateClientSecretRequest>,
    ) -> Result<Response<RotateClientSecretResponse>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let client_id = wire::parse_id("client_id", &input.client_id)?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(Response::new(answer)),
        };
        let row = self.own_client(&mut tx, &caller, client_id).await?;
        if row.disabled_at.is_some() {
            return Err(Problem::of(&reasons::CLIENT_DISABLED));
        }
        if row.secret_hash.is_none() {
            return Err(Problem::of(&reasons::CLIENT_HAS_NO_SECRET));
        }
        let secret = format!("{SECRET_PREFIX}{}", random_secret()?);
        let old_until = now + rules::OVERLAP;
        store::rotate(&mut tx, client_id, &secret_hash(&secret), old_until).await?;
        audit::record(&mut tx, &caller, ROTATE, &subject(client_id), "ok", now).await?;
        let mut answer = RotateClientSecretResponse {
            client: Some(client(&row)),
            client_secret: String::new(),
            old_secret_expires_at: Some(wire::timestamp(old_until)),
        };
        tx.commit(&answer).await?;
        answer.client_secret = secret;
        Ok(Response::new(answer))
    }

    async fn disable_client(
        &self,
        request: Request<DisableClientRequest>,
    ) -> Result<Response<Client>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let client_id = wire::parse_id("client_id", &input.client_id)?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(Response::new(answer)),
        };
        let mut row = self.own_client(&mut tx, &caller, client_id).await?;
        if row.disabled_at.is_none() {
            store::disable(&mut tx, client_id, now).await?;
            audit::record(&mut tx, &caller, DISABLE, &subject(client_id), "ok", now).await?;
            row.disabled_at = Some(now);
        }
        let answer = client(&row);
        tx.commit(&answer).await?;
        Ok(Response::new(answer))
    }

    /// A client the caller manages, locked. Others do not exist for them.
    async fn own_client(
        &self,
        conn: &mut PgConnection,
        caller: &Caller,
        client_id: Uuid,
    ) -> Result<Row> {
        let row = store::lock(conn, client_id).await?.ok_or_else(not_found)?;
        if caller.holds(conn, MANAGE, row.organisation_id).await? {
            Ok(row)
        } else {
            Err(not_found())
        }
    }
}

fn subject(client_id: Uuid) -> String {
    format!("client:{client_id}")
}

fn client(row: &Row) -> Client {
    Client {
        client_id: row.client_id.to_string(),
        organisation_id: row.organisation_id.to_string(),
        kind: row.kind().wire().into(),
        name: row.name.clone(),
        scopes: row.scopes.clone(),
        redirect_uris: row.redirect_uris.clone(),
        disabled: row.disabled_at.is_some(),
        created_at: Some(wire::timestamp(row.created_at)),
        last_used_at: row.last_used_at.map(wire::timestamp),
    }
}

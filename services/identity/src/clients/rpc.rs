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
    secrets::{random_secret, secret_hash},
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
        let created = self.register(&caller, &input, organisation_id).await;
        let subject = format!("organisation:{organisation_id}");
        self.answered(&caller, CREATE, &subject, created).await
    }

    async fn register(
        &self,
        caller: &Caller,
        input: &CreateClientRequest,
        organisation_id: Uuid,
    ) -> Result<CreateClientResponse> {
        let kind = Kind::try_from(input.kind());
        {
            let mut conn = self.db.read().await?;
            caller.require(&mut conn, MANAGE, organisation_id).await?;
            if let Ok(kind) = &kind {
                require_powers(&mut conn, caller, *kind, &input.scopes, organisation_id).await?;
            }
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
        let kind = kind?;
        rules::check(kind, &input.scopes, &input.redirect_uris)?;
        let secret = match kind {
            Kind::PublicApp => None,
            Kind::Machine | Kind::Web => Some(format!("{SECRET_PREFIX}{}", random_secret()?)),
        };
        let row = Row {
            client_id: Uuid::now_v7(),
            organisation_id,
            kind: kind.as_str().to_owned(),
            name: input.name.clone(),
            scopes: input.scopes.clone(),
            redirect_uris: input.redirect_uris.clone(),
            secret_hash: secret.as_deref().map(|secret| secret_hash(secret).to_vec()),
            old_secret_hash: None,
            old_secret_expires_at: None,
            created_at: now,
            last_used_at: None,
            disabled_at: None,
        };
        store::insert(&mut tx, &row, &caller.actor()).await?;
        audit::record(&mut tx, caller, CREATE, &subject(row.client_id), "ok", now).await?;
        // What is remembered for a repetition does not hold the secret: it is shown once.
        let mut answer = CreateClientResponse {
            client: Some(client(&row)),
            client_secret: String::new(),
        };
        tx.commit(&answer).await?;
        answer.client_secret = secret.unwrap_or_default();
        Ok(answer)
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
        let rotated = self.rotate(&caller, &input, client_id).await;
        self.answered(&caller, ROTATE, &subject(client_id), rotated)
            .await
    }

    async fn rotate(
        &self,
        caller: &Caller,
        input: &RotateClientSecretRequest,
        client_id: Uuid,
    ) -> Result<RotateClientSecretResponse> {
        self.may_hand_over(caller, client_id).await?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &input.request_id, input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let row = own_client(&mut tx, caller, client_id).await?;
        if row.disabled_at.is_some() {
            return Err(Problem::of(&reasons::CLIENT_DISABLED));
        }
        if row.secret_hash.is_none() {
            return Err(Problem::of(&reasons::CLIENT_HAS_NO_SECRET));
        }
        let secret = format!("{SECRET_PREFIX}{}", random_secret()?);
        let old_until = now + rules::OVERLAP;
        store::rotate(&mut tx, client_id, &secret_hash(&secret), old_until).await?;
        audit::record(&mut tx, caller, ROTATE, &subject(client_id), "ok", now).await?;
        let mut answer = RotateClientSecretResponse {
            client: Some(client(&row)),
            client_secret: String::new(),
            old_secret_expires_at: Some(wire::timestamp(old_until)),
        };
        tx.commit(&answer).await?;
        answer.client_secret = secret;
        Ok(answer)
    }

    async fn disable_client(
        &self,
        request: Request<DisableClientRequest>,
    ) -> Result<Response<Client>> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let client_id = wire::parse_id("client_id", &input.client_id)?;
        let disabled = self.disable(&caller, &input, client_id).await;
        self.answered(&caller, DISABLE, &subject(client_id), disabled)
            .await
    }

    async fn disable(
        &self,
        caller: &Caller,
        input: &DisableClientRequest,
        client_id: Uuid,
    ) -> Result<Client> {
        self.may_hand_over(caller, client_id).await?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &input.request_id, input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let mut row = own_client(&mut tx, caller, client_id).await?;
        if row.disabled_at.is_none() {
            store::disable(&mut tx, client_id, now).await?;
            audit::record(&mut tx, caller, DISABLE, &subject(client_id), "ok", now).await?;
            row.disabled_at = Some(now);
        }
        let answer = client(&row);
        tx.commit(&answer).await?;
        Ok(answer)
    }

    /// The right to do something to a client, before anything else, a repetition included.
    async fn may_hand_over(&self, caller: &Caller, client_id: Uuid) -> Result<()> {
        let mut conn = self.db.read().await?;
        let row = store::read(&mut conn, client_id).await?;
        owned(&mut conn, caller, row).await.map(drop)
    }
}

/// A client the caller may do something to, locked.
async fn own_client(conn: &mut PgConnection, caller: &Caller, client_id: Uuid) -> Result<Row> {
    let row = store::lock(conn, client_id).await?;
    owned(conn, caller, row).await
}

/// The client, if the caller may do something to it. Who does not manage the clients of its organisation is not told that it exists; who
/// does sees its scopes in the list, so a refusal that names one of them tells nothing new.
async fn owned(conn: &mut PgConnection, caller: &Caller, row: Option<Row>) -> Result<Row> {
    let row = row.ok_or_else(not_found)?;
    if !caller.holds(conn, MANAGE, row.organisation_id).await? {
        return Err(not_found());
    }
    require_powers(conn, caller, row.kind(), &row.scopes, row.organisation_id).await?;
    Ok(row)
}

/// Nobody lets a system do what they may not do themselves: neither by making one, nor by getting hold of the secret of one that is
/// there, nor by taking it away.
async fn require_powers(
    conn: &mut PgConnection,
    caller: &Caller,
    kind: Kind,
    scopes: &[String],
    organisation_id: Uuid,
) -> Result<()> {
    if kind != Kind::Machine {
        return Ok(());
    }
    for scope in scopes {
        // The rules take scopes from a fixed list of permissions; what is no permission is refused by them.
        let permission = roles::permission(scope).unwrap_or(MANAGE);
        caller
            .require(&mut *conn, permission, organisation_id)
            .await?;
    }
    Ok(())
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

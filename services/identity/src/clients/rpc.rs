//! The methods of clients.
//!
//! A secret is shown once. The answer that is kept for a repetition of the request does not hold it, so a repetition is answered without
//! it: the secret was lost with the first answer, and another one is made by rotating.

use kit::{
    Call,
    access::roles,
    call::Write,
    db::Db,
    errors::{Problem, Result},
    wire,
};
use proto_identity::{
    reasons,
    v1::{
        Client, ClientAuthentication, ClientProtocol, CreateClientRequest, CreateClientResponse,
        DisableClientRequest, EndOldClientSecretRequest, GetClientRequest, ListClientsRequest,
        ListClientsResponse, RotateClientSecretRequest, RotateClientSecretResponse,
        UpdateClientRequest,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Kind, kind, not_found, protocol,
    rules::{self, Settings},
    store::{self, Row},
};
use crate::{
    contract,
    secrets::{random_secret, secret_hash},
};

/// So that a secret that was leaked is recognised by those who scan for such.
const SECRET_PREFIX: &str = "cast_";

/// OAuth clients of organisations.
pub struct Clients {
    /// Where clients are.
    pub db: Db,
    /// Whether the platform runs for development.
    pub development: bool,
}

impl contract::Clients for Clients {
    async fn create_client(&self, call: Call<CreateClientRequest>) -> Result<CreateClientResponse> {
        let organisation_id = wire::parse_id("organisation_id", &call.message.organisation_id)?;
        let outcome = self.create(&call, organisation_id).await;
        let subject = format!("organisation:{organisation_id}");
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn list_clients(&self, call: Call<ListClientsRequest>) -> Result<ListClientsResponse> {
        let organisation_id = wire::parse_id("organisation_id", &call.message.organisation_id)?;
        let page = call.page::<Uuid>()?;
        let mut conn = self.db.read().await?;
        let rows =
            store::of_organisation(&mut conn, organisation_id, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |row| row.client_id);
        Ok(ListClientsResponse {
            clients: rows.iter().map(|row| client(row, call.now)).collect(),
            next_page_token,
        })
    }

    async fn get_client(&self, call: Call<GetClientRequest>) -> Result<Client> {
        let client_id = wire::parse_id("client_id", &call.message.client_id)?;
        let mut conn = self.db.read().await?;
        let row = store::read(&mut conn, client_id).await?;
        let row = row.ok_or_else(not_found)?;
        call.require(&mut conn, row.organisation_id)
            .await
            .map_err(hidden)?;
        Ok(client(&row, call.now))
    }

    async fn update_client(&self, call: Call<UpdateClientRequest>) -> Result<Client> {
        let client_id = wire::parse_id("client_id", &call.message.client_id)?;
        let outcome = self.update(&call, client_id).await;
        call.audit_refusal(&self.db, &subject(client_id), outcome)
            .await
    }

    async fn end_old_client_secret(&self, call: Call<EndOldClientSecretRequest>) -> Result<Client> {
        let client_id = wire::parse_id("client_id", &call.message.client_id)?;
        let outcome = self.end_old_secret(&call, client_id).await;
        call.audit_refusal(&self.db, &subject(client_id), outcome)
            .await
    }

    async fn rotate_client_secret(
        &self,
        call: Call<RotateClientSecretRequest>,
    ) -> Result<RotateClientSecretResponse> {
        let client_id = wire::parse_id("client_id", &call.message.client_id)?;
        let outcome = self.rotate(&call, client_id).await;
        call.audit_refusal(&self.db, &subject(client_id), outcome)
            .await
    }

    async fn disable_client(&self, call: Call<DisableClientRequest>) -> Result<Client> {
        let client_id = wire::parse_id("client_id", &call.message.client_id)?;
        let outcome = self.disable(&call, client_id).await;
        call.audit_refusal(&self.db, &subject(client_id), outcome)
            .await
    }
}

impl Clients {
    async fn create(
        &self,
        call: &Call<CreateClientRequest>,
        organisation_id: Uuid,
    ) -> Result<CreateClientResponse> {
        let input = &call.message;
        let kind = kind::given(input.kind);
        let mut tx = call.begin(&self.db).await?;
        if let Ok(kind) = kind {
            require_powers(&mut tx, call, kind, &input.scopes, organisation_id).await?;
        }
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let kind = kind?;
        rules::check(kind, &input.scopes, &input.redirect_uris)?;
        let settings = Settings {
            post_logout_redirect_uris: &input.post_logout_redirect_uris,
            backchannel_logout_uri: &input.backchannel_logout_uri,
            pkce_optional: input.pkce_optional,
            secret_days: input.secret_days,
            development: self.development,
        };
        rules::check_settings(kind, &settings)?;
        let mut row = Row {
            name: input.name.clone(),
            scopes: input.scopes.clone(),
            redirect_uris: input.redirect_uris.clone(),
            post_logout_redirect_uris: input.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: filled(&input.backchannel_logout_uri),
            pkce_optional: input.pkce_optional,
            ..Row::new(kit::chance::id(call.now), organisation_id, kind, call.now)
        };
        self.configure(
            &mut row,
            input.authentication.as_ref(),
            input.protocol.as_ref(),
            false,
        )?;
        if input.secret_days != 0 && !keeps_secret(&row) {
            return Err(rules::ClientError::SecretUnwanted.into());
        }
        let secret = match keeps_secret(&row) {
            true => Some(format!("{SECRET_PREFIX}{}", random_secret()?)),
            false => None,
        };
        row.secret_hash = secret.as_deref().map(|secret| secret_hash(secret).to_vec());
        row.secret_expires_at = rules::secret_expires_at(input.secret_days, call.now);
        store::insert(&mut tx, &row, &call.caller.actor()).await?;
        tx.audit(&subject(row.client_id)).await?;
        // What is kept for a repetition does not hold the secret: it is shown once.
        let answer = tx
            .commit(CreateClientResponse {
                client: Some(client(&row, call.now)),
                client_secret: String::new(),
            })
            .await?;
        Ok(CreateClientResponse {
            client_secret: secret.unwrap_or_default(),
            ..answer
        })
    }

    async fn rotate(
        &self,
        call: &Call<RotateClientSecretRequest>,
        client_id: Uuid,
    ) -> Result<RotateClientSecretResponse> {
        let mut tx = call.begin(&self.db).await?;
        let row = store::read(&mut tx, client_id).await?;
        owned(&mut tx, call, row).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let row = store::lock(&mut tx, client_id).await?;
        let mut row = owned(&mut tx, call, row).await?;
        if row.disabled_at.is_some() {
            return Err(Problem::of(&reasons::CLIENT_DISABLED));
        }
        if !keeps_secret(&row) {
            return Err(Problem::of(&reasons::CLIENT_HAS_NO_SECRET));
        }
        let secret = format!("{SECRET_PREFIX}{}", random_secret()?);
        let old_until = rules::old_secret_expires_at(row.secret_expires_at, call.now);
        let expires_at = rules::secret_expires_at(call.message.secret_days, call.now);
        let hash = secret_hash(&secret);
        store::rotate(&mut tx, client_id, &hash, old_until, expires_at).await?;
        row.old_secret_hash = row.secret_hash.replace(hash.to_vec());
        row.old_secret_expires_at = row.old_secret_hash.as_ref().map(|_| old_until);
        row.secret_expires_at = expires_at;
        row.version += 1;
        tx.audit(&subject(client_id)).await?;
        // What is kept for a repetition does not hold the secret: it is shown once.
        let answer = tx
            .commit(RotateClientSecretResponse {
                client: Some(client(&row, call.now)),
                client_secret: String::new(),
                old_secret_expires_at: row.old_secret_expires_at.map(wire::timestamp),
            })
            .await?;
        Ok(RotateClientSecretResponse {
            client_secret: secret,
            ..answer
        })
    }

    async fn disable(&self, call: &Call<DisableClientRequest>, client_id: Uuid) -> Result<Client> {
        let mut tx = call.begin(&self.db).await?;
        let row = store::read(&mut tx, client_id).await?;
        owned(&mut tx, call, row).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let row = store::lock(&mut tx, client_id).await?;
        let mut row = owned(&mut tx, call, row).await?;
        if row.disabled_at.is_none() {
            store::disable(&mut tx, client_id, call.now).await?;
            tx.audit(&subject(client_id)).await?;
            row.disabled_at = Some(call.now);
            row.version += 1;
        }
        tx.commit(client(&row, call.now)).await
    }

    async fn update(&self, call: &Call<UpdateClientRequest>, client_id: Uuid) -> Result<Client> {
        let input = &call.message;
        let mut tx = call.begin(&self.db).await?;
        let row = store::read(&mut tx, client_id).await?;
        let row = owned(&mut tx, call, row).await?;
        require_powers(&mut tx, call, row.kind, &input.scopes, row.organisation_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let row = store::lock(&mut tx, client_id).await?;
        let mut row = owned(&mut tx, call, row).await?;
        if row.disabled_at.is_some() {
            return Err(Problem::of(&reasons::CLIENT_DISABLED));
        }
        if row.version != input.version {
            return Err(Problem::of(&reasons::CLIENT_CHANGED));
        }
        rules::check(row.kind, &input.scopes, &input.redirect_uris)?;
        let settings = Settings {
            post_logout_redirect_uris: &input.post_logout_redirect_uris,
            backchannel_logout_uri: &input.backchannel_logout_uri,
            pkce_optional: input.pkce_optional,
            secret_days: 0,
            development: self.development,
        };
        rules::check_settings(row.kind, &settings)?;
        row.name.clone_from(&input.name);
        row.scopes.clone_from(&input.scopes);
        row.redirect_uris.clone_from(&input.redirect_uris);
        row.post_logout_redirect_uris
            .clone_from(&input.post_logout_redirect_uris);
        row.backchannel_logout_uri = filled(&input.backchannel_logout_uri);
        row.pkce_optional = input.pkce_optional;
        self.configure(
            &mut row,
            input.authentication.as_ref(),
            input.protocol.as_ref(),
            true,
        )?;
        row.version += 1;
        store::update(&mut tx, &row).await?;
        tx.audit(&subject(client_id)).await?;
        tx.commit(client(&row, call.now)).await
    }

    async fn end_old_secret(
        &self,
        call: &Call<EndOldClientSecretRequest>,
        client_id: Uuid,
    ) -> Result<Client> {
        let mut tx = call.begin(&self.db).await?;
        let row = store::read(&mut tx, client_id).await?;
        owned(&mut tx, call, row).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let row = store::lock(&mut tx, client_id).await?;
        let mut row = owned(&mut tx, call, row).await?;
        if row.old_secret_hash.is_some() {
            store::end_old_secret(&mut tx, client_id).await?;
            tx.audit(&subject(client_id)).await?;
            row.old_secret_hash = None;
            row.old_secret_expires_at = None;
            row.version += 1;
        }
        tx.commit(client(&row, call.now)).await
    }
}

impl Clients {
    /// How the client proves itself, and what it has chosen.
    fn configure(
        &self,
        row: &mut Row,
        authentication: Option<&ClientAuthentication>,
        chosen: Option<&ClientProtocol>,
        registered: bool,
    ) -> Result<()> {
        protocol::authenticate_by(row, authentication, self.development)?;
        protocol::choose(row, chosen, registered)?;
        Ok(())
    }
}

/// Whether the client proves itself by a secret.
fn keeps_secret(row: &Row) -> bool {
    row.kind != Kind::PublicApp && row.auth_method == protocol::AuthMethod::ClientSecret
}

/// Those who do not manage the clients of an organisation are not told that one exists.
fn hidden(problem: Problem) -> Problem {
    match problem.reason().code {
        code if code == reasons::PERMISSION_DENIED.code => not_found(),
        _ => problem,
    }
}

fn filled(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// The client, if the caller may do something to it. Those who do not manage the clients of its organisation are not told that it exists;
/// those who do see its scopes in the list, so a refusal that names one of them tells nothing new.
async fn owned<T>(tx: &mut Write, call: &Call<T>, row: Option<Row>) -> Result<Row> {
    let row = row.ok_or_else(not_found)?;
    let managed = tx.require(row.organisation_id).await;
    managed.map_err(hidden)?;
    require_powers(tx, call, row.kind, &row.scopes, row.organisation_id).await?;
    Ok(row)
}

/// No person lets a system do what they may not do themselves: neither by making one, nor by getting hold of the secret of one that is
/// there, nor by taking it away.
async fn require_powers<T>(
    tx: &mut Write,
    call: &Call<T>,
    kind: Kind,
    scopes: &[String],
    organisation_id: Uuid,
) -> Result<()> {
    if kind != Kind::Machine {
        return Ok(());
    }
    // The rules take scopes from a fixed list of permissions, and refuse what is none.
    for permission in scopes.iter().filter_map(|scope| roles::permission(scope)) {
        let caller = &call.caller;
        caller.require(tx, permission, organisation_id).await?;
    }
    Ok(())
}

fn subject(client_id: Uuid) -> String {
    format!("client:{client_id}")
}

fn client(row: &Row, now: OffsetDateTime) -> Client {
    let old_until = row.old_secret_expires_at.filter(|until| now < *until);
    Client {
        client_id: row.client_id.to_string(),
        organisation_id: row.organisation_id.to_string(),
        kind: row.kind.to_wire(),
        name: row.name.clone(),
        scopes: row.scopes.clone(),
        redirect_uris: row.redirect_uris.clone(),
        disabled: row.disabled_at.is_some(),
        created_at: Some(wire::timestamp(row.created_at)),
        last_used_at: row.last_used_at.map(wire::timestamp),
        post_logout_redirect_uris: row.post_logout_redirect_uris.clone(),
        backchannel_logout_uri: row.backchannel_logout_uri.clone().unwrap_or_default(),
        pkce_optional: row.pkce_optional,
        secret_expires_at: row.secret_expires_at.map(wire::timestamp),
        old_secret_expires_at: old_until.map(wire::timestamp),
        version: row.version,
        authentication: Some(protocol::authentication(row)),
        protocol: Some(protocol::chosen(row)),
    }
}

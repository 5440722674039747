//! All SQL of clients.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    Kind,
    method::{AuthMethod, IdTokenAlgorithm},
    rules::Secrets,
};

/// A client as it is kept.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7; the OAuth `client_id`.
    pub client_id: Uuid,
    /// Whose it is.
    pub organisation_id: Uuid,
    /// What it is for.
    pub kind: Kind,
    /// Shown to people.
    pub name: String,
    /// Permissions or OpenID scopes, by kind.
    pub scopes: Vec<String>,
    /// Compared exactly.
    pub redirect_uris: Vec<String>,
    /// SHA-256 of the secret.
    pub secret_hash: Option<Vec<u8>>,
    /// SHA-256 of the one before.
    pub old_secret_hash: Option<Vec<u8>>,
    /// Until when that works.
    pub old_secret_expires_at: Option<OffsetDateTime>,
    /// UTC.
    pub created_at: OffsetDateTime,
    /// Exact to an hour.
    pub last_used_at: Option<OffsetDateTime>,
    /// Since when it gets no more tokens.
    pub disabled_at: Option<OffsetDateTime>,
    /// Where people may be sent after signing out; compared exactly.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where the site is told of sign-outs.
    pub backchannel_logout_uri: Option<String>,
    /// Whether PKCE may be left out.
    pub pkce_optional: bool,
    /// Until when the present secret works.
    pub secret_expires_at: Option<OffsetDateTime>,
    /// Grows with each change.
    pub version: i64,
    /// How it proves itself.
    pub auth_method: AuthMethod,
    /// Its public keys, of one that signs.
    pub jwks: Option<String>,
    /// Where they are, of one that signs.
    pub jwks_uri: Option<String>,
    /// How its ID tokens are signed.
    pub id_token_algorithm: IdTokenAlgorithm,
    /// Whether it must push its authorization requests.
    pub pushed_requests_only: bool,
    /// Whether its tokens must be bound to a key.
    pub dpop_only: bool,
    /// Whether it knows people by a subject of its organisation.
    pub pairwise_subjects: bool,
    /// Whether people sign in to it on devices without a browser.
    pub device_grant: bool,
}

impl Row {
    /// A client about to be registered, with nothing chosen yet.
    pub fn new(client_id: Uuid, organisation_id: Uuid, kind: Kind, now: OffsetDateTime) -> Self {
        Self {
            client_id,
            organisation_id,
            kind,
            name: String::new(),
            scopes: Vec::new(),
            redirect_uris: Vec::new(),
            secret_hash: None,
            old_secret_hash: None,
            old_secret_expires_at: None,
            created_at: now,
            last_used_at: None,
            disabled_at: None,
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            pkce_optional: false,
            secret_expires_at: None,
            version: 1,
            auth_method: AuthMethod::ClientSecret,
            jwks: None,
            jwks_uri: None,
            id_token_algorithm: IdTokenAlgorithm::Rs256,
            pushed_requests_only: false,
            dpop_only: false,
            pairwise_subjects: false,
            device_grant: false,
        }
    }

    /// Its secrets.
    pub fn secrets(&self) -> Secrets {
        Secrets {
            current: self.secret_hash.clone(),
            current_until: self.secret_expires_at,
            old: self.old_secret_hash.clone().zip(self.old_secret_expires_at),
        }
    }
}

/// Enters a client.
pub async fn insert(
    conn: &mut PgConnection,
    row: &Row,
    created_by: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into clients (client_id, organisation_id, kind, name, scopes, redirect_uris, secret_hash, created_by, created_at,
                              post_logout_redirect_uris, backchannel_logout_uri, pkce_optional, secret_expires_at, auth_method, jwks,
                              jwks_uri, id_token_algorithm, pushed_requests_only, dpop_only, pairwise_subjects, device_grant)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        row.client_id,
        row.organisation_id,
        row.kind.as_str(),
        row.name,
        &row.scopes,
        &row.redirect_uris,
        row.secret_hash,
        created_by,
        row.created_at,
        &row.post_logout_redirect_uris,
        row.backchannel_logout_uri,
        row.pkce_optional,
        row.secret_expires_at,
        row.auth_method.as_str(),
        row.jwks,
        row.jwks_uri,
        row.id_token_algorithm.as_str(),
        row.pushed_requests_only,
        row.dpop_only,
        row.pairwise_subjects,
        row.device_grant
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One client.
pub async fn read(conn: &mut PgConnection, client_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select client_id, organisation_id, kind as "kind: Kind", name, scopes, redirect_uris, secret_hash, old_secret_hash,
                old_secret_expires_at, created_at, last_used_at, disabled_at, post_logout_redirect_uris, backchannel_logout_uri,
                pkce_optional, secret_expires_at, version, auth_method as "auth_method: AuthMethod", jwks, jwks_uri,
                id_token_algorithm as "id_token_algorithm: IdTokenAlgorithm", pushed_requests_only, dpop_only, pairwise_subjects, device_grant
         from clients where client_id = $1"#,
        client_id
    )
    .fetch_optional(conn)
    .await
}

/// One client, locked.
pub async fn lock(conn: &mut PgConnection, client_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select client_id, organisation_id, kind as "kind: Kind", name, scopes, redirect_uris, secret_hash, old_secret_hash,
                old_secret_expires_at, created_at, last_used_at, disabled_at, post_logout_redirect_uris, backchannel_logout_uri,
                pkce_optional, secret_expires_at, version, auth_method as "auth_method: AuthMethod", jwks, jwks_uri,
                id_token_algorithm as "id_token_algorithm: IdTokenAlgorithm", pushed_requests_only, dpop_only, pairwise_subjects, device_grant
         from clients where client_id = $1 for update"#,
        client_id
    )
    .fetch_optional(conn)
    .await
}

/// The clients of an organisation, the newest first, behind `after`.
pub async fn of_organisation(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select client_id, organisation_id, kind as "kind: Kind", name, scopes, redirect_uris, secret_hash, old_secret_hash,
                old_secret_expires_at, created_at, last_used_at, disabled_at, post_logout_redirect_uris, backchannel_logout_uri,
                pkce_optional, secret_expires_at, version, auth_method as "auth_method: AuthMethod", jwks, jwks_uri,
                id_token_algorithm as "id_token_algorithm: IdTokenAlgorithm", pushed_requests_only, dpop_only, pairwise_subjects, device_grant
         from clients where organisation_id = $1 and ($2::uuid is null or client_id < $2)
         order by client_id desc limit $3"#,
        organisation_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Puts a new secret in place; the present one, if there is one, becomes the old one, and works until then.
pub async fn rotate(
    conn: &mut PgConnection,
    client_id: Uuid,
    secret_hash: &[u8; 32],
    old_until: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update clients set old_secret_hash = secret_hash,
                            old_secret_expires_at = case when secret_hash is not null then $3::timestamptz end,
                            secret_hash = $2, secret_expires_at = $4, version = version + 1
         where client_id = $1",
        client_id,
        secret_hash,
        old_until,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the secret before the present one.
pub async fn end_old_secret(conn: &mut PgConnection, client_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update clients set old_secret_hash = null, old_secret_expires_at = null, version = version + 1 where client_id = $1",
        client_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces what a client is registered with. Secrets are those of the row: they end with the method that they are for.
pub async fn update(conn: &mut PgConnection, row: &Row) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update clients set name = $2, scopes = $3, redirect_uris = $4, post_logout_redirect_uris = $5, backchannel_logout_uri = $6,
                            pkce_optional = $7, version = $8, auth_method = $9, jwks = $10, jwks_uri = $11, id_token_algorithm = $12,
                            pushed_requests_only = $13, dpop_only = $14, secret_hash = $15, secret_expires_at = $16,
                            old_secret_hash = $17, old_secret_expires_at = $18, device_grant = $19
         where client_id = $1",
        row.client_id,
        row.name,
        &row.scopes,
        &row.redirect_uris,
        &row.post_logout_redirect_uris,
        row.backchannel_logout_uri,
        row.pkce_optional,
        row.version,
        row.auth_method.as_str(),
        row.jwks,
        row.jwks_uri,
        row.id_token_algorithm.as_str(),
        row.pushed_requests_only,
        row.dpop_only,
        row.secret_hash,
        row.secret_expires_at,
        row.old_secret_hash,
        row.old_secret_expires_at,
        row.device_grant
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Disables a client for good.
pub async fn disable(
    conn: &mut PgConnection,
    client_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update clients set disabled_at = coalesce(disabled_at, $2), version = version + 1 where client_id = $1",
        client_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the client got a token, at most once an hour: otherwise nothing is written.
pub async fn note_use(
    conn: &mut PgConnection,
    row: &Row,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if row
        .last_used_at
        .is_some_and(|last| now - last < Duration::HOUR)
    {
        return Ok(());
    }
    sqlx::query!(
        "update clients set last_used_at = $2 where client_id = $1",
        row.client_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

//! All SQL of sign-on.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rules::StoredCode;

/// An authorization code about to be stored.
#[derive(Debug)]
pub struct NewCode<'a> {
    /// SHA-256.
    pub code_hash: &'a [u8; 32],
    /// Whom it is for.
    pub client_id: Uuid,
    /// Who signs in.
    pub person_id: Uuid,
    /// In which session.
    pub session_id: Uuid,
    /// Where it is sent.
    pub redirect_uri: &'a str,
    /// What the person agreed to.
    pub scopes: &'a [String],
    /// For the ID token.
    pub nonce: &'a str,
    /// PKCE.
    pub code_challenge: &'a str,
    /// Claims of userinfo besides the scopes.
    pub userinfo_claims: &'a [String],
    /// Claims of the ID token besides the scopes.
    pub id_token_claims: &'a [String],
    /// The key that the tokens are to be bound to.
    pub dpop_jkt: Option<&'a str>,
    /// Now.
    pub created_at: OffsetDateTime,
    /// When it becomes void.
    pub expires_at: OffsetDateTime,
}

/// A stored code with what tokens are made of.
#[derive(Debug)]
pub struct Code {
    /// What decides about it.
    pub state: StoredCode,
    /// What tokens are made of.
    pub granted: Granted,
}

/// What tokens are made of: a person has signed in and agreed.
#[derive(Debug)]
pub struct Granted {
    /// Who signs in.
    pub person_id: Uuid,
    /// In which session.
    pub session_id: Uuid,
    /// Whose session that is.
    pub account_id: Uuid,
    /// When the session ends at the latest.
    pub session_ends_at: OffsetDateTime,
    /// What the person agreed to.
    pub scopes: Vec<String>,
    /// Claims of userinfo besides the scopes.
    pub userinfo_claims: Vec<String>,
    /// Claims of the ID token besides the scopes.
    pub id_token_claims: Vec<String>,
    /// For the ID token.
    pub nonce: String,
    /// When the person signed in here.
    pub auth_time: OffsetDateTime,
    /// How, RFC 8176.
    pub method: String,
}

/// What a site may learn of a person.
#[derive(Debug)]
pub struct Subject {
    /// UUIDv7.
    pub person_id: Uuid,
    /// The public number.
    pub person_number: String,
    /// The verified name, sealed for the person.
    pub name_sealed: Option<Vec<u8>>,
    /// UUIDv7.
    pub account_id: Uuid,
    /// Sealed for the account.
    pub display_name_sealed: Vec<u8>,
    /// When the person's record last changed.
    pub updated_at: OffsetDateTime,
}

/// Whether a session is alive; keeps it from ending until the transaction does.
pub async fn hold_session(
    conn: &mut PgConnection,
    session_id: Uuid,
    account_id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query!(
        "select session_id from sessions
         where session_id = $1 and account_id = $2 and revoked_at is null and expires_at > $3 for share",
        session_id,
        account_id,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// When a person signed in, in a session that is alive.
pub async fn signed_in_at(
    conn: &mut PgConnection,
    session_id: Uuid,
    account_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        "select created_at from sessions where session_id = $1 and account_id = $2 and revoked_at is null and expires_at > $3",
        session_id,
        account_id,
        now
    )
    .fetch_optional(conn)
    .await
}

/// What a person has agreed to disclose to a client.
pub async fn consents(
    conn: &mut PgConnection,
    person_id: Uuid,
    client_id: Uuid,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select scope from authorization_consents where person_id = $1 and client_id = $2",
        person_id,
        client_id
    )
    .fetch_all(conn)
    .await
}

/// The same, and keeps it from being withdrawn until the transaction ends.
pub async fn hold_consents(
    conn: &mut PgConnection,
    person_id: Uuid,
    client_id: Uuid,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select scope from authorization_consents where person_id = $1 and client_id = $2 for share",
        person_id,
        client_id
    )
    .fetch_all(conn)
    .await
}

/// Remembers what a person agrees to.
pub async fn consent(
    conn: &mut PgConnection,
    person_id: Uuid,
    client_id: Uuid,
    scopes: &[String],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into authorization_consents (person_id, client_id, scope, given_at)
         select $1, $2, scope, $4 from unnest($3::text[]) as scope on conflict do nothing",
        person_id,
        client_id,
        scopes,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A site that a person has agreed to disclose something to.
#[derive(Debug)]
pub struct Connected {
    /// The client.
    pub client_id: Uuid,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub organisation_id: Uuid,
    /// What was agreed to.
    pub scopes: Vec<String>,
    /// When it was first agreed to something.
    pub given_at: OffsetDateTime,
}

/// The sites that a person has agreed to disclose something to, the newest first, behind `after`.
pub async fn connected(
    conn: &mut PgConnection,
    person_id: Uuid,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Connected>, sqlx::Error> {
    let (after_time, after_id) = after.unzip();
    sqlx::query_as!(
        Connected,
        r#"select a.client_id, c.name, c.organisation_id, a.scopes as "scopes!", a.given_at as "given_at!"
           from (select client_id, array_agg(scope order by scope) as scopes, min(given_at) as given_at
                 from authorization_consents where person_id = $1 group by client_id) as a
           join clients c using (client_id)
           where $2::timestamptz is null or (a.given_at, a.client_id) < ($2, $3::uuid)
           order by a.given_at desc, a.client_id desc limit $4"#,
        person_id,
        after_time,
        after_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Forgets what a person has agreed to disclose to a client; returns how many scopes.
pub async fn withdraw(
    conn: &mut PgConnection,
    person_id: Uuid,
    client_id: Uuid,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from authorization_consents where person_id = $1 and client_id = $2",
        person_id,
        client_id
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// The addresses of an account, sealed for it, the oldest first.
pub async fn addresses(
    conn: &mut PgConnection,
    account_id: Uuid,
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select address_sealed from addresses where account_id = $1 order by created_at",
        account_id
    )
    .fetch_all(conn)
    .await
}

/// Stores a code.
pub async fn insert_code(conn: &mut PgConnection, code: &NewCode<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into authorization_codes (code_hash, client_id, person_id, session_id, redirect_uri, scopes, nonce,
                                          code_challenge, userinfo_claims, id_token_claims, created_at, expires_at, dpop_jkt)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        code.code_hash,
        code.client_id,
        code.person_id,
        code.session_id,
        code.redirect_uri,
        code.scopes,
        code.nonce,
        code.code_challenge,
        code.userinfo_claims,
        code.id_token_claims,
        code.created_at,
        code.expires_at,
        code.dpop_jkt
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads and locks a code: of two uses at the same time, the second sees that it was used.
pub async fn lock_code(
    conn: &mut PgConnection,
    code_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<Option<Code>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select c.client_id, c.person_id, c.session_id, c.redirect_uri, c.scopes, c.nonce, c.code_challenge, c.expires_at,
                  c.userinfo_claims, c.id_token_claims, c.dpop_jkt, s.account_id, s.expires_at as session_ends_at,
                  c.used_at is not null as "used!", s.created_at as auth_time, s.method,
                  s.revoked_at is null and s.expires_at > $2 as "session_alive!"
           from authorization_codes c join sessions s using (session_id)
           where c.code_hash = $1 for update of c"#,
        code_hash,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Code {
        state: StoredCode {
            client_id: row.client_id,
            redirect_uri: row.redirect_uri,
            code_challenge: row.code_challenge,
            expires_at: row.expires_at,
            used: row.used,
            session_alive: row.session_alive,
            dpop_jkt: row.dpop_jkt,
        },
        granted: Granted {
            person_id: row.person_id,
            session_id: row.session_id,
            account_id: row.account_id,
            session_ends_at: row.session_ends_at,
            scopes: row.scopes,
            userinfo_claims: row.userinfo_claims,
            id_token_claims: row.id_token_claims,
            nonce: row.nonce,
            auth_time: row.auth_time,
            method: row.method,
        },
    }))
}

/// Voids a code.
pub async fn use_code(
    conn: &mut PgConnection,
    code_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update authorization_codes set used_at = coalesce(used_at, $2) where code_hash = $1",
        code_hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a site may learn of a person.
pub async fn subject(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Option<Subject>, sqlx::Error> {
    sqlx::query_as!(
        Subject,
        "select p.person_id, p.person_number, p.name_sealed, a.account_id, a.display_name_sealed, p.updated_at
         from persons p join accounts a using (person_id) where p.person_id = $1",
        person_id
    )
    .fetch_optional(conn)
    .await
}

/// Removes codes from before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from authorization_codes where created_at < $1",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

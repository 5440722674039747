//! All SQL of demands.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rules::{Demand, Kept, Mode, SignedIn, consent_scopes, still_covered};

/// A demand as it is kept.
#[derive(Debug)]
pub struct Row {
    /// UUIDv7.
    pub authorization_id: Uuid,
    /// Which site asks.
    pub client_id: Uuid,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// By which way.
    pub mode: Mode,
    /// Goes back with the answer.
    pub state: String,
    /// For the ID token.
    pub nonce: String,
    /// PKCE.
    pub code_challenge: String,
    /// For the tokens.
    pub scopes: Vec<String>,
    /// Claims of userinfo besides the scopes.
    pub userinfo_claims: Vec<String>,
    /// Claims of the ID token besides the scopes.
    pub id_token_claims: Vec<String>,
    /// The address that the site suggests, sealed for the demand.
    pub login_hint_sealed: Option<Vec<u8>>,
    /// The languages that it suggests.
    pub ui_locales: Vec<String>,
    /// What decides about the next step.
    pub kept: Kept,
    /// The counter that it counts for; `None` for one of the release before.
    pub counted_for: Option<[u8; 32]>,
    /// The key that the tokens are to be bound to.
    pub dpop_jkt: Option<String>,
}

impl Row {
    /// What is left of it for a client that has these scopes now: what it may no longer have is neither asked about nor issued.
    pub fn narrowed(mut self, registered: &[String]) -> Self {
        self.scopes.retain(|scope| registered.contains(scope));
        self.userinfo_claims = still_covered(&self.userinfo_claims, registered);
        self.id_token_claims = still_covered(&self.id_token_claims, registered);
        self.kept.scopes =
            consent_scopes(&self.scopes, &self.userinfo_claims, &self.id_token_claims);
        self
    }
}

/// A demand about to be kept.
#[derive(Debug)]
pub struct New<'a> {
    /// What the site asks for.
    pub demand: &'a Demand,
    /// What decides about the next step.
    pub kept: &'a Kept,
    /// The address that the site suggests, sealed for the demand.
    pub login_hint_sealed: Option<&'a [u8]>,
    /// The counter that it counts for.
    pub counted_for: &'a [u8; 32],
    /// When it ends unanswered.
    pub expires_at: OffsetDateTime,
}

/// Keeps a demand.
pub async fn insert(
    conn: &mut PgConnection,
    (authorization_id, client_id): (Uuid, Uuid),
    new: &New<'_>,
) -> Result<(), sqlx::Error> {
    let New { demand, kept, .. } = new;
    let parameters = &demand.parameters;
    sqlx::query!(
        "insert into authorization_requests
             (authorization_id, client_id, redirect_uri, response_mode, state, nonce, code_challenge, scopes, userinfo_claims,
              id_token_claims, wants_selection, wants_consent, fresh_from, wanted_person, login_hint_sealed, ui_locales, created_at,
              expires_at, counted_for, dpop_jkt)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        authorization_id,
        client_id,
        parameters.redirect_uri,
        demand.mode.as_str(),
        parameters.state,
        parameters.nonce,
        parameters.code_challenge,
        &demand.scopes,
        &demand.userinfo_claims,
        &demand.id_token_claims,
        kept.wants_selection,
        kept.wants_consent,
        kept.fresh_from,
        kept.wanted_person,
        new.login_hint_sealed,
        &demand.ui_locales,
        kept.created_at,
        new.expires_at,
        new.counted_for,
        demand.dpop_jkt
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A demand that is not answered and not too old. Locked: of two answers at the same time, the second finds none.
pub async fn lock(
    conn: &mut PgConnection,
    authorization_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Row>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select authorization_id from authorization_requests where authorization_id = $1 for update",
        authorization_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    match found {
        Some(_) => read(conn, authorization_id, now).await,
        None => Ok(None),
    }
}

/// The same, to look at.
pub async fn read(
    conn: &mut PgConnection,
    authorization_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Row>, sqlx::Error> {
    let row = sqlx::query!(
        "select client_id, redirect_uri, response_mode, state, nonce, code_challenge, scopes, userinfo_claims, id_token_claims,
                wants_selection, wants_consent, fresh_from, wanted_person, login_hint_sealed, ui_locales, created_at,
                selected_by, consented_by, refused_by, counted_for, dpop_jkt
         from authorization_requests where authorization_id = $1 and expires_at > $2",
        authorization_id,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Row {
        authorization_id,
        client_id: row.client_id,
        redirect_uri: row.redirect_uri,
        mode: Mode::stored(&row.response_mode),
        state: row.state,
        nonce: row.nonce,
        code_challenge: row.code_challenge,
        kept: Kept {
            scopes: consent_scopes(&row.scopes, &row.userinfo_claims, &row.id_token_claims),
            wants_selection: row.wants_selection,
            wants_consent: row.wants_consent,
            fresh_from: row.fresh_from,
            wanted_person: row.wanted_person,
            created_at: row.created_at,
            selected_by: row.selected_by,
            consented_by: row.consented_by,
            refused_by: row.refused_by,
        },
        scopes: row.scopes,
        userinfo_claims: row.userinfo_claims,
        id_token_claims: row.id_token_claims,
        login_hint_sealed: row.login_hint_sealed,
        ui_locales: row.ui_locales,
        // The table holds 32 bytes.
        counted_for: row.counted_for.and_then(|key| key.try_into().ok()),
        dpop_jkt: row.dpop_jkt,
    }))
}

/// Notes what a person has decided about a demand.
pub async fn decide(
    conn: &mut PgConnection,
    authorization_id: Uuid,
    kept: &Kept,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update authorization_requests set selected_by = $2, consented_by = $3, refused_by = $4 where authorization_id = $1",
        authorization_id,
        kept.selected_by,
        kept.consented_by,
        kept.refused_by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a demand: it was answered.
pub async fn end(conn: &mut PgConnection, authorization_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from authorization_requests where authorization_id = $1",
        authorization_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When and as whom a person signed in, in this session of theirs.
pub async fn signed_in(
    conn: &mut PgConnection,
    session_id: Uuid,
) -> Result<Option<SignedIn>, sqlx::Error> {
    sqlx::query_as!(
        SignedIn,
        "select a.person_id, s.created_at as at from sessions s join accounts a using (account_id) where s.session_id = $1",
        session_id
    )
    .fetch_optional(conn)
    .await
}

/// Removes demands that are too old.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from authorization_requests where expires_at < $1",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

//! The token endpoint (RFC 6749 section 3.2).

use kit::{
    Call,
    access::{Caller, ClientCaller, Origin},
    errors::{Problem, Result},
};
use proto_identity::{
    reasons,
    v1::{IssueTokenRequest, IssueTokenResponse},
};
use time::OffsetDateTime;

use super::{
    OAuthError,
    authorize::client_of,
    rpc::SignOn,
    rules::{self, CodeRefused, Presented},
    store,
};
use crate::{
    clients::{self, Kind, store::Row},
    secrets::secret_hash,
};

const LIFETIME: i32 = 300;

/// An OAuth error is an answer; anything else that goes wrong is a problem.
type Issued = Result<std::result::Result<IssueTokenResponse, OAuthError>>;

impl SignOn {
    pub(super) async fn issue(&self, call: &Call<IssueTokenRequest>) -> Issued {
        let input = &call.message;
        if !matches!(
            input.grant_type.as_str(),
            "authorization_code" | "client_credentials"
        ) {
            return Ok(Err(match input.grant_type.as_str() {
                "" => OAuthError::new("invalid_request", "grant_type is missing"),
                _ => OAuthError::new(
                    "unsupported_grant_type",
                    "grant_type must be authorization_code or client_credentials",
                ),
            }));
        }
        if input.client_id.is_empty() {
            return Ok(Err(OAuthError::new(
                "invalid_client",
                "client authentication is missing",
            )));
        }
        let client = {
            let mut conn = self.db.read().await?;
            client_of(&mut conn, &input.client_id).await?
        };
        let client_id = client.as_ref().map(|client| client.client_id);
        let Some(client) = client.filter(|c| is_authentic(c, &input.client_secret, call.now))
        else {
            self.throttles.client_failed(call, client_id).await?;
            // One answer for an unknown id, a wrong secret and a disabled client.
            return Ok(Err(OAuthError::new(
                "invalid_client",
                "unknown client, wrong secret or disabled",
            )));
        };
        match (input.grant_type.as_str(), client.kind) {
            ("client_credentials", Kind::Machine) => self.for_system(call, &client).await,
            ("authorization_code", Kind::Web | Kind::PublicApp) => {
                self.for_code(call, &client).await
            }
            _ => Ok(Err(OAuthError::new(
                "unauthorized_client",
                "this kind of client may not use this grant_type",
            ))),
        }
    }

    async fn for_system(&self, call: &Call<IssueTokenRequest>, client: &Row) -> Issued {
        let now = call.now;
        let scope = match rules::machine_scopes(&call.message.scope, &client.scopes) {
            Ok(scope) => scope,
            Err(error) => return Ok(Err(error)),
        };
        let access_token = self.machine_token(client, scope.clone(), now)?;
        let mut conn = self.db.read().await?;
        clients::store::note_use(&mut conn, client, now).await?;
        Ok(Ok(IssueTokenResponse {
            access_token,
            expires_in: LIFETIME,
            scope,
            ..IssueTokenResponse::default()
        }))
    }

    async fn for_code(&self, call: &Call<IssueTokenRequest>, client: &Row) -> Issued {
        const REFUSED: OAuthError =
            OAuthError::new("invalid_grant", "the code is not valid for this request");
        let (input, now) = (&call.message, call.now);
        if input.code.is_empty() || input.code_verifier.is_empty() || input.redirect_uri.is_empty()
        {
            return Ok(Err(OAuthError::new(
                "invalid_request",
                "code, redirect_uri and code_verifier are required",
            )));
        }
        let code_hash = secret_hash(&input.code);
        let mut tx = call.begin(&self.db).await?;
        let Some(code) = store::lock_code(&mut tx, &code_hash, now).await? else {
            return Ok(Err(REFUSED));
        };
        let caller = caller_of(client, call.origin().clone());
        let record = format!("person:{}", code.person_id);
        let presented = Presented {
            client_id: client.client_id,
            redirect_uri: &input.redirect_uri,
            code_verifier: &input.code_verifier,
        };
        let verdict = rules::exchange(&code.state, presented, now);
        if verdict.is_ok() || verdict.is_err_and(CodeRefused::voids) {
            store::use_code(&mut tx, &code_hash, now).await?;
        }
        if let Err(refused) = verdict {
            tx.audit_for(&caller, &record, refused.code()).await?;
            tx.commit(()).await?;
            return Ok(Err(REFUSED));
        }
        if !self.discloses(&mut tx, code.person_id, now).await? {
            let outcome = reasons::MINOR_AT_THIRD_PARTY.code;
            tx.audit_for(&caller, &record, outcome).await?;
            tx.commit(()).await?;
            return Ok(Err(REFUSED));
        }
        let subject = store::subject(&mut tx, code.person_id).await?;
        let subject =
            subject.ok_or_else(|| Problem::internal(anyhow::anyhow!("a code without person")))?;
        let access_token = self.site_token(client, &code, now)?;
        let id_token = self.id_token(client, &code, &subject, &access_token, now)?;
        clients::store::note_use(&mut tx, client, now).await?;
        tx.audit_for(&caller, &record, "ok").await?;
        let answer = IssueTokenResponse {
            access_token,
            id_token,
            expires_in: LIFETIME,
            scope: code.scopes.join(" "),
            ..IssueTokenResponse::default()
        };
        Ok(Ok(tx.commit(answer).await?))
    }
}

/// Whether the client proves itself: by its secret, or, where it has none, by PKCE later on.
fn is_authentic(client: &Row, secret: &str, now: OffsetDateTime) -> bool {
    if client.disabled_at.is_some() {
        return false;
    }
    match client.kind {
        Kind::PublicApp => secret.is_empty(),
        Kind::Machine | Kind::Web => {
            clients::rules::secret_is_right(&client.secrets(), &secret_hash(secret), now)
        }
    }
}

/// The client as a caller, for the audit trail: the gateway only passes its words on.
pub(super) fn caller_of(client: &Row, origin: Origin) -> Caller {
    Caller::Client(ClientCaller {
        client_id: client.client_id,
        organisation_id: client.organisation_id,
        scopes: Vec::new(),
        organisation_path: None,
        origin,
    })
}

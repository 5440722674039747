//! The token endpoint (RFC 6749 section 3.2).

use kit::{
    access::{self, Caller, ClientCaller, Origin},
    audit,
    errors::{Problem, Result},
};
use proto::{
    cast::identity::v1::{IssueTokenRequest, IssueTokenResponse},
    reasons,
};
use tonic::{Request, Response};

use super::{
    OAuthError,
    authorize::client_of,
    rules::{self, CodeRefused, Presented},
    store,
};
use crate::{
    Identity,
    clients::{self, Kind, store::Row},
    secrets::secret_hash,
};

const TOKEN: &str = "cast.identity.v1.SignOn/IssueToken";
const LIFETIME: i32 = 300;

/// An OAuth error is an answer; anything else that goes wrong is a problem.
type Issued = Result<std::result::Result<IssueTokenResponse, OAuthError>>;

impl Identity {
    pub(super) async fn issue_token(
        &self,
        request: Request<IssueTokenRequest>,
    ) -> Result<Response<IssueTokenResponse>> {
        let origin = access::origin(&request);
        let input = request.into_inner();
        Ok(Response::new(
            self.issue(&input, origin)
                .await?
                .unwrap_or_else(|error| IssueTokenResponse {
                    error: error.code.to_owned(),
                    error_description: error.words.to_owned(),
                    ..IssueTokenResponse::default()
                }),
        ))
    }

    async fn issue(&self, input: &IssueTokenRequest, origin: Origin) -> Issued {
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
        let Some(client) = client.filter(|client| self.is_authentic(client, &input.client_secret))
        else {
            self.client_failed(client_id, &origin).await?;
            // One answer for an unknown id, a wrong secret and a disabled client.
            return Ok(Err(OAuthError::new(
                "invalid_client",
                "unknown client, wrong secret or disabled",
            )));
        };
        let caller = caller_of(&client, origin);
        match (input.grant_type.as_str(), client.kind()) {
            ("client_credentials", Kind::Machine) => self.for_system(input, &client).await,
            ("authorization_code", Kind::Web | Kind::PublicApp) => {
                self.for_code(input, &client, &caller).await
            }
            _ => Ok(Err(OAuthError::new(
                "unauthorized_client",
                "this kind of client may not use this grant_type",
            ))),
        }
    }

    /// Whether the client proves itself: by its secret, or, where it has none, by PKCE later on.
    fn is_authentic(&self, client: &Row, secret: &str) -> bool {
        if client.disabled_at.is_some() {
            return false;
        }
        match client.kind() {
            Kind::PublicApp => secret.is_empty(),
            Kind::Machine | Kind::Web => clients::rules::secret_is_right(
                &client.secrets(),
                &secret_hash(secret),
                self.clock.now(),
            ),
        }
    }

    async fn for_system(&self, input: &IssueTokenRequest, client: &Row) -> Issued {
        let scope = match rules::machine_scopes(&input.scope, &client.scopes) {
            Ok(scope) => scope,
            Err(error) => return Ok(Err(error)),
        };
        let now = self.clock.now();
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

    async fn for_code(&self, input: &IssueTokenRequest, client: &Row, caller: &Caller) -> Issued {
        const REFUSED: OAuthError =
            OAuthError::new("invalid_grant", "the code is not valid for this request");
        if input.code.is_empty() || input.code_verifier.is_empty() || input.redirect_uri.is_empty()
        {
            return Ok(Err(OAuthError::new(
                "invalid_request",
                "code, redirect_uri and code_verifier are required",
            )));
        }
        let now = self.clock.now();
        let code_hash = secret_hash(&input.code);
        let mut tx = self.db.begin().await?;
        let Some(code) = store::lock_code(&mut tx, &code_hash, now).await? else {
            return Ok(Err(REFUSED));
        };
        let subject_words = format!("person:{}", code.person_id);
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
            audit::record(&mut tx, caller, TOKEN, &subject_words, refused.code(), now).await?;
            tx.commit().await?;
            return Ok(Err(REFUSED));
        }
        if !self.discloses(&mut tx, code.person_id).await? {
            let outcome = reasons::MINOR_AT_THIRD_PARTY.code;
            audit::record(&mut tx, caller, TOKEN, &subject_words, outcome, now).await?;
            tx.commit().await?;
            return Ok(Err(REFUSED));
        }
        let subject = store::subject(&mut tx, code.person_id).await?;
        let subject =
            subject.ok_or_else(|| Problem::internal(anyhow::anyhow!("a code without person")))?;
        let access_token = self.site_token(client, &code, now)?;
        let id_token = self.id_token(client, &code, &subject, &access_token, now)?;
        clients::store::note_use(&mut tx, client, now).await?;
        audit::record(&mut tx, caller, TOKEN, &subject_words, "ok", now).await?;
        tx.commit().await?;
        let scope = code.scopes.join(" ");
        Ok(Ok(IssueTokenResponse {
            access_token,
            id_token,
            expires_in: LIFETIME,
            scope,
            ..IssueTokenResponse::default()
        }))
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

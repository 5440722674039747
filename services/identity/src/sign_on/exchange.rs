//! The token endpoint (RFC 6749 section 3.2).

use kit::{
    Call,
    access::{Caller, ClientCaller, Origin},
    call::Write,
    errors::{Problem, Result},
};
use proto_identity::{
    reasons,
    v1::{IssueTokenRequest, IssueTokenResponse},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    OAuthError,
    client_authentication::Presented as Credentials,
    demand::rules::still_covered,
    families::{self, rules::narrowed, store::NewFamily},
    possession::rules::Request,
    rpc::SignOn,
    rules::{self, CodeRefused, Presented},
    store::{self, Granted},
    tokens::MACHINE_SECONDS,
};
use crate::{
    clients::{self, Kind, rules::OFFLINE_ACCESS, store::Row},
    logouts,
    secrets::{random_secret, secret_hash},
};

/// Seconds that an access token for a site is good for.
pub(super) const LIFETIME: i32 = 300;
/// RFC 8628 section 3.4.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The endpoint.
const TOKEN_PATH: &str = "/oauth2/token";

/// What a client is told of a code that is not exchanged, whatever the reason.
const REFUSED: OAuthError =
    OAuthError::new("invalid_grant", "the code is not valid for this request");

/// An OAuth error is an answer; anything else that goes wrong is a problem.
pub(super) type Issued = Result<std::result::Result<IssueTokenResponse, OAuthError>>;

impl SignOn {
    pub(super) async fn issue(&self, call: &Call<IssueTokenRequest>) -> Issued {
        let input = &call.message;
        if !matches!(
            input.grant_type.as_str(),
            "authorization_code" | "refresh_token" | "client_credentials" | DEVICE_CODE
        ) {
            return Ok(Err(match input.grant_type.as_str() {
                "" => OAuthError::new("invalid_request", "grant_type is missing"),
                _ => OAuthError::new(
                    "unsupported_grant_type",
                    "grant_type must be authorization_code, refresh_token, client_credentials or that of RFC 8628",
                ),
            }));
        }
        let credentials = Credentials {
            client_id: &input.client_id,
            secret: &input.client_secret,
            assertion: input.client_assertion.as_ref(),
            endpoint: TOKEN_PATH,
        };
        let client = match self.clients.authentic(call, &credentials).await? {
            Ok(client) => client,
            Err(error) => return Ok(Err(error)),
        };
        // Our own services know bearer tokens alone, so those of systems are such whatever is proven.
        if client.kind == Kind::Machine && input.grant_type == "client_credentials" {
            return self.for_system(call, &client).await;
        }
        let key = match self.key_of(call, &client).await? {
            Ok(key) => key,
            Err(error) => return Ok(Err(error)),
        };
        let key = key.as_deref();
        match (input.grant_type.as_str(), client.kind) {
            ("authorization_code", Kind::Web | Kind::PublicApp) => {
                self.for_code(call, &client, key).await
            }
            ("refresh_token", Kind::Web | Kind::PublicApp) => {
                self.for_refresh(call, &client, key).await
            }
            (DEVICE_CODE, Kind::Web | Kind::PublicApp) if client.device_grant => {
                self.for_device(call, &client, key).await
            }
            _ => Ok(Err(OAuthError::new(
                "unauthorized_client",
                "this client may not use this grant_type",
            ))),
        }
    }

    /// The key that the tokens are bound to; `None` for bearer tokens.
    async fn key_of(
        &self,
        call: &Call<IssueTokenRequest>,
        client: &Row,
    ) -> Result<std::result::Result<Option<String>, OAuthError>> {
        let proof = &call.message.dpop_proof;
        if proof.is_empty() {
            return Ok(match client.dpop_only {
                true => Err(OAuthError::new(
                    "invalid_dpop_proof",
                    "this client must send a DPoP proof (RFC 9449)",
                )),
                false => Ok(None),
            });
        }
        let address = self.endpoint(TOKEN_PATH);
        let request = Request {
            method: "POST",
            address: &address,
            access_token: None,
        };
        let possessed = self.possessed(proof, &request, call.now).await?;
        Ok(possessed.map(Some))
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
            expires_in: i32::try_from(MACHINE_SECONDS).unwrap_or(LIFETIME),
            scope,
            ..IssueTokenResponse::default()
        }))
    }

    async fn for_code(
        &self,
        call: &Call<IssueTokenRequest>,
        client: &Row,
        key: Option<&str>,
    ) -> Issued {
        let (input, now) = (&call.message, call.now);
        let unproven = input.code_verifier.is_empty() && !client.pkce_optional;
        if input.code.is_empty() || input.redirect_uri.is_empty() || unproven {
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
        let record = format!("person:{}", code.granted.person_id);
        let presented = Presented {
            client_id: client.client_id,
            redirect_uri: &input.redirect_uri,
            code_verifier: &input.code_verifier,
            key,
        };
        let verdict = rules::exchange(&code.state, presented, now);
        if verdict.is_ok() || verdict.is_err_and(CodeRefused::voids) {
            store::use_code(&mut tx, &code_hash, now).await?;
        }
        if let Err(refused) = verdict {
            if refused == CodeRefused::Used {
                families::store::end_of_code(&mut tx, &code_hash, now).await?;
            }
            tx.audit_for(&caller, &record, refused.code()).await?;
            tx.commit(()).await?;
            return Ok(Err(REFUSED));
        }
        self.tokens_for(tx, call, client, code.granted, (&code_hash, key))
            .await
    }

    /// The tokens of a person who has signed in and agreed, in the transaction that has used up what shows it.
    pub(super) async fn tokens_for(
        &self,
        mut tx: Write,
        call: &Call<IssueTokenRequest>,
        client: &Row,
        code: Granted,
        (code_hash, key): (&[u8; 32], Option<&str>),
    ) -> Issued {
        let now = call.now;
        let caller = caller_of(client, call.origin().clone());
        let record = format!("person:{}", code.person_id);
        if !self.discloses(&mut tx, code.person_id, now).await? {
            let outcome = reasons::MINOR_AT_THIRD_PARTY.code;
            tx.audit_for(&caller, &record, outcome).await?;
            tx.commit(()).await?;
            return Ok(Err(REFUSED));
        }
        let who = self.who(&mut tx, client, code.person_id).await?;
        let who = who.ok_or_else(|| Problem::internal(anyhow::anyhow!("a code without person")))?;
        // Session and consent stay until the family is there to end with them.
        let (session_id, person_id) = (code.session_id, code.person_id);
        let signed_in = store::hold_session(&mut tx, session_id, code.account_id, now).await?;
        let agreed = store::hold_consents(&mut tx, person_id, client.client_id).await?;
        let ended = if !signed_in {
            Some(CodeRefused::SignedOut)
        } else if !code.scopes.iter().all(|scope| agreed.contains(scope)) {
            Some(CodeRefused::Withdrawn)
        } else {
            None
        };
        if let Some(ended) = ended {
            tx.audit_for(&caller, &record, ended.code()).await?;
            tx.commit(()).await?;
            return Ok(Err(REFUSED));
        }
        // What the client may no longer have is not issued.
        let code = Granted {
            userinfo_claims: still_covered(&code.userinfo_claims, &client.scopes),
            id_token_claims: still_covered(&code.id_token_claims, &client.scopes),
            scopes: narrowed("", &code.scopes, &client.scopes).unwrap_or_default(),
            ..code
        };
        let (family_id, refresh_token) = self
            .begin_family(&mut tx, client, &code, (code_hash, key), now)
            .await?;
        let of = (family_id, code.person_id);
        let access_token = self.token_of_family(of, client, &code.scopes, key, now)?;
        self.remember_subject(&mut tx, client, code.person_id)
            .await?;
        let id_token = self.id_token(client, &code, &who, &access_token, now)?;
        clients::store::note_use(&mut tx, client, now).await?;
        tx.audit_for(&caller, &record, "ok").await?;
        let answer = IssueTokenResponse {
            access_token,
            id_token,
            refresh_token,
            expires_in: LIFETIME,
            scope: code.scopes.join(" "),
            token_type: token_type(key),
            ..IssueTokenResponse::default()
        };
        Ok(Ok(tx.commit(answer).await?))
    }
}

impl SignOn {
    /// Begins the family of a code; returns its id and the first refresh token.
    async fn begin_family(
        &self,
        tx: &mut Write,
        client: &Row,
        code: &Granted,
        (code_hash, key): (&[u8; 32], Option<&str>),
        now: OffsetDateTime,
    ) -> Result<(Uuid, String)> {
        let (family_id, token) = (kit::chance::id(now), random_secret()?);
        let offline = code.scopes.iter().any(|scope| scope == OFFLINE_ACCESS);
        let new = NewFamily {
            family_id,
            client_id: client.client_id,
            person_id: code.person_id,
            session_id: code.session_id,
            offline,
            code_hash,
            scopes: &code.scopes,
            userinfo_claims: &code.userinfo_claims,
            id_token_claims: &code.id_token_claims,
            auth_time: code.auth_time,
            method: &code.method,
            // A client that proves itself does so with each refresh token too (RFC 9449 section 5).
            dpop_jkt: key.filter(|_| client.kind == Kind::PublicApp),
            created_at: now,
            expires_at: families::rules::expires_at(offline, code.session_ends_at, now),
        };
        families::store::insert(tx, &new).await?;
        families::store::insert_refresh(tx, &secret_hash(&token), family_id, now).await?;
        let ids = (code.session_id, client.client_id, code.person_id);
        logouts::store::remember(tx, ids, now).await?;
        Ok((family_id, token))
    }
}

/// What a token bound to this key, or to none, is called.
pub(super) fn token_type(key: Option<&str>) -> String {
    let name = match key {
        Some(_) => "DPoP",
        None => "Bearer",
    };
    name.to_owned()
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

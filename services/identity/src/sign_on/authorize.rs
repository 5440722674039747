//! The authorization endpoint: checking a request, asking the person, issuing a code.

use kit::{
    Call,
    access::{self, PersonCaller},
    clock::business_date,
    errors::{Problem, Result},
};
use proto_identity::{
    reasons,
    v1::{
        AuthorizationParameters, CheckAuthorizationRequest, CheckAuthorizationResponse,
        ConsentQuestion, CreateAuthorizationRequest, CreateAuthorizationResponse,
        create_authorization_request::Consent,
    },
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    demand::rules::agreed_before,
    rpc::SignOn,
    rules::{self, Parameters, Refusal, Registered},
    store::{self, NewCode},
};
use crate::{
    clients::{self, store::Row},
    persons::{self, registry::present},
    resident_id::age,
    secrets::{random_secret, secret_hash},
    sessions::SessionError,
};

impl SignOn {
    pub(super) async fn check(
        &self,
        call: Call<CheckAuthorizationRequest>,
    ) -> Result<CheckAuthorizationResponse> {
        let parameters = Parameters::from(call.message.parameters.unwrap_or_default());
        let mut conn = self.db.read().await?;
        let client = clients::named(&mut conn, &parameters.client_id).await?;
        Ok(
            match rules::check_request(&parameters, client.as_ref().map(registered)) {
                Ok(_) => CheckAuthorizationResponse::default(),
                Err(Refusal {
                    error,
                    redirectable,
                }) => CheckAuthorizationResponse {
                    error: error.code.to_owned(),
                    error_description: error.words.to_owned(),
                    redirectable,
                },
            },
        )
    }

    pub(super) async fn authorize(
        &self,
        call: Call<CreateAuthorizationRequest>,
    ) -> Result<CreateAuthorizationResponse> {
        let (call, input) = call.split();
        let (person, now) = (call.caller.person()?, call.now);
        let consent = input.consent();
        let missing = || {
            Problem::invalid(
                "parameters",
                (
                    "Missing; send the parameters of the site.",
                    "缺少网站的登录请求参数。",
                ),
            )
        };
        let parameters: AuthorizationParameters = input.parameters.ok_or_else(missing)?;
        let parameters = Parameters::from(parameters);

        let mut tx = call.begin(&self.db).await?;
        let client = clients::named(&mut tx, &parameters.client_id).await?;
        let scopes = match rules::check_request(&parameters, client.as_ref().map(registered)) {
            Ok(scopes) => scopes,
            Err(Refusal {
                error,
                redirectable: true,
            }) => return Ok(self.send_error(&parameters, error.code, error.words)),
            Err(Refusal { error, .. }) => {
                let problem = Problem::of(&reasons::AUTHORIZATION_REQUEST_INVALID);
                return Err(problem
                    .with("error", error.code)
                    .with("error_description", error.words));
            }
        };
        // `check_request` refuses a request without client.
        let client = client.ok_or_else(clients::not_found)?;
        let record = format!("client:{}", client.client_id);
        let refused = consent == Consent::Refused;
        if !refused && self.must_sign_in(&mut tx, person, &parameters, now).await? {
            return Ok(CreateAuthorizationResponse {
                sign_in_required: true,
                ..CreateAuthorizationResponse::default()
            });
        }
        if !refused && !self.discloses(&mut tx, person.person_id, now).await? {
            drop(tx);
            let refusal = Err(Problem::of(&reasons::MINOR_AT_THIRD_PARTY));
            return call.audit_refusal(&self.db, &record, refusal).await;
        }
        let scopes: Vec<String> = scopes.into_iter().map(str::to_owned).collect();
        let agreed = store::consents(&mut tx, person.person_id, client.client_id).await?;
        let new: Vec<String> = scopes
            .iter()
            .filter(|scope| !agreed.contains(scope))
            .cloned()
            .collect();
        match consent {
            Consent::Refused => {
                tx.audit_as(&record, "access_denied").await?;
                tx.commit(self.send_error(&parameters, "access_denied", "the person refused"))
                    .await
            }
            Consent::Unspecified if !new.is_empty() => {
                let organisation = access::organisation(&mut tx, client.organisation_id).await?;
                let question = ConsentQuestion {
                    client_name: client.name,
                    organisation_name: organisation
                        .map(|organisation| organisation.name)
                        .unwrap_or_default(),
                    agreed_scopes: agreed_before(&agreed, &new),
                    scopes: new,
                };
                Ok(CreateAuthorizationResponse {
                    question: Some(question),
                    ..CreateAuthorizationResponse::default()
                })
            }
            Consent::Unspecified | Consent::Given => {
                let client_id = client.client_id;
                store::consent(&mut tx, person.person_id, client_id, &new, now).await?;
                let content = CodeContent {
                    client_id,
                    redirect_uri: &parameters.redirect_uri,
                    scopes: &scopes,
                    nonce: &parameters.nonce,
                    code_challenge: &parameters.code_challenge,
                    userinfo_claims: &[],
                    id_token_claims: &[],
                    dpop_jkt: None,
                };
                let code = issue_code(&mut tx, person, &content, now).await?;
                tx.audit(&record).await?;
                tx.commit(self.send(&parameters, &[("code", &code)])).await
            }
        }
    }

    /// Whether the person signed in longer ago than the site allows.
    async fn must_sign_in(
        &self,
        conn: &mut PgConnection,
        person: &PersonCaller,
        parameters: &Parameters,
        now: OffsetDateTime,
    ) -> Result<bool> {
        // What is no number was refused before.
        let Ok(Some(age)) = rules::max_age(&parameters.max_age) else {
            return Ok(false);
        };
        let session_id = person.session_id.ok_or(SessionError::Ended)?;
        let signed_in_at = store::signed_in_at(conn, session_id, person.account_id, now).await?;
        let signed_in_at = signed_in_at.ok_or(SessionError::Ended)?;
        Ok(rules::is_stale(Some(age), signed_in_at, now))
    }

    /// Whether third-party sites may be told about this person: not before they are 18. Asked again at each step, since what was agreed
    /// to or issued earlier does not make a person older.
    pub(super) async fn discloses(
        &self,
        conn: &mut PgConnection,
        person_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<bool> {
        let row = present(persons::store::read(conn, person_id).await?)?;
        let born = self.registry.born(&row)?;
        Ok(age::discloses_to_sites(born, business_date(now)))
    }

    fn send_error(
        &self,
        parameters: &Parameters,
        code: &str,
        words: &str,
    ) -> CreateAuthorizationResponse {
        self.send(parameters, &[("error", code), ("error_description", words)])
    }

    /// Back to the site, with `state` as it came and with `iss` (RFC 9207).
    fn send(
        &self,
        parameters: &Parameters,
        values: &[(&str, &str)],
    ) -> CreateAuthorizationResponse {
        let mut values = values.to_vec();
        values.extend([
            ("state", parameters.state.as_str()),
            ("iss", self.issuer.as_str()),
        ]);
        let redirect_to = rules::redirect_to(&parameters.redirect_uri, &values);
        CreateAuthorizationResponse {
            redirect_to,
            ..CreateAuthorizationResponse::default()
        }
    }
}

/// What a code stands for.
pub(super) struct CodeContent<'a> {
    pub client_id: Uuid,
    pub redirect_uri: &'a str,
    pub scopes: &'a [String],
    pub nonce: &'a str,
    pub code_challenge: &'a str,
    pub userinfo_claims: &'a [String],
    pub id_token_claims: &'a [String],
    /// The key that the tokens are to be bound to.
    pub dpop_jkt: Option<&'a str>,
}

/// A code for this person and session.
pub(super) async fn issue_code(
    conn: &mut PgConnection,
    person: &PersonCaller,
    content: &CodeContent<'_>,
    now: OffsetDateTime,
) -> Result<String> {
    // Only a person at a browser signs in elsewhere, and only while the session lives.
    let session_id = person.session_id.ok_or(SessionError::Ended)?;
    if !store::hold_session(conn, session_id, person.account_id, now).await? {
        return Err(SessionError::Ended.into());
    }
    let code = random_secret()?;
    let stored = NewCode {
        code_hash: &secret_hash(&code),
        client_id: content.client_id,
        person_id: person.person_id,
        session_id,
        redirect_uri: content.redirect_uri,
        scopes: content.scopes,
        nonce: content.nonce,
        code_challenge: content.code_challenge,
        userinfo_claims: content.userinfo_claims,
        id_token_claims: content.id_token_claims,
        dpop_jkt: content.dpop_jkt,
        created_at: now,
        expires_at: now + rules::CODE_LIFETIME,
    };
    store::insert_code(conn, &stored).await?;
    Ok(code)
}

/// What decides about its requests.
pub(super) fn registered(row: &Row) -> Registered<'_> {
    Registered {
        kind: row.kind,
        disabled: row.disabled_at.is_some(),
        scopes: &row.scopes,
        redirect_uris: &row.redirect_uris,
        pkce_optional: row.pkce_optional,
        pushed_requests_only: row.pushed_requests_only,
    }
}

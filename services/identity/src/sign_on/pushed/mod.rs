//! Pushed authorization requests (RFC 9126): a site sends what it asks for by itself and gets an address for it, which the browser brings. So
//! what is asked for is seen by no browser, and comes from the site and from no other.

pub mod store;

use kit::{
    Call,
    errors::{Problem, Result},
};
use proto_identity::v1::{PushAuthorizationRequest, PushAuthorizationResponse};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    OAuthError,
    authorize::registered,
    client_authentication::Presented,
    demand::{
        self,
        rules::{self, Sent},
    },
    possession::rules::Request,
    rpc::SignOn,
};
use crate::{
    clients::Kind,
    sealing::PUSHED_REQUEST,
    secrets::{random_secret, secret_hash},
};

/// How long an address is good for.
pub const LIFETIME: Duration = Duration::seconds(90);
/// What our addresses begin with (section 2.2); what follows is by chance.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// The endpoint.
const PATH: &str = "/oauth2/par";

/// Names and values that were pushed.
pub type Pairs = Vec<(String, String)>;

type Kept = std::result::Result<PushAuthorizationResponse, OAuthError>;

impl SignOn {
    pub(super) async fn push(
        &self,
        call: Call<PushAuthorizationRequest>,
    ) -> Result<PushAuthorizationResponse> {
        let kept = self.keep_pushed(&call).await?;
        Ok(kept.unwrap_or_else(|error| PushAuthorizationResponse {
            error: error.code.to_owned(),
            error_description: error.words.to_owned(),
            ..PushAuthorizationResponse::default()
        }))
    }

    async fn keep_pushed(&self, call: &Call<PushAuthorizationRequest>) -> Result<Kept> {
        let (input, now) = (&call.message, call.now);
        let presented = Presented {
            client_id: &input.client_id,
            secret: &input.client_secret,
            assertion: input.client_assertion.as_ref(),
            endpoint: PATH,
        };
        let client = match self.clients.authentic(call, &presented).await? {
            Ok(client) => client,
            Err(error) => return Ok(Err(error)),
        };
        let client_id = client.client_id.to_string();
        let mut pairs: Pairs = vec![("client_id".to_owned(), client_id)];
        let sent = demand::pairs(&input.parameters).into_iter();
        pairs.extend(
            sent.filter(|(name, _)| *name != "client_id")
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let signed = {
            let borrowed = borrowed(&pairs);
            self.signed_request(&Sent::read(&borrowed), now).await?
        };
        match signed {
            Some(Ok(signed)) => pairs = signed,
            Some(Err(error)) => return Ok(Err(error)),
            None => {}
        }
        if !input.dpop_proof.is_empty() {
            let address = self.endpoint(PATH);
            let request = Request {
                method: "POST",
                address: &address,
                access_token: None,
            };
            let jkt = match self.possessed(&input.dpop_proof, &request, now).await? {
                Ok(jkt) => jkt,
                Err(error) => return Ok(Err(error)),
            };
            let named = pairs.iter().find(|(name, _)| name == "dpop_jkt");
            match named {
                Some((_, named)) if *named != jkt => {
                    return Ok(Err(OAuthError::new(
                        "invalid_dpop_proof",
                        "the DPoP proof is of another key than dpop_jkt",
                    )));
                }
                Some(_) => {}
                // The code is bound to it (RFC 9449 section 10.1).
                None => pairs.push(("dpop_jkt".to_owned(), jkt)),
            }
        }
        let borrowed = borrowed(&pairs);
        let sent = Sent::read(&borrowed);
        if !sent.value("request_uri").is_empty() {
            return Ok(Err(OAuthError::new(
                "invalid_request",
                "request_uri cannot be pushed",
            )));
        }
        let mut asked = registered(&client);
        asked.pushed_requests_only = false;
        let hint = {
            let mut conn = self.db.read().await?;
            let token = sent.value("id_token_hint");
            self.hint(&mut conn, Some(&client), token).await?
        };
        // What is wrong is told here, whether or not it could be sent to the site by the browser.
        if let Err(refusal) = rules::judge(&sent, Some(asked), &hint, &self.userinfo_audience()) {
            return Ok(Err(refusal.error));
        }
        let (request_id, secret) = (kit::chance::id(now), random_secret()?);
        let text = serde_json::to_string(&pairs).map_err(Problem::internal)?;
        let mut tx = call.begin(&self.db).await?;
        let counted_for = match client.kind {
            // Anybody can push as an app, so it counts as a request that is left lying until a browser brings it.
            Kind::PublicApp => {
                let throttles = &self.throttles;
                Some(throttles.demand_kept(&mut tx, call.origin(), now).await?)
            }
            Kind::Machine | Kind::Web => None,
        };
        let new = store::New {
            request_id,
            uri_hash: &secret_hash(&secret),
            client_id: client.client_id,
            parameters_sealed: &PUSHED_REQUEST.seal(&self.keys, request_id, &text),
            counted_for: counted_for.as_ref(),
            created_at: now,
            expires_at: now + LIFETIME,
        };
        store::insert(&mut tx, &new).await?;
        let answer = PushAuthorizationResponse {
            request_uri: format!("{PREFIX}{secret}"),
            expires_in: i32::try_from(LIFETIME.whole_seconds()).unwrap_or_default(),
            ..PushAuthorizationResponse::default()
        };
        Ok(Ok(tx.commit(answer).await?))
    }

    /// What was pushed under the address that a browser brings, which is used up by it; `None` if it brings the parameters themselves.
    pub(super) async fn brought(
        &self,
        conn: &mut PgConnection,
        sent: &Sent<'_>,
        now: OffsetDateTime,
    ) -> Result<Option<std::result::Result<Pairs, OAuthError>>> {
        let Some(secret) = sent.value("request_uri").strip_prefix(PREFIX) else {
            return Ok(None);
        };
        let taken = store::take(conn, &secret_hash(secret), sent.value("client_id"), now).await?;
        let Some(taken) = taken else {
            return Ok(Some(Err(OAuthError::new(
                "invalid_request_uri",
                "request_uri is unknown, used, older than 90 seconds, or of another client than client_id",
            ))));
        };
        if let Some(key) = taken.counted_for {
            self.throttles.demand_answered(conn, key, now).await?;
        }
        let text = PUSHED_REQUEST.open(&self.keys, taken.request_id, &taken.parameters_sealed)?;
        let pairs = serde_json::from_str(&text).map_err(Problem::internal)?;
        Ok(Some(Ok(pairs)))
    }
}

/// The same, borrowed.
pub(super) fn borrowed(pairs: &Pairs) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

//! Authorization requests that the site has signed (RFC 9101), by value: what they say cannot be changed by the browser that carries them. Sites
//! that have registered keys may send them; addresses of request objects are fetched from no site.

pub mod rules;

use kit::errors::Result;
use serde_json::{Map, Value};
use signing::Jws;
use time::OffsetDateTime;

use super::{OAuthError, demand::rules::Sent, pushed::Pairs, rpc::SignOn};
use crate::clients;

/// The parameters of a signed request, or what the site is told.
type Read = std::result::Result<Pairs, OAuthError>;

impl SignOn {
    /// The parameters inside of a signed request; `None` if there is none, or the client has no keys. Called outside of transactions: the keys may
    /// have to be fetched.
    pub(super) async fn signed_request(
        &self,
        sent: &Sent<'_>,
        now: OffsetDateTime,
    ) -> Result<Option<Read>> {
        let request = sent.value("request");
        if request.is_empty() || sent.is_malformed() {
            return Ok(None);
        }
        let client_id = sent.value("client_id");
        let client = {
            let mut conn = self.db.read().await?;
            clients::named(&mut conn, client_id).await?
        };
        let client = client.filter(|client| client.disabled_at.is_none());
        let Some(client) = client.filter(|c| c.jwks.is_some() || c.jwks_uri.is_some()) else {
            return Ok(None);
        };
        let refused = |words| {
            let error = OAuthError::new("invalid_request_object", words);
            Ok(Some(Err(error)))
        };
        let Some(jws) = Jws::read(request) else {
            return refused("request is no JWT signed by RS256, PS256, ES256 or EdDSA");
        };
        if !rules::is_of_type(jws.typ().as_deref()) {
            return refused("request must be of typ oauth-authz-req+jwt");
        }
        let keys = self.clients.keys_of(&client, &jws, now).await;
        let claims = keys.and_then(|keys| keys.verify::<Map<String, Value>>(&jws).ok());
        let Some(claims) = claims else {
            return refused("request is not signed by a registered key of this client");
        };
        let read = rules::parameters(&claims, client_id, &self.issuer, now);
        Ok(Some(read.map_err(|words| {
            OAuthError::new("invalid_request_object", words)
        })))
    }
}

//! Access tokens of sessions.

use kit::{
    access::{
        Claims,
        tokens::{AUDIENCE, MAX_LIFETIME_SECONDS},
    },
    errors::Result,
};
use time::{Duration, OffsetDateTime};

use super::{rpc::Sessions, store::Live};
use crate::{
    sealing::PERSON_NAME,
    session_tokens::{SessionState, Token},
};

/// The OAuth client of our own portal.
const PORTAL: &str = "portal";

impl Sessions {
    /// The access token of a live session, for our own services.
    pub(super) fn session_token(&self, live: &Live, now: OffsetDateTime) -> Result<Token> {
        let state = SessionState {
            session_id: live.session_id,
            account_version: live.account_version,
            person_version: live.person_version,
            ends_at: live.ends_at,
        };
        if let Some(token) = self.tokens.remembered(&state, now) {
            return Ok(token);
        }
        let name = match &live.name_sealed {
            Some(sealed) => Some(PERSON_NAME.open(&self.keys, live.person_id, sealed)?),
            None => None,
        };
        // Not beyond the session itself.
        let expires_at = (now + Duration::seconds(MAX_LIFETIME_SECONDS)).min(live.ends_at);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: live.person_id.to_string(),
            client_id: PORTAL.to_owned(),
            jti: kit::chance::id(now).to_string(),
            iat: now.unix_timestamp(),
            exp: expires_at.unix_timestamp(),
            nbf: None,
            account_id: Some(live.account_id),
            sid: Some(live.session_id),
            person_number: Some(live.person_number.clone()),
            verified: name.is_some(),
            name,
            organisation_id: None,
            scope: None,
        };
        let token = Token {
            text: self.signing.access_token(&claims)?,
            issued_at: now,
            expires_at,
        };
        self.tokens.remember(&state, &token, now);
        Ok(token)
    }
}

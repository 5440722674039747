//! Access tokens of sessions. Signing costs little, but every request with a cookie needs a token, so the last one of a session is
//! remembered while it is good for a while and the account and the person are as they were.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kit::{
    access::{
        Claims,
        tokens::{AUDIENCE, MAX_LIFETIME_SECONDS},
    },
    errors::Result,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::store::Live;
use crate::Identity;

/// The OAuth client of our own portal.
pub const PORTAL: &str = "portal";
/// A remembered token has at least this long to live when it is given out.
const LEAST_LEFT: Duration = Duration::seconds(90);
/// Tokens remembered at most, some 1 KiB each.
const MOST: usize = 50_000;

/// The last token of each session. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Mutex<HashMap<Uuid, Remembered>>>);

struct Remembered {
    account_version: i64,
    person_version: i64,
    token: Token,
}

/// A signed token and its end.
#[derive(Clone)]
pub struct Token {
    /// JWT after RFC 9068.
    pub text: String,
    /// UTC.
    pub issued_at: OffsetDateTime,
    /// UTC.
    pub expires_at: OffsetDateTime,
}

impl Tokens {
    fn remembered(&self, live: &Live, now: OffsetDateTime) -> Option<Token> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tokens.get(&live.session_id)?;
        let same = known.account_version == live.account_version
            && known.person_version == live.person_version;
        let fresh = known.token.expires_at - now >= LEAST_LEFT.min(live.ends_at - now);
        // A clock that was set back: to the others this token would be one of the future.
        let begun = known.token.issued_at <= now;
        (same && fresh && begun && known.token.expires_at > now).then(|| known.token.clone())
    }

    fn remember(&self, live: &Live, token: &Token, now: OffsetDateTime) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.retain(|_, known| known.token.expires_at > now);
            if tokens.len() >= MOST {
                tokens.clear();
            }
        }
        let (account_version, person_version) = (live.account_version, live.person_version);
        tokens.insert(
            live.session_id,
            Remembered {
                account_version,
                person_version,
                token: token.clone(),
            },
        );
    }
}

impl Identity {
    /// The access token of a live session, for our own services.
    pub(crate) fn session_token(&self, live: &Live, now: OffsetDateTime) -> Result<Token> {
        if let Some(token) = self.tokens.remembered(live, now) {
            return Ok(token);
        }
        let name = match &live.name_sealed {
            Some(sealed) => Some(self.open_text("identity.person.name", live.person_id, sealed)?),
            None => None,
        };
        // Not beyond the session itself.
        let expires_at = (now + Duration::seconds(MAX_LIFETIME_SECONDS)).min(live.ends_at);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: live.person_id.to_string(),
            client_id: PORTAL.to_owned(),
            jti: Uuid::now_v7().to_string(),
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
        self.tokens.remember(live, &token, now);
        Ok(token)
    }
}

//! The last access token of each session. Signing costs little, but every request with a cookie needs a token, so it is remembered while
//! it is good for a while and the account and the person are as they were.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A remembered token has at least this long to live when it is given out.
const LEAST_LEFT: Duration = Duration::seconds(90);
/// Tokens remembered at most, some 1 KiB each.
const MOST: usize = 50_000;

/// The session that a token is for, and the versions of its account and its person. A token of an earlier version is not given out again.
#[derive(Clone, Copy, Debug)]
pub struct SessionState {
    /// The session.
    pub session_id: Uuid,
    /// Moves with every change of the account.
    pub account_version: i64,
    /// Moves with every change of the person.
    pub person_version: i64,
    /// When the session ends.
    pub ends_at: OffsetDateTime,
}

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
    /// The token of this session, if it is good for a while and the account and the person are as they were.
    pub(crate) fn remembered(&self, of: &SessionState, now: OffsetDateTime) -> Option<Token> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tokens.get(&of.session_id)?;
        let same = known.account_version == of.account_version
            && known.person_version == of.person_version;
        let fresh = known.token.expires_at - now >= LEAST_LEFT.min(of.ends_at - now);
        // A clock that was set back: to the others this token would be one of the future.
        let begun = known.token.issued_at <= now;
        (same && fresh && begun && known.token.expires_at > now).then(|| known.token.clone())
    }

    /// Keeps a token for the next request.
    pub(crate) fn remember(&self, of: &SessionState, token: &Token, now: OffsetDateTime) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.retain(|_, known| known.token.expires_at > now);
            if tokens.len() >= MOST {
                tokens.clear();
            }
        }
        let (account_version, person_version) = (of.account_version, of.person_version);
        tokens.insert(
            of.session_id,
            Remembered {
                account_version,
                person_version,
                token: token.clone(),
            },
        );
    }
}

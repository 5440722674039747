//! Posting logout tokens to sites.

use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Handler, Metrics, Names, Outcome, Policy, Run, WakeUp, Worker};
use kit::{
    clock::Clock,
    crypto::Keys,
    db::Db,
    outside::{Outside, Unreachable},
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{KIND, Logout};
use crate::{
    clients::{self, store::Row, subject_at},
    keys::Signing,
};

/// Tokens on their way at the same time; two of one site, because each site is a lane.
const PLACES: usize = 8;
/// A site verifies a token when it arrives (section 2.4 recommends two minutes at most).
const TOKEN_SECONDS: i64 = 120;
/// The member of `events` (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Ends with the job itself, after a day, and not with the number of tries: half of each pause is by chance, so there are 60 at most.
const POLICY: Policy = Policy {
    most_attempts: 100,
    first_pause: Duration::seconds(2),
    longest_pause: Duration::hours(1),
    timeout: Duration::seconds(10),
};

const METRICS: Names = Names {
    meter: "cast.identity",
    prefix: "cast.identity.logouts",
    done: "sent",
};

/// What tells sites.
#[derive(Clone)]
pub struct Sender {
    /// Where the jobs and the clients are.
    pub db: Db,
    /// The present.
    pub clock: Clock,
    /// Signs the tokens.
    pub signing: Signing,
    /// The platform's public URL.
    pub issuer: String,
    /// Of subjects that are made of a person.
    pub keys: Keys,
    /// The way out.
    pub outside: Outside,
}

impl Sender {
    /// The worker for these jobs.
    pub fn worker(&self) -> Worker {
        Worker {
            pool: self.db.pool().clone(),
            clock: self.clock.clone(),
            kinds: [jobs::Kind {
                name: KIND,
                policy: POLICY,
                handler: Arc::new(self.clone()),
            }]
            .into(),
            places: PLACES,
            wake_up: WakeUp::default(),
            metrics: Metrics::new(METRICS, [KIND]),
        }
    }

    /// A logout token (section 2.4).
    fn token(
        &self,
        logout: &Logout,
        client: &Row,
        now: OffsetDateTime,
    ) -> kit::errors::Result<String> {
        let iat = now.unix_timestamp();
        let claims = json!({
            "iss": self.issuer,
            "aud": logout.client_id,
            "iat": iat,
            "exp": iat + TOKEN_SECONDS,
            "jti": kit::chance::id(now),
            "sub": subject_at(&self.keys, client, logout.person_id),
            "sid": logout.session_id,
            "events": { EVENT: {} },
        });
        self.signing
            .logout_token(client.id_token_algorithm, &claims)
    }
}

#[async_trait]
impl Handler for Sender {
    async fn run(&self, run: &Run) -> Outcome {
        let payload = run.job().payload.as_deref().unwrap_or_default();
        let Ok(logout) = serde_json::from_slice::<Logout>(payload) else {
            return Outcome::Refused("its content is malformed".to_owned());
        };
        let client = {
            let mut conn = match self.db.read().await {
                Ok(conn) => conn,
                Err(_) => return Outcome::Failed("the database is away".to_owned()),
            };
            match clients::store::read(&mut conn, logout.client_id).await {
                Ok(client) => client,
                Err(_) => return Outcome::Failed("the database is away".to_owned()),
            }
        };
        // The address may be taken away meanwhile.
        let client = client.filter(|client| client.disabled_at.is_none());
        let Some(client) = client else {
            return Outcome::Done;
        };
        let Some(uri) = &client.backchannel_logout_uri else {
            return Outcome::Done;
        };
        let Ok(token) = self.token(&logout, &client, run.now()) else {
            return Outcome::Failed("the token cannot be signed".to_owned());
        };
        match self
            .outside
            .post_form(uri, &[("logout_token", &token)])
            .await
        {
            Ok(status) if status.is_success() => Outcome::Done,
            // The site has read the token and refuses it (section 2.8): it would do so again.
            Ok(status) if status.as_u16() == 400 => Outcome::Refused("HTTP 400".to_owned()),
            Ok(status) => Outcome::Failed(format!("HTTP {}", status.as_u16())),
            Err(Unreachable::Forbidden) => Outcome::Refused(Unreachable::Forbidden.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

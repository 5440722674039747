//! Authentication between services: a token valid for one minute (JWT, HS256 under the shared secret) in the metadata
//! `x-cast-internal`. Beside a person's or client's token it makes the origin trusted; alone it permits `internal`
//! methods.

use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tonic::{Request, Status, metadata::AsciiMetadataValue, service::Interceptor};

use super::tokens::{LEEWAY_SECONDS, TokenError};
use crate::{
    clock::Clock,
    config::Settings,
    errors::Problem,
    telemetry::{metrics, propagation::inject},
};

/// Metadata that carries the token.
pub const HEADER: &str = "x-cast-internal";
const AUDIENCE: &str = "cast-internal";
const TYPE: &str = "cast-internal+jwt";
const LIFETIME_SECONDS: i64 = 60;
/// A cached token with less than this left to live is replaced.
const REFRESH_SECONDS: i64 = 30;

/// Signs and verifies internal tokens. Cheap to clone.
#[derive(Clone)]
pub struct Internal(Arc<Inner>);

struct Inner {
    name: String,
    signing: EncodingKey,
    /// The signing secret, and the second accepted one.
    verifying: Vec<DecodingKey>,
    clock: Clock,
    current: Mutex<Option<(AsciiMetadataValue, i64)>>,
}

#[derive(Serialize, Deserialize)]
struct InternalClaims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

impl Internal {
    /// For the service called `name`, e.g. `gateway`, from its settings.
    pub fn of(name: &str, settings: &Settings, clock: Clock) -> Self {
        let also = settings.internal_secret_also_accepted.as_ref();
        Self::new(name, &settings.internal_secret, also, clock)
    }

    /// Signs with `secret`; accepts it and the additional one.
    pub fn new(
        name: &str,
        secret: &SecretString,
        also_accepted: Option<&SecretString>,
        clock: Clock,
    ) -> Self {
        let bytes = |secret: &SecretString| secret.expose_secret().as_bytes().to_vec();
        let verifying = [Some(secret), also_accepted].into_iter().flatten();
        Self(Arc::new(Inner {
            name: name.to_owned(),
            signing: EncodingKey::from_secret(&bytes(secret)),
            verifying: verifying
                .map(|secret| DecodingKey::from_secret(&bytes(secret)))
                .collect(),
            clock,
            current: Mutex::new(None),
        }))
    }

    /// A token that stays valid for at least half a minute.
    pub fn token(&self) -> Result<AsciiMetadataValue, Problem> {
        let now = self.0.clock.now().unix_timestamp();
        let mut current = self
            .0
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((token, exp)) = &*current
            && (REFRESH_SECONDS..=LIFETIME_SECONDS).contains(&(exp - now))
        {
            return Ok(token.clone());
        }
        let exp = now + LIFETIME_SECONDS;
        let claims = InternalClaims {
            iss: self.0.name.clone(),
            aud: AUDIENCE.to_owned(),
            iat: now,
            exp,
        };
        let header = Header {
            typ: Some(TYPE.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let text =
            jsonwebtoken::encode(&header, &claims, &self.0.signing).map_err(Problem::internal)?;
        let mut token = AsciiMetadataValue::try_from(text).map_err(Problem::internal)?;
        token.set_sensitive(true);
        *current = Some((token.clone(), exp));
        Ok(token)
    }

    /// The name of the service that issued the token.
    pub fn verify(&self, token: &str) -> Result<String, TokenError> {
        let header =
            jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid("malformed"))?;
        if header.alg != Algorithm::HS256
            || header.typ.as_deref() != Some(TYPE)
            || header.crit.is_some()
        {
            return Err(TokenError::Invalid("not an internal token"));
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["aud", "iss"]);
        // Times are checked below, against the injected clock.
        validation.validate_exp = false;
        let claims = self
            .0
            .verifying
            .iter()
            .find_map(|key| jsonwebtoken::decode::<InternalClaims>(token, key, &validation).ok())
            .ok_or(TokenError::Invalid("signature or audience"))?
            .claims;
        let now = self.0.clock.now().unix_timestamp();
        let lived = claims.exp.saturating_sub(claims.iat);
        metrics::clock_skew(&claims.iss, skew(claims.iat, now));
        if claims.exp.saturating_add(LEEWAY_SECONDS) <= now
            || claims.iat.saturating_sub(LEEWAY_SECONDS) > now
            || !(0..=LIFETIME_SECONDS).contains(&lived)
        {
            return Err(TokenError::Invalid("expired or not yet valid"));
        }
        let named = !claims.iss.is_empty()
            && claims.iss.len() <= 40
            && claims
                .iss
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-');
        if named {
            Ok(claims.iss)
        } else {
            Err(TokenError::Invalid("issuer"))
        }
    }

    /// Adds the token and the trace context to every call of a client: `XClient::with_interceptor(channel,
    /// internal.interceptor())`.
    pub fn interceptor(&self) -> WithInternal {
        WithInternal(self.clone())
    }
}

/// Seconds by which the issuer's clock is ahead of the local one (behind: negative), as far as a token shows: a token
/// is reused for half a minute, so it may be that old.
fn skew(issued_at: i64, now: i64) -> i64 {
    let age = now.saturating_sub(issued_at);
    match age {
        ..0 => -age,
        0..=REFRESH_SECONDS => 0,
        _ => REFRESH_SECONDS - age,
    }
}

impl std::fmt::Debug for Internal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Internal({})", self.0.name)
    }
}

/// See [`Internal::interceptor`].
#[derive(Clone, Debug)]
pub struct WithInternal(Internal);

impl Interceptor for WithInternal {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let token = self.0.token()?;
        request.metadata_mut().insert(HEADER, token);
        inject(request.metadata_mut());
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::{Duration, macros::datetime};

    use super::*;

    fn internal(name: &str, secret: &str, clock: &Clock) -> Internal {
        Internal::new(name, &SecretString::from(secret), None, clock.clone())
    }

    #[test]
    fn a_token_names_its_service_and_lives_a_minute() {
        let clock = Clock::fixed(datetime!(2026-01-01 00:00 UTC));
        let gateway = internal("gateway", "a secret of at least 32 characters", &clock);
        let token = gateway.token().unwrap();
        let token = token.to_str().unwrap();
        assert_eq!(gateway.verify(token).unwrap(), "gateway");
        clock.set(clock.now() + Duration::seconds(60 + LEEWAY_SECONDS));
        assert!(gateway.verify(token).is_err());
        clock.set(clock.now() - Duration::seconds(60 + 2 * LEEWAY_SECONDS + 1));
        assert!(gateway.verify(token).is_err(), "made in the future");
    }

    #[test]
    fn a_token_is_used_again_while_it_is_fresh() {
        let clock = Clock::fixed(datetime!(2026-01-01 00:00 UTC));
        let gateway = internal("gateway", "a secret of at least 32 characters", &clock);
        let first = gateway.token().unwrap();
        clock.set(clock.now() + Duration::seconds(30));
        assert_eq!(gateway.token().unwrap(), first);
        clock.set(clock.now() + Duration::seconds(1));
        assert_ne!(gateway.token().unwrap(), first);
    }

    #[test]
    fn a_clock_that_is_some_seconds_off_refuses_nobody_and_is_seen() {
        let (ours, theirs) = (
            Clock::fixed(datetime!(2026-01-01 00:00 UTC)),
            Clock::fixed(datetime!(2026-01-01 00:00:20 UTC)),
        );
        let secret = "a secret of at least 32 characters";
        let (here, there) = (
            internal("identity", secret, &ours),
            internal("gateway", secret, &theirs),
        );
        let token = |of: &Internal| of.token().unwrap().to_str().unwrap().to_owned();
        assert_eq!(here.verify(&token(&there)).unwrap(), "gateway");
        assert_eq!(there.verify(&token(&here)).unwrap(), "identity");
        assert_eq!(skew(1_020, 1_000), 20);
        assert_eq!(skew(1_000, 1_020), 0, "it may have been used for a while");
        assert_eq!(skew(1_000, 1_050), -20);
    }

    #[test]
    fn a_secret_is_changed_without_refusing_a_call() {
        let clock = Clock::fixed(datetime!(2026-01-01 00:00 UTC));
        let (old, new) = (
            SecretString::from("the old secret of 32 characters!"),
            SecretString::from("the new secret of 32 characters!"),
        );
        let steps = [
            (&old, None),
            (&old, Some(&new)),
            (&new, Some(&old)),
            (&new, None),
        ];
        let services: Vec<Internal> = steps
            .into_iter()
            .map(|(secret, also)| Internal::new("gateway", secret, also, clock.clone()))
            .collect();
        for pair in services.windows(2) {
            for (from, to) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
                assert!(to.verify(from.token().unwrap().to_str().unwrap()).is_ok());
            }
        }
        let last = services[3].verify(services[0].token().unwrap().to_str().unwrap());
        assert!(last.is_err());
    }

    #[test]
    fn another_secret_or_purpose_is_refused() {
        let clock = Clock::fixed(datetime!(2026-01-01 00:00 UTC));
        let secret = "a secret of at least 32 characters";
        let gateway = internal("gateway", secret, &clock);
        let stranger = internal("gateway", "another secret with 32 characters", &clock);
        assert!(
            gateway
                .verify(stranger.token().unwrap().to_str().unwrap())
                .is_err()
        );
        let now = clock.now().unix_timestamp();
        let sign = |typ: &str, iss: &str, aud: &str, exp| {
            let header = Header {
                typ: Some(typ.to_owned()),
                ..Header::new(Algorithm::HS256)
            };
            let claims = InternalClaims {
                iss: iss.into(),
                aud: aud.into(),
                iat: now,
                exp,
            };
            jsonwebtoken::encode(
                &header,
                &claims,
                &EncodingKey::from_secret(secret.as_bytes()),
            )
            .unwrap()
        };
        assert!(
            gateway
                .verify(&sign(TYPE, "cli", AUDIENCE, now + 60))
                .is_ok()
        );
        assert!(
            gateway
                .verify(&sign("JWT", "cli", AUDIENCE, now + 60))
                .is_err()
        );
        assert!(
            gateway
                .verify(&sign(TYPE, "cli", "cast", now + 60))
                .is_err()
        );
        assert!(gateway.verify(&sign(TYPE, "", AUDIENCE, now + 60)).is_err());
        assert!(
            gateway
                .verify(&sign(TYPE, "cli", AUDIENCE, now + 3_600))
                .is_err(),
            "too long a life"
        );
        assert!(gateway.verify("").is_err());
    }
}

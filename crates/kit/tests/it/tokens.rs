//! Which access tokens are accepted.

use std::sync::{Arc, atomic::Ordering};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    access::{Claims, TokenError, Verifier, tokens::LEEWAY_SECONDS},
    clock::Clock,
};
use time::{Duration, macros::datetime};
use uuid::Uuid;

use crate::world::{ISSUER, Issuer, Published, person_claims};

struct World {
    clock: Clock,
    issuer: Issuer,
    published: Arc<Published>,
    verifier: Verifier,
}

fn world() -> World {
    let clock = Clock::fixed(datetime!(2026-06-01 00:00 UTC));
    let issuer = Issuer::new("a");
    let published = Published::of(&[&issuer]);
    let verifier = Verifier::new(ISSUER, published.clone(), clock.clone());
    World {
        clock,
        issuer,
        published,
        verifier,
    }
}

impl World {
    fn claims(&self) -> Claims {
        person_claims(Uuid::now_v7(), &self.clock)
    }

    async fn refused(&self, token: &str) -> bool {
        matches!(
            self.verifier.verify(token).await,
            Err(TokenError::Invalid(_))
        )
    }

    async fn refused_claims(&self, change: impl FnOnce(&mut Claims)) -> bool {
        let mut claims = self.claims();
        change(&mut claims);
        self.refused(&self.issuer.sign(&claims)).await
    }
}

#[tokio::test]
async fn a_token_of_identity_is_believed_until_it_expires() {
    let world = world();
    let claims = world.claims();
    let token = world.issuer.sign(&claims);
    assert_eq!(*world.verifier.verify(&token).await.unwrap(), claims);
    world
        .clock
        .set(world.clock.now() + Duration::seconds(299 + LEEWAY_SECONDS));
    assert!(world.verifier.verify(&token).await.is_ok());
    world.clock.set(world.clock.now() + Duration::seconds(1));
    assert!(world.refused(&token).await, "from the cache too");
}

#[tokio::test]
async fn claims_that_are_not_meant_for_us_or_for_now_are_refused() {
    let world = world();
    let now = world.clock.now().unix_timestamp();
    assert!(!world.refused_claims(|_| ()).await, "the control");
    assert!(
        world
            .refused_claims(|c| c.iss = "https://elsewhere.example.cn".into())
            .await
    );
    assert!(
        world
            .refused_claims(|c| c.aud = format!("{ISSUER}/userinfo"))
            .await
    );
    assert!(
        world
            .refused_claims(|c| (c.iat, c.exp) = (now - 400, now - 100))
            .await,
        "expired"
    );
    assert!(
        world.refused_claims(|c| c.exp = now + 301).await,
        "too long a life"
    );
    assert!(
        world
            .refused_claims(|c| (c.iat, c.exp) = (now + 60, now + 300))
            .await,
        "from the future"
    );
    assert!(
        world.refused_claims(|c| c.nbf = Some(now + 60)).await,
        "not yet valid"
    );
    assert!(
        world
            .refused_claims(|c| (c.iat, c.exp) = (i64::MIN, i64::MAX))
            .await
    );
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let world = world();
    let claims = world.claims();
    let good = world.issuer.sign(&claims);
    let (body, _) = good.rsplit_once('.').unwrap();

    let forger = Issuer::new("a");
    assert!(
        world.refused(&forger.sign(&claims)).await,
        "another key under the same id"
    );
    let unknown = Issuer::new("b");
    assert!(
        world.refused(&unknown.sign(&claims)).await,
        "a key that is not published"
    );

    let b64 = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let payload = b64(serde_json::to_value(&claims).unwrap());
    for alg in ["none", "None", "NONE", ""] {
        let header = b64(serde_json::json!({ "alg": alg, "typ": "at+jwt", "kid": "a" }));
        assert!(
            world.refused(&format!("{header}.{payload}.")).await,
            "alg {alg:?}"
        );
    }
    assert!(world.refused(&format!("{body}.")).await, "no signature");
    assert!(world.refused(body).await, "two parts");

    // The classic confusion: HMAC under the public key.
    let header = Header {
        alg: Algorithm::HS256,
        ..world.issuer.header()
    };
    for secret in [
        world.issuer.public.clone(),
        URL_SAFE_NO_PAD.encode(&world.issuer.public).into_bytes(),
    ] {
        let token =
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
        assert!(world.refused(&token).await, "HS256 with the public key");
    }

    let mut changed = claims.clone();
    changed.sub = Uuid::now_v7().to_string();
    let swapped = format!(
        "{}.{}.{}",
        good.split('.').next().unwrap(),
        b64(serde_json::to_value(&changed).unwrap()),
        good.rsplit('.').next().unwrap()
    );
    assert!(
        world.refused(&swapped).await,
        "other claims under the same signature"
    );
}

#[tokio::test]
async fn only_access_tokens_are_access_tokens() {
    let world = world();
    let claims = world.claims();
    let sign = |header: Header| jsonwebtoken::encode(&header, &claims, &world.issuer.key).unwrap();
    assert!(
        !world
            .refused(&sign(Header {
                typ: Some("application/at+JWT".into()),
                ..world.issuer.header()
            }))
            .await
    );
    assert!(
        world
            .refused(&sign(Header {
                typ: Some("JWT".into()),
                ..world.issuer.header()
            }))
            .await,
        "an id token"
    );
    assert!(
        world
            .refused(&sign(Header {
                typ: None,
                ..world.issuer.header()
            }))
            .await
    );
    assert!(
        world
            .refused(&sign(Header {
                kid: None,
                ..world.issuer.header()
            }))
            .await
    );
    assert!(
        world
            .refused(&sign(Header {
                crit: Some(vec!["exp".into()]),
                ..world.issuer.header()
            }))
            .await
    );
    assert!(world.refused("").await);
    assert!(world.refused(&"a".repeat(9_000)).await);
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_are_asked_for_but_not_in_a_flood() {
    let world = world();
    let claims = world.claims();
    assert!(
        world
            .verifier
            .verify(&world.issuer.sign(&claims))
            .await
            .is_ok()
    );
    assert_eq!(world.published.asked.load(Ordering::SeqCst), 1);

    let next = Issuer::new("b");
    for _ in 0..50 {
        assert!(world.refused(&next.sign(&world.claims())).await);
    }
    assert_eq!(
        world.published.asked.load(Ordering::SeqCst),
        1,
        "asked a moment ago"
    );

    world.published.publish(&[&world.issuer, &next]);
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    assert!(
        world.verifier.verify(&next.sign(&claims)).await.is_ok(),
        "the new key is found"
    );
    assert_eq!(world.published.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn known_keys_go_on_while_identity_is_away_and_withdrawn_ones_are_forgotten() {
    let world = world();
    assert!(
        world
            .verifier
            .verify(&world.issuer.sign(&world.claims()))
            .await
            .is_ok()
    );
    world.published.away.store(true, Ordering::SeqCst);
    tokio::time::advance(std::time::Duration::from_secs(3_600)).await;
    assert!(
        world
            .verifier
            .verify(&world.issuer.sign(&world.claims()))
            .await
            .is_ok()
    );

    let unknown = Issuer::new("b").sign(&world.claims());
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    let error = world.verifier.verify(&unknown).await.unwrap_err();
    assert!(
        matches!(error, TokenError::KeysUnavailable(_)),
        "nothing can be said about it: {error}"
    );

    world.published.away.store(false, Ordering::SeqCst);
    world.published.publish(&[]);
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    let _ = world
        .verifier
        .verify(&world.issuer.sign(&world.claims()))
        .await;
    // The keys are fetched by a task of their own, which runs when this one waits; the time is a simulated one.
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    assert!(
        world.refused(&world.issuer.sign(&world.claims())).await,
        "withdrawn"
    );
}

//! The keys that sign.

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair, RsaPublicKeyComponents},
};
use identity::keys::{Published, Signing};
use kit::{KeyChange, access::KeySource as _, clock::Clock, crypto::Keys, db::Db};
use serde_json::{Value, json};
use signing::{PublicKey, change};
use time::Duration;

use crate::world::{NOW, database, keys};

#[tokio::test]
async fn replicas_that_start_at_the_same_time_agree_on_one_key_of_each_kind() {
    let database = database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let clock = Clock::fixed(NOW);
    let keys = keys();
    let starts = (0..4).map(|_| Signing::load(&db, &keys, &clock));
    for start in futures::future::join_all(starts).await {
        start.unwrap();
    }
    let set: Value = serde_json::from_str(&Published(db).key_set().await.unwrap()).unwrap();
    let algorithms: Vec<_> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["alg"].clone())
        .collect();
    assert_eq!(algorithms, ["EdDSA", "RS256"]);
    for key in set["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none());
        }
    }
}

#[tokio::test]
async fn private_keys_are_of_no_use_without_the_data_keys() {
    let database = database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    Signing::load(&db, &keys(), &Clock::fixed(NOW))
        .await
        .unwrap();
    Signing::load(&db, &keys(), &Clock::fixed(NOW))
        .await
        .expect("loaded, not made again");
    let others = Keys::parse("1:CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=").unwrap();
    let error = Signing::load(&db, &others, &Clock::fixed(NOW))
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("CAST_DATA_KEYS"), "{error}");
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_an_old_one_until_its_tokens_have_expired() {
    let database = database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let clock = Clock::fixed(NOW);
    let (here, there) = (
        Signing::load(&db, &keys(), &clock).await.unwrap(),
        Signing::load(&db, &keys(), &clock).await.unwrap(),
    );
    let tokens = |of: &Signing| {
        let claims = json!({ "sub": "x" });
        [of.access_token(&claims), of.id_token(&claims)].map(Result::unwrap)
    };
    let first = tokens(&here);
    change(&there.keyrings(), &KeyChange::Rotate).await.unwrap();
    let twice = change(&there.keyrings(), &KeyChange::Rotate).await;
    assert!(twice.unwrap_err().to_string().contains("published already"));
    assert_eq!(published(&db).await.len(), 4);
    // The replica that runs sees them, and signs with them when their time has come.
    for ring in here.keyrings() {
        ring.reread().await.unwrap();
    }
    clock.set(NOW + Duration::DAY - Duration::MICROSECOND);
    assert_eq!(kids(&tokens(&here)), kids(&first));
    clock.set(NOW + Duration::DAY);
    let second = tokens(&here);
    for (now, before) in kids(&second).iter().zip(kids(&first)) {
        assert_ne!(*now, before);
    }
    for token in [&first[0], &second[0]] {
        assert!(there.read_access_token::<Value>(token).is_some());
    }
    // No ID token is an access token.
    assert!(there.read_access_token::<Value>(&second[1]).is_none());
    // The first ones have not signed for a day.
    clock.set(NOW + Duration::DAY * 2);
    change(&here.keyrings(), &KeyChange::Rotate).await.unwrap();
    let left = published(&db).await;
    assert_eq!(left.len(), 4);
    assert!(kids(&first).iter().all(|kid| !left.contains(kid)));
    assert!(kids(&second).iter().all(|kid| left.contains(kid)));
    assert!(here.read_access_token::<Value>(&first[0]).is_none());
}

#[tokio::test]
async fn an_operator_retires_a_compromised_key() {
    let database = database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let signing = Signing::load(&db, &keys(), &Clock::fixed(NOW))
        .await
        .unwrap();
    let token = || signing.access_token(&json!({})).unwrap();
    let old = token();
    let [kid] = kids(std::slice::from_ref(&old)).try_into().unwrap();
    let retire = |kid: String| async {
        change(&signing.keyrings(), &KeyChange::Retire { kid })
            .await
            .map_err(|error| error.to_string())
    };
    let only = retire(kid.clone()).await.unwrap_err();
    assert!(only.contains("rotate first"), "{only}");
    change(&signing.keyrings(), &KeyChange::Rotate)
        .await
        .unwrap();
    assert_eq!(token(), old);
    retire(kid.clone()).await.unwrap();
    // The next one signs at once.
    assert_ne!(token(), old);
    assert!(signing.read_access_token::<Value>(&token()).is_some());
    assert!(signing.read_access_token::<Value>(&old).is_none());
    assert!(!published(&db).await.contains(&kid));
    let unknown = retire(kid.clone()).await.unwrap_err();
    assert!(unknown.contains(&kid), "{unknown}");
}

#[tokio::test]
async fn keys_made_by_the_version_before_rotation_stay() {
    let database = database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = PublicKey::Ed25519(pair.public_key().as_ref().to_vec());
    let access = (x, "EdDSA", pair.to_pkcs8().unwrap().as_ref().to_vec());
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let components = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let (n, e) = (components.n, components.e);
    let der: Pkcs8V1Der<'static> = pair.as_der().unwrap();
    let id = (PublicKey::Rsa { n, e }, "RS256", der.as_ref().to_vec());
    let mut made = Vec::new();
    for (public, algorithm, private) in [access, id] {
        let kid = public.thumbprint();
        sqlx::query(
            "insert into signing_keys (kid, algorithm, state, public_jwk, private_sealed, created_at, activated_at)
             values ($1, $2, 'current', $3, $4, $5, $5)",
        )
        .bind(&kid)
        .bind(algorithm)
        .bind(serde_json::to_string(&public.jwk(&kid)).unwrap())
        .bind(keys().seal("identity.signing-key", kid.as_bytes(), &private))
        .bind(NOW)
        .execute(&database.pool)
        .await
        .unwrap();
        made.push(kid);
    }
    let signing = Signing::load(&db, &keys(), &Clock::fixed(NOW))
        .await
        .unwrap();
    let claims = json!({ "sub": "x" });
    let access = signing.access_token(&claims).unwrap();
    assert_eq!(
        signing.read_access_token::<Value>(&access),
        Some(claims.clone())
    );
    assert_eq!(kids(&[access, signing.id_token(&claims).unwrap()]), made);
    assert_eq!(published(&db).await, made);
}

async fn published(db: &Db) -> Vec<String> {
    let set: Value = serde_json::from_str(&Published(db.clone()).key_set().await.unwrap()).unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn kids(tokens: &[String]) -> Vec<String> {
    tokens
        .iter()
        .map(|token| jsonwebtoken::decode_header(token).unwrap().kid.unwrap())
        .collect()
}

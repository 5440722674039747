//! The keys that sign.

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair, RsaPublicKeyComponents},
};
use identity::{
    clients::protocol::IdTokenAlgorithm,
    keys::{Published, Signing},
    sessions::rules::ABSOLUTE,
};
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
    let mut algorithms = algorithms;
    algorithms.sort_by_key(|name| name.to_string());
    assert_eq!(algorithms, ["ES256", "EdDSA", "RS256"]);
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
        [
            of.access_token(&claims),
            of.id_token(IdTokenAlgorithm::Rs256, &claims),
            of.id_token(IdTokenAlgorithm::Es256, &claims),
        ]
        .map(Result::unwrap)
    };
    let first = tokens(&here);
    change(&there.keyrings(), &KeyChange::Rotate).await.unwrap();
    let twice = change(&there.keyrings(), &KeyChange::Rotate).await;
    assert!(twice.unwrap_err().to_string().contains("published already"));
    assert_eq!(published(&db).await.len(), 6);
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
    for token in [&first[1], &first[2], &second[1], &second[2]] {
        assert!(there.read_id_token::<Value>(token).is_some());
    }
    // An ID token comes back as a hint while its session lives: the first ones have not signed for as long.
    clock.set(NOW + Duration::DAY + ABSOLUTE);
    change(&here.keyrings(), &KeyChange::Rotate).await.unwrap();
    let left = published(&db).await;
    assert_eq!(left.len(), 6);
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
    let id = signing.id_token(IdTokenAlgorithm::Rs256, &claims).unwrap();
    assert_eq!(kids(&[access, id]), made);
    // They stay, and the one that was missing is made.
    let published = published(&db).await;
    assert_eq!(published.len(), 3);
    assert!(made.iter().all(|kid| published.contains(kid)));
}

#[tokio::test]
async fn keys_change_by_schedule_one_replica_at_a_time() {
    let database = database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let clock = Clock::fixed(NOW);
    let load = async || Signing::load(&db, &keys(), &clock).await.unwrap();
    let replicas = [load().await, load().await, load().await];
    let signs_for = Duration::days(90);
    // What the worker of each replica does, all at the same time.
    let due = async |at: Duration| {
        clock.set(NOW + at);
        let rings: Vec<_> = replicas.iter().flat_map(Signing::keyrings).collect();
        let turns = rings.iter().map(|ring| ring.rotate_when_due(signs_for));
        for turn in futures::future::join_all(turns).await {
            turn.unwrap();
        }
        for ring in &rings {
            ring.reread().await.unwrap();
        }
        published(&db).await.len()
    };
    let signed = |replica: &Signing| {
        let claims = json!({ "sub": "x" });
        let id = |by| replica.id_token(by, &claims).unwrap();
        let tokens = [
            replica.access_token(&claims).unwrap(),
            id(IdTokenAlgorithm::Rs256),
            id(IdTokenAlgorithm::Es256),
        ];
        (kids(&tokens), tokens)
    };
    assert_eq!(due(Duration::days(89) - Duration::SECOND).await, 3);
    let (first, tokens) = signed(&replicas[0]);
    // Published a day before it signs, once however many replicas look.
    assert_eq!(due(Duration::days(89)).await, 6);
    assert_eq!(due(Duration::days(90) - Duration::SECOND).await, 6);
    assert_eq!(signed(&replicas[1]).0, first);
    assert_eq!(due(Duration::days(90)).await, 6);
    let (second, _) = signed(&replicas[2]);
    assert!(second.iter().all(|kid| !first.contains(kid)));
    // Kept as long as the last of its tokens is of use, and retired by the same worker.
    assert_eq!(
        due(Duration::days(90) + ABSOLUTE - Duration::SECOND).await,
        6
    );
    assert!(replicas[1].read_id_token::<Value>(&tokens[1]).is_some());
    assert_eq!(due(Duration::days(90) + ABSOLUTE).await, 3);
    assert!(replicas[1].read_id_token::<Value>(&tokens[1]).is_none());
    assert_eq!(signed(&replicas[0]).0, second);
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

//! The keys that sign.

use identity::keys::{Published, Signing};
use kit::{access::KeySource as _, clock::Clock, crypto::Keys, db::Db};
use serde_json::Value;

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

//! The keys that sign member cards: the same on every replica, rotated, kept across versions.

use futures::future::join_all;
use kit::{Service as _, clock::Clock, db::Db};
use membership::cards;
use serde_json::{Value, json};
use signing::Invalid;
use testkit::Scratch;
use time::Duration;

use crate::world::{NOW, URL, empty_database, keys, store};

#[tokio::test]
async fn replicas_that_start_at_once_make_one_key() {
    let database = empty_database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let (keys, clock) = (keys(), Clock::fixed(NOW));
    let starts = join_all((0..6).map(|_| cards::load(&db, &keys, &clock))).await;
    let rings: Vec<_> = starts.into_iter().map(Result::unwrap).collect();
    let token = rings[0].sign(&json!({ "n": 1 })).unwrap();
    for ring in &rings {
        assert_eq!(ring.jwks(), rings[0].jwks());
        assert_eq!(ring.sign(&json!({ "n": 1 })).unwrap(), token);
    }
    let kept: i64 = sqlx::query_scalar("select count(*) from card_keys")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_replica_that_runs_finds_what_another_one_makes_and_retires() {
    let database = empty_database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let clock = Clock::fixed(NOW);
    let here = cards::load(&db, &keys(), &clock).await.unwrap();
    let there = cards::load(&db, &keys(), &clock).await.unwrap();
    let claims = json!({ "n": 1 });
    let old = here.sign(&claims).unwrap();
    there.rotate().await.unwrap();
    assert_eq!(there.sign(&claims).unwrap(), old);
    clock.set(NOW + Duration::days(7));
    let new = there.sign(&claims).unwrap();
    assert_ne!(new, old);
    assert_eq!(here.verify::<Value>(&new), Err(Invalid));
    here.reread().await.unwrap();
    assert_eq!(here.verify::<Value>(&new), Ok(claims.clone()));
    assert_eq!(here.sign(&claims).unwrap(), new);
    // Cards do not expire: the old key stays, also after the next rotation, until an operator retires it.
    clock.set(NOW + Duration::days(1_000));
    there.rotate().await.unwrap();
    assert_eq!(there.verify::<Value>(&old), Ok(claims));
    let kid = here.jwks()[0].kid.clone();
    assert!(there.retire(&kid).await.unwrap());
    assert!(!there.retire(&kid).await.unwrap());
    here.reread().await.unwrap();
    for ring in [&here, &there] {
        assert_eq!(ring.verify::<Value>(&old), Err(Invalid));
        assert!(ring.verify::<Value>(&new).is_ok());
        assert_eq!(ring.jwks().len(), 2);
    }
}

#[tokio::test]
async fn a_running_service_reads_the_keys_again() {
    let database = empty_database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let (files, clock) = (Scratch::new("card-keys").unwrap(), Clock::fixed(NOW));
    let service =
        membership::Service::load(&db, &keys(), &clock, URL, (&store(&files), None)).await;
    let workers = service.unwrap().workers();
    assert!(workers.iter().any(|w| w.name() == "membership.card-keys"));
}

#[tokio::test]
async fn a_key_made_by_the_version_before_rotation_stays() {
    let database = empty_database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref();
    let kid = "UDDReOZl1ipXAfp9wYsm13sDBMK5og--QWdBjzuf6o4";
    sqlx::query(
        "insert into card_keys (kid, public_key, private_sealed, created_at) values ($1, $2, $3, $4)",
    )
    .bind(kid)
    .bind(public)
    .bind(keys().seal("membership.card-key", kid.as_bytes(), &[1; 32]))
    .bind(NOW + Duration::DAY)
    .execute(&database.pool)
    .await
    .unwrap();
    let ring = cards::load(&db, &keys(), &Clock::fixed(NOW)).await.unwrap();
    assert_eq!(ring.jwks().len(), 1);
    assert_eq!(ring.jwks()[0].kid, kid);
    let token = ring.sign(&json!({ "n": 1 })).unwrap();
    assert!(ring.verify::<Value>(&token).is_ok());
}

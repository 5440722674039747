//! The audit trail.

use kit::{
    access::{Caller, Origin},
    clock::Clock,
};

use crate::world;

#[tokio::test]
async fn records_are_written_with_the_change_and_cannot_be_altered() {
    let database = world::database().await;
    let db = world::db(&database);
    let caller = Caller::Anonymous(Origin {
        address: "2001:db8::1".parse().ok(),
        user_agent: Some("Firefox".to_owned()),
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
    });
    let now = Clock::system().now();
    let mut tx = db.begin().await.unwrap();
    kit::audit::record(
        &mut tx,
        &caller,
        "cast.identity.v1.Sessions/CreateSession",
        "account:1",
        "ok",
        now,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut dropped = db.begin().await.unwrap();
    kit::audit::record(&mut dropped, &caller, "a", "b", "ok", now)
        .await
        .unwrap();
    drop(dropped);

    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("select actor, origin, user_agent, trace_id from audit.records")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    let expected = [
        "anonymous",
        "2001:db8::1",
        "Firefox",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    ]
    .map(str::to_owned);
    assert_eq!(
        rows,
        [expected.into()],
        "the change that was rolled back left no record"
    );

    for statement in [
        "update audit.records set outcome = 'x'",
        "delete from audit.records",
        "truncate audit.records",
    ] {
        let error = sqlx::query(statement)
            .execute(&database.pool)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
}

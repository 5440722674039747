//! A database that goes away and comes back.

use std::{str::FromStr as _, sync::Arc};

use async_trait::async_trait;
use jobs::{Handler, NewJob, Outcome, Run, State};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::*;

/// Ends when the test says so; says when it began.
#[derive(Default)]
struct Gated {
    began: Notify,
    go: Notify,
}

#[async_trait]
impl Handler for Gated {
    async fn run(&self, _: &Run) -> Outcome {
        self.began.notify_one();
        self.go.notified().await;
        Outcome::Done
    }
}

/// Refuses connections to the database of this test, and ends those there are; or admits them again.
async fn admit(world: &World, admitted: bool) {
    let options = PgConnectOptions::from_str(&world.database.url).unwrap();
    let name = options.get_database().unwrap().to_owned();
    let mut server: PgConnection = options.database("postgres").connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!(
        r#"alter database "{name}" allow_connections {admitted}"#
    )))
    .execute(&mut server)
    .await
    .unwrap();
    if !admitted {
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(name)
            .execute(&mut server)
            .await
            .unwrap();
    }
}

async fn fresh(world: &World) -> PgConnection {
    PgConnection::connect(&world.database.url).await.unwrap()
}

#[tokio::test]
async fn the_worker_outlives_a_database_that_is_away_and_then_reports_what_ended_meanwhile() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let gated = Arc::new(Gated::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.worker(&[KIND], gated.clone()).run(stop.clone()));
    gated.began.notified().await;
    admit(&world, false).await;
    gated.go.notify_one();
    // Time enough for a report that fails.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!running.is_finished());
    admit(&world, true).await;
    eventually("the report arrives", async || {
        let found = jobs::operate::find(&mut fresh(&world).await, job).await;
        let found = found.unwrap().unwrap();
        found.state == State::Done && found.attempts == 1
    })
    .await;
    // The pool of the world may still hold connections that were ended.
    let mut conn = fresh(&world).await;
    let next = NewJob {
        job_id: Uuid::now_v7(),
        kind: KIND,
        payload: b"",
        idempotency_key: "afterwards",
        expires_at: None,
    };
    jobs::enqueue(&mut conn, &next, NOW).await.unwrap();
    gated.go.notify_one();
    eventually("it works on", async || {
        let found = jobs::operate::find(&mut fresh(&world).await, next.job_id).await;
        found.unwrap().unwrap().state == State::Done
    })
    .await;
    stop.cancel();
    running.await.unwrap();
}

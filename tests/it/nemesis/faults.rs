//! The faults.

use std::{ops::RangeInclusive, time::Duration};

use async_nats::HeaderMap;
use rand::{Rng, seq::IndexedRandom as _};
use sqlx::{AssertSqlSafe, Connection as _};
use testkit::Service;
use tokio::time::sleep;

use super::{
    clock,
    stage::{REPLICAS, SERVICES, Stage},
};

/// A fault that is repaired after a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// kill -9 of a replica.
    Kill,
    /// A replica is replaced gracefully.
    Replace,
    /// A replica is paused and keeps its connections.
    Pause,
    /// The connections to the database hang.
    DatabaseSilent,
    /// The connections to the database are cut.
    DatabaseCut,
    /// The database responds late.
    DatabaseSlow,
    /// The database is read-only.
    DatabaseReadOnly,
    /// The database's disk is full.
    DatabaseFull,
    /// The database's connections are closed in one direction and still accept data.
    DatabaseHalfClosed,
    /// kill -9 of the database.
    DatabaseKilled,
    /// The connections to NATS hang.
    NatsSilent,
    /// The connections to NATS are closed in one direction and still accept data.
    NatsHalfClosed,
    /// NATS is killed and restarted.
    NatsKilled,
    /// NATS is restarted without its data.
    NatsWiped,
    /// A replica runs with a wrong clock within the tolerance, and then with the right one.
    Clock,
    /// A forged event with the next position is published.
    Stranger,
}

/// Seconds; clocks of services may differ by 30 (docs/operations.md).
const WRONG_BY: RangeInclusive<i64> = 3..=25;

impl Fault {
    /// All faults.
    pub const ALL: [Self; 16] = [
        Self::Kill,
        Self::Replace,
        Self::Pause,
        Self::DatabaseSilent,
        Self::DatabaseCut,
        Self::DatabaseSlow,
        Self::DatabaseReadOnly,
        Self::DatabaseFull,
        Self::DatabaseHalfClosed,
        Self::DatabaseKilled,
        Self::NatsSilent,
        Self::NatsHalfClosed,
        Self::NatsKilled,
        Self::NatsWiped,
        Self::Clock,
        Self::Stranger,
    ];

    /// The faults that this machine can produce.
    pub fn possible(stage: &Stage) -> Vec<Self> {
        let possible = |fault: &Self| match fault {
            Self::DatabaseFull => stage.disk.is_some(),
            Self::Clock => stage.clock.is_some(),
            _ => true,
        };
        Self::ALL.into_iter().filter(possible).collect()
    }

    pub fn random(possible: &[Self], random: &mut impl Rng) -> Self {
        *possible.choose(random).unwrap()
    }

    /// Injects and repairs the fault.
    pub async fn happen(self, stage: &Stage, random: &mut impl Rng) {
        let service = *SERVICES.choose(random).unwrap();
        let replica = random.random_range(0..REPLICAS);
        let moment = Duration::from_millis(random.random_range(50..1_500));
        let platform = &stage.platform;
        match self {
            Self::Kill => {
                platform.kill_replica(service, replica).await.unwrap();
                sleep(moment).await;
                platform.start_replica(service, replica).await.unwrap();
            }
            Self::Replace => {
                platform.stop_replica(service, replica).await.unwrap();
                platform.start_replica(service, replica).await.unwrap();
            }
            Self::Pause => {
                platform.pause_replica(service, replica).unwrap();
                sleep(moment * 3).await;
                platform.resume_replica(service, replica).unwrap();
            }
            Self::DatabaseSilent => stage.database.silence(),
            Self::DatabaseCut => stage.database.cut(),
            Self::DatabaseSlow => {
                stage.database.delay(moment / 10);
                sleep(moment).await;
                stage.database.delay(Duration::ZERO);
            }
            Self::DatabaseReadOnly => {
                read_only(stage, service, true).await;
                sleep(moment).await;
                read_only(stage, service, false).await;
            }
            Self::DatabaseFull => {
                let ballast = stage.disk.as_ref().unwrap().fill();
                sleep(moment).await;
                drop(ballast);
                // A server that could not write its log has ended.
                stage.postgres.start_again().await.unwrap();
            }
            Self::DatabaseHalfClosed => stage.database.half_close(),
            Self::DatabaseKilled => {
                stage.postgres.kill().await.unwrap();
                sleep(moment / 3).await;
                stage.postgres.start_again().await.unwrap();
            }
            Self::NatsSilent => stage.wire.silence(),
            Self::NatsHalfClosed => stage.wire.half_close(),
            Self::NatsKilled => {
                stage.nats.kill().await.unwrap();
                sleep(moment).await;
                stage.nats.start_again().await.unwrap();
            }
            Self::NatsWiped => stage.nats.wipe().await.unwrap(),
            Self::Clock => {
                let library = stage.clock.as_ref().unwrap();
                let direction = if random.random() { 1 } else { -1 };
                let wrong = clock::ahead(library, direction * random.random_range(WRONG_BY));
                let wrong = wrong
                    .each_ref()
                    .map(|(name, value)| (*name, value.as_str()));
                platform.stop_replica(service, replica).await.unwrap();
                platform
                    .start_replica_with(service, replica, &wrong)
                    .await
                    .unwrap();
                sleep(moment * 3).await;
                platform.stop_replica(service, replica).await.unwrap();
                platform.start_replica(service, replica).await.unwrap();
            }
            Self::Stranger => stranger(stage).await,
        }
    }
}

/// As on a standby: every transaction of every connection is read-only.
async fn read_only(stage: &Stage, service: Service, on: bool) {
    let (Some(mut conn), Some(database)) = (stage.direct(service).await, service.database()) else {
        return;
    };
    let statement = format!("alter database {database} set default_transaction_read_only = {on}");
    // The setting itself must be writable.
    let _ = sqlx::query("set default_transaction_read_only = off")
        .execute(&mut conn)
        .await;
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut conn)
        .await
        .unwrap();
    // It applies to new connections.
    let others = "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid()";
    sqlx::query(others).execute(&mut conn).await.unwrap();
    let _ = conn.close().await;
}

/// Would grant a role if it were accepted: everything in it is right except the seal.
async fn stranger(stage: &Stage) {
    let Some(mut conn) = stage.direct(Service::Identity).await else {
        return;
    };
    let head: i64 = sqlx::query_scalar("select coalesce(max(position), 0) from eventlog.event_log")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let _ = conn.close().await;
    let connecting = async_nats::connect(stage.nats.url());
    let Ok(Ok(client)) = tokio::time::timeout(Duration::from_secs(3), connecting).await else {
        return;
    };
    let id = uuid::Uuid::now_v7().to_string();
    let position = (head + 1).to_string();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("Nats-Msg-Id", id.as_str()),
        ("ce-specversion", "1.0"),
        ("ce-id", &id),
        ("ce-source", "/cast/identity"),
        ("ce-type", "cast.identity.v1.GrantGiven"),
        ("ce-subject", &id),
        ("ce-time", "2026-11-28T08:00:00Z"),
        ("ce-aggregate", "Grant"),
        ("ce-position", &position),
        ("content-type", "application/protobuf"),
        ("cast-seal", &"5e".repeat(32)),
    ] {
        headers.insert(name, value);
    }
    let subject = "cast.identity.v1.Grant.GrantGiven";
    let _ = client
        .publish_with_headers(subject, headers, Default::default())
        .await;
    let _ = tokio::time::timeout(Duration::from_secs(3), client.flush()).await;
}

//! Rebuilds while the old numbers serve.

use std::{sync::Arc, time::Duration};

use cockpit::{
    facts::{CONSUMER, REBUILD_CONSUMER},
    rebuild::{Progress, Rebuild, RebuildError, rebuild, repair},
};
use eventlog::{Event, Source, SourceError};
use futures::StreamExt as _;
use kit::access::Caller;
use proto_cockpit::v1::{QuerySlicesRequest, RebuildRequest};
use proto_membership::v1::MembershipActivated;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    consuming::{Platform, choices, seals},
    stage::{self, as_},
    world::World,
};

fn with(platform: &Platform) -> Rebuild {
    Rebuild {
        pool: platform.database.pool.clone(),
        nats: platform.client.clone(),
        seals: seals(),
        sources: platform.logs(),
        changes: platform.cockpit.changes.clone(),
    }
}

async fn serving(platform: &Platform) -> i32 {
    sqlx::query_scalar("select generation from generations where state = 'serving'")
        .fetch_one(&platform.database.pool)
        .await
        .unwrap()
}

async fn rows(platform: &Platform, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(&platform.database.pool)
        .await
        .unwrap()
}

/// No row of an old or unfinished generation is left.
async fn assert_clean(platform: &Platform) {
    assert_eq!(rows(platform, "select count(*) from generations").await, 1);
    assert_eq!(rows(platform, "select count(*) from facts where generation not in (select generation from generations)").await, 0);
    assert_eq!(rows(platform, "select count(*) from totals where generation not in (select generation from generations)").await, 0);
    assert_eq!(rows(platform, "select count(*) from city_totals where generation not in (select generation from generations)").await, 0);
    assert_eq!(rows(platform, "select count(*) from periods where generation not in (select generation from generations)").await, 0);
    assert_eq!(rows(platform, "select count(*) from person_descriptions where generation not in (select generation from generations)").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_the_same_before_and_after_while_events_keep_coming() {
    let platform = Arc::new(Platform::start().await);
    let world = World::played(&choices(4_000));
    let (early, late) = world.log.split_at(world.log.len() / 2);
    platform.commit(early).await;
    platform.settled(CONSUMER).await;
    let before = serving(&platform).await;

    // Events keep arriving, and a stream watches a number that never decreases: verified people.
    let coming = tokio::spawn({
        let (platform, late) = (platform.clone(), late.to_vec());
        async move {
            for chunk in late.chunks(40) {
                platform.commit(chunk).await;
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        }
    });
    let (stop, watched) = (CancellationToken::new(), CancellationToken::new());
    let watching = tokio::spawn({
        let (platform, stop, watched) = (platform.clone(), stop.clone(), watched.clone());
        async move {
            let (mut highest, mut falls) = (0, 0);
            while !stop.is_cancelled() {
                let now = rows(
                    &platform,
                    "select coalesce(sum(value), 0)::bigint from totals join generations using (generation)
                     where state = 'serving' and metric = 'people_verified'",
                )
                .await;
                falls += i64::from(now < highest);
                highest = highest.max(now);
                watched.cancel();
            }
            falls
        }
    });
    watched.cancelled().await;
    let progress = watch::Sender::new(Vec::new());
    let after = rebuild(&with(&platform), &progress, &CancellationToken::new())
        .await
        .unwrap();
    assert!(
        !coming.is_finished(),
        "events were to come until after the switch"
    );
    coming.await.unwrap();
    platform.settled(CONSUMER).await;
    stop.cancel();
    assert_eq!(watching.await.unwrap(), 0, "no number has decreased");

    assert!(after > before);
    assert_eq!(serving(&platform).await, after);
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
    assert_clean(&platform).await;
    let progress: Vec<Progress> = progress.borrow().clone();
    assert_eq!(progress.len(), 3);
    assert!(
        progress
            .iter()
            .all(|p| p.position > 0 && p.head >= p.position),
        "{progress:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_corrects_wrong_numbers() {
    let platform = Platform::start().await;
    platform.commit(&World::played(&choices(800)).log).await;
    platform.settled(CONSUMER).await;
    sqlx::raw_sql("update facts set delta = delta + 7; update totals set value = value + 7; delete from facts where metric = 'attendances'")
        .execute(&platform.database.pool)
        .await
        .unwrap();
    let progress = watch::Sender::new(Vec::new());
    rebuild(&with(&platform), &progress, &CancellationToken::new())
        .await
        .unwrap();
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
    assert_eq!(
        rows(
            &platform,
            "select count(*) from eventlog.checkpoint where consumer = 'cockpit.facts.rebuild'"
        )
        .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quarantine_is_rebuilt_and_belongs_to_the_live_projection() {
    let platform = Platform::start().await;
    let sick = MembershipActivated {
        organisation_id: "no id".into(),
        ..Default::default()
    };
    platform
        .commit_one("membership", "Membership", Uuid::now_v7(), &sick)
        .await;
    platform.commit(&World::played(&choices(200)).log).await;
    platform.settled(CONSUMER).await;
    // An event that an older version could not count, and this one can.
    sqlx::query(
        "insert into eventlog.quarantine select consumer, source, position + 1, gen_random_uuid(), aggregate, gen_random_uuid(),
                event_type, payload, occurred_at, traceparent, error from eventlog.quarantine",
    )
    .execute(&platform.database.pool)
    .await
    .unwrap();
    assert_eq!(platform.quarantined().await, 2);
    let progress = watch::Sender::new(Vec::new());
    rebuild(&with(&platform), &progress, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(platform.quarantined().await, 1);
    assert_eq!(
        rows(&platform, "select count(*) from eventlog.quarantine").await,
        1
    );
}

/// A source that never answers.
struct Silent;

#[async_trait::async_trait]
impl Source for Silent {
    async fn read(&self, _: i64, _: i32) -> Result<(Vec<Event>, i64), SourceError> {
        Err(SourceError::new("silence"))
    }

    async fn head(&self) -> Result<i64, SourceError> {
        Err(SourceError::new("silence"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilds_exclude_each_other_and_a_cancelled_one_changes_nothing() {
    let platform = Platform::start().await;
    platform.commit(&World::played(&choices(300)).log).await;
    platform.settled(CONSUMER).await;
    let before = serving(&platform).await;

    let mut stuck = with(&platform);
    stuck.sources[0].1 = Arc::new(Silent);
    let cancel = CancellationToken::new();
    let progress = watch::Sender::new(Vec::new());
    let mut reports = progress.subscribe();
    let first = tokio::spawn({
        let cancel = cancel.clone();
        async move { rebuild(&stuck, &progress, &cancel).await }
    });
    reports.changed().await.unwrap();
    let second = rebuild(
        &with(&platform),
        &watch::Sender::default(),
        &CancellationToken::new(),
    )
    .await;
    assert!(matches!(second, Err(RebuildError::UnderWay)));
    cancel.cancel();
    assert!(matches!(first.await.unwrap(), Err(RebuildError::Cancelled)));

    assert_eq!(serving(&platform).await, before);
    assert_clean(&platform).await;
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
    // The next one succeeds.
    rebuild(
        &with(&platform),
        &watch::Sender::default(),
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_rebuild_is_cleaned_up_by_the_next() {
    let platform = Platform::start().await;
    platform.commit(&World::played(&choices(300)).log).await;
    platform.settled(CONSUMER).await;
    // The state left by a process that was killed during a rebuild.
    sqlx::raw_sql(
        "insert into generations (state) values ('building');
         insert into facts select (select max(generation) from generations), metric, day, province_code, organisation_id, 99 from facts;
         insert into totals select (select max(generation) from generations), metric, province_code, organisation_id, 99 from totals;
         insert into eventlog.checkpoint (consumer, source, position, event_id)
             values ('cockpit.facts.rebuild', 'identity', 5, gen_random_uuid())",
    )
    .execute(&platform.database.pool)
    .await
    .unwrap();
    rebuild(
        &with(&platform),
        &watch::Sender::default(),
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
    assert_clean(&platform).await;
    assert_eq!(REBUILD_CONSUMER, "cockpit.facts.rebuild");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rpc_reports_progress_and_finally_that_the_new_numbers_serve() {
    let platform = Platform::start().await;
    platform.commit(&World::played(&choices(300)).log).await;
    platform.settled(CONSUMER).await;
    let before = serving(&platform).await;
    let served = stage::rebuilding(&platform.cockpit, with(&platform)).await;
    let another = Caller::Service("test".to_owned());
    let stream = served
        .projection()
        .rebuild(as_(&another, RebuildRequest {}))
        .await
        .unwrap()
        .into_inner();
    let messages: Vec<_> = stream.map(Result::unwrap).collect().await;
    let (last, others) = messages.split_last().unwrap();
    assert!(last.serving && others.iter().all(|m| !m.serving));
    assert_eq!(last.sources.len(), 3);
    assert!(serving(&platform).await > before);

    // A caller who disconnects cancels the rebuild.
    let mut stuck = with(&platform);
    stuck.sources[0].1 = Arc::new(Silent);
    let served = stage::rebuilding(&platform.cockpit, stuck).await;
    let mut stream = served
        .projection()
        .rebuild(as_(&another, RebuildRequest {}))
        .await
        .unwrap()
        .into_inner();
    stream.next().await.unwrap().unwrap();
    let refused = served
        .projection()
        .rebuild(as_(&another, RebuildRequest {}))
        .await
        .unwrap()
        .into_inner();
    let outcomes: Vec<_> = refused.collect().await;
    let status = outcomes.into_iter().find_map(Result::err).unwrap();
    assert_eq!(stage::reason(&status), "REBUILD_UNDER_WAY");
    drop(stream);
    stage::eventually("the rebuild is given up", async || {
        rows(
            &platform,
            "select count(*) from generations where state <> 'serving'",
        )
        .await
            == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_without_cities_of_an_older_version_are_rebuilt() {
    let platform = Platform::start().await;
    let world = World::played(&choices(1_000));
    platform.commit(&world.log).await;
    platform.settled(CONSUMER).await;
    let cancel = CancellationToken::new();
    assert!(!repair(&with(&platform), &cancel).await.unwrap());

    let by_city = "select count(*) from city_totals join generations using (generation) where state = 'serving' and value <> 0";
    let expected = rows(&platform, by_city).await;
    assert!(expected > 0);
    sqlx::query("delete from city_totals where metric = 'people_registered'")
        .execute(&platform.database.pool)
        .await
        .unwrap();
    assert!(repair(&with(&platform), &cancel).await.unwrap());
    assert_eq!(rows(&platform, by_city).await, expected);
    assert!(!repair(&with(&platform), &cancel).await.unwrap());
    assert_clean(&platform).await;
}

/// A version that writes no periods was running; the slices answer with the new generation afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn missing_periods_are_counted_anew() {
    let platform = Platform::start().await;
    let world = World::played(&choices(2_000));
    platform.commit(&world.log).await;
    platform.settled(CONSUMER).await;
    let cancel = CancellationToken::new();
    assert!(!repair(&with(&platform), &cancel).await.unwrap());

    stage::organisations(&platform.database.pool).await;
    let leader = stage::leader(&platform.database.pool).await;
    let service = stage::service(&platform.cockpit).await;
    let ask = async || {
        let request = QuerySlicesRequest {
            metric: "seats_taken".into(),
            group_by: vec!["county".into(), "gender".into()],
            ..Default::default()
        };
        let mut client = service.client();
        let answer = client.query_slices(as_(&leader, request)).await;
        answer.unwrap().into_inner()
    };
    let before = ask().await;
    assert!(before.groups.len() > 5);
    for table in [
        "delete from periods",
        "delete from person_descriptions",
        "delete from period_counts",
        "delete from revisions",
    ] {
        sqlx::query(table)
            .execute(&platform.database.pool)
            .await
            .unwrap();
    }
    assert!(repair(&with(&platform), &cancel).await.unwrap());
    assert!(!repair(&with(&platform), &cancel).await.unwrap());
    assert_clean(&platform).await;
    let after = ask().await;
    assert_eq!((before.total, before.groups), (after.total, after.groups));
}

//! The live overview.

use std::time::{Duration, Instant};

use cockpit::{
    changes::exchange_changes, freshness::poll, overview::streams::check_rights, scope::Scope,
};
use eventlog::Event;
use futures::StreamExt as _;
use kit::{access::Caller, clock::Clock};
use prost::Message as _;
use proto_cockpit::v1::{Overview, WatchOverviewRequest};
use proto_identity::v1::PersonRegistered;
use proto_membership::v1::MembershipActivated;
use time::OffsetDateTime;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};
use uuid::Uuid;

use crate::{
    consuming::Platform,
    stage::{self, Served, as_},
    world::ORGANISATIONS,
};

const MESSAGE_TIMEOUT: Duration = Duration::from_secs(5);

async fn watch(service: &Served, caller: &Caller) -> Streaming<Overview> {
    let request = as_(caller, WatchOverviewRequest {});
    service
        .client()
        .watch_overview(request)
        .await
        .unwrap()
        .into_inner()
}

async fn next(stream: &mut Streaming<Overview>) -> Option<Result<Overview, Status>> {
    timeout(MESSAGE_TIMEOUT, stream.next())
        .await
        .expect("a message within five seconds")
}

fn figure(overview: &Overview, metric: &str) -> i64 {
    overview
        .figures
        .iter()
        .find(|f| f.metric == metric)
        .unwrap()
        .value
}

fn person(position: i64) -> Event {
    Event {
        position,
        id: Uuid::now_v7(),
        source: "identity".into(),
        aggregate: "Person".into(),
        aggregate_id: Uuid::now_v7(),
        event_type: "PersonRegistered".into(),
        payload: PersonRegistered {
            division_code: "440300".into(),
        }
        .encode_to_vec()
        .into(),
        occurred_at: OffsetDateTime::now_utc(),
        traceparent: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_message_comes_at_once_and_the_next_when_something_has_changed() {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let cockpit = stage::cockpit(&database.pool, Clock::system());
    let service = stage::service(&cockpit).await;
    let leader = stage::leader(&database.pool).await;
    let mut stream = watch(&service, &leader).await;
    assert_eq!(
        figure(
            &next(&mut stream).await.unwrap().unwrap(),
            "people_registered"
        ),
        0
    );
    let silence = timeout(Duration::from_millis(600), stream.next()).await;
    assert!(silence.is_err(), "nothing has changed");

    stage::apply(&cockpit, &[person(1), person(2)]).await;
    assert_eq!(
        figure(
            &next(&mut stream).await.unwrap().unwrap(),
            "people_registered"
        ),
        2
    );
    // A later stream gets the current overview at once.
    let mut late = watch(&service, &leader).await;
    assert_eq!(
        figure(
            &next(&mut late).await.unwrap().unwrap(),
            "people_registered"
        ),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rapid_changes_are_read_at_most_four_times_a_second() {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let cockpit = stage::cockpit(&database.pool, Clock::system());
    let service = stage::service(&cockpit).await;
    let leader = stage::leader(&database.pool).await;
    let mut stream = watch(&service, &leader).await;
    next(&mut stream).await.unwrap().unwrap();

    let (begun, before) = (Instant::now(), service.streams.reads());
    let mut position = 0;
    while begun.elapsed() < Duration::from_secs(2) {
        position += 1;
        stage::apply(&cockpit, &[person(position)]).await;
    }
    let mut messages = 0;
    loop {
        messages += 1;
        if figure(
            &next(&mut stream).await.unwrap().unwrap(),
            "people_registered",
        ) == position
        {
            break;
        }
    }
    let reads = service.streams.reads() - before;
    let allowed = begun.elapsed().as_millis() as u64 / 250 + 2;
    println!("{position} commits in 2 s: {reads} reads, {messages} messages");
    assert!(position > 50, "too few commits: {position}");
    assert!(reads <= allowed, "{reads} reads, {allowed} allowed");
    assert!(messages >= 2, "messages are sent while the commits go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_streams_of_one_scope_cause_one_read() {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let cockpit = stage::cockpit(&database.pool, Clock::system());
    let service = stage::service(&cockpit).await;
    // A thousand people, not one person with a thousand streams, and not over one connection.
    let everything = Scope {
        everything: true,
        paths: Vec::new(),
    };
    let mut streams = Vec::new();
    for _ in 0..1_000 {
        let leader = stage::leader(&database.pool).await;
        streams.push(Box::pin(service.streams.watch(&leader, everything.clone())));
    }
    for stream in &mut streams {
        stream.next().await.unwrap().unwrap();
    }
    assert_eq!((service.streams.reads(), service.streams.scopes()), (1, 1));

    let committed = Instant::now();
    stage::apply(&cockpit, &[person(1)]).await;
    let all = futures::future::join_all(streams.iter_mut().map(|stream| stream.next())).await;
    for shown in all {
        assert_eq!(figure(&shown.unwrap().unwrap(), "people_registered"), 1);
    }
    println!("1,000 streams after a commit: {:?}", committed.elapsed());
    assert_eq!(service.streams.reads(), 2, "one read for all of them");

    // Another scope is read separately, without a further read for the first.
    let analyst = stage::person_with(&database.pool, "society.analyst", ORGANISATIONS[0]).await;
    let mut other = watch(&service, &analyst).await;
    next(&mut other).await.unwrap().unwrap();
    assert_eq!((service.streams.reads(), service.streams.scopes()), (3, 2));

    drop((streams, other));
    stage::eventually("without a stream nothing is read", async || {
        service.streams.scopes() == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_in_a_source_reaches_the_stream_within_a_second() {
    let platform = Platform::start().await;
    let leader = stage::leader(&platform.database.pool).await;
    let served = stage::service(&platform.cockpit).await;
    let mut stream = watch(&served, &leader).await;
    next(&mut stream).await.unwrap().unwrap();

    let mut waits = Vec::new();
    for n in 1..=25 {
        let activated = MembershipActivated {
            organisation_id: ORGANISATIONS[n % 3].to_string(),
            division_code: "110105".into(),
            ..Default::default()
        };
        platform
            .commit_one("membership", "Membership", Uuid::now_v7(), &activated)
            .await;
        let committed = Instant::now();
        while figure(
            &next(&mut stream).await.unwrap().unwrap(),
            "memberships_active",
        ) < n as i64
        {}
        waits.push(committed.elapsed());
        // Not in phase with the minimum interval.
        tokio::time::sleep(Duration::from_millis(37 * (n as u64 % 9))).await;
    }
    waits.sort();
    println!(
        "commit → pushed: median {:?}, longest {:?}",
        waits[waits.len() / 2],
        waits[waits.len() - 1]
    );
    assert!(waits[waits.len() - 1] < MESSAGE_TIMEOUT);
}

/// Runs the workers of a replica until the guard is dropped.
async fn replica(
    platform: &Platform,
    notifies: bool,
    polls: bool,
) -> (Served, tokio_util::sync::DropGuard) {
    let cockpit = stage::cockpit(&platform.database.pool, Clock::system());
    let end = CancellationToken::new();
    let (changes, pool) = (cockpit.changes.clone(), platform.database.pool.clone());
    if notifies {
        tokio::spawn(exchange_changes(changes.clone(), pool.clone(), end.clone()));
    }
    if polls {
        tokio::spawn(poll(
            changes,
            cockpit.heads.clone(),
            platform.logs(),
            pool,
            end.clone(),
        ));
    }
    (stage::service(&cockpit).await, end.drop_guard())
}

/// How long a replica that does not consume takes to show a commit.
async fn latency(platform: &Platform, replica: &Served) -> Duration {
    let leader = stage::leader(&platform.database.pool).await;
    let mut stream = watch(replica, &leader).await;
    let before = figure(
        &next(&mut stream).await.unwrap().unwrap(),
        "people_registered",
    );
    // The listener needs a moment to connect.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let person = PersonRegistered {
        division_code: "110105".into(),
    };
    platform
        .commit_one("identity", "Person", Uuid::now_v7(), &person)
        .await;
    let committed = Instant::now();
    while figure(
        &next(&mut stream).await.unwrap().unwrap(),
        "people_registered",
    ) == before
    {}
    committed.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_does_not_consume_is_notified() {
    let platform = Platform::start().await;
    // The consuming replica notifies, too.
    let end = CancellationToken::new();
    let _end = end.clone().drop_guard();
    tokio::spawn(exchange_changes(
        platform.cockpit.changes.clone(),
        platform.database.pool.clone(),
        end,
    ));

    let (other, _running) = replica(&platform, true, false).await;
    println!(
        "another replica, by NOTIFY: {:?}",
        latency(&platform, &other).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_misses_notifications_polls() {
    let platform = Platform::start().await;
    let (other, _running) = replica(&platform, false, true).await;
    let wait = latency(&platform, &other).await;
    println!("another replica, by looking at the checkpoints: {wait:?}");

    let leader = stage::leader(&platform.database.pool).await;
    let mut stream = watch(&other, &leader).await;
    let overview = next(&mut stream).await.unwrap().unwrap();
    let fresh = overview
        .freshness
        .iter()
        .find(|f| f.source == "identity")
        .unwrap();
    assert_eq!(
        (fresh.applied_position, fresh.head_position),
        (1, 1),
        "the head is known, too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_person_loses_the_right() {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let cockpit = stage::cockpit(&database.pool, Clock::system());
    let service = stage::service(&cockpit).await;
    let end = CancellationToken::new();
    let _end = end.clone().drop_guard();
    tokio::spawn(check_rights(
        service.streams.clone(),
        Duration::from_millis(100),
        end,
    ));

    let (leader, analyst) = (
        stage::leader(&database.pool).await,
        stage::person_with(&database.pool, "society.analyst", ORGANISATIONS[0]).await,
    );
    let mut stays = watch(&service, &leader).await;
    let mut ends = watch(&service, &analyst).await;
    next(&mut stays).await.unwrap().unwrap();
    next(&mut ends).await.unwrap().unwrap();
    sqlx::query("delete from access.grants where person_id = $1")
        .bind(analyst.person().unwrap().person_id)
        .execute(&database.pool)
        .await
        .unwrap();
    assert!(next(&mut ends).await.is_none(), "the stream ends");
    assert!(
        timeout(Duration::from_millis(500), stays.next())
            .await
            .is_err(),
        "the other goes on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_survive_a_temporary_database_failure() {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let cockpit = stage::cockpit(&database.pool, Clock::system());
    let service = stage::service(&cockpit).await;
    let mut stream = watch(&service, &stage::leader(&database.pool).await).await;
    next(&mut stream).await.unwrap().unwrap();

    stage::apply(&cockpit, &[person(1)]).await;
    next(&mut stream).await.unwrap().unwrap();
    sqlx::raw_sql("alter table totals rename to totals_away")
        .execute(&database.pool)
        .await
        .unwrap();
    cockpit.changes.publish();
    // The time during which reads fail.
    tokio::time::sleep(Duration::from_millis(400)).await;
    sqlx::raw_sql("alter table totals_away rename to totals")
        .execute(&database.pool)
        .await
        .unwrap();
    stage::apply(&cockpit, &[person(2)]).await;
    assert_eq!(
        figure(
            &next(&mut stream).await.unwrap().unwrap(),
            "people_registered"
        ),
        2
    );

    // A stream whose first read fails ends with `UNAVAILABLE` and a delay for the retry.
    sqlx::raw_sql("alter table totals rename to totals_away")
        .execute(&database.pool)
        .await
        .unwrap();
    let fresh = stage::service(&stage::cockpit(&database.pool, Clock::system())).await;
    let mut stream = watch(&fresh, &stage::leader(&database.pool).await).await;
    let status = next(&mut stream).await.unwrap().unwrap_err();
    assert_eq!(stage::reason(&status), "UNAVAILABLE");
    assert!(next(&mut stream).await.is_none());
}

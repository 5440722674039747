//! The whole way: from the commit in a source, through relay, NATS and consumer, into the facts.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cockpit::{
    Cockpit,
    facts::{CONSUMER, SOURCES},
    freshness,
};
use eventlog::{
    Consumer, Event, EventLogService, Handler, LocalSource, NewEvent, Nudge, Relay, Source,
};
use kit::clock::Clock;
use prost::{Message as _, Name as _};
use proto::cast::{
    eventlog::v1::{ReplayQuarantinedRequest, event_log_server::EventLog as _},
    membership::v1::MembershipActivated,
};
use sqlx::PgPool;
use testkit::{Database, Nats};
use time::OffsetDateTime;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::{
    histories::Histories,
    stage::{self, eventually},
    world::{Choice, ORGANISATIONS, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn facts_equal_a_recount_over_the_raw_logs_of_the_sources() {
    let platform = Platform::start().await;
    let world = World::played(&choices(1_500));
    platform.commit(&world.log).await;
    platform.settled(CONSUMER).await;

    let histories = platform.histories().await;
    stage::assert_equal_to_recount(&platform.database.pool, &histories).await;
    assert_eq!(platform.quarantined().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_come_again_count_once() {
    let platform = Platform::start().await;
    let world = World::played(&choices(400));
    platform.commit(&world.log).await;
    platform.settled(CONSUMER).await;

    // Everything once more, without the id by which NATS would know it.
    let jetstream = async_nats::jetstream::new(platform.client.clone());
    let mut repeated = 0;
    for source in SOURCES {
        let stream = jetstream
            .get_stream(eventlog::stream_name(source))
            .await
            .unwrap();
        for sequence in 1..=stream.cached_info().state.last_sequence {
            let message = stream.get_raw_message(sequence).await.unwrap();
            let mut headers = async_nats::HeaderMap::new();
            for (name, values) in message
                .headers
                .iter()
                .filter(|(name, _)| name.to_string() != "Nats-Msg-Id")
            {
                for value in values {
                    headers.append(name.clone(), value.clone());
                }
            }
            let sent = jetstream
                .publish_with_headers(message.subject, headers, message.payload)
                .await
                .unwrap();
            sent.await.unwrap();
            repeated += 1;
        }
    }
    assert_eq!(repeated, world.log.len());
    // Something new behind the repetitions shows that they were looked at.
    let person = proto::cast::identity::v1::PersonRegistered {
        division_code: "110000".into(),
    };
    platform
        .commit_one("identity", "Person", Uuid::now_v7(), &person)
        .await;
    platform.settled(CONSUMER).await;
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_counted_stops_nobody_else_and_counts_after_the_mend() {
    let platform = Platform::start().await;
    let activated = |organisation_id: String| MembershipActivated {
        organisation_id,
        division_code: "440300".into(),
        ..Default::default()
    };
    let sick = Uuid::now_v7();
    platform
        .commit_one(
            "membership",
            "Membership",
            Uuid::now_v7(),
            &activated(ORGANISATIONS[0].to_string()),
        )
        .await;
    platform
        .commit_one("membership", "Membership", sick, &activated("no id".into()))
        .await;
    platform
        .commit_one(
            "membership",
            "Membership",
            Uuid::now_v7(),
            &activated(ORGANISATIONS[1].to_string()),
        )
        .await;
    platform.settled(CONSUMER).await;

    let joined = async || -> i64 {
        sqlx::query_scalar("select coalesce(sum(value), 0)::bigint from totals where metric = 'memberships_joined'")
            .fetch_one(&platform.database.pool)
            .await
            .unwrap()
    };
    assert_eq!(joined().await, 2);
    assert_eq!(platform.quarantined().await, 1);
    let error: String = sqlx::query_scalar("select error from eventlog.quarantine")
        .fetch_one(&platform.database.pool)
        .await
        .unwrap();
    assert!(
        error.contains("organisation_id") && !error.contains("no id\""),
        "{error}"
    );

    let handlers: Vec<Arc<dyn Handler>> = vec![stage::live_projection(&platform.cockpit)];
    let operator = EventLogService::new(platform.database.pool.clone(), "cockpit", handlers);
    let replay = async || {
        let request = tonic::Request::new(ReplayQuarantinedRequest::default());
        let answer = operator
            .replay_quarantined(request)
            .await
            .unwrap()
            .into_inner();
        (answer.applied, answer.remaining)
    };
    assert_eq!(replay().await, (0, 1), "it is still sick");
    // The mend: in life a new version of the decoder, here a payload that can be read.
    sqlx::query("update eventlog.quarantine set payload = $1")
        .bind(activated(ORGANISATIONS[2].to_string()).encode_to_vec())
        .execute(&platform.database.pool)
        .await
        .unwrap();
    assert_eq!(replay().await, (1, 0));
    assert_eq!(joined().await, 3);
    assert_eq!(replay().await, (0, 0));
    assert_eq!(joined().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_malformed_goes_into_quarantine_and_what_is_unknown_is_passed_over() {
    use proto::cast::{
        events::v1 as events, identity::v1 as identity, membership::v1 as membership,
    };
    let platform = Platform::start().await;
    let organisation_id = ORGANISATIONS[0].to_string();
    let (nobody, somewhere) = (String::new(), "440300".to_owned());
    let bad_places = ["999999", "11010", "1101051", "11010x", "北京"];
    for division_code in bad_places {
        let person = identity::PersonRegistered {
            division_code: division_code.into(),
        };
        platform
            .commit_one("identity", "Person", Uuid::now_v7(), &person)
            .await;
    }
    let without_state = membership::ApplicationMoved {
        organisation_id: organisation_id.clone(),
        from_state: 1,
        ..Default::default()
    };
    platform
        .commit_one("membership", "Application", Uuid::now_v7(), &without_state)
        .await;
    let future_state = membership::MembershipMoved {
        organisation_id: organisation_id.clone(),
        from_state: 1,
        to_state: 99,
        ..Default::default()
    };
    platform
        .commit_one("membership", "Membership", Uuid::now_v7(), &future_state)
        .await;
    let of_nobody = events::SeatTaken {
        organisation_id: nobody,
        ..Default::default()
    };
    platform
        .commit_one("events", "Registration", Uuid::now_v7(), &of_nobody)
        .await;
    let of_nil = events::SeatTaken {
        organisation_id: Uuid::nil().to_string(),
        ..Default::default()
    };
    platform
        .commit_one("events", "Registration", Uuid::now_v7(), &of_nil)
        .await;
    let negative = events::AttendanceRecorded {
        organisation_id,
        credited_minutes: -1,
        ..Default::default()
    };
    platform
        .commit_one("events", "Registration", Uuid::now_v7(), &negative)
        .await;
    // Not protobuf at all.
    let (events, nudge) = &platform.sources["events"];
    sqlx::query(
        "insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at)
         values ($1, 'Activity', $2, $3, '\\xff', now()), ($4, 'Activity', $5, 'ActivityRenamed', '\\xff', now())",
    )
    .bind(Uuid::now_v7())
    .bind(Uuid::now_v7())
    .bind(events::ActivityPublished::NAME)
    .bind(Uuid::now_v7())
    .bind(Uuid::now_v7())
    .execute(&events.pool)
    .await
    .unwrap();
    nudge.wake();
    let good = identity::PersonRegistered {
        division_code: somewhere,
    };
    platform
        .commit_one("identity", "Person", Uuid::now_v7(), &good)
        .await;
    platform.settled(CONSUMER).await;

    assert_eq!(platform.quarantined().await, bad_places.len() as i64 + 6);
    let facts: i64 = sqlx::query_scalar("select count(*) from facts")
        .fetch_one(&platform.database.pool)
        .await
        .unwrap();
    assert_eq!(facts, 1, "only the good one");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_takes_over_where_the_first_one_stopped() {
    let platform = Platform::start().await;
    let world = World::played(&choices(900));
    let (early, late) = world.log.split_at(world.log.len() / 2);
    platform.commit(early).await;
    let second = stage::cockpit(&platform.database.pool, Clock::system());
    let first_end = platform.follow(&second);
    platform.commit(late).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    first_end.cancel();
    platform.settled(CONSUMER).await;
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
}

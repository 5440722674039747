//! The full path of events: from the commit in a source through relay, NATS and consumer into the facts.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cockpit::{
    Cockpit,
    facts::{CONSUMER, SOURCES},
    freshness,
};
use eventlog::{
    Consumer, Event, EventLogService, Handler, LocalSource, NewEvent, Nudge, Relay, Seals, Source,
};
use kit::clock::Clock;
use prost::{Message as _, Name as _};
use proto_eventlog::v1::{ReplayQuarantinedRequest, event_log_server::EventLog as _};
use proto_membership::v1::MembershipActivated;
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

/// The event logs of three sources, NATS, and a cockpit that consumes them. Everything stops when it is dropped.
pub struct Platform {
    _nats: Nats,
    pub sources: BTreeMap<&'static str, (Database, Nudge)>,
    pub database: Database,
    pub cockpit: Cockpit,
    pub client: async_nats::Client,
    running: CancellationToken,
    _end: DropGuard,
}

/// The secret shared by all parts of the test.
pub fn seals() -> Seals {
    Seals::new(b"the secret of these tests", None)
}

impl Platform {
    pub async fn start() -> Self {
        let nats = testkit::nats().await;
        let client = eventlog::nats_options().connect(nats.url()).await.unwrap();
        let running = CancellationToken::new();
        let database = stage::database().await;
        stage::organisations(&database.pool).await;
        let cockpit = stage::cockpit(&database.pool, Clock::system());
        let mut sources = BTreeMap::new();
        for source in SOURCES {
            let log = testkit::database("eventlog", eventlog::migrate).await;
            let nudge = Nudge::new();
            let relay = Relay::new(
                log.pool.clone(),
                client.clone(),
                source,
                nudge.clone(),
                seals(),
            );
            tokio::spawn(relay.run(running.clone()));
            sources.insert(source, (log, nudge));
        }
        let platform = Self {
            _nats: nats,
            sources,
            database,
            cockpit,
            client,
            _end: running.clone().drop_guard(),
            running,
        };
        platform.run_consumers(&platform.cockpit);
        platform
    }

    /// Runs the consumers of a replica.
    pub fn run_consumers(&self, replica: &Cockpit) -> CancellationToken {
        let end = self.running.child_token();
        for (name, source) in self.logs() {
            let handler: Arc<dyn Handler> = stage::live_projection(replica);
            let consumer = Consumer::new(
                self.database.pool.clone(),
                self.client.clone(),
                name,
                source,
                handler,
                seals(),
            );
            tokio::spawn(consumer.run(end.clone()));
        }
        end
    }

    pub fn logs(&self) -> Vec<(&'static str, Arc<dyn Source>)> {
        let log = |(name, (database, _)): (&&'static str, &(Database, Nudge))| {
            let source: Arc<dyn Source> = Arc::new(LocalSource::new(database.pool.clone(), name));
            (*name, source)
        };
        self.sources.iter().map(log).collect()
    }

    /// Commits events of a world in their services, in order.
    pub async fn commit(&self, events: &[Event]) {
        for (source, (database, nudge)) in &self.sources {
            let of_it: Vec<_> = events.iter().filter(|e| e.source == *source).collect();
            for chunk in of_it.chunks(50) {
                let mut tx = database.pool.begin().await.unwrap();
                for event in chunk {
                    outbox(&mut tx, event).await;
                }
                tx.commit().await.unwrap();
                nudge.wake();
            }
        }
    }

    pub async fn commit_one<M: prost::Message + prost::Name>(
        &self,
        source: &str,
        aggregate: &'static str,
        id: Uuid,
        message: &M,
    ) {
        let (database, nudge) = &self.sources[source];
        let mut tx = database.pool.begin().await.unwrap();
        let event = NewEvent::of(aggregate, id, message);
        eventlog::append(&mut tx, &event, OffsetDateTime::now_utc())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        nudge.wake();
    }

    /// The histories made of the raw logs.
    pub async fn histories(&self) -> Histories {
        let mut histories = Histories::default();
        for (source, (database, _)) in &self.sources {
            for event in raw_log(&database.pool, source).await {
                histories.add(&event);
            }
        }
        histories
    }

    /// Waits until all committed events are counted.
    pub async fn settled(&self, consumer: &str) {
        eventually("all events are applied", async || {
            let mut all = true;
            for (source, (database, _)) in &self.sources {
                let waiting: i64 = sqlx::query_scalar("select count(*) from eventlog.outbox")
                    .fetch_one(&database.pool)
                    .await
                    .unwrap();
                let head: i64 = sqlx::query_scalar("select head from eventlog.relay")
                    .fetch_one(&database.pool)
                    .await
                    .unwrap();
                let position: Option<i64> = sqlx::query_scalar(
                    "select position from eventlog.checkpoint where consumer = $1 and source = $2",
                )
                .bind(consumer)
                .bind(source)
                .fetch_optional(&self.database.pool)
                .await
                .unwrap();
                all &= waiting == 0 && position == Some(head);
            }
            all
        })
        .await;
    }

    pub async fn quarantined(&self) -> i64 {
        let mut conn = self.database.pool.acquire().await.unwrap();
        let fresh = freshness::store::read(&mut conn, &SOURCES).await.unwrap();
        fresh.iter().map(|f| f.quarantined).sum()
    }
}

/// Inserts an event into the outbox, as its command does.
async fn outbox(conn: &mut sqlx::PgConnection, event: &Event) {
    sqlx::query(
        "insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(event.id)
    .bind(&event.aggregate)
    .bind(event.aggregate_id)
    .bind(&event.event_type)
    .bind(event.payload.as_ref())
    .bind(event.occurred_at)
    .execute(conn)
    .await
    .unwrap();
}

type RawEvent = (i64, Uuid, String, Uuid, String, Vec<u8>, OffsetDateTime);

/// The table `event_log` of a source.
async fn raw_log(pool: &PgPool, source: &str) -> Vec<Event> {
    let rows: Vec<RawEvent> = sqlx::query_as(
        "select position, id, aggregate, aggregate_id, event_type, payload, occurred_at
         from eventlog.event_log order by position",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(
            |(position, id, aggregate, aggregate_id, event_type, payload, occurred_at)| Event {
                position,
                id,
                source: source.to_owned(),
                aggregate,
                aggregate_id,
                event_type,
                payload: payload.into(),
                occurred_at,
                traceparent: None,
            },
        )
        .collect()
}

/// Pseudo-random choices, the same in every run.
pub fn choices(count: u64) -> Vec<Choice> {
    (0..count)
        .map(|n| {
            // SplitMix64.
            let mut mixed = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            (mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8)
        })
        .collect()
}

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
async fn duplicate_messages_count_once() {
    let platform = Platform::start().await;
    let world = World::played(&choices(400));
    platform.commit(&world.log).await;
    platform.settled(CONSUMER).await;

    // All messages are published again without the id by which NATS discards duplicates.
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
    // A new event after the duplicates shows that they were consumed.
    let person = proto_identity::v1::PersonRegistered {
        division_code: "110000".into(),
    };
    platform
        .commit_one("identity", "Person", Uuid::now_v7(), &person)
        .await;
    platform.settled(CONSUMER).await;
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_counted_stops_no_other_and_counts_after_the_repair() {
    let platform = Platform::start().await;
    let activated = |organisation_id: String| MembershipActivated {
        organisation_id,
        division_code: "440300".into(),
        ..Default::default()
    };
    let broken = Uuid::now_v7();
    platform
        .commit_one(
            "membership",
            "Membership",
            Uuid::now_v7(),
            &activated(ORGANISATIONS[0].to_string()),
        )
        .await;
    platform
        .commit_one(
            "membership",
            "Membership",
            broken,
            &activated("no id".into()),
        )
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
    assert_eq!(replay().await, (0, 1), "it still cannot be decoded");
    // The repair: in production a new version of the decoder, here a payload that can be decoded.
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
async fn malformed_events_are_quarantined_and_unknown_types_are_skipped() {
    use proto_events::v1 as events;
    use proto_identity::v1 as identity;
    use proto_membership::v1 as membership;
    let platform = Platform::start().await;
    let organisation_id = ORGANISATIONS[0].to_string();
    let (no_organisation, division) = (String::new(), "440300".to_owned());
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
    let without_organisation = events::SeatTaken {
        organisation_id: no_organisation,
        ..Default::default()
    };
    platform
        .commit_one(
            "events",
            "Registration",
            Uuid::now_v7(),
            &without_organisation,
        )
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
    // Not a protobuf message.
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
        division_code: division,
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
    assert_eq!(facts, 1, "only the valid one");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_takes_over_where_the_first_one_stopped() {
    let platform = Platform::start().await;
    let world = World::played(&choices(900));
    let (early, late) = world.log.split_at(world.log.len() / 2);
    platform.commit(early).await;
    let second = stage::cockpit(&platform.database.pool, Clock::system());
    let first_end = platform.run_consumers(&second);
    platform.commit(late).await;
    // Wherever in the late events the first one is then.
    tokio::time::sleep(Duration::from_millis(20)).await;
    first_end.cancel();
    platform.settled(CONSUMER).await;
    stage::assert_equal_to_recount(&platform.database.pool, &platform.histories().await).await;
}

//! Two services: one that counts and appends an event for each step, one that consumes these events.
//!
//! The consumer records the applied events in a table without any constraint, so only the event log itself prevents an
//! event from being applied twice, not at all, or out of order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_nats::Client;
use eventlog::{
    ApplyError, Consumer, ConsumerSettings, ConsumerStatus, Event, Faults, Handler, LocalSource,
    NewEvent, Nudge, Relay, RelaySettings, RelayStatus, Seals, Source,
};
use sqlx::{PgConnection, PgPool};
use testkit::{Database, Nats};
use time::OffsetDateTime;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The service whose log it is.
pub const SOURCE: &str = "counting";

/// The only event: an aggregate has counted to `ordinal` (1, 2, 3 …).
#[derive(Clone, PartialEq, prost::Message)]
pub struct Counted {
    #[prost(int64, tag = "1")]
    pub ordinal: i64,
}

impl prost::Name for Counted {
    const NAME: &'static str = "Counted";
    const PACKAGE: &'static str = "cast.counting.v1";
}

/// The tables of both services in one migration; each database uses its own half.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::Error> {
    eventlog::migrate(pool).await.unwrap();
    sqlx::raw_sql(
        "create table counter (id uuid primary key, reached bigint not null);
         create table applied (nth bigint generated always as identity, position bigint not null,
                               event_id uuid not null, aggregate_id uuid not null, ordinal bigint not null)",
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub fn seals() -> Seals {
    Seals::new(b"the secret of these tests", None)
}

pub async fn database() -> Database {
    testkit::database("eventlog", migrate).await
}

pub async fn connect(nats: &Nats) -> Client {
    eventlog::nats_options().connect(nats.url()).await.unwrap()
}

/// A client of a server that does not exist.
pub async fn nowhere() -> Client {
    let port = testkit::free_port();
    eventlog::nats_options()
        .connect(format!("nats://127.0.0.1:{port}"))
        .await
        .unwrap()
}

/// A task that can be stopped gracefully or killed.
pub struct Running<S> {
    pub status: watch::Receiver<S>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl<S> Running<S> {
    pub async fn stop(self) {
        self.cancel.cancel();
        timeout(Duration::from_secs(10), self.task)
            .await
            .expect("it ends when cancelled")
            .unwrap();
    }

    /// Simulates the death of the process.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

pub fn start_relay(relay: Relay) -> Running<RelayStatus> {
    let (status, cancel) = (relay.status(), CancellationToken::new());
    let task = tokio::spawn(relay.run(cancel.clone()));
    Running {
        status,
        cancel,
        task,
    }
}

pub fn start_consumer(consumer: Consumer) -> Running<ConsumerStatus> {
    let (status, cancel) = (consumer.status(), CancellationToken::new());
    let task = tokio::spawn(consumer.run(cancel.clone()));
    Running {
        status,
        cancel,
        task,
    }
}

/// A service whose relay runs, and one whose consumer follows it over NATS and records what it applies.
pub struct Pair {
    pub source: Database,
    pub target: Database,
    pub nats: Nats,
    pub client: Client,
    pub nudge: Nudge,
    pub relay: Running<RelayStatus>,
    pub consumer: Running<ConsumerStatus>,
}

pub async fn pair() -> Pair {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let recorder = Arc::new(Recorder);
    let consumer = start_consumer(consumer(&target.pool, &client, &source.pool, recorder));
    Pair {
        source,
        target,
        nats,
        client,
        nudge,
        relay,
        consumer,
    }
}

/// Small batches make many of them; short waits make tests quick.
pub fn relay(pool: &PgPool, nats: &Client, nudge: &Nudge) -> Relay {
    Relay::new(pool.clone(), nats.clone(), SOURCE, nudge.clone(), seals()).with_settings(
        RelaySettings {
            stream_check: Duration::from_millis(300),
            batch: 20,
            poll: Duration::from_millis(100),
            standby: Duration::from_millis(100),
            ..Default::default()
        },
    )
}

pub fn consumer(
    pool: &PgPool,
    nats: &Client,
    source: &PgPool,
    handler: Arc<dyn Handler>,
) -> Consumer {
    consumer_of(
        pool,
        nats,
        Arc::new(LocalSource::new(source.clone(), SOURCE)),
        handler,
    )
}

pub fn consumer_of(
    pool: &PgPool,
    nats: &Client,
    log: Arc<dyn Source>,
    handler: Arc<dyn Handler>,
) -> Consumer {
    Consumer::new(pool.clone(), nats.clone(), SOURCE, log, handler, seals()).with_settings(
        ConsumerSettings {
            batch: 20,
            poll: Duration::from_millis(200),
            standby: Duration::from_millis(100),
        },
    )
}

/// Records the events it receives.
pub struct Recorder;

#[async_trait::async_trait]
impl Handler for Recorder {
    fn name(&self) -> &'static str {
        "test.recorder"
    }

    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        record(conn, event).await
    }
}

pub async fn record(conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
    let counted: Counted = event.decode()?;
    sqlx::query(
        "insert into applied (position, event_id, aggregate_id, ordinal) values ($1, $2, $3, $4)",
    )
    .bind(event.position)
    .bind(event.id)
    .bind(event.aggregate_id)
    .bind(counted.ordinal)
    .execute(conn)
    .await?;
    Ok(())
}

/// A command: locks the counter, counts, appends the event, commits.
pub async fn count(pool: &PgPool, counter: Uuid) -> Result<i64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let ordinal = step(&mut tx, counter).await?;
    tx.commit().await?;
    Ok(ordinal)
}

pub async fn step(conn: &mut PgConnection, counter: Uuid) -> Result<i64, sqlx::Error> {
    let ordinal = sqlx::query_scalar(
        "insert into counter values ($1, 1) on conflict (id) do update set reached = counter.reached + 1 returning reached",
    )
    .bind(counter)
    .fetch_one(&mut *conn)
    .await?;
    let event = NewEvent::of("Counter", counter, &Counted { ordinal });
    eventlog::append(conn, &event, OffsetDateTime::now_utc()).await?;
    Ok(ordinal)
}

/// `writers` tasks count concurrently, `each` times each, on `counters` shared counters, and roll back every seventh
/// time. Steps that fail because a server is unavailable are retried. Returns when all are committed.
pub async fn load(pool: &PgPool, nudge: &Nudge, writers: u32, each: u32, counters: usize) {
    let ids: Arc<[Uuid]> = (0..counters).map(|_| Uuid::now_v7()).collect();
    let done = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (pool, nudge, ids, done) = (
                pool.clone(),
                nudge.clone(),
                Arc::clone(&ids),
                Arc::clone(&done),
            );
            tokio::spawn(async move {
                for n in 0..each {
                    let counter = ids[(writer + n) as usize % ids.len()];
                    if n % 7 == 3
                        && let Ok(mut tx) = pool.begin().await
                    {
                        let _ = step(&mut tx, counter).await;
                        let _ = tx.rollback().await;
                    }
                    while let Err(error) = count(&pool, counter).await {
                        assert!(
                            error
                                .as_database_error()
                                .is_none_or(|e| !e.is_check_violation()),
                            "{error}"
                        );
                        sleep(Duration::from_millis(20)).await;
                    }
                    nudge.wake();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(done.load(Ordering::Relaxed), writers * each);
}

/// Waits until `condition` holds; fails with `what` after half a minute.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

pub async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap_or(-1)
}

/// The guarantee at the source: the log has every committed step once, without a gap, in order. Returns its head.
pub async fn log_is_whole(source: &PgPool) -> i64 {
    until("the outbox is empty", async || {
        number(source, "select count(*) from eventlog.outbox").await == 0
    })
    .await;
    let head = eventlog::verify(&mut source.acquire().await.unwrap())
        .await
        .unwrap();
    let steps = number(
        source,
        "select coalesce(sum(reached), 0)::bigint from counter",
    )
    .await;
    assert_eq!(head, steps, "one event in the log for every committed step");
    // The ordinal is the first field of the message: the order of the log is compared with it by decoding.
    let logged: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as("select aggregate_id, payload from eventlog.event_log order by position")
            .fetch_all(source)
            .await
            .unwrap();
    let mut reached = std::collections::HashMap::new();
    for (counter, payload) in logged {
        let counted: Counted = prost::Message::decode(payload.as_slice()).unwrap();
        let before = reached.insert(counter, counted.ordinal).unwrap_or(0);
        assert_eq!(
            counted.ordinal,
            before + 1,
            "the log keeps the order of {counter}"
        );
    }
    head
}

/// The guarantee end to end: every event committed at the source was applied here once, in the order of the log.
pub async fn all_is_applied(source: &PgPool, consumer: &PgPool) -> i64 {
    let head = log_is_whole(source).await;
    until("everything is applied", async || {
        number(consumer, "select coalesce(max(position), 0) from applied").await >= head
    })
    .await;
    // Time for duplicates to arrive.
    sleep(Duration::from_millis(500)).await;
    let (count, distinct, last) = (
        number(consumer, "select count(*) from applied").await,
        number(consumer, "select count(distinct event_id) from applied").await,
        number(consumer, "select coalesce(max(position), 0) from applied").await,
    );
    assert_eq!(
        (count, distinct, last),
        (head, head, head),
        "each event applied exactly once"
    );
    let disorder = number(
        consumer,
        "select count(*) from (select position, lag(position) over (order by nth) as before from applied) as a
         where position <> coalesce(before, 0) + 1",
    )
    .await;
    assert_eq!(disorder, 0, "applied in the order of the log");
    head
}

/// Stops a relay or consumer when it passes a point the n-th time and notifies the receiver.
pub fn stop_at_nth(line: &'static str, nth: u32) -> (Faults, mpsc::UnboundedReceiver<()>) {
    let (sender, reached) = mpsc::unbounded_channel();
    let passed = Arc::new(AtomicU32::new(0));
    let faults = Faults::new(move |here| {
        let (sender, passed) = (sender.clone(), Arc::clone(&passed));
        Box::pin(async move {
            if here == line && passed.fetch_add(1, Ordering::SeqCst) + 1 == nth {
                let _ = sender.send(());
                std::future::pending::<()>().await;
            }
        })
    });
    (faults, reached)
}

/// The positions in the JetStream stream of [`SOURCE`], as they were stored.
pub async fn stream_positions(nats: &Client) -> Vec<i64> {
    let jetstream = async_nats::jetstream::new(nats.clone());
    let Ok(stream) = jetstream.get_stream(eventlog::stream_name(SOURCE)).await else {
        return Vec::new();
    };
    let state = stream.get_info().await.unwrap().state;
    let mut positions = Vec::new();
    for sequence in state.first_sequence.max(1)..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        positions.push(
            message
                .headers
                .get("ce-position")
                .unwrap()
                .as_str()
                .parse()
                .unwrap(),
        );
    }
    positions
}

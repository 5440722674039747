//! The log over gRPC, from server to consumer.

use std::sync::Arc;

use eventlog::{Consumer, EventLogService, GrpcSource, NewEvent, Nudge, Source as _};
use proto_eventlog::v1::{
    ReadRequest, event_log_client::EventLogClient, event_log_server::EventLogServer,
};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tonic::{
    Code, Request, Status,
    metadata::MetadataValue,
    transport::{Channel, Endpoint, Server},
};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::world::*;

/// Serves the log to callers with the token.
async fn serve(service: EventLogService) -> Channel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let guarded = EventLogServer::with_interceptor(service, |request: Request<()>| {
        match request.metadata().get("authorization") {
            Some(token) if token == "Bearer inside" => Ok(request),
            _ => Err(Status::unauthenticated("no token")),
        }
    });
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    tokio::spawn(
        Server::builder()
            .add_service(guarded)
            .serve_with_incoming(incoming),
    );
    Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_lazy()
}

fn token(mut request: Request<()>) -> Result<Request<()>, Status> {
    request
        .metadata_mut()
        .insert("authorization", MetadataValue::from_static("Bearer inside"));
    Ok(request)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_catches_up_over_grpc() {
    let (source, target) = (database().await, database().await);
    let (client, nudge) = (nowhere().await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    load(&source.pool, &nudge, 4, 300, 5).await;
    let channel = serve(EventLogService::new(source.pool.clone(), SOURCE, vec![])).await;
    let log = Arc::new(GrpcSource::new(channel, token));
    let consumer = Consumer::new(
        target.pool.clone(),
        client,
        SOURCE,
        log,
        Arc::new(Recorder),
        seals(),
    );
    let consumer = start_consumer(consumer);
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 1200);
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_refuses_is_an_error_and_not_an_empty_log() {
    let source = database().await;
    let channel = serve(EventLogService::new(source.pool.clone(), SOURCE, vec![])).await;
    let stranger = GrpcSource::new(channel.clone(), |request: Request<()>| Ok(request));
    assert!(
        stranger
            .head()
            .await
            .unwrap_err()
            .to_string()
            .contains("no token")
    );
    assert!(stranger.read(0, 10).await.is_err());
    assert_eq!(
        GrpcSource::new(channel, token).read(0, 10).await.unwrap(),
        (vec![], 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_read_names_the_field() {
    let source = database().await;
    let channel = serve(EventLogService::new(source.pool.clone(), SOURCE, vec![])).await;
    let mut client = EventLogClient::with_interceptor(channel, token);
    for (after, limit, field) in [
        (-1, 0, "after"),
        (0, -1, "limit"),
        (0, 1001, "limit"),
        (i64::MIN, i32::MAX, "after"),
    ] {
        let status = client.read(ReadRequest { after, limit }).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            field
        );
    }
    let beyond = client
        .read(ReadRequest {
            after: i64::MAX,
            limit: 1000,
        })
        .await
        .unwrap()
        .into_inner();
    assert_eq!((beyond.events.len(), beyond.head), (0, 0));
}

#[derive(Clone, PartialEq, prost::Message)]
struct Bulky {
    #[prost(bytes = "vec", tag = "1")]
    bytes: Vec<u8>,
}

impl prost::Name for Bulky {
    const NAME: &'static str = "Bulky";
    const PACKAGE: &'static str = "cast.counting.v1";
}

#[tokio::test(flavor = "multi_thread")]
async fn big_events_come_in_answers_that_stay_small() {
    let source = database().await;
    let (client, nudge) = (nowhere().await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let bulky = NewEvent::of(
        "Counter",
        Uuid::now_v7(),
        &Bulky {
            bytes: vec![1; 500 << 10],
        },
    );
    let mut conn = source.pool.acquire().await.unwrap();
    for _ in 0..20 {
        eventlog::append(&mut conn, &bulky, OffsetDateTime::now_utc())
            .await
            .unwrap();
    }
    until("all is logged", async || relay.status.borrow().head == 20).await;
    let channel = serve(EventLogService::new(source.pool.clone(), SOURCE, vec![])).await;
    let log = GrpcSource::new(channel, token);
    let (mut after, mut answers) = (0, 0);
    while after < 20 {
        let (events, head) = log.read(after, 500).await.unwrap();
        assert_eq!(head, 20);
        assert!((1..=5).contains(&events.len()), "{}", events.len());
        assert_eq!(events[0].position, after + 1);
        assert_eq!(events[0].decode::<Bulky>().unwrap().bytes.len(), 500 << 10);
        after = events.last().unwrap().position;
        answers += 1;
    }
    assert!(answers >= 4);
    relay.stop().await;
}

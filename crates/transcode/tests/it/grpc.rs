//! Through a real gRPC server on loopback.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, future::BoxFuture};
use http::Request;
use http_body_util::BodyExt as _;
use prost::Message as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Code, Response, Status,
    metadata::MetadataMap,
    server::{Grpc, NamedService, ServerStreamingService, UnaryService},
    transport::{Channel, Server},
};
use tonic_types::{ErrorDetails, StatusExt as _};
use transcode::{
    Bindings, Limits, Transcoder,
    grpc::{BytesCodec, Channels},
};

use crate::fixture::{Answered, POOL, from_json, message, refused};

/// `cast.library.v1.Books`, as far as these tests call it.
#[derive(Clone, Default)]
struct Books {
    /// Calls that were started and calls that were dropped.
    begun: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

struct CountDrop(Arc<AtomicUsize>);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

type Messages = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

impl UnaryService<Bytes> for Books {
    type Response = Bytes;
    type Future = BoxFuture<'static, Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            this.begun.fetch_add(1, Ordering::SeqCst);
            let token = request
                .metadata()
                .get("authorization")
                .map(|token| token.to_str().unwrap().to_owned());
            let wanted = message("GetBookRequest", request.get_ref());
            let id = wanted
                .get_field_by_name("book_id")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned();
            match id.as_str() {
                "missing" => {
                    let details =
                        ErrorDetails::with_error_info("NOT_FOUND", "library.cast", HashMap::new());
                    Err(Status::with_error_details(
                        Code::NotFound,
                        "row 17",
                        details,
                    ))
                }
                "hanging" => {
                    let _dropped = CountDrop(this.dropped);
                    std::future::pending().await
                }
                "large" => Ok(Response::new(
                    from_json("Book", &json!({ "title": "x".repeat(5 << 20) }))
                        .encode_to_vec()
                        .into(),
                )),
                _ => {
                    let book = json!({ "id": id, "title": "T", "donorNote": "n", "etag": "e1", "shelf": token });
                    Ok(Response::new(
                        from_json("Book", &book).encode_to_vec().into(),
                    ))
                }
            }
        })
    }
}

impl ServerStreamingService<Bytes> for Books {
    type Response = Bytes;
    type ResponseStream = Messages;
    type Future = BoxFuture<'static, Result<Response<Messages>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            this.begun.fetch_add(1, Ordering::SeqCst);
            let wanted = message("WatchBooksRequest", request.get_ref());
            let count = wanted.get_field_by_name("count").unwrap().as_i32().unwrap();
            if count < 0 {
                return Err(Status::permission_denied("no"));
            }
            let dropped = CountDrop(this.dropped);
            let events = futures::stream::iter(1..=count).map(|n| {
                let event =
                    json!({ "eventId": format!("e{n}"), "book": { "title": format!("T{n}") } });
                Ok(from_json("BookEvent", &event).encode_to_vec().into())
            });
            let then: Messages = match count {
                0 => events.chain(futures::stream::pending()).boxed(),
                3 => events
                    .chain(futures::stream::iter([Err(Status::internal("disk 4"))]))
                    .boxed(),
                _ => events.boxed(),
            };
            let counted = then.map(move |event| {
                let _alive = &dropped;
                event
            });
            Ok(Response::new(counted.boxed()))
        })
    }
}

impl NamedService for Books {
    const NAME: &'static str = "cast.library.v1.Books";
}

impl tower::Service<Request<tonic::body::Body>> for Books {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<tonic::body::Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(BytesCodec::default());
            Ok(match request.uri().path() {
                "/cast.library.v1.Books/GetBook" => grpc.unary(this, request).await,
                "/cast.library.v1.Books/WatchBooks" => grpc.server_streaming(this, request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

async fn serve() -> (Books, Arc<Transcoder<Channels>>) {
    let books = Books::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_service(books.clone());
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let channel = Channel::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_lazy();
    let channels = Channels::new().service(Books::NAME, channel);
    let transcoder = Transcoder::new(Bindings::new(&POOL).unwrap(), channels, Limits::default());
    (books, Arc::new(transcoder))
}

async fn get(transcoder: &Transcoder<Channels>, path: &str, accept: &str) -> http::Response<Body> {
    let request = Request::get(path)
        .header("accept", accept)
        .header("authorization", "Bearer t");
    transcoder
        .handle(request.body(Body::empty()).unwrap(), MetadataMap::new())
        .await
}

async fn eventually(what: &AtomicUsize, count: usize) {
    let reached = async {
        while what.load(Ordering::SeqCst) < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached)
        .await
        .expect("it never happened");
}

#[tokio::test]
async fn a_unary_call_goes_all_the_way() {
    let (_, transcoder) = serve().await;
    let answer = Answered::read(get(&transcoder, "/v1/books/7", "*/*").await).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("etag")),
        (200, "\"e1\"")
    );
    let book = answer.json();
    assert_eq!(
        (&book["id"], &book["title"], &book["shelf"]),
        (&json!("7"), &json!("T"), &json!("Bearer t"))
    );
    assert_eq!(book["creditHours"], 0);
    assert!(book.get("donorNote").is_none());
    let missing = Answered::read(get(&transcoder, "/v1/books/missing", "*/*").await).await;
    assert_eq!(missing.refusal(), refused(404, "NOT_FOUND", ""));
    assert!(!missing.body.contains("17"));
    let large = Answered::read(get(&transcoder, "/v1/books/large", "*/*").await).await;
    assert_eq!(
        (large.status.as_u16(), large.body.len() > 5 << 20),
        (200, true)
    );
}

#[tokio::test]
async fn a_service_that_is_away_or_unknown_is_503() {
    let (_, transcoder) = serve().await;
    let unknown = Answered::read(get(&transcoder, "/v1/echo", "*/*").await).await;
    assert_eq!(unknown.refusal(), refused(503, "UNAVAILABLE", ""));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let unreachable = Channel::from_shared(format!("http://{}", listener.local_addr().unwrap()))
        .unwrap()
        .connect_lazy();
    drop(listener);
    let channels = Channels::new().service(Books::NAME, unreachable);
    let away = Transcoder::new(Bindings::new(&POOL).unwrap(), channels, Limits::default());
    let answer = Answered::read(get(&away, "/v1/books/7", "*/*").await).await;
    assert_eq!(answer.refusal(), refused(503, "UNAVAILABLE", ""));
}

#[tokio::test]
async fn a_stream_is_lines_or_events_as_the_client_accepts() {
    let (_, transcoder) = serve().await;
    let lines = Answered::read(get(&transcoder, "/v1/books:watch?count=2", "*/*").await).await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let titles: Vec<_> = lines
        .body
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["book"]["title"].clone()
        })
        .collect();
    assert_eq!(titles, ["T1", "T2"]);
    let accept = "application/json;q=0.5, text/event-stream";
    let events = Answered::read(get(&transcoder, "/v1/books:watch?count=2", accept).await).await;
    assert_eq!(events.header("content-type"), "text/event-stream");
    assert_eq!(events.header("cache-control"), "no-store");
    let events: Vec<_> = events.body.split_terminator("\n\n").collect();
    assert!(
        events[0].starts_with("id: e1\ndata: {") && events[1].starts_with("id: e2\ndata: {"),
        "{events:?}"
    );
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn a_stream_that_fails_ends_with_the_problem() {
    let (_, transcoder) = serve().await;
    let before =
        Answered::read(get(&transcoder, "/v1/books:watch?count=-1", "text/event-stream").await)
            .await;
    assert_eq!(before.refusal(), refused(403, "PERMISSION_DENIED", ""));
    let lines = Answered::read(get(&transcoder, "/v1/books:watch?count=3", "*/*").await).await;
    let last: serde_json::Value = serde_json::from_str(lines.body.lines().last().unwrap()).unwrap();
    assert_eq!(
        (lines.body.lines().count(), &last["error"]["code"]),
        (4, &json!("INTERNAL"))
    );
    let events =
        Answered::read(get(&transcoder, "/v1/books:watch?count=3", "text/event-stream").await)
            .await;
    assert!(
        events
            .body
            .contains("\n\nevent: error\ndata: {\"type\":\"/problems/INTERNAL\""),
        "{}",
        events.body
    );
    assert!(!lines.body.contains("disk") && !events.body.contains("disk"));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_call() {
    let (books, transcoder) = serve().await;
    let call = tokio::spawn({
        let transcoder = Arc::clone(&transcoder);
        async move { get(&transcoder, "/v1/books/hanging", "*/*").await }
    });
    eventually(&books.begun, 1).await;
    assert_eq!(books.dropped.load(Ordering::SeqCst), 0);
    call.abort();
    eventually(&books.dropped, 1).await;

    let stream = get(&transcoder, "/v1/books:watch", "text/event-stream").await;
    assert_eq!(stream.status(), 200);
    assert_eq!(books.dropped.load(Ordering::SeqCst), 1);
    drop(stream);
    eventually(&books.dropped, 2).await;
}

#[tokio::test]
async fn events_arrive_one_by_one_as_they_happen() {
    let (_, transcoder) = serve().await;
    let mut body = get(&transcoder, "/v1/books:watch?count=2", "text/event-stream")
        .await
        .into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.ends_with(b"\n\n") && first.starts_with(b"id: e1\n"));
}

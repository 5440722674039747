//! Streams with long pauses.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use http::Request;
use http_body_util::BodyExt as _;
use prost::Message as _;
use prost_reflect::MethodDescriptor;
use serde_json::json;
use tonic::{Status, metadata::MetadataMap};
use transcode::{Backend, Bindings, Limits, MessageStream, Transcoder};

use crate::fixture::{POOL, from_json};

/// One message, then a pause.
struct Quiet(serde_json::Value);

#[async_trait]
impl Backend for Quiet {
    async fn unary(
        &self,
        _: &MethodDescriptor,
        _: MetadataMap,
        _: Bytes,
    ) -> Result<(MetadataMap, Bytes), Status> {
        Err(Status::unimplemented(""))
    }

    async fn server_streaming(
        &self,
        _: &MethodDescriptor,
        _: MetadataMap,
        _: Bytes,
    ) -> Result<(MetadataMap, MessageStream), Status> {
        let first = Bytes::from(from_json("BookEvent", &self.0).encode_to_vec());
        let stream = futures::stream::iter([Ok(first)]).chain(futures::stream::pending());
        Ok((MetadataMap::new(), stream.boxed()))
    }
}

async fn watch(event: serde_json::Value, accept: &str) -> Body {
    let transcoder = Transcoder::new(
        Bindings::new(&POOL).unwrap(),
        Quiet(event),
        Limits::default(),
    );
    let request = Request::get("/v1/books:watch")
        .header("accept", accept)
        .body(Body::empty())
        .unwrap();
    transcoder
        .handle(request, MetadataMap::new())
        .await
        .into_body()
}

async fn chunk(body: &mut Body) -> String {
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    String::from_utf8(frame.to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_silent_event_stream_is_kept_alive_by_comments() {
    let mut body = watch(json!({ "eventId": "e1" }), "text/event-stream").await;
    assert!(chunk(&mut body).await.starts_with("id: e1\n"));
    for _ in 0..3 {
        let before = tokio::time::Instant::now();
        assert_eq!(chunk(&mut body).await, ": keep-alive\n\n");
        assert_eq!(before.elapsed().as_secs(), 15);
    }
}

#[tokio::test(start_paused = true)]
async fn lines_have_no_comments() {
    let mut body = watch(json!({ "eventId": "e1" }), "application/x-ndjson").await;
    assert!(chunk(&mut body).await.ends_with("}\n"));
    let silence = tokio::time::timeout(Duration::from_secs(600), body.frame()).await;
    assert!(silence.is_err());
}

#[tokio::test]
async fn an_event_id_cannot_smuggle_in_other_fields() {
    let mut body = watch(
        json!({ "eventId": "e1\nevent: error" }),
        "text/event-stream",
    )
    .await;
    let first = chunk(&mut body).await;
    assert!(
        first.starts_with("data: {") && !first.contains("\nevent: "),
        "{first}"
    );
}

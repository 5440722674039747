//! The cost of one request in the transcoder, compared with the same work done with dynamic messages.
//!
//! `cargo bench -p transcode --bench cost`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout
)]

use std::time::Instant;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, SerializeOptions};
use serde_json::json;
use tonic::{Status, metadata::MetadataMap};
use transcode::{Backend, Bindings, Limits, MessageStream, Transcoder};

const ROUNDS: u32 = 200_000;

/// Responds to every call with the same bytes.
struct Fixed(Bytes);

#[async_trait]
impl Backend for Fixed {
    async fn unary(
        &self,
        _: &MethodDescriptor,
        _: MetadataMap,
        _: Bytes,
    ) -> Result<(MetadataMap, Bytes), Status> {
        Ok((MetadataMap::new(), self.0.clone()))
    }

    async fn server_streaming(
        &self,
        _: &MethodDescriptor,
        _: MetadataMap,
        _: Bytes,
    ) -> Result<(MetadataMap, MessageStream), Status> {
        Err(Status::unimplemented(""))
    }
}

fn pool() -> DescriptorPool {
    let root = env!("CARGO_MANIFEST_DIR");
    let (own, platform) = (format!("{root}/tests/proto"), format!("{root}/../../proto"));
    let mut compiler = protox::Compiler::new([own, platform]).unwrap();
    compiler.include_source_info(true).include_imports(true);
    compiler.open_file("library.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}

fn report(what: &str, began: Instant) {
    println!(
        "{what:<60} {:>6} ns",
        began.elapsed().as_nanos() / u128::from(ROUNDS)
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = pool();
    let book = json!({
        "id": "0197c2a4-6f3e-7b10-9c5d-4e8f20a1b3c7", "title": "格物致知：青年科技工作者读本", "shelf": "history",
        "state": "LENT", "authors": ["林悦", "沈括", "徐光启"], "priceCents": "12000", "creditHours": 3,
        "createdAt": "2026-05-12T02:30:00Z", "etag": "9f2c41d7", "hardcover": "真皮精装",
        "labels": { "language": "zh-CN", "series": "A", "edition": "2" },
    });
    let descriptor = pool.get_message_by_name("cast.library.v1.Book").unwrap();
    let encoded = DynamicMessage::deserialize(descriptor.clone(), book.clone())
        .unwrap()
        .encode_to_vec();
    let text = book.to_string();
    println!(
        "one book: {} bytes of protobuf, {} of JSON; best of one thread, {ROUNDS} rounds",
        encoded.len(),
        text.len()
    );

    let backend = Fixed(encoded.clone().into());
    let transcoder = Transcoder::new(Bindings::new(&pool).unwrap(), backend, Limits::default());
    let handle = async |request: Request<Body>| {
        let response = transcoder.handle(request, MetadataMap::new()).await;
        assert!(response.status().is_success());
        response.into_body().collect().await.unwrap()
    };

    let began = Instant::now();
    for _ in 0..ROUNDS {
        handle(
            Request::get("/v1/books/0197c2a4-6f3e-7b10-9c5d-4e8f20a1b3c7")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    }
    report("GET: route, path variable, answer to JSON", began);

    let began = Instant::now();
    for _ in 0..ROUNDS {
        let request =
            Request::post("/v1/shelves/history/books").header("content-type", "application/json");
        handle(request.body(Body::from(text.clone())).unwrap()).await;
    }
    report("POST: the same, and a body from JSON", began);

    let began = Instant::now();
    for _ in 0..ROUNDS {
        let message = DynamicMessage::decode(descriptor.clone(), encoded.as_slice()).unwrap();
        let mut json = serde_json::Serializer::new(Vec::new());
        message
            .serialize_with_options(
                &mut json,
                &SerializeOptions::new().skip_default_fields(false),
            )
            .unwrap();
    }
    report(
        "for comparison: the answer alone by way of a dynamic message",
        began,
    );

    let began = Instant::now();
    for _ in 0..ROUNDS {
        let mut json = serde_json::Deserializer::from_str(&text);
        DynamicMessage::deserialize(descriptor.clone(), &mut json)
            .unwrap()
            .encode_to_vec();
    }
    report(
        "for comparison: the body alone by way of a dynamic message",
        began,
    );
}

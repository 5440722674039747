//! The library contract, a backend that records what it is called with, and requests in one line.

use std::sync::{LazyLock, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::Value;
use tonic::{Status, metadata::MetadataMap};
use transcode::{Backend, Bindings, Limits, MessageStream, Transcoder};

/// Compiles `text` as `test.proto` beside the platform's own protos.
pub fn compile(text: &str) -> DescriptorPool {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("test.proto"), text).unwrap();
    let platform = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    let mut compiler = protox::Compiler::new([dir.path(), std::path::Path::new(platform)]).unwrap();
    compiler.include_source_info(true).include_imports(true);
    compiler.open_file("test.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}

pub static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| compile(include_str!("../proto/library.proto")));

pub fn message(name: &str, bytes: &[u8]) -> DynamicMessage {
    let descriptor = POOL
        .get_message_by_name(&format!("cast.library.v1.{name}"))
        .unwrap();
    DynamicMessage::decode(descriptor, bytes).unwrap()
}

/// A message from canonical JSON, by prost-reflect, the reference implementation.
pub fn from_json(name: &str, json: &Value) -> DynamicMessage {
    let descriptor = POOL
        .get_message_by_name(&format!("cast.library.v1.{name}"))
        .unwrap();
    DynamicMessage::deserialize(descriptor, json).unwrap()
}

/// One call a backend received.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub metadata: MetadataMap,
    pub request: Bytes,
}

type Answer = Box<dyn Fn(&Call) -> Result<Bytes, Status> + Send + Sync>;

/// Returns configured responses and records the last call.
pub struct Recorder {
    answer: Answer,
    last: Mutex<Option<Call>>,
}

impl Recorder {
    fn record(&self, method: &MethodDescriptor, metadata: MetadataMap, request: Bytes) -> Call {
        let call = Call {
            method: method.name().to_owned(),
            metadata,
            request,
        };
        *self.last.lock().unwrap() = Some(call.clone());
        call
    }
}

#[async_trait]
impl Backend for &'static Recorder {
    async fn unary(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, Bytes), Status> {
        let call = self.record(method, metadata, request);
        (self.answer)(&call).map(|answer| (MetadataMap::new(), answer))
    }

    async fn server_streaming(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, MessageStream), Status> {
        let call = self.record(method, metadata, request);
        let answer = (self.answer)(&call)?;
        Ok((
            MetadataMap::new(),
            futures::stream::iter([Ok(answer)]).boxed(),
        ))
    }
}

/// A transcoder over the library contract.
pub struct Library {
    pub transcoder: Transcoder<&'static Recorder>,
    recorder: &'static Recorder,
}

impl Library {
    /// Returns the request.
    pub fn echo() -> Self {
        Self::answering(|call| Ok(call.request.clone()))
    }

    /// Another contract; every response is empty.
    pub fn over(pool: &DescriptorPool) -> Self {
        Self::new(pool, |_| Ok(Bytes::new()))
    }

    pub fn answering(
        answer: impl Fn(&Call) -> Result<Bytes, Status> + Send + Sync + 'static,
    ) -> Self {
        Self::new(&POOL, answer)
    }

    fn new(
        pool: &DescriptorPool,
        answer: impl Fn(&Call) -> Result<Bytes, Status> + Send + Sync + 'static,
    ) -> Self {
        // Leaked so that a test can inspect it while the transcoder owns the backend.
        let recorder: &'static Recorder = Box::leak(Box::new(Recorder {
            answer: Box::new(answer),
            last: Mutex::default(),
        }));
        let limits = Limits {
            max_body_bytes: 100_000,
            ..Limits::default()
        };
        let transcoder = Transcoder::new(Bindings::new(pool).unwrap(), recorder, limits);
        Self {
            transcoder,
            recorder,
        }
    }

    /// Takes the last call.
    pub fn called(&self) -> Option<Call> {
        self.recorder.last.lock().unwrap().take()
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        Answered::read(self.transcoder.handle(request, MetadataMap::new()).await).await
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn json(&self, method: &str, path: &str, body: &str) -> Answered {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }
}

/// A response with its body read.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Answered {
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The problem, after checking that it is consistent.
    pub fn problem(&self) -> Value {
        let problem = self.json();
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.body
        );
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(
            problem["type"],
            format!("/problems/{}", problem["code"].as_str().unwrap())
        );
        problem
    }

    /// (status, code, first violated field)
    pub fn refusal(&self) -> (u16, String, String) {
        let problem = self.problem();
        let field = problem["violations"][0]["field"]
            .as_str()
            .unwrap_or_default();
        (
            self.status.as_u16(),
            problem["code"].as_str().unwrap().to_owned(),
            field.to_owned(),
        )
    }
}

pub fn refused(status: u16, code: &str, field: &str) -> (u16, String, String) {
    (status, code.to_owned(), field.to_owned())
}

//! A trace collector: OTLP over gRPC. It keeps what it receives.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::{KeyValue, any_value::Value},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// An exported span, with its service.
#[derive(Clone, Debug)]
pub struct Span {
    pub service: String,
    pub name: String,
    pub kind: i32,
    pub trace_id: String,
    pub span_id: String,
    /// Empty for a root span.
    pub parent_id: String,
    /// Trace and span of what it is linked to.
    pub links: Vec<(String, String)>,
    pub attributes: BTreeMap<String, String>,
}

/// The collector of a platform's traces. Ends with the value.
pub struct Collector {
    address: String,
    received: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Kept(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::default());
        let service = TraceServiceServer::new(Kept(Arc::clone(&received)));
        let serving = Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self {
            address,
            received,
            task,
        }
    }

    /// The environment that makes a platform export all its traces here quickly.
    pub fn environment(&self) -> [(&str, &str); 3] {
        [
            ("CAST_OTLP_ENDPOINT", &self.address),
            ("CAST_TRACE_RATIO", "1"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ]
    }

    /// Everything received so far, with every field, as text.
    pub fn text(&self) -> String {
        format!("{:?}", self.received.lock().unwrap())
    }

    pub fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        let resources = received.iter().flat_map(|request| &request.resource_spans);
        let spans = resources.flat_map(|resource| {
            let described = resource.resource.as_ref().unwrap();
            let service = attributes(&described.attributes)["service.name"].clone();
            let spans = resource.scope_spans.iter().flat_map(|scope| &scope.spans);
            spans.map(move |span| Span {
                service: service.clone(),
                name: span.name.clone(),
                kind: span.kind,
                trace_id: hex::encode(&span.trace_id),
                span_id: hex::encode(&span.span_id),
                parent_id: hex::encode(&span.parent_span_id),
                links: (span.links.iter())
                    .map(|link| (hex::encode(&link.trace_id), hex::encode(&link.span_id)))
                    .collect(),
                attributes: attributes(&span.attributes),
            })
        });
        spans.collect()
    }

    /// Waits until exactly `count` spans match, and returns them.
    pub async fn wait(&self, what: &str, count: usize, fits: impl Fn(&Span) -> bool) -> Vec<Span> {
        for _ in 0..300 {
            let found: Vec<Span> = self.spans().into_iter().filter(&fits).collect();
            if found.len() >= count {
                assert_eq!(found.len(), count, "{what}: {found:#?}");
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let names: Vec<String> = (self.spans().into_iter())
            .map(|span| format!("{} {}", span.service, span.name))
            .collect();
        panic!("{what} did not come in half a minute; there are {names:#?}");
    }

    /// The only matching span; waits for it.
    pub async fn one(&self, what: &str, fits: impl Fn(&Span) -> bool) -> Span {
        self.wait(what, 1, fits).await.remove(0)
    }
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|v| v.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    pairs.iter().map(|p| (p.key.clone(), text(p))).collect()
}

//! Limits concurrency per visitor: requests of an address, and streams of an address and of a session. Each replica
//! counts separately.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, header};
use kit::telemetry::current_trace_id;
use opentelemetry::{KeyValue, global, metrics::Counter};
use problem::{Problem, Words};
use proto::reasons;
use transcode::{Language, Render as _};

use crate::{
    connections::{Counts, watched::keeping},
    limits::network,
    origin, session,
};

/// Retry delay of a refused request.
const SOON: Duration = Duration::from_secs(1);
/// Retry delay of a refused stream: a closed tab is detected at the next heartbeat.
const STREAM_SOON: Duration = Duration::from_secs(15);

/// Concurrency limits of one visitor.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Requests of one address; streams do not count.
    pub requests_per_address: usize,
    /// Streams of one address.
    pub streams_per_address: usize,
    /// Streams of one session, or of one access token.
    pub streams_per_session: usize,
}

/// Counts requests and streams in flight. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Concurrency(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    most: Most,
    requests: Counts<IpAddr>,
    streams: Counts<IpAddr>,
    by_session: Counts<u64>,
    /// Session secrets are counted by hash and not stored.
    hashes: RandomState,
    refused: Counter<u64>,
}

impl Concurrency {
    /// Without requests in flight.
    pub fn new(most: Most) -> Self {
        let refused = global::meter("cast.gateway")
            .u64_counter("cast.gateway.concurrency.limited")
            .with_description("Requests refused because their visitor has too many under way")
            .build();
        // An alert must distinguish zero from absent.
        for what in ["request", "stream"] {
            refused.add(0, &[KeyValue::new("what", what)]);
        }
        Self(Arc::new(Inside {
            most,
            requests: Counts::default(),
            streams: Counts::default(),
            by_session: Counts::default(),
            hashes: RandomState::new(),
            refused,
        }))
    }

    fn session(&self, headers: &HeaderMap) -> Option<u64> {
        let token = headers.get(header::AUTHORIZATION);
        let secret = token
            .map(|token| token.as_bytes())
            .or_else(|| session::secret(headers).map(str::as_bytes))?;
        Some(self.0.hashes.hash_one(secret))
    }

    fn refuse(&self, what: &'static str, problem: Problem, language: Language) -> Response {
        self.0.refused.add(1, &[KeyValue::new("what", what)]);
        problem.to_response(
            language,
            Some(current_trace_id().as_str()).filter(|id| !id.is_empty()),
        )
    }
}

/// Refuses excess requests with 429, and counts a request or stream until its last byte is sent.
pub async fn layer(
    State(concurrency): State<Concurrency>,
    request: Request,
    next: Next,
) -> Response {
    let inside = &concurrency.0;
    let language = Language::negotiate(request.headers());
    let address = request
        .headers()
        .get(origin::HEADER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(network);
    let session = concurrency.session(request.headers());
    let of_address = |most| address.map(|address| (address, most));
    let Some(under_way) = inside
        .requests
        .add(of_address(inside.most.requests_per_address), usize::MAX)
    else {
        let said = Words::new(
            "Too many requests of your network are under way at the same time.",
            "您所在网络同时发出的请求过多。",
        );
        let problem = Problem::of(&reasons::TOO_MANY_REQUESTS)
            .saying(said)
            .retry_after(SOON);
        return concurrency.refuse("request", problem, language);
    };
    let response = next.run(request).await;
    if !is_stream(&response) {
        return response.map(|body| keeping(body, under_way));
    }
    drop(under_way);
    let by_address = inside
        .streams
        .add(of_address(inside.most.streams_per_address), usize::MAX);
    let by_session = inside.by_session.add(
        session.map(|session| (session, inside.most.streams_per_session)),
        usize::MAX,
    );
    match (by_address, by_session) {
        (Some(by_address), Some(by_session)) => {
            response.map(|body| keeping(body, (by_address, by_session)))
        }
        // The response is dropped, and with it the call to the service.
        _ => {
            let problem = Problem::of(&reasons::TOO_MANY_STREAMS).retry_after(STREAM_SOON);
            concurrency.refuse("stream", problem, language)
        }
    }
}

/// Whether the response is an open-ended stream.
pub fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind == "text/event-stream" || kind == "application/x-ndjson")
}

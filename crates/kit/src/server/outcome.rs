//! The outcome of a call. A gRPC status comes in the headers (refused before the first message) or in the trailers, or
//! not at all (the caller disconnected).

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Code, Status};
use tracing::Span;

use crate::{access::Policy, telemetry::metrics};

/// Layer: rate, errors and duration of every method.
pub(super) async fn measure(
    State(policy): State<Policy>,
    request: Request,
    next: Next,
) -> Response {
    // Unknown paths share one name: callers must not be able to create metrics.
    let method = policy.method(request.uri().path()).cloned();
    let started = Instant::now();
    metrics::call_started();
    let done = Done::new(move |code| {
        let (service, name) = method
            .as_ref()
            .map_or(("other", "other"), |m| (&m.service, &m.name));
        metrics::call_finished(service, name, code, started.elapsed());
    });
    watch(next.run(request).await, Span::none(), done)
}

/// Calls back once: with the status, or with `CANCELLED` when dropped before that.
pub(super) struct Done(Option<Box<dyn FnOnce(Code) + Send>>);

impl Done {
    pub(super) fn new(tell: impl FnOnce(Code) + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    fn tell(&mut self, code: Code) {
        if let Some(tell) = self.0.take() {
            tell(code);
        }
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        self.tell(Code::Cancelled);
    }
}

/// Reports the outcome of the call to `done`; the body is produced inside `span`.
pub(super) fn watch(response: Response, span: Span, mut done: Done) -> Response {
    if let Some(code) = status(response.headers()) {
        done.tell(code);
        return response;
    }
    response.map(|inner| Body::new(Watched { inner, span, done }))
}

pub(super) fn status(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()))
}

struct Watched {
    inner: Body,
    span: Span,
    done: Done,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let _inside = this.span.enter();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.done.tell(status(trailers).unwrap_or(Code::Unknown));
                }
            }
            Poll::Ready(Some(Err(_)) | None) => this.done.tell(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

//! Layer: a panic fails one call, not the process, and the caller receives a status instead of a broken connection.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, middleware::Next, response::Response};
use bytes::Bytes;
use futures::FutureExt as _;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;

use super::refusal::refuse;
use crate::errors::Problem;

pub(super) async fn panics(request: Request, next: Next) -> Response {
    // No shared state is left half-changed: a call makes its changes in a transaction, which is rolled back.
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response.map(|inner| Body::new(Caught { inner: Some(inner) })),
        Err(panic) => refuse(problem(panic.as_ref())),
    }
}

/// The panic hook logs the location. A formatted message may quote data of the call; a constant one cannot.
fn problem(panic: &(dyn Any + Send)) -> Problem {
    let words = panic
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("see the line before");
    Problem::internal(anyhow::anyhow!("panicked: {words}"))
}

/// A body whose stream may panic too.
struct Caught {
    inner: Option<Body>,
}

impl HttpBody for Caught {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        match std::panic::catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(cx))) {
            Ok(polled) => polled,
            Err(panic) => {
                self.inner = None;
                Poll::Ready(trailers(&Status::from(problem(panic.as_ref()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

/// The end of a stream, with a status other than OK.
pub(super) fn trailers(status: &Status) -> Option<Result<Frame<Bytes>, axum::Error>> {
    let mut headers = http::HeaderMap::new();
    match status.add_header(&mut headers) {
        Ok(()) => Some(Ok(Frame::trailers(headers))),
        Err(error) => Some(Err(axum::Error::new(error))),
    }
}

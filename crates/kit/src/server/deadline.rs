//! Layer: ends a call at its deadline. `grpc-timeout` is honoured; calls without one get 30 seconds. The message stream
//! of a server-streaming method ends at the caller's deadline or when the server shuts down, whichever comes first;
//! otherwise an open stream would delay the shutdown until the end of the grace period.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
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
use proto_platform::reasons;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{catch, outcome, refusal::refuse};
use crate::{access::Policy, errors::Problem};

const DEFAULT: Duration = Duration::from_secs(30);
/// The response leaves before the caller's deadline, by this or a tenth of the timeout at most, so that it arrives.
/// tonic's own timers, in the client and outside of all layers here, would produce neither reason nor metric.
const EARLY: Duration = Duration::from_millis(50);

/// Dependencies of the layer: the contract and the shutdown signal.
#[derive(Clone)]
pub(super) struct Limits {
    pub(super) policy: Policy,
    pub(super) closing: CancellationToken,
}

pub(super) async fn limit(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let given = grpc_timeout(request.headers()).map(|t| t.saturating_sub(EARLY.min(t / 10)));
    // Health watches and reflection are streams too.
    let method = limits.policy.method(request.uri().path());
    let streams = method.is_none_or(|method| method.server_streaming);
    let start = Instant::now();
    let patience = given.map_or(
        DEFAULT,
        |given| if streams { given } else { given.min(DEFAULT) },
    );
    let Ok(response) = timeout_at(start + patience, next.run(request)).await else {
        return refuse(Problem::of(&reasons::DEADLINE_EXCEEDED));
    };
    if !streams || outcome::status(response.headers()).is_some() {
        return response;
    }
    let end = async move {
        let deadline = async {
            match given {
                Some(given) => sleep_until(start + given).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = deadline => Problem::of(&reasons::DEADLINE_EXCEEDED),
            () = limits.closing.cancelled() => {
                Problem::of(&reasons::UNAVAILABLE).retry_after(Duration::from_secs(1))
            }
        }
    };
    response.map(|inner| {
        Body::new(Limited {
            inner: Some(inner),
            end: Box::pin(end),
        })
    })
}

/// `grpc-timeout` of the gRPC specification: at most 8 digits and a unit.
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// A stream that ends with a problem if there is one.
struct Limited {
    inner: Option<Body>,
    end: Pin<Box<dyn Future<Output = Problem> + Send>>,
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        // A frame that is ready goes out first, so that a stream that just ended well is not reported as late.
        if let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        match this.end.as_mut().poll(cx) {
            Poll::Ready(problem) => {
                this.inner = None;
                Poll::Ready(catch::trailers(&Status::from(problem)))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", value.parse().unwrap());
        grpc_timeout(&headers)
    }

    #[test]
    fn a_timeout_is_read_as_the_specification_says() {
        assert_eq!(read("1H"), Some(Duration::from_secs(3_600)));
        assert_eq!(
            read("99999999H"),
            Some(Duration::from_secs(99_999_999 * 3_600))
        );
        assert_eq!(read("2M"), Some(Duration::from_secs(120)));
        assert_eq!(read("3S"), Some(Duration::from_secs(3)));
        assert_eq!(read("4m"), Some(Duration::from_millis(4)));
        assert_eq!(read("5u"), Some(Duration::from_micros(5)));
        assert_eq!(read("6n"), Some(Duration::from_nanos(6)));
        for wrong in ["", "S", "1", "123456789S", "-1S", "1.5S", "1s", "1 S"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}

//! One call: the choice of a replica, retries and hedging.
//!
//! * A call that a replica certainly has not started is retried on another one, writes too.
//! * A call without side effects is also retried when the connection breaks in the middle, or when the replica responds
//!   `UNAVAILABLE` (it cannot reach its database, it is shutting down).
//! * A call without side effects and with a single response is hedged: after [`HEDGE_AFTER`] it is also sent to another
//!   replica, and the first response counts. The total is limited to [`READ_TIMEOUT`].

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt as _, stream::FuturesUnordered};
use http::{Request, Response, request::Parts};
use http_body_util::{BodyExt as _, Full};
use tokio::time::{sleep, timeout};
use tonic::{Code, Status, body::Body};

use super::{
    again::{self, Repeatable, Repeatables},
    replica::{BoxError, Replica},
    replicas::{Replicas, unavailable},
};

/// A replica that has not responded for this long is suspected of hanging.
const HEDGE_AFTER: Duration = Duration::from_millis(1_500);
/// Total timeout of a call without side effects, however many replicas hang.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(9);
/// Retry delays after no replica has responded: a replica that is being replaced returns soon.
const ROUNDS: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(800),
];

/// Result of one attempt.
enum Outcome {
    Answered(Response<Body>),
    /// The replica responded `UNAVAILABLE`.
    Refused(Response<Body>),
    /// The connection broke; the replica may have started the call.
    Broken,
    /// The replica certainly has not started the call.
    NotBegun,
}

/// Result of trying every replica.
enum Round {
    /// A response, or the refusal of all.
    Ended(Response<Body>),
    /// At least one connection broke or could not be made and may recover; with the refusal of another, if any.
    Open(Option<Response<Body>>),
}

/// A call that can be sent more than once.
pub(super) struct Call {
    parts: Parts,
    message: Bytes,
    repeatable: Repeatable,
}

impl Call {
    /// No method of the contract takes a stream, so a request is one message.
    pub(super) async fn of(
        request: Request<Body>,
        repeatables: &Repeatables,
    ) -> Result<Self, BoxError> {
        let (parts, body) = request.into_parts();
        let repeatable = repeatables.get(parts.uri.path());
        let message = body.collect().await?.to_bytes();
        Ok(Self {
            parts,
            message,
            repeatable,
        })
    }

    /// Sends the call until it has a response or no replica is left.
    pub(super) async fn send(&self, replicas: &Arc<Replicas>) -> Result<Response<Body>, BoxError> {
        match self.repeatable {
            Repeatable::Always => match timeout(READ_TIMEOUT, self.rounds(replicas)).await {
                Ok(ended) => ended,
                Err(_) => Err(unavailable("no replica answered in time")),
            },
            Repeatable::NotBegun | Repeatable::UntilAnswered => self.rounds(replicas).await,
        }
    }

    async fn rounds(&self, replicas: &Arc<Replicas>) -> Result<Response<Body>, BoxError> {
        let mut pauses = ROUNDS.into_iter();
        loop {
            let refused = match self.round(replicas).await? {
                Round::Ended(response) => return Ok(response),
                Round::Open(refused) => refused,
            };
            match (pauses.next(), refused) {
                (Some(pause), _) => sleep(pause).await,
                (None, Some(response)) => return Ok(response),
                (None, None) => return Err(unavailable("no replica answered")),
            }
        }
    }

    /// Tries every replica at most once.
    async fn round(&self, replicas: &Arc<Replicas>) -> Result<Round, BoxError> {
        let known = replicas.all().await?;
        let mut left: Vec<&Arc<Replica>> = known.values().collect();
        let Some(first) = replicas.next(&mut left) else {
            return Err(unavailable("no replica has an address"));
        };
        let mut tries = FuturesUnordered::from_iter([self.attempt(replicas, first)]);
        let (mut refused, mut refusals) = (None, 0);
        loop {
            let hedge = self.repeatable == Repeatable::Always && tries.len() == 1;
            let outcome = tokio::select! {
                biased;
                outcome = tries.next() => outcome,
                () = sleep(HEDGE_AFTER), if hedge && !left.is_empty() => {
                    tries.extend(replicas.next(&mut left).map(|other| self.attempt(replicas, other)));
                    continue;
                }
            };
            let again = match outcome {
                Some(Outcome::Answered(response)) => return Ok(Round::Ended(response)),
                Some(Outcome::NotBegun) => true,
                Some(Outcome::Broken) => self.repeatable != Repeatable::NotBegun,
                Some(Outcome::Refused(response)) => {
                    refusals += 1;
                    refused = Some(response);
                    true
                }
                // No attempt is in flight, and no replica is left.
                None => {
                    return Ok(match refused {
                        Some(response) if refusals == known.len() => Round::Ended(response),
                        refused => Round::Open(refused),
                    });
                }
            };
            if again && let Some(other) = replicas.next(&mut left) {
                tries.push(self.attempt(replicas, other));
            } else if !again {
                return Err(unavailable("the connection broke"));
            }
        }
    }

    async fn attempt(&self, replicas: &Replicas, replica: &Arc<Replica>) -> Outcome {
        let body = Body::new(Full::new(self.message.clone()));
        let request = Request::from_parts(self.parts.clone(), body);
        let sent = async {
            let response = replica.call(request).await?;
            match self.repeatable {
                // The whole response, so that a connection that breaks in its middle is detected here.
                Repeatable::Always => whole(response).await,
                Repeatable::NotBegun | Repeatable::UntilAnswered => Ok(response),
            }
        };
        tokio::pin!(sent);
        let sent = tokio::select! {
            biased;
            sent = &mut sent => sent,
            () = sleep(HEDGE_AFTER) => {
                // The call is slow, or the replica hangs: others are preferred until it responds to a probe.
                replica.avoid_until_it_answers();
                sent.await
            }
        };
        let error = match sent {
            Ok(response) if self.repeatable == Repeatable::Always && is_unavailable(&response) => {
                return Outcome::Refused(response);
            }
            Ok(response) => return Outcome::Answered(response),
            Err(error) => error,
        };
        let begun = again::may_have_begun(error.as_ref());
        tracing::debug!(replica = %replica.address(), begun, "a call did not get through");
        if begun {
            return Outcome::Broken;
        }
        replica.avoid_until_it_answers();
        replicas.doubt();
        Outcome::NotBegun
    }
}

/// Reads the response to its end.
async fn whole(response: Response<Body>) -> Result<Response<Body>, BoxError> {
    let (parts, body) = response.into_parts();
    let collected = body.collect().await?;
    Ok(Response::from_parts(parts, Body::new(Collected(collected))))
}

/// A response that has been read, as a body with the error type of the others.
struct Collected(http_body_util::Collected<Bytes>);

impl http_body::Body for Collected {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        std::pin::Pin::new(&mut self.0)
            .poll_frame(cx)
            .map_err(|never| match never {})
    }

    fn is_end_stream(&self) -> bool {
        http_body::Body::is_end_stream(&self.0)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::Body::size_hint(&self.0)
    }
}

/// Whether the replica responds `UNAVAILABLE`. A service does so in the headers, before any message.
fn is_unavailable(response: &Response<Body>) -> bool {
    Status::from_header_map(response.headers())
        .is_some_and(|status| status.code() == Code::Unavailable)
}

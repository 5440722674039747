//! A stream of messages as server-sent events or as newline-delimited JSON.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, HeaderValue, Response, header};
use proto::reasons;
use serde_json::Value;
use tokio::time::{Interval, MissedTickBehavior};

use problem::Problem;

use crate::{
    backend::MessageStream,
    bindings::Bindings,
    rendering::{self, Render as _},
    speaker::Speaker,
    wire,
};

/// The media type of newline-delimited JSON.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// The media type of server-sent events.
pub(crate) const EVENTS: &str = "text/event-stream";

/// Proxies and browsers close silent connections.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Events,
    Lines,
}

/// The response of a streaming call. Dropping its body drops `messages` and so cancels the call.
pub(crate) fn respond(
    bindings: &Arc<Bindings>,
    binding: usize,
    messages: MessageStream,
    request: &HeaderMap,
    speaker: Speaker,
) -> Response<Body> {
    let form = if accepts_events(request) {
        Form::Events
    } else {
        Form::Lines
    };
    let mut keep_alive = tokio::time::interval(KEEP_ALIVE);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    keep_alive.reset();
    let body = Written {
        bindings: Arc::clone(bindings),
        binding,
        messages,
        form,
        speaker,
        keep_alive,
        done: false,
    };
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    let media_type = if form == Form::Events { EVENTS } else { NDJSON };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Lets the stream pass reverse proxies that buffer by default (nginx).
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn accepts_events(request: &HeaderMap) -> bool {
    let values = request
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut ranges = values.flat_map(|value| value.split(','));
    ranges.any(|range| {
        range
            .split(';')
            .next()
            .is_some_and(|r| r.trim().eq_ignore_ascii_case(EVENTS))
    })
}

struct Written {
    bindings: Arc<Bindings>,
    binding: usize,
    messages: MessageStream,
    form: Form,
    speaker: Speaker,
    keep_alive: Interval,
    done: bool,
}

impl Stream for Written {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = self.messages.poll_next_unpin(context) {
            self.keep_alive.reset();
            let chunk = match next {
                None => {
                    self.done = true;
                    return Poll::Ready(None);
                }
                Some(Ok(message)) => self.message(&message),
                Some(Err(status)) => Err(rendering::of_status(&status)),
            };
            let chunk = chunk.unwrap_or_else(|problem| {
                self.done = true;
                self.failure(&problem)
            });
            return Poll::Ready(Some(Ok(chunk.into())));
        }
        if self.form == Form::Events {
            ready!(self.keep_alive.poll_tick(context));
            return Poll::Ready(Some(Ok(Bytes::from_static(b": keep-alive\n\n"))));
        }
        Poll::Pending
    }
}

impl Written {
    fn message(&self, message: &[u8]) -> Result<Vec<u8>, Problem> {
        let binding = &self.bindings.all[self.binding];
        let json = self.bindings.encode(binding, message).map_err(|error| {
            tracing::error!(method = binding.method.full_name(), %error, "the answer of a service cannot be read");
            Problem::of(&reasons::INTERNAL)
        })?;
        let mut chunk = Vec::with_capacity(json.len() + 64);
        if self.form == Form::Events {
            let id = binding
                .event_id
                .and_then(|number| wire::last_string(message, &[number]));
            // An id with a line break could inject fields.
            if let Some(id) = id.filter(|id| !id.contains(['\r', '\n', '\0'])) {
                chunk.extend_from_slice(format!("id: {id}\n").as_bytes());
            }
            chunk.extend_from_slice(b"data: ");
        }
        chunk.extend_from_slice(&json);
        chunk.extend_from_slice(if self.form == Form::Events {
            b"\n\n"
        } else {
            b"\n"
        });
        Ok(chunk)
    }

    /// The last message of a failing stream: an `error` event, or a line `{"error": problem}`.
    fn failure(&self, problem: &Problem) -> Vec<u8> {
        let json = problem.to_json(self.speaker.language, self.speaker.trace_id.as_deref());
        match self.form {
            Form::Events => format!("event: error\ndata: {json}\n\n").into_bytes(),
            Form::Lines => format!("{}\n", Value::from_iter([("error", json)])).into_bytes(),
        }
    }
}

//! Layer: so many calls at a time. Those beyond wait inside their deadline. A call gives its place back when its answer begins:
//! an open stream of messages waits for events, it does not work.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use proto::reasons;
use tokio::sync::Semaphore;

use super::refusal::refuse;
use crate::{access::Method, errors::Problem, telemetry::metrics};

pub(super) async fn in_flight(
    State(places): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    // Health checks must get an answer especially when all places are taken.
    if request.extensions().get::<Arc<Method>>().is_none() {
        return next.run(request).await;
    }
    let waits = metrics::Waits::begin();
    match places.acquire().await {
        Ok(_place) => {
            let _works = waits.seated();
            next.run(request).await
        }
        // Only when somebody closes the semaphore, which nobody does.
        Err(_) => refuse(Problem::of(&reasons::UNAVAILABLE)),
    }
}

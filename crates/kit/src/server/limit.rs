//! Layer: limits concurrent calls. Excess calls wait within their deadline. A call releases its place when its response
//! begins: an open stream waits for events and does no work.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use proto_platform::reasons;
use tokio::sync::Semaphore;

use super::refusal::refuse;
use crate::{access::Method, errors::Problem, telemetry::metrics};

pub(super) async fn in_flight(
    State(places): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    // Health checks must be served especially when all places are taken.
    if request.extensions().get::<Arc<Method>>().is_none() {
        return next.run(request).await;
    }
    let waits = metrics::Waits::begin();
    match places.acquire().await {
        Ok(_place) => {
            let _works = waits.seated();
            next.run(request).await
        }
        // The semaphore is never closed.
        Err(_) => refuse(Problem::of(&reasons::UNAVAILABLE)),
    }
}

//! The log over gRPC, for other services and operators.

use std::sync::Arc;

use proto_eventlog::v1::{
    GetHeadRequest, GetHeadResponse, ListQuarantinedRequest, ListQuarantinedResponse,
    QuarantinedEvent, ReadRequest, ReadResponse, ReplayQuarantinedRequest,
    ReplayQuarantinedResponse, event_log_server::EventLog,
};
use sqlx::PgPool;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{envelope::timestamp, handler::Handler, quarantine, replay::replay, store};

/// Serves the log of a service, and the quarantine of its consumers.
#[derive(Clone)]
pub struct EventLogService {
    pool: PgPool,
    source: &'static str,
    handlers: Arc<[Arc<dyn Handler>]>,
}

impl EventLogService {
    /// `source` is the name of the service; `handlers` are those of its consumers, for replays of their quarantine.
    pub fn new(pool: PgPool, source: &'static str, handlers: Vec<Arc<dyn Handler>>) -> Self {
        Self {
            pool,
            source,
            handlers: handlers.into(),
        }
    }
}

#[tonic::async_trait]
impl EventLog for EventLogService {
    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<ReadResponse>, Status> {
        let ReadRequest { after, limit } = request.into_inner();
        if after < 0 {
            return Err(invalid("after", "must not be negative"));
        }
        let limit = match limit {
            0 => 500,
            1..=1000 => i64::from(limit),
            _ => return Err(invalid("limit", "must be between 0 and 1000")),
        };
        let mut conn = database::acquire(&self.pool).await.map_err(unavailable)?;
        let (events, head) = store::read(&mut conn, self.source, after, limit)
            .await
            .map_err(unavailable)?;
        let events = events.into_iter().map(Into::into).collect();
        Ok(Response::new(ReadResponse { events, head }))
    }

    async fn get_head(
        &self,
        _: Request<GetHeadRequest>,
    ) -> Result<Response<GetHeadResponse>, Status> {
        let mut conn = database::acquire(&self.pool).await.map_err(unavailable)?;
        let (head, _) = store::relay_state(&mut conn).await.map_err(unavailable)?;
        Ok(Response::new(GetHeadResponse { head }))
    }

    async fn list_quarantined(
        &self,
        _: Request<ListQuarantinedRequest>,
    ) -> Result<Response<ListQuarantinedResponse>, Status> {
        let mut conn = database::acquire(&self.pool).await.map_err(unavailable)?;
        let (events, total) = quarantine::list(&mut conn).await.map_err(unavailable)?;
        let events = events.into_iter().map(|q| QuarantinedEvent {
            consumer: q.consumer,
            event: Some(q.event.into()),
            error: q.error,
            quarantined_at: Some(timestamp(q.quarantined_at)),
            attempts: q.attempts,
        });
        Ok(Response::new(ListQuarantinedResponse {
            events: events.collect(),
            total,
        }))
    }

    async fn replay_quarantined(
        &self,
        request: Request<ReplayQuarantinedRequest>,
    ) -> Result<Response<ReplayQuarantinedResponse>, Status> {
        let source = request.into_inner().source;
        if source.chars().count() > 40 {
            return Err(invalid("source", "must not be longer than 40 characters"));
        }
        let source = Some(source.as_str()).filter(|s| !s.is_empty());
        let (applied, remaining) = replay(&self.pool, &self.handlers, source)
            .await
            .map_err(unavailable)?;
        tracing::info!(applied, remaining, "quarantine replayed");
        Ok(Response::new(ReplayQuarantinedResponse {
            applied,
            remaining,
        }))
    }
}

fn invalid(field: &str, words: &str) -> Status {
    let details = ErrorDetails::with_bad_request_violation(field, words);
    Status::with_error_details(Code::InvalidArgument, format!("{field} {words}"), details)
}

/// The database error is logged; the caller should retry.
fn unavailable(error: sqlx::Error) -> Status {
    tracing::warn!(%error, "the event log cannot reach its database");
    Status::unavailable("the event log cannot reach its database, try again")
}

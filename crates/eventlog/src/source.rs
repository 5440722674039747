//! Where a consumer reads missed events.

use std::fmt;

use proto_eventlog::v1::{GetHeadRequest, ReadRequest, event_log_client::EventLogClient};
use proto_platform::Transport;
use sqlx::PgPool;
use tonic::service::{Interceptor, interceptor::InterceptedService};

use crate::{event::Event, store};

/// The log of a service, readable by its consumers.
#[async_trait::async_trait]
pub trait Source: Send + Sync {
    /// Up to `limit` events after position `after`, in order and without a gap, and the highest position assigned.
    /// Fewer events than `limit` do not mean the end of the log; no event does.
    async fn read(&self, after: i64, limit: i32) -> Result<(Vec<Event>, i64), SourceError>;

    /// The highest position assigned.
    async fn head(&self) -> Result<i64, SourceError>;
}

/// Why a source could not be read. The consumer retries.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(String);

impl SourceError {
    /// `why` is logged: no personal data, no secrets.
    pub fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

/// The log of another service, over gRPC (`cast.eventlog.v1.EventLog`).
#[derive(Clone, Debug)]
pub struct GrpcSource<C, I> {
    client: EventLogClient<InterceptedService<C, I>>,
}

impl<C: Transport, I: Interceptor + Clone> GrpcSource<C, I> {
    /// `channel` connects to the service; `interceptor` adds the internal token.
    pub fn new(channel: C, interceptor: I) -> Self {
        // A response has at most 2 MiB of payload, or one event of half a MiB, and its envelopes.
        let client = EventLogClient::with_interceptor(channel, interceptor)
            .max_decoding_message_size(16 << 20);
        Self { client }
    }
}

#[async_trait::async_trait]
impl<C: Transport, I: Interceptor + Clone + Send + Sync + 'static> Source for GrpcSource<C, I> {
    async fn read(&self, after: i64, limit: i32) -> Result<(Vec<Event>, i64), SourceError> {
        let request = ReadRequest { after, limit };
        let answer = self
            .client
            .clone()
            .read(request)
            .await
            .map_err(refused)?
            .into_inner();
        let events: Result<Vec<_>, _> = answer.events.into_iter().map(Event::try_from).collect();
        Ok((events?, answer.head))
    }

    async fn head(&self) -> Result<i64, SourceError> {
        let answer = self
            .client
            .clone()
            .get_head(GetHeadRequest {})
            .await
            .map_err(refused)?;
        Ok(answer.into_inner().head)
    }
}

fn refused(status: tonic::Status) -> SourceError {
    SourceError(format!("{}: {}", status.code(), status.message()))
}

/// The log in this service's own database, for a service that consumes its own events.
#[derive(Clone, Debug)]
pub struct LocalSource {
    pool: PgPool,
    source: &'static str,
}

impl LocalSource {
    /// `source` is the name of the service.
    pub fn new(pool: PgPool, source: &'static str) -> Self {
        Self { pool, source }
    }
}

#[async_trait::async_trait]
impl Source for LocalSource {
    async fn read(&self, after: i64, limit: i32) -> Result<(Vec<Event>, i64), SourceError> {
        let mut conn = database::acquire(&self.pool)
            .await
            .map_err(SourceError::new)?;
        store::read(&mut conn, self.source, after, i64::from(limit))
            .await
            .map_err(SourceError::new)
    }

    async fn head(&self) -> Result<i64, SourceError> {
        let mut conn = database::acquire(&self.pool)
            .await
            .map_err(SourceError::new)?;
        let (head, _) = store::relay_state(&mut conn)
            .await
            .map_err(SourceError::new)?;
        Ok(head)
    }
}

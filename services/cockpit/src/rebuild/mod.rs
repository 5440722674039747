//! Rebuild: recounts all events from the first one, while the current numbers serve.
//!
//! A second projection fills a generation of its own, with its own checkpoints and quarantine. When it has caught up, one transaction makes
//! its generation the serving one: it pauses the live projection (by the lock on its checkpoints) until the rebuild has applied the last
//! events, assigns checkpoints and quarantine of the rebuild to the live projection, and switches the generation. The live projection
//! continues where the rebuild ended, so no event is missed or counted twice. Until then the rebuild neither
//! reads nor changes the old generation.

pub mod rpc;
mod run;
pub mod store;

pub use run::{Rebuild, rebuild, repair};

/// The progress of a rebuild with one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The service.
    pub source: &'static str,
    /// The last position recounted.
    pub position: i64,
    /// The highest position known at the source.
    pub head: i64,
    /// Events that could not be counted.
    pub quarantined: i64,
}

/// Why a rebuild failed. The numbers that served before still serve.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another rebuild is running, in this or another replica.
    #[error("a rebuild is under way")]
    UnderWay,
    /// The caller cancelled it.
    #[error("the rebuild was given up")]
    Cancelled,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

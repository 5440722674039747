//! Counting everything anew from the first event, while the present numbers serve.
//!
//! A second projection fills a generation of its own, with checkpoints and a quarantine of its own. When it has caught up,
//! one transaction makes it the serving one: it holds the live projection back (by the lock on its checkpoints) until the rebuild
//! has the last events too, hands checkpoints and quarantine of the rebuild to the live projection, and changes the generation. The live projection goes on where the rebuild was, so no
//! event is missed or counted twice. Nothing that the old generation says is trusted or touched before that.

pub mod rpc;
mod run;
pub mod store;

pub use run::{Rebuild, mend, rebuild};

/// How far a rebuild is with one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The service.
    pub source: &'static str,
    /// The last position counted anew.
    pub position: i64,
    /// The highest position known at the source.
    pub head: i64,
    /// Events that could not be counted.
    pub quarantined: i64,
}

/// Why a rebuild did not come to its end. The numbers that served before still serve.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// One is under way already, here or in another replica.
    #[error("a rebuild is under way")]
    UnderWay,
    /// Whoever asked for it went away.
    #[error("the rebuild was given up")]
    GivenUp,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

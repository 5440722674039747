//! Certificates of attendance (参会证明): what `crates/papers` needs to know of a registration.

pub mod rpc;
pub mod rules;
mod source;
mod store;

use std::sync::Arc;

use kit::errors::Problem;
use papers::{Papers, Renderer};
use proto_events::reasons;
use time::OffsetDateTime;

use crate::Context;
use source::Certified;

/// Why an attendance is not certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The person was not checked in.
    #[error("no attendance is recorded")]
    NotAttended,
    /// The activity ends at this time.
    #[error("the activity has not ended")]
    TooEarly(OffsetDateTime),
    /// The activity was cancelled at this time.
    #[error("the activity was cancelled")]
    Cancelled(OffsetDateTime),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotAttended => Self::of(&reasons::CERTIFICATE_NOT_ATTENDED),
            Refused::TooEarly(ends_at) => Self::of(&reasons::CERTIFICATE_TOO_EARLY)
                .with("ends_at", crate::beijing_time(ends_at)),
            Refused::Cancelled(_) => Self::of(&reasons::CERTIFICATE_CANCELLED),
        }
    }
}

/// The certificates of a database. `public_url` is the address of the platform.
pub async fn papers(
    context: &Context,
    renderer: Renderer,
    public_url: &str,
) -> anyhow::Result<Papers> {
    let Context { db, keys, clock } = context;
    let source = Certified {
        keys: keys.clone(),
        clock: clock.clone(),
    };
    Papers::load((db, keys, clock), Arc::new(source), renderer, public_url).await
}

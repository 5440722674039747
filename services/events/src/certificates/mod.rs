//! Certificates of attendance (参会证明): what `crates/papers` needs to know of a registration.

pub mod rpc;
pub mod rules;
mod source;
mod store;

use kit::errors::Problem;
use proto_events::reasons;
use time::OffsetDateTime;

pub use source::papers;

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

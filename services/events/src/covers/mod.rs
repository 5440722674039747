//! Cover pictures of activities: uploaded and proposed by one person, published by another.
//!
//! How such pictures are made and published is [`files::pictures`]; the tables are this module's own. Every change happens under the lock on
//! the activity.

mod publish;
pub mod rpc;
mod shown;
mod store;

use files::{
    Store,
    pictures::{self, State},
    uploads::{Kind, Purpose, Uploads},
};
use kit::{db::Db, errors::Problem};
use proto_events::reasons;
use time::OffsetDateTime;
use uuid::Uuid;

/// Serves `cast.events.v1.Covers`.
#[derive(Clone, Debug)]
pub struct Covers {
    /// The database.
    pub db: Db,
    /// The published sizes.
    pub store: Store,
    /// What is uploaded.
    pub uploads: Uploads,
}

/// What is uploaded.
pub static PURPOSE: Purpose = Purpose {
    name: "activity_cover",
    max_bytes: 10 * 1024 * 1024,
    kinds: &[Kind::Png, Kind::Jpeg, Kind::Webp],
};

/// Pixels of width and height at most: in lists, on pages, on pages of fine screens.
static SIDES: [u32; 3] = [480, 960, 1920];

/// A cover as it is stored.
#[derive(Clone, Debug)]
struct Cover {
    cover_id: Uuid,
    activity_id: Uuid,
    upload_id: Uuid,
    state: State,
    alt_zh: String,
    alt_en: String,
    proposed_by: Uuid,
    proposed_at: OffsetDateTime,
    decided_at: Option<OffsetDateTime>,
}

/// Why something cannot be done with a cover.
fn refused(error: pictures::Error) -> Problem {
    match error {
        pictures::Error::Proposed => Problem::of(&reasons::COVER_PROPOSED),
        pictures::Error::FourEyes => Problem::of(&reasons::COVER_FOUR_EYES),
        pictures::Error::State(state) => Problem::of(&reasons::COVER_STATE)
            .with("state", state.as_str())
            .with("state_zh", state.title_zh()),
    }
}

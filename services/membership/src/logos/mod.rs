//! Logos of organisations: uploaded and proposed by one person, published by another.
//!
//! How such pictures are made and published is [`files::pictures`]; the tables are this module's own. The uploaded file is sealed. When a
//! logo is no longer proposed or published its files are deleted.

mod publish;
mod rpc;
mod shown;
pub(crate) mod store;

use files::{
    Store,
    pictures::{self, Size},
    uploads::{Kind, Purpose, Uploads},
};
use kit::{db::Db, errors::Problem};
use proto_membership::{reasons, v1 as wire};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) use files::pictures::{Published, State};

/// Logos of organisations.
#[derive(Clone, Debug)]
pub struct Logos {
    pub(crate) db: Db,
    pub(crate) store: Store,
    pub(crate) uploads: Uploads,
}

/// What is uploaded.
pub(crate) static PURPOSE: Purpose = Purpose {
    name: "organisation_logo",
    max_bytes: 5 * 1024 * 1024,
    kinds: &[Kind::Png, Kind::Jpeg, Kind::Webp],
};

/// Pixels of width and height at most: in lists, on pages, on pages of fine screens.
pub(crate) static SIDES: [u32; 3] = [96, 256, 512];

/// A logo as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Logo {
    pub logo_id: Uuid,
    pub organisation_id: Uuid,
    pub upload_id: Uuid,
    pub state: State,
    pub alt_zh: String,
    pub alt_en: String,
    pub proposed_by: Uuid,
    pub proposed_at: OffsetDateTime,
    pub decided_at: Option<OffsetDateTime>,
}

/// A published logo on the wire.
pub(crate) fn published(logo: Published) -> wire::PublishedLogo {
    let picture = |size: Size| wire::Picture {
        hash: size.hash,
        width: size.width,
        height: size.height,
    };
    wire::PublishedLogo {
        pictures: logo.pictures.into_iter().map(picture).collect(),
        alt_zh: logo.alt_zh,
        alt_en: logo.alt_en,
    }
}

/// Why something cannot be done with a logo.
fn refused(error: pictures::Error) -> Problem {
    match error {
        pictures::Error::Proposed => Problem::of(&reasons::LOGO_PROPOSED),
        pictures::Error::FourEyes => Problem::of(&reasons::LOGO_FOUR_EYES),
        pictures::Error::State(state) => Problem::of(&reasons::LOGO_STATE)
            .with("state", state.as_str())
            .with("state_zh", state.title_zh()),
    }
}

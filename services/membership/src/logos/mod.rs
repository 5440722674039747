//! Logos of organisations: uploaded and proposed by one person, published by another.
//!
//! ```text
//! PROPOSED ──published by another person──▶ PUBLISHED ──another one is published──▶ REPLACED
//!    └───────────────withdrawn──────────────────┴──────────▶ WITHDRAWN
//! ```
//!
//! The uploaded file is sealed ([`files`]). What is published are re-encoded sizes at addresses by their hash. When a logo is no
//! longer proposed or published its files are deleted.

mod publish;
mod rpc;
mod rules;
mod shown;
pub(crate) mod store;

use database::stored_enum;
use files::{
    Store,
    uploads::{Kind, Purpose, Uploads},
};
use kit::{db::Db, errors::Problem};
use proto_membership::{reasons, v1 as wire};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

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

stored_enum! {
    /// Where a logo stands.
    pub(crate) enum State: wire::logo::State {
        /// 待发布
        Proposed = "PROPOSED",
        /// 已发布
        Published = "PUBLISHED",
        /// 已撤下
        Withdrawn = "WITHDRAWN",
        /// 已更换
        Replaced = "REPLACED",
    }
}

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

/// A published logo, as organisations carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Published {
    /// From the smallest to the largest.
    pub pictures: Vec<Size>,
    pub alt_zh: String,
    pub alt_en: String,
}

/// One size of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Size {
    pub hash: String,
    pub width: i32,
    pub height: i32,
}

impl From<Published> for wire::PublishedLogo {
    fn from(logo: Published) -> Self {
        let picture = |size: Size| wire::Picture {
            hash: size.hash,
            width: size.width,
            height: size.height,
        };
        Self {
            pictures: logo.pictures.into_iter().map(picture).collect(),
            alt_zh: logo.alt_zh,
            alt_en: logo.alt_en,
        }
    }
}

/// Why something cannot be done with a logo.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Error {
    /// The organisation has a proposal already.
    #[error("there is a proposal already")]
    Proposed,
    /// Who proposed it cannot publish it.
    #[error("another person publishes")]
    FourEyes,
    /// It is not in a state for that.
    #[error("the logo is {}", .0.as_str())]
    State(State),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Proposed => Problem::of(&reasons::LOGO_PROPOSED),
            Error::FourEyes => Problem::of(&reasons::LOGO_FOUR_EYES),
            Error::State(state) => {
                let zh = match state {
                    State::Proposed => "待发布",
                    State::Published => "已发布",
                    State::Withdrawn => "已撤下",
                    State::Replaced => "已更换",
                };
                Problem::of(&reasons::LOGO_STATE)
                    .with("state", state.as_str())
                    .with("state_zh", zh)
            }
        }
    }
}

//! Pictures that everybody sees: proposed by one person, published by another, in several sizes at addresses by their hash. What
//! such pictures are of, and their tables, is the service's own.
//!
//! ```text
//! PROPOSED ──published by another person──▶ PUBLISHED ──another one is published──▶ REPLACED
//!    └───────────────withdrawn──────────────────┴──────────▶ WITHDRAWN
//! ```
//!
//! Sizes are made and written outside of a transaction, so a service checks everything before and again after. Dies in between: what was
//! written is not referred to, and is deleted.

use std::time::Duration;

use database::stored_enum;
use kit::{
    db::Db,
    errors::{Problem, Result},
};
use proto_platform::reasons;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    picture::Picture,
    store::{Store, StoreError},
    uploads,
};

/// Within this time the transaction that shows the pictures has to commit.
const ANNOUNCED: time::Duration = time::Duration::hours(1);

stored_enum! {
    /// Where a picture stands.
    pub enum State {
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

impl State {
    /// Title in Chinese.
    pub const fn title_zh(self) -> &'static str {
        match self {
            Self::Proposed => "待发布",
            Self::Published => "已发布",
            Self::Withdrawn => "已撤下",
            Self::Replaced => "已更换",
        }
    }

    /// Whether there still are files.
    pub const fn has_files(self) -> bool {
        matches!(self, Self::Proposed | Self::Published)
    }

    /// Whether this person may publish it: another one than who proposed it.
    pub fn publish(self, proposed_by: Uuid, publisher: Uuid) -> Result<(), Error> {
        match self {
            Self::Proposed if proposed_by == publisher => Err(Error::FourEyes),
            Self::Proposed => Ok(()),
            other => Err(Error::State(other)),
        }
    }

    /// What is proposed or published can be taken away, by its proposer as well: that shows nothing.
    pub fn withdraw(self) -> Result<(), Error> {
        if self.has_files() {
            Ok(())
        } else {
            Err(Error::State(self))
        }
    }
}

/// Why something cannot be done with a picture.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// There is a proposal already.
    #[error("there is a proposal already")]
    Proposed,
    /// Who proposed it cannot publish it.
    #[error("another person publishes")]
    FourEyes,
    /// It is not in a state for that.
    #[error("the picture is {}", .0.as_str())]
    State(State),
}

/// A published picture, as what it is of carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// From the smallest to the largest.
    pub pictures: Vec<Size>,
    /// What it shows, in Chinese.
    pub alt_zh: String,
    /// The same in English; may be empty.
    pub alt_en: String,
}

/// One size of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// SHA-256 in hexadecimal digits: the public address.
    pub hash: String,
    /// In pixels.
    pub width: i32,
    /// In pixels.
    pub height: i32,
}

/// A size that was written, to be referred to.
#[derive(Clone, Debug)]
pub struct NewPicture {
    /// Its object, which is not sealed.
    pub object: String,
    /// SHA-256 in hexadecimal digits.
    pub picture_hash: String,
    /// The media type.
    pub content_type: &'static str,
    /// In pixels.
    pub width: i32,
    /// In pixels.
    pub height: i32,
}

impl Published {
    /// Of these sizes.
    pub fn of(pictures: &[NewPicture], alt_zh: &str, alt_en: &str) -> Self {
        let size = |picture: &NewPicture| Size {
            hash: picture.picture_hash.clone(),
            width: picture.width,
            height: picture.height,
        };
        Self {
            pictures: pictures.iter().map(size).collect(),
            alt_zh: alt_zh.to_owned(),
            alt_en: alt_en.to_owned(),
        }
    }
}

/// Writes sizes below this folder of the store. Until a transaction refers to them ([`uploads::refer`]) they are due to be deleted.
pub async fn keep(
    (db, store): (&Db, &Store),
    folder: &str,
    made: &[Picture],
    now: OffsetDateTime,
) -> Result<Vec<NewPicture>> {
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    let pictures: Vec<_> = made
        .iter()
        .map(|picture| NewPicture {
            object: format!("{folder}/{}", kit::chance::id(now)),
            picture_hash: picture.hash(),
            content_type: picture.kind.media_type(),
            width: side(picture.width),
            height: side(picture.height),
        })
        .collect();
    let mut tx = db.begin().await?;
    for picture in &pictures {
        uploads::unreferenced(&mut tx, &picture.object, now + ANNOUNCED).await?;
    }
    tx.commit().await?;
    for (picture, made) in pictures.iter().zip(made) {
        let written = store
            .put_open(&picture.object, made.content.clone().into())
            .await;
        written.map_err(unavailable)?;
    }
    Ok(pictures)
}

/// Something of this moment: the same request can be sent again.
pub fn again() -> Problem {
    Problem::of(&reasons::UNAVAILABLE).retry_after(Duration::from_secs(1))
}

/// A store that does not answer will; anything else is a fault.
pub fn unavailable(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) => again().because(error),
        other => Problem::internal(other),
    }
}

/// What a claim of an upload is refused with, at the field that names it.
pub fn unclaimed(error: uploads::Error) -> Problem {
    match error {
        uploads::Error::NotFound => Problem::invalid(
            "upload_id",
            (
                "No upload of yours that waits for this; upload the picture anew.",
                "没有您可用的上传文件，请重新上传图片。",
            ),
        ),
        other => other.into(),
    }
}

/// The hash that the contract has checked to be one; `None` if it is not given.
pub fn sha256(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_person_publishes_what_they_proposed() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(State::Proposed.publish(one, other), Ok(()));
        assert_eq!(State::Proposed.publish(one, one), Err(Error::FourEyes));
    }

    #[test]
    fn what_has_ended_stays_so() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for state in [State::Published, State::Withdrawn, State::Replaced] {
            assert_eq!(state.publish(one, other), Err(Error::State(state)));
        }
        assert_eq!(State::Proposed.withdraw(), Ok(()));
        assert_eq!(State::Published.withdraw(), Ok(()));
        for state in [State::Withdrawn, State::Replaced] {
            assert_eq!(state.withdraw(), Err(Error::State(state)));
        }
    }
}

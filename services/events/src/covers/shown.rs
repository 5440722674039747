//! Uploads and covers on the wire.

use files::{
    pictures::State,
    uploads::{self, PART_BYTES, Upload},
};
use kit::wire::timestamp;
use proto_events::v1 as wire;
use uuid::Uuid;

use super::Cover;

/// An upload as its owner sees it.
pub(super) fn shown(upload: &Upload) -> wire::CoverUpload {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    wire::CoverUpload {
        upload_id: upload.upload_id.to_string(),
        size: number(upload.size),
        part_size: number(PART_BYTES),
        part_count: i32::try_from(uploads::parts(upload.size)).unwrap_or(i32::MAX),
        parts: upload.parts.clone(),
        content_type: upload.content_type.clone().unwrap_or_default(),
        completed_at: upload.completed_at.map(timestamp),
        expires_at: Some(timestamp(upload.expires_at)),
    }
}

/// A cover as this person sees it.
pub(super) fn seen(cover: Cover, person_id: Uuid) -> wire::Cover {
    let state = match cover.state {
        State::Proposed => wire::cover::State::Proposed,
        State::Published => wire::cover::State::Published,
        State::Withdrawn => wire::cover::State::Withdrawn,
        State::Replaced => wire::cover::State::Replaced,
    };
    wire::Cover {
        cover_id: cover.cover_id.to_string(),
        activity_id: cover.activity_id.to_string(),
        state: state.into(),
        alt_zh: cover.alt_zh,
        alt_en: cover.alt_en,
        proposed_by_caller: cover.proposed_by == person_id,
        proposed_at: Some(timestamp(cover.proposed_at)),
        decided_at: cover.decided_at.map(timestamp),
    }
}

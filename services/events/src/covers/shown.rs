//! Uploads and covers on the wire.

use files::{pictures::State, uploads::methods::Shown};
use kit::wire::timestamp;
use proto_events::v1 as wire;
use uuid::Uuid;

use super::Cover;

/// An upload as its owner sees it.
pub(super) fn shown(upload: Shown) -> wire::CoverUpload {
    wire::CoverUpload {
        upload_id: upload.upload_id,
        size: upload.size,
        part_size: upload.part_size,
        part_count: upload.part_count,
        parts: upload.parts,
        content_type: upload.content_type,
        completed_at: upload.completed_at,
        expires_at: upload.expires_at,
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

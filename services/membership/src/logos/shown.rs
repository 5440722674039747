//! Uploads and logos on the wire.

use files::uploads::{self, PART_BYTES, Upload};
use kit::wire::timestamp;
use proto_membership::v1 as wire;
use uuid::Uuid;

use super::{Logo, State};

/// An upload as its owner sees it.
pub(super) fn shown(upload: &Upload) -> wire::Upload {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    wire::Upload {
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

/// A logo as this person sees it.
pub(super) fn seen(logo: Logo, person_id: Uuid) -> wire::Logo {
    let state = match logo.state {
        State::Proposed => wire::logo::State::Proposed,
        State::Published => wire::logo::State::Published,
        State::Withdrawn => wire::logo::State::Withdrawn,
        State::Replaced => wire::logo::State::Replaced,
    };
    wire::Logo {
        logo_id: logo.logo_id.to_string(),
        organisation_id: logo.organisation_id.to_string(),
        state: state.into(),
        alt_zh: logo.alt_zh,
        alt_en: logo.alt_en,
        proposed_by_caller: logo.proposed_by == person_id,
        proposed_at: Some(timestamp(logo.proposed_at)),
        decided_at: logo.decided_at.map(timestamp),
    }
}

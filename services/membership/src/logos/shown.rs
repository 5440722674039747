//! Logos on the wire.

use kit::wire::timestamp;
use proto_membership::v1 as wire;
use uuid::Uuid;

use super::{Logo, State};

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

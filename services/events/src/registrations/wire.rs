//! Conversion of registrations between domain types and messages.

use kit::{crypto::Keys, errors::Problem, wire::timestamp};
use proto_events::v1 as wire;

use super::{Registration, State, name_of, rules};
use crate::activities::{rpc::Audience, wire::unknown};

impl From<State> for wire::registration::State {
    fn from(state: State) -> Self {
        match state {
            State::Registered => Self::Registered,
            State::Attended => Self::Attended,
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// The state of a request; `None` if it is left out.
pub fn state(field: &str, state: i32) -> Result<Option<State>, Problem> {
    use wire::registration::State as Wire;
    match Wire::try_from(state) {
        Ok(Wire::Unspecified) => Ok(None),
        Ok(Wire::Registered) => Ok(Some(State::Registered)),
        Ok(Wire::Attended) => Ok(Some(State::Attended)),
        Ok(Wire::Cancelled) => Ok(Some(State::Cancelled)),
        Err(_) => Err(unknown(field)),
    }
}

/// A registration as a message, with the name as its audience may see it.
pub fn registration(
    keys: &Keys,
    registration: Registration,
    audience: Audience,
) -> Result<wire::Registration, Problem> {
    let name = name_of(keys, &registration)?;
    let person_name = match audience {
        Audience::Person | Audience::Organiser => name,
        Audience::Above => rules::mask_name(&name),
    };
    Ok(wire::Registration {
        registration_id: registration.registration_id.to_string(),
        activity_id: registration.activity_id.to_string(),
        activity_title: registration.activity_title,
        activity_starts_at: Some(timestamp(registration.activity_starts_at)),
        activity_state: wire::activity::State::from(registration.activity_state).into(),
        person_number: registration.person_number,
        person_name,
        state: wire::registration::State::from(registration.state).into(),
        created_at: Some(timestamp(registration.created_at)),
        checked_in_at: registration.checked_in_at.map(timestamp),
        form_version: registration.form_version.unwrap_or_default(),
        // Who does not see the answers does not see that they were changed.
        answers_changed_at: match audience {
            Audience::Person | Audience::Organiser => registration.answers_changed_at,
            Audience::Above => None,
        }
        .map(timestamp),
    })
}

/// A page of registrations as messages.
pub fn registrations(
    keys: &Keys,
    rows: Vec<Registration>,
    audience: Audience,
) -> Result<Vec<wire::Registration>, Problem> {
    rows.into_iter()
        .map(|row| registration(keys, row, audience))
        .collect()
}

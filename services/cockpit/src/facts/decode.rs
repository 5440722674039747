//! Decodes events. The only file of the module that depends on protobuf.

use eventlog::{ApplyError, Event};
use prost::{Message, Name};
use proto_events::v1 as events;
use proto_identity::v1 as identity;
use proto_membership::v1::{
    self as membership, application::State as ApplicationState,
    membership::State as MembershipState,
};
use uuid::Uuid;

use super::{City, CountedEvent, Place, Step};

/// Decodes an event; `None` if events of its type change no metric: other services may add types at any time. An event that violates its
/// contract is `Poison`; the message names the field, never the content.
pub fn decode(event: &Event) -> Result<Option<CountedEvent>, ApplyError> {
    let counted = match (event.source.as_str(), event.event_type.as_str()) {
        ("identity", "PersonRegistered") => {
            let m: identity::PersonRegistered = message(event)?;
            CountedEvent::PersonRegistered {
                city: city("division_code", &m.division_code)?,
            }
        }
        ("identity", "PersonMoved") => {
            let m: identity::PersonMoved = message(event)?;
            CountedEvent::PersonMoved {
                from: city("from_division_code", &m.from_division_code)?,
                to: city("to_division_code", &m.to_division_code)?,
            }
        }
        ("identity", "PersonVerified") => {
            let m: identity::PersonVerified = message(event)?;
            CountedEvent::PersonVerified {
                city: city("division_code", &m.division_code)?,
            }
        }
        ("membership", "ApplicationMoved") => {
            let m: membership::ApplicationMoved = message(event)?;
            CountedEvent::ApplicationMoved {
                place: place(&m.division_code, &m.organisation_id)?,
                from: step("from_state", m.from_state)?,
                to: step("to_state", m.to_state)?,
                first_time: m.first_time,
            }
        }
        ("membership", "MembershipActivated") => {
            let m: membership::MembershipActivated = message(event)?;
            CountedEvent::MembershipActivated(place(&m.division_code, &m.organisation_id)?)
        }
        ("membership", "MembershipMoved") => {
            let m: membership::MembershipMoved = message(event)?;
            CountedEvent::MembershipMoved {
                place: place(&m.division_code, &m.organisation_id)?,
                was_in_force: in_force("from_state", m.from_state)?,
                is_in_force: in_force("to_state", m.to_state)?,
            }
        }
        ("events", "ActivityPublished") => {
            let m: events::ActivityPublished = message(event)?;
            CountedEvent::ActivityPublished(place(&m.division_code, &m.organisation_id)?)
        }
        ("events", "ActivityRelocated") => {
            let m: events::ActivityRelocated = message(event)?;
            if m.seats_taken < 0 {
                return Err(poison("seats_taken is negative"));
            }
            CountedEvent::ActivityRelocated {
                from: place(&m.from_division_code, &m.organisation_id)?,
                to: place(&m.to_division_code, &m.organisation_id)?,
                seats_taken: m.seats_taken.into(),
            }
        }
        ("events", "ActivityCancelled") => {
            let m: events::ActivityCancelled = message(event)?;
            CountedEvent::ActivityCancelled(place(&m.division_code, &m.organisation_id)?)
        }
        ("events", "SeatTaken") => {
            let m: events::SeatTaken = message(event)?;
            CountedEvent::SeatTaken(place(&m.division_code, &m.organisation_id)?)
        }
        ("events", "SeatReleased") => {
            let m: events::SeatReleased = message(event)?;
            CountedEvent::SeatReleased(place(&m.division_code, &m.organisation_id)?)
        }
        ("events", "AttendanceRecorded") => {
            let m: events::AttendanceRecorded = message(event)?;
            if m.credited_minutes < 0 {
                return Err(poison("credited_minutes is negative"));
            }
            CountedEvent::AttendanceRecorded {
                place: place(&m.division_code, &m.organisation_id)?,
                credited_minutes: m.credited_minutes.into(),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(counted))
}

fn message<M: Message + Name + Default>(event: &Event) -> Result<M, ApplyError> {
    event.decode()
}

fn place(division_code: &str, organisation_id: &str) -> Result<Place, ApplyError> {
    let organisation_id = Uuid::try_parse(organisation_id)
        .ok()
        // In the facts, nil means "no organisation".
        .filter(|id| !id.is_nil())
        .ok_or_else(|| poison("organisation_id is no id"))?;
    Ok(Place {
        city: city("division_code", division_code)?,
        organisation_id,
    })
}

fn city(field: &str, division_code: &str) -> Result<City, ApplyError> {
    City::of_division(division_code).map_err(|error| poison(format!("{field}: {error}")))
}

fn step(field: &str, state: i32) -> Result<Step, ApplyError> {
    match ApplicationState::try_from(state) {
        Ok(ApplicationState::Draft) => Ok(Step::Draft),
        Ok(ApplicationState::InFirstReview) => Ok(Step::FirstReview),
        Ok(ApplicationState::InFinalReview) => Ok(Step::FinalReview),
        Ok(ApplicationState::Returned) => Ok(Step::Returned),
        Ok(ApplicationState::Approved) => Ok(Step::Approved),
        Ok(ApplicationState::Rejected) => Ok(Step::Rejected),
        Ok(ApplicationState::Withdrawn) => Ok(Step::Withdrawn),
        Ok(ApplicationState::Unspecified) | Err(_) => {
            Err(poison(format!("{field} {state} is unknown")))
        }
    }
}

fn in_force(field: &str, state: i32) -> Result<bool, ApplyError> {
    match MembershipState::try_from(state) {
        Ok(MembershipState::Active) => Ok(true),
        Ok(MembershipState::Suspended | MembershipState::Resigned) => Ok(false),
        Ok(MembershipState::Unspecified) | Err(_) => {
            Err(poison(format!("{field} {state} is unknown")))
        }
    }
}

fn poison(words: impl Into<String>) -> ApplyError {
    ApplyError::Poison(words.into())
}

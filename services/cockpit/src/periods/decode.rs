//! What an event says beyond what is counted: whom it is about, the county, category and kind. The only file of the module that depends on
//! protobuf.

use eventlog::{ApplyError, Event};
use proto_events::v1 as events;
use proto_identity::v1 as identity;
use proto_membership::v1 as membership;
use uuid::Uuid;

use super::{
    Change, Dated, Description,
    rules::{self, Detail},
};
use crate::facts::CountedEvent;

/// The earliest year of birth that is believed.
const EARLIEST: i32 = 1900;

/// What an event does to the periods. `counted` is what [`facts::decode`](crate::facts::decode) made of it. An event that violates its
/// contract is `Poison`.
pub fn changes(event: &Event, counted: Option<&CountedEvent>) -> Result<Vec<Dated>, ApplyError> {
    let mut found = match counted {
        Some(counted) => rules::changes(event.aggregate_id, counted, &detail(event)?),
        None => Vec::new(),
    };
    found.extend(description(event)?);
    let day = kit::clock::business_date(event.occurred_at);
    Ok(found
        .into_iter()
        .map(|change| Dated { day, change })
        .collect())
}

fn detail(event: &Event) -> Result<Detail, ApplyError> {
    let subject = Some(event.aggregate_id);
    Ok(match event.event_type.as_str() {
        "PersonRegistered" => {
            let m: identity::PersonRegistered = event.decode()?;
            Detail {
                person_id: subject,
                ..at(&m.division_code)?
            }
        }
        "PersonMoved" => {
            let m: identity::PersonMoved = event.decode()?;
            Detail {
                person_id: subject,
                from_division: division(&m.from_division_code)?,
                ..at(&m.to_division_code)?
            }
        }
        "PersonVerified" => {
            let m: identity::PersonVerified = event.decode()?;
            Detail {
                person_id: subject,
                ..at(&m.division_code)?
            }
        }
        "ApplicationMoved" => {
            let m: membership::ApplicationMoved = event.decode()?;
            Detail {
                person_id: id("person_id", &m.person_id)?,
                category: small(m.category),
                ..at(&m.division_code)?
            }
        }
        "MembershipActivated" => {
            let m: membership::MembershipActivated = event.decode()?;
            Detail {
                person_id: id("person_id", &m.person_id)?,
                category: small(m.category),
                ..at(&m.division_code)?
            }
        }
        "MembershipMoved" => {
            let m: membership::MembershipMoved = event.decode()?;
            Detail {
                person_id: id("person_id", &m.person_id)?,
                category: small(m.category),
                ..at(&m.division_code)?
            }
        }
        "ActivityPublished" => {
            let m: events::ActivityPublished = event.decode()?;
            Detail {
                activity_kind: small(m.kind),
                ..at(&m.division_code)?
            }
        }
        "ActivityCancelled" => {
            let m: events::ActivityCancelled = event.decode()?;
            Detail {
                activity_kind: small(m.kind),
                ..at(&m.division_code)?
            }
        }
        "ActivityRelocated" => {
            let m: events::ActivityRelocated = event.decode()?;
            Detail {
                activity_kind: small(m.kind),
                from_division: division(&m.from_division_code)?,
                ..at(&m.to_division_code)?
            }
        }
        "SeatTaken" => {
            let m: events::SeatTaken = event.decode()?;
            Detail {
                person_id: id("person_id", &m.person_id)?,
                activity_kind: small(m.kind),
                activity_id: id("activity_id", &m.activity_id)?,
                ..at(&m.division_code)?
            }
        }
        "AttendanceRecorded" => {
            let m: events::AttendanceRecorded = event.decode()?;
            Detail {
                person_id: id("person_id", &m.person_id)?,
                activity_kind: small(m.kind),
                ..at(&m.division_code)?
            }
        }
        // Ends a period, of which all is known.
        _ => Detail::default(),
    })
}

/// Gender and year of birth, where an event tells them.
fn description(event: &Event) -> Result<Option<Change>, ApplyError> {
    let (gender, birth_year) = match (event.source.as_str(), event.event_type.as_str()) {
        ("identity", "PersonVerified") => {
            let m: identity::PersonVerified = event.decode()?;
            (m.gender, m.birth_year)
        }
        ("identity", "PersonDescribed") => {
            let m: identity::PersonDescribed = event.decode()?;
            (m.gender, m.birth_year)
        }
        _ => return Ok(None),
    };
    // An event from before these fields existed.
    if (gender, birth_year) == (0, 0) {
        return Ok(None);
    }
    // A gender that this version does not know is not known.
    let gender = identity::Gender::try_from(gender).map_or(0, |gender| small(gender.into()));
    let year = kit::clock::business_date(event.occurred_at).year();
    let believed = (EARLIEST..=year).contains(&birth_year);
    let birth_year = i16::try_from(birth_year)
        .ok()
        .filter(|_| believed)
        .ok_or_else(|| poison("birth_year is no year of a living person"))?;
    Ok(Some(Change::Describe {
        person_id: event.aggregate_id,
        description: Description { gender, birth_year },
    }))
}

fn at(division_code: &str) -> Result<Detail, ApplyError> {
    Ok(Detail {
        division: division(division_code)?,
        ..Detail::default()
    })
}

/// The number of a division; the code itself was checked when the event was counted.
fn division(code: &str) -> Result<i32, ApplyError> {
    match code {
        "" => Ok(0),
        code => code
            .parse()
            .map_err(|_| poison("a division code is no number")),
    }
}

/// An id; `None` if it is empty: that counts, and is about no known person.
fn id(field: &str, text: &str) -> Result<Option<Uuid>, ApplyError> {
    match text {
        "" => Ok(None),
        text => Uuid::try_parse(text)
            .map(Some)
            .map_err(|_| poison(&format!("{field} is no id"))),
    }
}

/// A number of an enum of the contract. Those fit; what does not is none that is known.
fn small(number: i32) -> i16 {
    i16::try_from(number).unwrap_or(0)
}

fn poison(words: &str) -> ApplyError {
    ApplyError::Poison(words.to_owned())
}

//! Who gets a seat. Requests are decided one after the other in the order they came, as if there were nobody else; that
//! many of them share a transaction changes nothing about the answers.

use std::collections::HashMap;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::activities::State;

/// What the decision needs to know of the activity, as it stands under the lock on its seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    /// Where the activity stands.
    pub state: State,
    /// The first moment at which registration is no longer possible.
    pub closes_at: OffsetDateTime,
    /// Seats.
    pub capacity: i32,
    /// Seats taken.
    pub taken: i32,
}

/// A request for a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The id the registration gets, if there is one.
    pub registration_id: Uuid,
    /// Who asks.
    pub person_id: Uuid,
    /// Names the request, so that it can be sent again; empty: it cannot.
    pub request_id: String,
    /// Where the person comes from: GB/T 2260 or empty.
    pub division_code: String,
}

/// An earlier registration of one of those who ask: it holds a seat at this activity, or it was made by a request of the
/// same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The registration.
    pub registration_id: Uuid,
    /// Whether it is one of this activity.
    pub here: bool,
    /// Whose it is.
    pub person_id: Uuid,
    /// What the request that made it was called; empty if it had no name.
    pub request_id: String,
    /// What that request said.
    pub division_code: String,
    /// Whether it holds a seat.
    pub holds_seat: bool,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Takes a seat.
    Admit,
    /// Was answered before with this registration, and is again. It may have been cancelled since.
    Replay(Uuid),
    /// The person holds a seat by this registration.
    AlreadyRegistered(Uuid),
    /// The name of the request was used for another one.
    RequestIdReused,
    /// There is no such activity, as far as the public knows.
    NotFound,
    /// The activity was cancelled.
    ActivityCancelled,
    /// Registration closed then.
    Closed(OffsetDateTime),
    /// No seat is left.
    Full,
}

/// Decides the requests in their order. `door` is `None` if there is no such activity.
pub fn decide(
    door: Option<&Door>,
    earlier: &[Earlier],
    requests: &[Request],
    now: OffsetDateTime,
) -> Vec<Decision> {
    let mut seats_left = door.map_or(0, |door| door.capacity.saturating_sub(door.taken));
    let mut memory = Memory::of(earlier);
    let mut decisions = Vec::with_capacity(requests.len());
    for request in requests {
        let decision = match memory.answered(request) {
            Some(answered) => answered,
            None => at_the_door(door, memory.seat_of(request.person_id), seats_left, now),
        };
        if decision == Decision::Admit {
            seats_left -= 1;
            memory.admit(request);
        }
        decisions.push(decision);
    }
    decisions
}

/// The answer to a request that was not answered before, of a person who holds this seat or none.
fn at_the_door(
    door: Option<&Door>,
    held: Option<Uuid>,
    seats_left: i32,
    now: OffsetDateTime,
) -> Decision {
    let Some(door) = door else {
        return Decision::NotFound;
    };
    match (door.state, held) {
        (State::Draft, _) => Decision::NotFound,
        (State::Cancelled, _) => Decision::ActivityCancelled,
        (State::Published, Some(held)) => Decision::AlreadyRegistered(held),
        (State::Published, None) if now >= door.closes_at => Decision::Closed(door.closes_at),
        (State::Published, None) if seats_left <= 0 => Decision::Full,
        (State::Published, None) => Decision::Admit,
    }
}

/// Seats held and requests answered, those of this round included.
struct Memory<'a> {
    seats: HashMap<Uuid, Uuid>,
    answers: HashMap<(Uuid, &'a str), Answer<'a>>,
}

struct Answer<'a> {
    registration_id: Uuid,
    here: bool,
    division_code: &'a str,
}

impl<'a> Memory<'a> {
    fn of(earlier: &'a [Earlier]) -> Self {
        let mut memory = Self {
            seats: HashMap::new(),
            answers: HashMap::new(),
        };
        for known in earlier {
            if known.here && known.holds_seat {
                memory.seats.insert(known.person_id, known.registration_id);
            }
            let answer = Answer {
                registration_id: known.registration_id,
                here: known.here,
                division_code: &known.division_code,
            };
            memory.answer(known.person_id, &known.request_id, answer);
        }
        memory
    }

    fn admit(&mut self, request: &'a Request) {
        self.seats
            .insert(request.person_id, request.registration_id);
        let answer = Answer {
            registration_id: request.registration_id,
            here: true,
            division_code: &request.division_code,
        };
        self.answer(request.person_id, &request.request_id, answer);
    }

    /// If a name was used here and elsewhere (two requests raced), what happened here counts.
    fn answer(&mut self, person_id: Uuid, request_id: &'a str, answer: Answer<'a>) {
        if request_id.is_empty() {
            return;
        }
        let slot = self.answers.entry((person_id, request_id));
        let kept = slot.or_insert(Answer { ..answer });
        if answer.here && !kept.here {
            *kept = answer;
        }
    }

    fn answered(&self, request: &Request) -> Option<Decision> {
        let answer = self
            .answers
            .get(&(request.person_id, request.request_id.as_str()))?;
        let same = answer.here && answer.division_code == request.division_code;
        Some(if same {
            Decision::Replay(answer.registration_id)
        } else {
            Decision::RequestIdReused
        })
    }

    fn seat_of(&self, person_id: Uuid) -> Option<Uuid> {
        self.seats.get(&person_id).copied()
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

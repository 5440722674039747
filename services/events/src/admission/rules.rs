//! Decides who gets a seat. Requests are decided one after the other in the order of arrival; that many of them share a transaction
//! changes nothing about the answers.

use std::collections::HashMap;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::activities::State;

/// Whether an activity has seats to give, as it stands under the lock on its seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// State of the activity.
    pub state: State,
    /// The first moment at which registration is no longer possible.
    pub closes_at: OffsetDateTime,
    /// Seats.
    pub capacity: i32,
    /// Seats taken.
    pub taken: i32,
    /// The version of the form that registrants answer; `None`: nothing is asked.
    pub form_version: Option<i32>,
}

/// A request for a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The id the registration gets, if there is one.
    pub registration_id: Uuid,
    /// The person who asks for the seat.
    pub person_id: Uuid,
    /// Identifies the request when it is sent again; empty: every request is a new one.
    pub request_id: String,
    /// Where the person comes from: GB/T 2260 or empty.
    pub division_code: String,
    /// The version of the form that it answers, completely: that was evaluated before.
    pub form_version: Option<i32>,
    /// Of the answers as they were sent.
    pub sent_hash: Option<Vec<u8>>,
    /// Whether all files that it names still wait to be claimed.
    pub files_wait: bool,
}

/// An earlier registration of an applicant: it holds a seat at this activity, or it was made by a request with the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The registration.
    pub registration_id: Uuid,
    /// Whether it is a registration for this activity.
    pub same_activity: bool,
    /// The person it belongs to.
    pub person_id: Uuid,
    /// The id of the request that made it; empty if it had none.
    pub request_id: String,
    /// The division given in that request.
    pub division_code: String,
    /// Of the answers sent in that request.
    pub sent_hash: Option<Vec<u8>>,
    /// Whether it holds a seat.
    pub holds_seat: bool,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Takes a seat.
    Admit,
    /// A replay: answered with the registration that the first request made. It may have been cancelled since.
    Replay(Uuid),
    /// The person holds a seat by this registration.
    AlreadyRegistered(Uuid),
    /// The request id was used for another request.
    RequestIdReused,
    /// There is no published activity with this id.
    NotFound,
    /// The activity was cancelled.
    ActivityCancelled,
    /// Registration closed at this moment.
    Closed(OffsetDateTime),
    /// No seat is left.
    Full,
    /// The activity asks by another version of its form, or asks nothing.
    FormChanged,
    /// A file that the answers name is gone, or belongs to another registration.
    FileGone,
}

/// Decides the requests in their order. `availability` is `None` if there is no such activity.
pub fn decide(
    availability: Option<&Availability>,
    earlier: &[Earlier],
    requests: &[Request],
    now: OffsetDateTime,
) -> Vec<Decision> {
    let mut seats_left = availability.map_or(0, |a| a.capacity.saturating_sub(a.taken));
    let mut history = History::of(earlier);
    let mut decisions = Vec::with_capacity(requests.len());
    for request in requests {
        let decision = match history.replay(request) {
            Some(replay) => replay,
            None => {
                let held = history.seat_of(request.person_id);
                decide_new(availability, held, seats_left, request, now)
            }
        };
        if decision == Decision::Admit {
            seats_left -= 1;
            history.admit(request);
        }
        decisions.push(decision);
    }
    decisions
}

/// Decides a request that was not answered before. `held` is the seat that the person already holds.
fn decide_new(
    availability: Option<&Availability>,
    held: Option<Uuid>,
    seats_left: i32,
    request: &Request,
    now: OffsetDateTime,
) -> Decision {
    let Some(availability) = availability else {
        return Decision::NotFound;
    };
    match (availability.state, held) {
        (State::Draft, _) => Decision::NotFound,
        (State::Cancelled, _) => Decision::ActivityCancelled,
        (State::Published, Some(held)) => Decision::AlreadyRegistered(held),
        (State::Published, None) if now >= availability.closes_at => {
            Decision::Closed(availability.closes_at)
        }
        (State::Published, None) if seats_left <= 0 => Decision::Full,
        (State::Published, None) if request.form_version != availability.form_version => {
            Decision::FormChanged
        }
        (State::Published, None) if !request.files_wait => Decision::FileGone,
        (State::Published, None) => Decision::Admit,
    }
}

/// Seats held and requests answered, those of this batch included.
struct History<'a> {
    seats: HashMap<Uuid, Uuid>,
    answers: HashMap<(Uuid, &'a str), Answer<'a>>,
}

struct Answer<'a> {
    registration_id: Uuid,
    same_activity: bool,
    division_code: &'a str,
    sent_hash: Option<&'a [u8]>,
}

impl<'a> History<'a> {
    fn of(earlier: &'a [Earlier]) -> Self {
        let mut history = Self {
            seats: HashMap::new(),
            answers: HashMap::new(),
        };
        for known in earlier {
            if known.same_activity && known.holds_seat {
                history.seats.insert(known.person_id, known.registration_id);
            }
            let answer = Answer {
                registration_id: known.registration_id,
                same_activity: known.same_activity,
                division_code: &known.division_code,
                sent_hash: known.sent_hash.as_deref(),
            };
            history.answer(known.person_id, &known.request_id, answer);
        }
        history
    }

    fn admit(&mut self, request: &'a Request) {
        self.seats
            .insert(request.person_id, request.registration_id);
        let answer = Answer {
            registration_id: request.registration_id,
            same_activity: true,
            division_code: &request.division_code,
            sent_hash: request.sent_hash.as_deref(),
        };
        self.answer(request.person_id, &request.request_id, answer);
    }

    /// If an id was used for this activity and for another one (two requests raced), the answer for this activity counts.
    fn answer(&mut self, person_id: Uuid, request_id: &'a str, answer: Answer<'a>) {
        if request_id.is_empty() {
            return;
        }
        let slot = self.answers.entry((person_id, request_id));
        let kept = slot.or_insert(Answer { ..answer });
        if answer.same_activity && !kept.same_activity {
            *kept = answer;
        }
    }

    fn replay(&self, request: &Request) -> Option<Decision> {
        let answer = self
            .answers
            .get(&(request.person_id, request.request_id.as_str()))?;
        let same = answer.same_activity
            && answer.division_code == request.division_code
            && answer.sent_hash == request.sent_hash.as_deref();
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

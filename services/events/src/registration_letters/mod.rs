//! Letters of an organiser to those who are registered for an activity. How they are written and sent is the crate `letters`.

pub mod rpc;
mod source;
mod store;

pub use source::letters;

use crate::registrations::State;

/// The group of recipients that a state is, as it is stored; `None` if it gets no letters.
fn group(state: State) -> Option<&'static str> {
    match state {
        State::Registered => Some("registered"),
        State::Attended => Some("attended"),
        State::Cancelled => None,
    }
}

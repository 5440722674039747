//! Verification: whether a person is a member. By the link of a card, open to everybody; by number, one or a thousand at a time, for the
//! organisation itself and its systems. What is answered is the state at this moment.

mod rpc;
pub(crate) mod rules;
mod store;

use kit::errors::Problem;
use proto_membership::reasons;

pub use rpc::Verification;

use crate::cards::Forged;

impl From<Forged> for Problem {
    fn from(error: Forged) -> Self {
        Problem::of(&reasons::CARD_INVALID).because(error)
    }
}

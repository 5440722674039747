//! The refusal of a ticket.

use kit::errors::Problem;
use proto_events::reasons;

/// The text is not a ticket of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket of ours")]
pub struct TicketInvalid;

impl From<TicketInvalid> for Problem {
    fn from(_: TicketInvalid) -> Self {
        Self::of(&reasons::TICKET_INVALID)
    }
}

//! The projection: events of the other services become signed facts, each counted exactly once.
//!
//! A fact says by how much a metric moved, on which day in China, in which province, for which organisation. Whatever the
//! cockpit shows is a sum of facts, so facts may arrive in any order and any batches.

mod consumer;
mod decode;
pub mod places;
mod projection;
pub mod rules;
pub mod store;

use uuid::Uuid;

pub use consumer::{CONSUMER, REBUILD_CONSUMER, SOURCES};
pub use decode::decode;
pub use places::{City, Province};
pub use projection::Projection;

/// What an event says, as far as numbers are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A person came into the registry.
    PersonRegistered {
        /// Where the person works.
        city: City,
    },
    /// A person works elsewhere now.
    PersonMoved {
        /// Where the person worked until now.
        from: City,
        /// Where the person works now.
        to: City,
    },
    /// A real name was verified.
    PersonVerified {
        /// Where the person works.
        city: City,
    },
    /// An application for membership entered a step.
    ApplicationMoved {
        /// Where, and to whom.
        place: Place,
        /// The step it leaves.
        from: Step,
        /// The step it enters.
        to: Step,
        /// Whether it enters this step for the first time.
        first_time: bool,
    },
    /// A membership began.
    MembershipActivated(Place),
    /// A membership was suspended, reinstated or ended.
    MembershipMoved {
        /// Where, and whose.
        place: Place,
        /// Whether it was in force.
        was_in_force: bool,
        /// Whether it is in force.
        is_in_force: bool,
    },
    /// An activity was published.
    ActivityPublished(Place),
    /// A published activity takes place elsewhere, and with it the seats taken until then.
    ActivityRelocated {
        /// Where it was to be.
        from: Place,
        /// Where it will be.
        to: Place,
        /// Seats taken at that moment.
        seats_taken: i64,
    },
    /// A published activity was cancelled.
    ActivityCancelled(Place),
    /// A seat was taken.
    SeatTaken(Place),
    /// A seat was given back.
    SeatReleased(Place),
    /// A person was there.
    AttendanceRecorded {
        /// Where, and whose activity.
        place: Place,
        /// What it was worth.
        credited_minutes: i64,
    },
}

/// Where something counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which city.
    pub city: City,
    /// For which organisation.
    pub organisation_id: Uuid,
}

/// The steps of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Not handed in yet.
    Draft,
    /// With the first reviewer.
    FirstReview,
    /// With the final reviewer.
    FinalReview,
    /// Back with the applicant.
    Returned,
    /// Decided for.
    Approved,
    /// Decided against.
    Rejected,
    /// Taken back.
    Withdrawn,
}

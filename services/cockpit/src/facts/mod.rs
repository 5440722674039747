//! The projection: events of the other services become signed facts, each counted exactly once.
//!
//! A fact says by how much a metric moved, on which day in China, in which province, for which organisation. Whatever the
//! cockpit shows is a sum of facts, so facts may arrive in any order and any batches.

mod decode;
mod projection;
pub mod rules;
pub mod store;

use uuid::Uuid;

pub use decode::decode;
pub use projection::{CONSUMER, Projection, REBUILD_CONSUMER, SOURCES};

/// A province by its GB/T 2260 code, or the unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Province(&'static str);

/// What an event says, as far as numbers are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A person came into the registry.
    PersonRegistered {
        /// Where the person works.
        province: Province,
    },
    /// A person works elsewhere now.
    PersonMoved {
        /// Where the person worked until now.
        from: Province,
        /// Where the person works now.
        to: Province,
    },
    /// A real name was verified.
    PersonVerified {
        /// Where the person works.
        province: Province,
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
    /// In which province.
    pub province: Province,
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

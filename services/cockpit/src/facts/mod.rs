//! Facts: events of the other services become signed facts, each counted exactly once.
//!
//! A fact says by how much a metric moved, on which day in China, in which province, for which organisation. Every
//! number of the cockpit is a sum of facts, so events may be applied in any order and any batches.

mod consumer;
mod decode;
pub mod places;
pub mod rules;
pub mod store;

use uuid::Uuid;

pub use consumer::{CONSUMER, REBUILD_CONSUMER, SOURCES};
pub use decode::decode;
pub use places::{City, Province};

/// A decoded event, reduced to the fields that change a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountedEvent {
    /// A person was registered.
    PersonRegistered {
        /// The place of work.
        city: City,
    },
    /// A person's place of work changed.
    PersonMoved {
        /// The place of work until now.
        from: City,
        /// The new place of work.
        to: City,
    },
    /// A real name was verified.
    PersonVerified {
        /// The place of work.
        city: City,
    },
    /// An application for membership moved to another step.
    ApplicationMoved {
        /// City, and the organisation applied to.
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
        /// City and organisation.
        place: Place,
        /// Whether it was in force.
        was_in_force: bool,
        /// Whether it is in force.
        is_in_force: bool,
    },
    /// An activity was published.
    ActivityPublished(Place),
    /// A published activity was moved to another division, with the seats taken until then.
    ActivityRelocated {
        /// The place until now.
        from: Place,
        /// The new place.
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
    /// Attendance was recorded.
    AttendanceRecorded {
        /// City, and the organisation of the activity.
        place: Place,
        /// Minutes credited.
        credited_minutes: i64,
    },
}

/// City and organisation for which an event is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The city.
    pub city: City,
    /// The organisation.
    pub organisation_id: Uuid,
}

/// The steps of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Not submitted yet.
    Draft,
    /// In first review.
    FirstReview,
    /// In final review.
    FinalReview,
    /// Returned to the applicant.
    Returned,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Withdrawn by the applicant.
    Withdrawn,
}

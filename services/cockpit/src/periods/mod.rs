//! Periods: who was in which state, from when to when. The slices are counted from them.
//!
//! The same movements that add to the facts begin and end periods ([`rules`]), so a metric is not counted in two ways: for each metric and
//! day, the periods add up to the facts. Periods know more than facts: the person, the county, category, kind of activity.

mod decode;
pub mod rules;
mod state;
pub mod store;

use time::Date;
use uuid::Uuid;

pub use decode::changes;
pub use state::State;

/// What an event does to the periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A period begins, or something happens.
    Begin(Begin),
    /// The period of this subject that goes on in this state ends.
    End {
        /// The state.
        state: State,
        /// What was in it.
        subject_id: Uuid,
    },
    /// The seats of an activity move with it: each period that goes on ends, and another begins.
    Relocate {
        /// The activity.
        activity_id: Uuid,
        /// Where to: GB/T 2260; 0 online.
        division: i32,
    },
    /// Gender and year of birth of a person become known.
    Describe {
        /// The person.
        person_id: Uuid,
        /// What is known.
        description: Description,
    },
}

/// A period that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    /// The state.
    pub state: State,
    /// What is in it.
    pub subject_id: Uuid,
    /// Whom it is about.
    pub person_id: Option<Uuid>,
    /// Nil: belongs to no organisation.
    pub organisation_id: Uuid,
    /// GB/T 2260 as a number; 0: none known.
    pub division: i32,
    /// Category of the membership as the contract numbers it; 0: none.
    pub category: i16,
    /// Kind of the activity as the contract numbers it; 0: none.
    pub activity_kind: i16,
    /// Whether it is a beginning and not a reinstatement.
    pub first: bool,
    /// Minutes credited.
    pub amount: i32,
    /// The activity of a seat.
    pub activity_id: Option<Uuid>,
}

/// What is known of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// 1 male, 2 female, as the contract numbers them; 0: not known.
    pub gender: i16,
    /// Four digits; 0: not known.
    pub birth_year: i16,
}

/// A change with the day in China on which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The day.
    pub day: Date,
    /// The change.
    pub change: Change,
}

//! The states that have periods.

use crate::catalogue::Metric;

/// A state, or a thing that happens. The codes stand in the database: they never change, and none is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// A person is registered.
    Registered,
    /// A person was verified.
    Verified,
    /// A membership is in force.
    Member,
    /// An application is in review.
    InReview,
    /// An application was submitted.
    Submitted,
    /// An application passed the first review.
    PassedFirstReview,
    /// An application was approved.
    Approved,
    /// An application was returned.
    Returned,
    /// An application was rejected.
    Rejected,
    /// An application was withdrawn.
    Withdrawn,
    /// An activity is published.
    Published,
    /// An activity was cancelled.
    Cancelled,
    /// A seat is taken.
    Seat,
    /// A person attended.
    Attended,
}

impl State {
    /// All states, by code.
    pub const ALL: [Self; 14] = [
        Self::Registered,
        Self::Verified,
        Self::Member,
        Self::InReview,
        Self::Submitted,
        Self::PassedFirstReview,
        Self::Approved,
        Self::Returned,
        Self::Rejected,
        Self::Withdrawn,
        Self::Published,
        Self::Cancelled,
        Self::Seat,
        Self::Attended,
    ];

    /// Its code in the database: 1, 2, 3 …
    pub fn code(self) -> i16 {
        self as i16 + 1
    }

    /// The state whose periods a metric counts. `memberships_joined` counts the beginnings of memberships, and `credited_minutes` the
    /// minutes of attendances.
    pub fn of(metric: Metric) -> Self {
        match metric {
            Metric::PeopleRegistered => Self::Registered,
            Metric::PeopleVerified => Self::Verified,
            Metric::MembershipsActive | Metric::MembershipsJoined => Self::Member,
            Metric::ApplicationsInReview => Self::InReview,
            Metric::ApplicationsSubmitted => Self::Submitted,
            Metric::ApplicationsPassedFirstReview => Self::PassedFirstReview,
            Metric::ApplicationsApproved => Self::Approved,
            Metric::ApplicationsReturned => Self::Returned,
            Metric::ApplicationsRejected => Self::Rejected,
            Metric::ApplicationsWithdrawn => Self::Withdrawn,
            Metric::ActivitiesPublished => Self::Published,
            Metric::ActivitiesCancelled => Self::Cancelled,
            Metric::SeatsTaken => Self::Seat,
            Metric::Attendances | Metric::CreditedMinutes => Self::Attended,
        }
    }

    /// Whether it only happens, and does not go on.
    pub fn happens(self) -> bool {
        !matches!(
            self,
            Self::Registered | Self::Member | Self::InReview | Self::Published | Self::Seat
        )
    }

    /// The service whose events begin and end its periods.
    pub fn source(self) -> &'static str {
        match self {
            Self::Registered | Self::Verified => "identity",
            Self::Published | Self::Cancelled | Self::Seat | Self::Attended => "events",
            _ => "membership",
        }
    }

    /// Whether its periods are about people.
    pub fn about_people(self) -> bool {
        !matches!(self, Self::Published | Self::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{CATALOGUE, Kind};

    #[test]
    fn codes_are_those_of_the_list() {
        for (at, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(state.code() as usize, at + 1);
        }
    }

    #[test]
    fn a_state_agrees_with_the_metrics_that_it_serves() {
        for definition in CATALOGUE {
            let state = State::of(definition.metric);
            // Memberships go on, and how many began is asked of them as well.
            if definition.metric != Metric::MembershipsJoined {
                assert_eq!(
                    state.happens(),
                    definition.kind == Kind::Flow,
                    "{}",
                    definition.name
                );
            }
            assert_eq!(
                definition.sources(),
                [state.source()],
                "{}",
                definition.name
            );
        }
    }
}

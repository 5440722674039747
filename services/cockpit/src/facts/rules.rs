//! Computes by how much each event changes which metric. All counting rules are here.

use std::collections::BTreeMap;

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{City, CountedEvent, Place, Province, Step};
use crate::catalogue::Metric;

/// One signed change of a metric, without its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The metric.
    pub metric: Metric,
    /// The city.
    pub city: City,
    /// The organisation; nil for facts about people.
    pub organisation_id: Uuid,
    /// The change.
    pub delta: i64,
}

impl Step {
    fn in_review(self) -> bool {
        matches!(self, Self::FirstReview | Self::FinalReview)
    }

    /// The metric of applications that have ever come from this step to another one. Where an application begins depends on the route of its
    /// organisation: one with a single step begins with the final review, and no first review was passed.
    fn reached(self, to: Self) -> Option<Metric> {
        match (self, to) {
            // A draft that is withdrawn was never submitted.
            (Self::Draft, Self::Withdrawn) | (_, Self::Draft) => None,
            (Self::Draft, _) => Some(Metric::ApplicationsSubmitted),
            (Self::FirstReview, Self::FinalReview) => Some(Metric::ApplicationsPassedFirstReview),
            (_, Self::FirstReview | Self::FinalReview) => None,
            (_, Self::Returned) => Some(Metric::ApplicationsReturned),
            (_, Self::Approved) => Some(Metric::ApplicationsApproved),
            (_, Self::Rejected) => Some(Metric::ApplicationsRejected),
            (_, Self::Withdrawn) => Some(Metric::ApplicationsWithdrawn),
        }
    }
}

/// The movements of an event, without those of 0.
pub fn movements(event: &CountedEvent) -> Vec<Movement> {
    let people = |metric, city, delta| Movement {
        metric,
        city,
        organisation_id: Uuid::nil(),
        delta,
    };
    let at = |metric, place: &Place, delta| Movement {
        metric,
        city: place.city,
        organisation_id: place.organisation_id,
        delta,
    };
    let mut found = match event {
        CountedEvent::PersonRegistered { city } => vec![people(Metric::PeopleRegistered, *city, 1)],
        CountedEvent::PersonMoved { from, to } if from == to => vec![],
        CountedEvent::PersonMoved { from, to } => vec![
            people(Metric::PeopleRegistered, *from, -1),
            people(Metric::PeopleRegistered, *to, 1),
        ],
        CountedEvent::PersonVerified { city } => vec![people(Metric::PeopleVerified, *city, 1)],
        CountedEvent::ApplicationMoved {
            place,
            from,
            to,
            first_time,
        } => {
            let reached = from
                .reached(*to)
                .filter(|_| *first_time)
                .map(|metric| at(metric, place, 1));
            let in_review = i64::from(to.in_review()) - i64::from(from.in_review());
            reached
                .into_iter()
                .chain([at(Metric::ApplicationsInReview, place, in_review)])
                .collect()
        }
        CountedEvent::MembershipActivated(place) => {
            vec![
                at(Metric::MembershipsActive, place, 1),
                at(Metric::MembershipsJoined, place, 1),
            ]
        }
        CountedEvent::MembershipMoved {
            place,
            was_in_force,
            is_in_force,
        } => {
            let delta = i64::from(*is_in_force) - i64::from(*was_in_force);
            vec![at(Metric::MembershipsActive, place, delta)]
        }
        CountedEvent::ActivityPublished(place) => vec![at(Metric::ActivitiesPublished, place, 1)],
        CountedEvent::ActivityRelocated { from, to, .. } if from == to => vec![],
        CountedEvent::ActivityRelocated {
            from,
            to,
            seats_taken,
        } => vec![
            at(Metric::ActivitiesPublished, from, -1),
            at(Metric::ActivitiesPublished, to, 1),
            at(Metric::SeatsTaken, from, -seats_taken),
            at(Metric::SeatsTaken, to, *seats_taken),
        ],
        CountedEvent::ActivityCancelled(place) => {
            vec![
                at(Metric::ActivitiesPublished, place, -1),
                at(Metric::ActivitiesCancelled, place, 1),
            ]
        }
        CountedEvent::SeatTaken(place) => vec![at(Metric::SeatsTaken, place, 1)],
        CountedEvent::SeatReleased(place) => vec![at(Metric::SeatsTaken, place, -1)],
        CountedEvent::AttendanceRecorded {
            place,
            credited_minutes,
        } => vec![
            at(Metric::Attendances, place, 1),
            at(Metric::CreditedMinutes, place, *credited_minutes),
        ],
    };
    found.retain(|m| m.delta != 0);
    found
}

/// The sums of the movements of a batch, ordered by metric, day, place and organisation, so that transactions lock the same rows in the same
/// order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    sums: BTreeMap<(Metric, Date, City, Uuid), i64>,
    last_event_at: Option<OffsetDateTime>,
}

impl Tally {
    /// Counts an event on the day in China on which it occurred.
    pub fn count(&mut self, occurred_at: OffsetDateTime, event: &CountedEvent) {
        let day = kit::clock::business_date(occurred_at);
        for m in movements(event) {
            *self
                .sums
                .entry((m.metric, day, m.city, m.organisation_id))
                .or_default() += m.delta;
        }
        self.last_event_at = self.last_event_at.max(Some(occurred_at));
    }

    /// The sums by metric, day, province and organisation; none is zero.
    pub fn by_day(&self) -> impl Iterator<Item = (Metric, Date, Province, Uuid, i64)> {
        self.summed_by(|metric, day, city, organisation| {
            (metric, day, city.province(), organisation)
        })
        .map(|((metric, day, province, organisation), delta)| {
            (metric, day, province, organisation, delta)
        })
    }

    /// The same over all days.
    pub fn in_total(&self) -> impl Iterator<Item = (Metric, Province, Uuid, i64)> {
        self.summed_by(|metric, _, city, organisation| (metric, city.province(), organisation))
            .map(|((metric, province, organisation), value)| {
                (metric, province, organisation, value)
            })
    }

    /// The sums over all days by metric, city and organisation; none is zero.
    pub fn by_city(&self) -> impl Iterator<Item = (Metric, City, Uuid, i64)> {
        self.summed_by(|metric, _, city, organisation| (metric, city, organisation))
            .map(|((metric, city, organisation), value)| (metric, city, organisation, value))
    }

    fn summed_by<K: Ord>(
        &self,
        key: impl Fn(Metric, Date, City, Uuid) -> K,
    ) -> impl Iterator<Item = (K, i64)> {
        let mut sums: BTreeMap<K, i64> = BTreeMap::new();
        for (&(metric, day, city, organisation), delta) in &self.sums {
            *sums
                .entry(key(metric, day, city, organisation))
                .or_default() += delta;
        }
        sums.into_iter().filter(|(_, sum)| *sum != 0)
    }

    /// When the latest event occurred; `None` if none was counted.
    pub fn last_event_at(&self) -> Option<OffsetDateTime> {
        self.last_event_at
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// On a route with one step an application begins with the final review; a correction may bring it onto a longer one, and back.
    #[test]
    fn an_application_is_submitted_once_wherever_it_begins() {
        let place = Place {
            city: City::of_division("110108").unwrap(),
            organisation_id: Uuid::nil(),
        };
        let counts = |way: &[Step]| {
            let mut tally = Tally::default();
            let mut been = vec![Step::Draft];
            for to in way {
                let event = CountedEvent::ApplicationMoved {
                    place,
                    from: been[been.len() - 1],
                    to: *to,
                    first_time: !been.contains(to),
                };
                been.push(*to);
                tally.count(OffsetDateTime::UNIX_EPOCH, &event);
            }
            let of = |wanted| {
                let mut found = tally.by_city().filter(|(metric, ..)| *metric == wanted);
                found.next().map_or(0, |(.., count)| count)
            };
            [
                Metric::ApplicationsSubmitted,
                Metric::ApplicationsPassedFirstReview,
                Metric::ApplicationsApproved,
                Metric::ApplicationsInReview,
            ]
            .map(of)
        };
        use Step::{Approved, FinalReview, FirstReview, Returned, Withdrawn};
        assert_eq!(counts(&[FinalReview, Approved]), [1, 0, 1, 0]);
        assert_eq!(counts(&[FinalReview]), [1, 0, 0, 1]);
        assert_eq!(counts(&[FirstReview, FinalReview, Approved]), [1, 1, 1, 0]);
        let longer = [FinalReview, Returned, FirstReview];
        assert_eq!(counts(&longer), [1, 0, 0, 1]);
        let shorter = [FirstReview, Returned, FinalReview, Approved];
        assert_eq!(counts(&shorter), [1, 0, 1, 0]);
        assert_eq!(counts(&[Withdrawn]), [0, 0, 0, 0]);
    }

    #[test]
    fn a_relocated_activity_moves_its_seats() {
        let place = |code: &str| Place {
            city: City::of_division(code).unwrap(),
            organisation_id: Uuid::from_u128(1),
        };
        let (from, to) = (place("110108"), place("440106"));
        let events = [
            CountedEvent::ActivityPublished(from),
            CountedEvent::SeatTaken(from),
            CountedEvent::SeatTaken(from),
            CountedEvent::ActivityRelocated {
                from,
                to,
                seats_taken: 2,
            },
            CountedEvent::SeatReleased(to),
        ];
        let mut tally = Tally::default();
        for event in &events {
            tally.count(OffsetDateTime::UNIX_EPOCH, event);
        }
        let sums: Vec<_> = tally
            .by_city()
            .map(|(metric, city, _, value)| (metric, city, value))
            .collect();
        assert_eq!(
            sums,
            [
                (Metric::ActivitiesPublished, to.city, 1),
                (Metric::SeatsTaken, to.city, 1)
            ]
        );
        let nowhere = CountedEvent::ActivityRelocated {
            from,
            to: from,
            seats_taken: 2,
        };
        assert_eq!(movements(&nowhere), []);
    }
}

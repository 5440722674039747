//! An independent recount: the history of every aggregate, and every number computed from it in the simplest way. Shares nothing with the
//! projection: no deltas, no `from` states, no `first_time`.

use std::collections::{BTreeMap, BTreeSet};

use cockpit::catalogue::Metric;
use eventlog::Event;
use proto_events::v1 as events;
use proto_identity::v1 as identity;
use proto_membership::v1::{self as membership, application::State as Step, membership::State};
use time::{Date, OffsetDateTime, UtcOffset};
use uuid::Uuid;

/// Numbers by province code and organisation; none is zero.
pub type Counts = BTreeMap<(String, Uuid), i64>;

type At = OffsetDateTime;

#[derive(Default)]
pub struct Histories {
    people: BTreeMap<Uuid, Person>,
    applications: BTreeMap<Uuid, Vec<(At, Step, Place)>>,
    memberships: BTreeMap<Uuid, Vec<(At, State, Place)>>,
    activities: BTreeMap<Uuid, Activity>,
    registrations: BTreeMap<Uuid, Registration>,
    pub days: BTreeSet<Date>,
}

#[derive(Default)]
struct Person {
    places: Vec<(At, String)>,
    verified: Option<(At, String)>,
}

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    division: String,
    organisation: Uuid,
}

#[derive(Default)]
struct Activity {
    places: Vec<(At, Place)>,
    published: Option<At>,
    cancelled: Option<At>,
}

impl Activity {
    /// Its last division among the moments that count.
    fn place(&self, counts: impl Fn(At) -> bool) -> &Place {
        let (_, place) = self.places.iter().rfind(|(at, _)| counts(*at)).unwrap();
        place
    }
}

#[derive(Default)]
struct Registration {
    /// Its activity, which has the division.
    activity: Uuid,
    held: Vec<(At, bool)>,
    attended: Vec<(At, i64)>,
}

fn day(at: At) -> Date {
    at.to_offset(UtcOffset::from_hms(8, 0, 0).unwrap()).date()
}

fn province(division: &str) -> String {
    if division.is_empty() {
        "000000".to_owned()
    } else {
        format!("{}0000", &division[..2])
    }
}

/// Deliberately a list: the city of a new division of the test world is added here.
pub fn city(division: &str) -> String {
    match division {
        "" => "000000",
        "440305" => "440300",
        "330106" => "330100",
        "110105" | "110000" | "440300" | "820000" => division,
        _ => panic!("in which city is {division}?"),
    }
    .to_owned()
}

fn place(division: &str, organisation: &str) -> Place {
    Place {
        division: division.to_owned(),
        organisation: organisation.parse().unwrap(),
    }
}

impl Histories {
    /// Adds one event of a log. Events must be added in the order of their log.
    pub fn add(&mut self, event: &Event) {
        self.days.insert(day(event.occurred_at));
        let (id, at) = (event.aggregate_id, event.occurred_at);
        match event.event_type.as_str() {
            "PersonRegistered" => {
                let m: identity::PersonRegistered = event.decode().unwrap();
                self.people
                    .entry(id)
                    .or_default()
                    .places
                    .push((at, m.division_code));
            }
            "PersonMoved" => {
                let m: identity::PersonMoved = event.decode().unwrap();
                self.people
                    .get_mut(&id)
                    .unwrap()
                    .places
                    .push((at, m.to_division_code));
            }
            "PersonVerified" => {
                let m: identity::PersonVerified = event.decode().unwrap();
                self.people.get_mut(&id).unwrap().verified = Some((at, m.division_code));
            }
            "ApplicationMoved" => {
                let m: membership::ApplicationMoved = event.decode().unwrap();
                let place = place(&m.division_code, &m.organisation_id);
                self.applications
                    .entry(id)
                    .or_default()
                    .push((at, m.to_state(), place));
            }
            "MembershipActivated" => {
                let m: membership::MembershipActivated = event.decode().unwrap();
                let place = place(&m.division_code, &m.organisation_id);
                self.memberships
                    .entry(id)
                    .or_default()
                    .push((at, State::Active, place));
            }
            "MembershipMoved" => {
                let m: membership::MembershipMoved = event.decode().unwrap();
                let place = place(&m.division_code, &m.organisation_id);
                self.memberships
                    .get_mut(&id)
                    .unwrap()
                    .push((at, m.to_state(), place));
            }
            "ActivityPublished" => {
                let m: events::ActivityPublished = event.decode().unwrap();
                let place = place(&m.division_code, &m.organisation_id);
                self.activities.insert(
                    id,
                    Activity {
                        places: vec![(at, place)],
                        published: Some(at),
                        cancelled: None,
                    },
                );
            }
            "ActivityRelocated" => {
                let m: events::ActivityRelocated = event.decode().unwrap();
                let place = place(&m.to_division_code, &m.organisation_id);
                self.activities
                    .get_mut(&id)
                    .unwrap()
                    .places
                    .push((at, place));
            }
            "ActivityCancelled" => self.activities.get_mut(&id).unwrap().cancelled = Some(at),
            "SeatTaken" => {
                let m: events::SeatTaken = event.decode().unwrap();
                let registration = self.registrations.entry(id).or_default();
                registration.activity = m.activity_id.parse().unwrap();
                registration.held.push((at, true));
            }
            "SeatReleased" => self
                .registrations
                .get_mut(&id)
                .unwrap()
                .held
                .push((at, false)),
            "AttendanceRecorded" => {
                let m: events::AttendanceRecorded = event.decode().unwrap();
                self.registrations
                    .get_mut(&id)
                    .unwrap()
                    .attended
                    .push((at, m.credited_minutes.into()));
            }
            _ => {}
        }
    }

    /// A stock at the end of `on`, or a flow on that day, by province.
    pub fn recount(&self, metric: Metric, on: Date) -> Counts {
        self.recount_by(province, metric, on)
    }

    /// The same by the place that `of` returns for a division.
    pub fn recount_by(&self, of: fn(&str) -> String, metric: Metric, on: Date) -> Counts {
        let mut counts = Counts::new();
        let mut count = |division: &str, organisation: Uuid, by: i64| {
            *counts.entry((of(division), organisation)).or_default() += by;
        };
        let by_then = |at: At| day(at) <= on;
        let that_day = |at: At| day(at) == on;
        match metric {
            Metric::PeopleRegistered => {
                for person in self.people.values() {
                    if let Some((_, division)) = person.places.iter().rfind(|(at, _)| by_then(*at))
                    {
                        count(division, Uuid::nil(), 1);
                    }
                }
            }
            Metric::PeopleVerified => {
                for (at, division) in self.people.values().filter_map(|p| p.verified.as_ref()) {
                    if that_day(*at) {
                        count(division, Uuid::nil(), 1);
                    }
                }
            }
            Metric::MembershipsActive => {
                for history in self.memberships.values() {
                    if let Some((_, State::Active, p)) =
                        history.iter().rfind(|(at, ..)| by_then(*at))
                    {
                        count(&p.division, p.organisation, 1)
                    }
                }
            }
            Metric::MembershipsJoined => {
                for (at, _, p) in self.memberships.values().map(|history| &history[0]) {
                    if that_day(*at) {
                        count(&p.division, p.organisation, 1);
                    }
                }
            }
            Metric::ApplicationsInReview => {
                for history in self.applications.values() {
                    if let Some((_, Step::InFirstReview | Step::InFinalReview, p)) =
                        history.iter().rfind(|(at, ..)| by_then(*at))
                    {
                        count(&p.division, p.organisation, 1);
                    }
                }
            }
            Metric::ApplicationsSubmitted => {
                for history in self.applications.values().filter(|h| handed_in(h)) {
                    let (at, _, p) = &history[0];
                    if that_day(*at) {
                        count(&p.division, p.organisation, 1);
                    }
                }
            }
            Metric::ApplicationsPassedFirstReview => {
                for history in self.applications.values() {
                    // The first time that it waits for the final review, if it was waiting for the first one before.
                    let reached = history
                        .iter()
                        .position(|(_, s, _)| *s == Step::InFinalReview);
                    let Some(at) = reached.filter(|at| *at > 0) else {
                        continue;
                    };
                    let (passed, _, p) = &history[at];
                    if history[at - 1].1 == Step::InFirstReview && that_day(*passed) {
                        count(&p.division, p.organisation, 1);
                    }
                }
            }
            Metric::ApplicationsApproved => self.reached(Step::Approved, that_day, count),
            Metric::ApplicationsReturned => self.reached(Step::Returned, that_day, count),
            Metric::ApplicationsRejected => self.reached(Step::Rejected, that_day, count),
            Metric::ApplicationsWithdrawn => self.reached(Step::Withdrawn, that_day, count),
            Metric::ActivitiesPublished => {
                for a in self.activities.values() {
                    if a.published.is_some_and(by_then) && !a.cancelled.is_some_and(by_then) {
                        let place = a.place(by_then);
                        count(&place.division, place.organisation, 1);
                    }
                }
            }
            Metric::ActivitiesCancelled => {
                for a in self
                    .activities
                    .values()
                    .filter(|a| a.cancelled.is_some_and(that_day))
                {
                    let place = a.place(by_then);
                    count(&place.division, place.organisation, 1);
                }
            }
            Metric::SeatsTaken => {
                for r in self.registrations.values() {
                    if let Some((_, true)) = r.held.iter().rfind(|(at, _)| by_then(*at)) {
                        let place = self.activities[&r.activity].place(by_then);
                        count(&place.division, place.organisation, 1);
                    }
                }
            }
            Metric::Attendances => {
                for r in self.registrations.values() {
                    let times = r.attended.iter().filter(|(at, _)| that_day(*at)).count();
                    // The division is fixed after the first check-in.
                    let place = self.activities[&r.activity].place(|_| true);
                    count(&place.division, place.organisation, times as i64);
                }
            }
            Metric::CreditedMinutes => {
                for r in self.registrations.values() {
                    let minutes = r
                        .attended
                        .iter()
                        .filter(|(at, _)| that_day(*at))
                        .map(|(_, m)| m)
                        .sum();
                    let place = self.activities[&r.activity].place(|_| true);
                    count(&place.division, place.organisation, minutes);
                }
            }
        }
        counts.retain(|_, n| *n != 0);
        counts
    }

    /// Applications that reached a step for the first time at such a moment. Those that were never submitted do not count.
    fn reached(
        &self,
        step: Step,
        when: impl Fn(At) -> bool,
        mut count: impl FnMut(&str, Uuid, i64),
    ) {
        for history in self.applications.values() {
            if let Some((at, _, p)) = history.iter().find(|(_, s, _)| *s == step)
                && handed_in(history)
                && when(*at)
            {
                count(&p.division, p.organisation, 1);
            }
        }
    }
}

/// Whether an application was submitted: with its first step it waits for a review.
fn handed_in(history: &[(At, Step, Place)]) -> bool {
    history
        .first()
        .is_some_and(|(_, s, _)| matches!(s, Step::InFirstReview | Step::InFinalReview))
}

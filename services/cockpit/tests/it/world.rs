//! A simulation of the sources: random steps that the services would allow, and their events.

use eventlog::Event;
use prost::{Message, Name};
use proto_events::v1 as events;
use proto_identity::v1 as identity;
use proto_membership::v1::{self as membership, application::State as Step, membership::State};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// Divisions of the simulation: a district of a municipality, a province, a city and a district of it, an online place. Their
/// number shares no factor with that of the organisations, so that each comes with each.
const DIVISIONS: [&str; 7] = [
    "110105", "110000", "440300", "440305", "330106", "820000", "",
];

pub const ORGANISATIONS: [Uuid; 3] = [
    Uuid::from_u128(0x0a_0000_0000_7000_8000_0000_0000_00a1),
    Uuid::from_u128(0x0a_0000_0000_7000_8000_0000_0000_00a2),
    Uuid::from_u128(0x0a_0000_0000_7000_8000_0000_0000_00a3),
];

/// One choice: which step, for which aggregate, how.
pub type Choice = (u8, u8, u8);

pub struct World {
    now: OffsetDateTime,
    next_id: u128,
    /// Events in the order in which they occurred; the positions count for each source.
    pub log: Vec<Event>,
    people: Vec<(Uuid, &'static str, bool)>,
    applications: Vec<Application>,
    memberships: Vec<(Uuid, Place, State)>,
    activities: Vec<(Uuid, Place, bool)>,
    /// Id, place, whether it holds a seat, activity, whether the person attended.
    registrations: Vec<(Uuid, Place, bool, Uuid, bool)>,
}

#[derive(Clone, Copy)]
struct Place {
    division: &'static str,
    organisation: Uuid,
}

struct Application {
    id: Uuid,
    place: Place,
    state: Step,
    been: Vec<Step>,
}

impl World {
    pub fn new() -> Self {
        Self {
            // A quarter of an hour before midnight in China.
            now: datetime!(2026-03-31 15:45:00 UTC),
            next_id: 0x0b_0000_0000_7000_8000_0000_0000_0000,
            log: Vec::new(),
            people: Vec::new(),
            applications: Vec::new(),
            memberships: Vec::new(),
            activities: Vec::new(),
            registrations: Vec::new(),
        }
    }

    pub fn played(choices: &[Choice]) -> Self {
        let mut world = Self::new();
        for choice in choices {
            world.play(*choice);
        }
        world
    }

    /// Makes the step of a choice, or none if it is not possible now.
    pub fn play(&mut self, (what, which, how): Choice) {
        self.now += Duration::minutes(i64::from(how) / 2);
        let place = Place {
            division: DIVISIONS[usize::from(how) % DIVISIONS.len()],
            organisation: ORGANISATIONS[usize::from(which) % ORGANISATIONS.len()],
        };
        match what % 16 {
            0 | 1 => self.register(place.division),
            2 => self.move_person(which, place.division),
            3 => self.verify(which),
            4 => self.apply(place),
            5..=7 => self.review(which, how, place),
            8 => self.move_membership(which, how),
            9 => self.publish(place),
            10 if how % 2 == 1 => self.relocate(which, place.division),
            10 => self.cancel(which),
            11 | 12 => self.take_seat(which),
            13 => self.release(which),
            14 => self.attend(which, how),
            15 if how % 2 == 1 => self.describe(which, how),
            // An event that the cockpit must skip.
            _ => self.append(
                "identity",
                "Account",
                Uuid::from_u128(7),
                &identity::GrantGiven::default(),
            ),
        }
    }

    fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }

    fn append<M: Message + Name>(
        &mut self,
        source: &str,
        aggregate: &str,
        aggregate_id: Uuid,
        message: &M,
    ) {
        let position = 1 + self.log.iter().filter(|e| e.source == source).count() as i64;
        let id = self.id();
        self.log.push(Event {
            position,
            id,
            source: source.to_owned(),
            aggregate: aggregate.to_owned(),
            aggregate_id,
            event_type: M::NAME.to_owned(),
            payload: message.encode_to_vec().into(),
            occurred_at: self.now,
            traceparent: None,
        });
    }

    fn register(&mut self, division: &'static str) {
        let id = self.id();
        self.people.push((id, division, false));
        self.append(
            "identity",
            "Person",
            id,
            &identity::PersonRegistered {
                division_code: division.into(),
            },
        );
    }

    fn move_person(&mut self, which: u8, to: &'static str) {
        let Some((id, from)) =
            pick(&mut self.people, which).map(|p| (p.0, std::mem::replace(&mut p.1, to)))
        else {
            return;
        };
        let moved = identity::PersonMoved {
            from_division_code: from.into(),
            to_division_code: to.into(),
        };
        self.append("identity", "Person", id, &moved);
    }

    fn verify(&mut self, which: u8) {
        let Some(person) = pick(&mut self.people, which).filter(|p| !p.2) else {
            return;
        };
        person.2 = true;
        let (id, division, _) = *person;
        self.append(
            "identity",
            "Person",
            id,
            &identity::PersonVerified {
                division_code: division.into(),
                ..Default::default()
            },
        );
    }

    /// Tells gender and year of birth of one of the people that everything else is about.
    fn describe(&mut self, which: u8, how: u8) {
        let described = identity::PersonDescribed {
            gender: 1 + i32::from(which) % 2,
            birth_year: 1940 + i32::from(how) % 80,
        };
        let person = person_of(Uuid::from_u128(which.into()));
        self.append("identity", "Person", person, &described);
    }

    fn apply(&mut self, place: Place) {
        let id = self.id();
        self.applications.push(Application {
            id,
            place,
            state: Step::Draft,
            been: vec![],
        });
    }

    fn review(&mut self, which: u8, how: u8, place: Place) {
        let Some(application) = pick(&mut self.applications, which) else {
            return;
        };
        let from = application.state;
        let to = match (from, how % 4) {
            (Step::Draft, 0) => Step::Withdrawn,
            (Step::Draft | Step::Returned, _) => Step::InFirstReview,
            (Step::InFirstReview, 0 | 1) => Step::InFinalReview,
            (Step::InFinalReview, 0 | 1) => Step::Approved,
            (Step::InFirstReview | Step::InFinalReview, 2) => Step::Returned,
            (Step::InFirstReview, 3) => Step::Withdrawn,
            (Step::InFinalReview, 3) => Step::Rejected,
            _ => return,
        };
        if from == Step::Returned {
            // The form is corrected before it is submitted again.
            application.place.division = place.division;
        }
        let first_time = !application.been.contains(&to);
        application.been.push(to);
        application.state = to;
        let (id, place) = (application.id, application.place);
        let moved = membership::ApplicationMoved {
            organisation_id: place.organisation.to_string(),
            division_code: place.division.into(),
            from_state: from.into(),
            to_state: to.into(),
            first_time,
            person_id: person_of(id).to_string(),
            category: category_of(id),
        };
        self.append("membership", "Application", id, &moved);
        if to == Step::Approved {
            let id = self.id();
            self.memberships.push((id, place, State::Active));
            let activated = membership::MembershipActivated {
                organisation_id: place.organisation.to_string(),
                division_code: place.division.into(),
                person_id: person_of(id).to_string(),
                category: category_of(id),
                ..Default::default()
            };
            self.append("membership", "Membership", id, &activated);
        }
    }

    fn move_membership(&mut self, which: u8, how: u8) {
        let Some((id, place, state)) = pick(&mut self.memberships, which) else {
            return;
        };
        let to = match (*state, how % 16) {
            (State::Active, 0..=6) => State::Suspended,
            (State::Suspended, 0..=13) => State::Active,
            (State::Active | State::Suspended, 14) => State::Resigned,
            _ => return,
        };
        let moved = membership::MembershipMoved {
            organisation_id: place.organisation.to_string(),
            division_code: place.division.into(),
            from_state: (*state).into(),
            to_state: to.into(),
            person_id: person_of(*id).to_string(),
            category: category_of(*id),
        };
        *state = to;
        let id = *id;
        self.append("membership", "Membership", id, &moved);
    }

    fn publish(&mut self, place: Place) {
        let id = self.id();
        self.activities.push((id, place, false));
        let published = events::ActivityPublished {
            organisation_id: place.organisation.to_string(),
            division_code: place.division.into(),
            kind: kind_of(id),
            ..Default::default()
        };
        self.append("events", "Activity", id, &published);
    }

    /// Moves an activity with its seats to another division, unless a person attended.
    fn relocate(&mut self, which: u8, to: &'static str) {
        let Some(&mut (id, place, false)) = pick(&mut self.activities, which) else {
            return;
        };
        let of_it = |registration: &&mut (Uuid, Place, bool, Uuid, bool)| registration.3 == id;
        if self.registrations.iter_mut().filter(of_it).any(|r| r.4) {
            return;
        }
        let mut seats_taken = 0;
        for registration in self.registrations.iter_mut().filter(of_it).filter(|r| r.2) {
            registration.1.division = to;
            seats_taken += 1;
        }
        if let Some(activity) = pick(&mut self.activities, which) {
            activity.1.division = to;
        }
        let relocated = events::ActivityRelocated {
            organisation_id: place.organisation.to_string(),
            from_division_code: place.division.into(),
            to_division_code: to.into(),
            seats_taken,
            kind: kind_of(id),
        };
        self.append("events", "Activity", id, &relocated);
    }

    fn cancel(&mut self, which: u8) {
        let Some(activity) = pick(&mut self.activities, which).filter(|a| !a.2) else {
            return;
        };
        activity.2 = true;
        let (id, place, _) = *activity;
        let cancelled = events::ActivityCancelled {
            organisation_id: place.organisation.to_string(),
            division_code: place.division.into(),
            kind: kind_of(id),
        };
        self.append("events", "Activity", id, &cancelled);
    }

    fn take_seat(&mut self, which: u8) {
        let Some(&mut (activity, place, false)) = pick(&mut self.activities, which) else {
            return;
        };
        let id = self.id();
        self.registrations.push((id, place, true, activity, false));
        let taken = events::SeatTaken {
            activity_id: activity.to_string(),
            organisation_id: place.organisation.to_string(),
            division_code: place.division.into(),
            person_id: person_of(id).to_string(),
            kind: kind_of(activity),
        };
        self.append("events", "Registration", id, &taken);
    }

    fn release(&mut self, which: u8) {
        let Some(registration) = pick(&mut self.registrations, which).filter(|r| r.2) else {
            return;
        };
        registration.2 = false;
        let (id, place, ..) = *registration;
        let released = events::SeatReleased {
            organisation_id: place.organisation.to_string(),
            division_code: place.division.into(),
            ..Default::default()
        };
        self.append("events", "Registration", id, &released);
    }

    fn attend(&mut self, which: u8, how: u8) {
        let Some((id, place, true, activity, attended)) = pick(&mut self.registrations, which)
        else {
            return;
        };
        *attended = true;
        let (id, place, activity) = (*id, *place, *activity);
        let attended = events::AttendanceRecorded {
            organisation_id: place.organisation.to_string(),
            division_code: place.division.into(),
            credited_minutes: i32::from(how),
            person_id: person_of(id).to_string(),
            kind: kind_of(activity),
            activity_id: activity.to_string(),
        };
        self.append("events", "Registration", id, &attended);
    }

    /// The log of one service.
    pub fn log_of(&self, source: &str) -> Vec<Event> {
        self.log
            .iter()
            .filter(|e| e.source == source)
            .cloned()
            .collect()
    }
}

/// Whom something is about: one of a few people, so that each is met more than once.
fn person_of(id: Uuid) -> Uuid {
    Uuid::from_u128(0x0c_0000_0000_7000_8000_0000_0000_0000 + id.as_u128() % 23)
}

fn category_of(id: Uuid) -> i32 {
    1 + (id.as_u128() % 3) as i32
}

fn kind_of(id: Uuid) -> i32 {
    1 + (id.as_u128() % 5) as i32
}

fn pick<T>(things: &mut [T], which: u8) -> Option<&mut T> {
    let count = things.len();
    things.get_mut(usize::from(which) % count.max(1))
}

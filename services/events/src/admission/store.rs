//! Admission in the database: lock, read, write. Three statements for a batch of any size.

use std::collections::HashSet;

use kit::db::Tx;
use prost::{Message as _, Name as _};
use proto::cast::events::v1::{self as wire, SeatTaken};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Applicant,
    rules::{Door, Earlier},
};
use crate::{
    activities::{Kind, Schedule, State as ActivityState},
    registrations::{Registration, State},
};

/// The row in `seats`, locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Seats.
    pub capacity: i32,
    /// Seats taken.
    pub taken: i32,
    /// Ordinal of the last registration.
    pub admitted: i64,
}

/// Locks the seats of an activity that has any left. `None`: it was full at this moment (or does not exist), and nothing
/// is locked: those who come too late do not queue behind those who change the row.
pub async fn lock_free_seats(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<Seats>, sqlx::Error> {
    sqlx::query_as!(
        Seats,
        "select capacity, taken, admitted from seats where activity_id = $1 and taken < capacity for update",
        activity_id
    )
    .fetch_optional(conn)
    .await
}

/// What is known about an activity and those who ask for seats.
#[derive(Clone, Debug)]
pub struct Known {
    /// The activity, or none.
    pub activity: Option<Subject>,
    /// Earlier registrations of those who ask, for the rules, and as they are shown.
    pub earlier: Vec<(Earlier, Registration)>,
}

/// The activity the seats are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which.
    pub activity_id: Uuid,
    /// Whose.
    pub organisation_id: Uuid,
    /// What it is called.
    pub title: String,
    /// What sort it is.
    pub kind: Kind,
    /// Where it stands.
    pub state: ActivityState,
    /// When it takes place.
    pub schedule: Schedule,
    /// Where it takes place.
    pub division_code: String,
}

impl Subject {
    /// As the rules see it; without seats if none are locked.
    pub fn door(&self, seats: Option<&Seats>) -> Door {
        Door {
            state: self.state,
            closes_at: self.schedule.closes_at(),
            capacity: seats.map_or(0, |seats| seats.capacity),
            taken: seats.map_or(0, |seats| seats.taken),
        }
    }
}

/// Reads the activity and the earlier registrations of the applicants. Must come after the lock, as a statement of its own:
/// only then it sees everything that was committed before the lock was given.
///
/// Asks for one applicant after the other, each by an index. Asked for all of them together, the plan would be made for the size of the
/// tables at that moment, and a rush makes them grow faster than statistics are gathered.
pub async fn known(
    conn: &mut PgConnection,
    activity_id: Uuid,
    applicants: &[Applicant],
) -> Result<Known, sqlx::Error> {
    let persons: Vec<Uuid> = applicants.iter().map(|a| a.request.person_id).collect();
    let names: Vec<String> = applicants
        .iter()
        .map(|a| a.request.request_id.clone())
        .collect();
    let rows = sqlx::query!(
        r#"select a.organisation_id, a.title, a.kind as "kind: Kind", a.state as "activity_state: ActivityState",
                  a.starts_at, a.ends_at, a.registration_closes_at, a.division_code as "venue!",
                  r.registration_id as "registration_id?", r.activity_id as "activity_id?", r.ordinal as "ordinal?",
                  r.person_id as "person_id?", r.person_number as "person_number?", r.person_name,
                  r.division_code as "division_code?", r.request_id, r.state as "state?: State",
                  r.created_at as "created_at?", r.checked_in_at
           from activities a
           left join lateral (
               select found.*
               from unnest($2::uuid[], $3::text[]) as asked (person_id, request_id)
               cross join lateral (
                   (select * from registrations held
                    where held.activity_id = $1 and held.person_id = asked.person_id
                      and held.state in ('registered', 'attended')
                    limit 1)
                   union all
                   (select * from registrations named
                    where named.person_id = asked.person_id and named.request_id = asked.request_id
                    order by named.activity_id <> $1
                    limit 1)
               ) as found
           ) as r on true
           where a.activity_id = $1"#,
        activity_id,
        &persons,
        &names
    )
    .fetch_all(conn)
    .await?;
    let activity = rows.first().map(|row| Subject {
        activity_id,
        organisation_id: row.organisation_id,
        title: row.title.clone(),
        kind: row.kind,
        state: row.activity_state,
        schedule: Schedule {
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            registration_closes_at: row.registration_closes_at,
        },
        division_code: row.venue.clone(),
    });
    let mut earlier = Vec::new();
    for row in rows {
        // All of them or none: the columns of one row of `registrations`.
        let (
            Some(registration_id),
            Some(of_activity),
            Some(ordinal),
            Some(person_id),
            Some(person_number),
            Some(division_code),
            Some(state),
            Some(created_at),
        ) = (
            row.registration_id,
            row.activity_id,
            row.ordinal,
            row.person_id,
            row.person_number,
            row.division_code,
            row.state,
            row.created_at,
        )
        else {
            continue;
        };
        let registration = Registration {
            registration_id,
            activity_id: of_activity,
            activity_title: row.title,
            activity_starts_at: row.starts_at,
            activity_state: row.activity_state,
            ordinal,
            person_id,
            person_number,
            person_name: row.person_name,
            state,
            created_at,
            checked_in_at: row.checked_in_at,
        };
        let seen = Earlier {
            registration_id,
            here: of_activity == activity_id,
            person_id,
            request_id: row.request_id.unwrap_or_default(),
            division_code,
            holds_seat: state != State::Cancelled,
        };
        earlier.push((seen, registration));
    }
    Ok(Known { activity, earlier })
}

/// Gives seats to these applicants, in this order: registrations, the counter and the events, by one statement. The seats are
/// locked. Returns the registrations that were made: all of them, unless something that must not happen did.
pub async fn admit(
    tx: &mut Tx,
    subject: &Subject,
    seats: &Seats,
    applicants: &[&Applicant],
    now: OffsetDateTime,
) -> Result<Vec<Registration>, sqlx::Error> {
    let registrations: Vec<Registration> = applicants
        .iter()
        .zip(seats.admitted + 1..)
        .map(|(applicant, ordinal)| subject.registration(applicant, ordinal, now))
        .collect();
    let ids: Vec<Uuid> = registrations.iter().map(|r| r.registration_id).collect();
    let ordinals: Vec<i64> = registrations.iter().map(|r| r.ordinal).collect();
    let persons: Vec<Uuid> = registrations.iter().map(|r| r.person_id).collect();
    let numbers: Vec<String> = registrations
        .iter()
        .map(|r| r.person_number.clone())
        .collect();
    let names: Vec<Option<Vec<u8>>> = registrations
        .iter()
        .map(|r| r.person_name.clone())
        .collect();
    let divisions: Vec<String> = applicants
        .iter()
        .map(|a| a.request.division_code.clone())
        .collect();
    let requests: Vec<String> = applicants
        .iter()
        .map(|a| a.request.request_id.clone())
        .collect();
    let event_ids: Vec<Uuid> = registrations.iter().map(|_| Uuid::now_v7()).collect();
    let payloads: Vec<Vec<u8>> = persons
        .iter()
        .map(|person| subject.seat_taken(*person))
        .collect();
    // Each event belongs to the trace of the call that asked for the seat.
    let traces: Vec<Option<String>> = applicants.iter().map(|a| a.traceparent.clone()).collect();
    // The rules have seen to it that no row meets one that is there. If one does nevertheless, that person gets no seat and
    // everybody else is none the worse for it.
    let admitted = sqlx::query_scalar!(
        "with asked as (
             select * from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::bytea[], $7::text[], $8::text[],
                                  $11::uuid[], $12::bytea[], $13::text[])
                 as asked (registration_id, ordinal, person_id, person_number, person_name, division_code, request_id,
                           event_id, payload, traceparent)
         ), admitted as (
             insert into registrations (registration_id, activity_id, ordinal, person_id, person_number, person_name,
                                        division_code, state, request_id, created_at)
             select registration_id, $1, ordinal, person_id, person_number, person_name, division_code, 'registered',
                    nullif(request_id, ''), $9
             from asked
             on conflict do nothing
             returning registration_id
         ), counted as (
             update seats set taken = taken + (select count(*) from admitted), admitted = admitted + $10
             where activity_id = $1
         ), told as (
             insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent)
             select event_id, 'Registration', registration_id, $14, payload, $9, traceparent
             from asked join admitted using (registration_id)
             order by ordinal
         )
         select registration_id from admitted",
        subject.activity_id,
        &ids,
        &ordinals,
        &persons,
        &numbers,
        &names as &[Option<Vec<u8>>],
        &divisions,
        &requests,
        now,
        i64::try_from(ids.len()).unwrap_or(i64::MAX),
        &event_ids,
        &payloads,
        &traces as &[Option<String>],
        SeatTaken::NAME
    )
    .fetch_all(&mut **tx)
    .await?;
    tx.wake();
    if admitted.len() == registrations.len() {
        return Ok(registrations);
    }
    let admitted: HashSet<Uuid> = admitted.into_iter().collect();
    Ok(registrations
        .into_iter()
        .filter(|r| admitted.contains(&r.registration_id))
        .collect())
}

impl Subject {
    fn registration(
        &self,
        applicant: &Applicant,
        ordinal: i64,
        now: OffsetDateTime,
    ) -> Registration {
        Registration {
            registration_id: applicant.request.registration_id,
            activity_id: self.activity_id,
            activity_title: self.title.clone(),
            activity_starts_at: self.schedule.starts_at,
            activity_state: self.state,
            ordinal,
            person_id: applicant.request.person_id,
            person_number: applicant.person_number.clone(),
            person_name: applicant.person_name.clone(),
            state: State::Registered,
            created_at: now,
            checked_in_at: None,
        }
    }

    fn seat_taken(&self, person_id: Uuid) -> Vec<u8> {
        let fact = SeatTaken {
            activity_id: self.activity_id.to_string(),
            organisation_id: self.organisation_id.to_string(),
            person_id: person_id.to_string(),
            division_code: self.division_code.clone(),
            kind: wire::activity::Kind::from(self.kind).into(),
        };
        fact.encode_to_vec()
    }
}

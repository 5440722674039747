//! The SQL of admission: lock, read, write. Three statements for a batch of any size for any number of activities.

use std::collections::{HashMap, HashSet};

use kit::db::Tx;
use prost::{Message as _, Name as _};
use proto_events::v1::{self as wire, SeatTaken};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    applicant::Applicant,
    rules::{Availability, Earlier, Request},
};
use crate::{
    activities::{Kind, State as ActivityState},
    registrations::{Registration, State},
    schedule::Schedule,
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

/// Locks the seats of those of these activities that have any left. A full activity (or one that does not exist) is not in the answer and
/// not locked, so requests that come too late do not wait for transactions that change the row.
///
/// The lock of a single activity is waited for. Of several, those that another transaction has locked are skipped: waiting for a lock
/// while holding others could deadlock.
pub async fn lock_free_seats(
    conn: &mut PgConnection,
    activity_ids: &[Uuid],
) -> Result<HashMap<Uuid, Seats>, sqlx::Error> {
    if let [activity_id] = activity_ids {
        let seats = sqlx::query_as!(
            Seats,
            "select capacity, taken, admitted from seats where activity_id = $1 and taken < capacity for update",
            activity_id
        )
        .fetch_optional(conn)
        .await?;
        return Ok(seats
            .map(|seats| (*activity_id, seats))
            .into_iter()
            .collect());
    }
    let rows = sqlx::query!(
        "select activity_id, capacity, taken, admitted from seats
         where activity_id = any($1) and taken < capacity for update skip locked",
        activity_ids
    )
    .fetch_all(conn)
    .await?;
    let seats = rows.into_iter().map(|row| {
        let seats = Seats {
            capacity: row.capacity,
            taken: row.taken,
            admitted: row.admitted,
        };
        (row.activity_id, seats)
    });
    Ok(seats.collect())
}

/// What is stored about an activity and the applicants for its seats. Nothing about an activity that does not exist.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The activity, or none.
    pub activity: Option<TargetActivity>,
    /// Whether seats are left, by what is committed.
    pub has_free_seats: bool,
    /// Earlier registrations of the applicants, for the rules.
    pub earlier: Vec<Earlier>,
    /// The same registrations, for the answers.
    pub registrations: Vec<Registration>,
}

/// The activity whose seats are requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetActivity {
    /// Its id.
    pub activity_id: Uuid,
    /// The organisation it belongs to.
    pub organisation_id: Uuid,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: Kind,
    /// Its state.
    pub state: ActivityState,
    /// When it takes place.
    pub schedule: Schedule,
    /// The division in which it takes place: GB/T 2260 or empty.
    pub division_code: String,
    /// The version of the form that registrants answer; `None`: nothing is asked.
    pub form_version: Option<i32>,
}

impl TargetActivity {
    /// The input of the rules; without seats if none are locked.
    pub fn availability(&self, seats: Option<&Seats>) -> Availability {
        Availability {
            state: self.state,
            closes_at: self.schedule.closes_at(),
            capacity: seats.map_or(0, |seats| seats.capacity),
            taken: seats.map_or(0, |seats| seats.taken),
            form_version: self.form_version,
        }
    }
}

/// Reads the activities and the earlier registrations of the applicants. Must come after the lock, as a statement of its own: only then it
/// sees everything that was committed before the lock was given.
///
/// Each applicant is looked up by an index. A plan for all of them together would be made for the size of the tables at that moment, and
/// under load they grow faster than statistics are gathered.
pub async fn known(
    conn: &mut PgConnection,
    requested: &[(Uuid, &Applicant)],
) -> Result<HashMap<Uuid, Known>, sqlx::Error> {
    let activities: Vec<Uuid> = requested
        .iter()
        .map(|(activity_id, _)| *activity_id)
        .collect();
    let persons: Vec<Uuid> = requested.iter().map(|(_, a)| a.request.person_id).collect();
    let request_ids: Vec<String> = requested
        .iter()
        .map(|(_, a)| a.request.request_id.clone())
        .collect();
    let rows = sqlx::query!(
        r#"select a.activity_id as "activity_id!", a.organisation_id as "organisation_id!", a.title as "title!",
                  a.kind as "kind!: Kind", a.state as "activity_state!: ActivityState", a.starts_at as "starts_at!",
                  a.ends_at as "ends_at!", a.registration_closes_at, a.division_code as "venue!", a.form_version as asked_version,
                  s.taken < s.capacity as "has_free_seats!",
                  r.registration_id as "registration_id?", r.activity_id as "of_activity?", r.ordinal as "ordinal?",
                  r.person_id as "person_id?", r.person_number as "person_number?", r.person_name,
                  r.division_code as "division_code?", r.request_id, r.state as "state?: State",
                  r.created_at as "created_at?", r.checked_in_at, r.form_version, r.answers_changed_at, r.sent_hash
           from activities a
           join seats s on s.activity_id = a.activity_id
           left join (
               select asked.activity_id as asked_at, found.*
               from unnest($1::uuid[], $2::uuid[], $3::text[]) as asked (activity_id, person_id, request_id)
               cross join lateral (
                   (select registration_id, activity_id, ordinal, person_id, person_number, person_name, division_code, request_id,
                           state, created_at, checked_in_at, form_version, answers_changed_at, sent_hash
                    from registrations held
                    where held.activity_id = asked.activity_id and held.person_id = asked.person_id
                      and held.state in ('registered', 'attended')
                    limit 1)
                   union all
                   (select registration_id, activity_id, ordinal, person_id, person_number, person_name, division_code, request_id,
                           state, created_at, checked_in_at, form_version, answers_changed_at, sent_hash
                    from registrations named
                    where named.person_id = asked.person_id and named.request_id = asked.request_id
                    order by named.activity_id <> asked.activity_id
                    limit 1)
               ) as found
           ) as r on r.asked_at = a.activity_id
           where a.activity_id = any($1)"#,
        &activities,
        &persons,
        &request_ids
    )
    .fetch_all(conn)
    .await?;
    let mut known: HashMap<Uuid, Known> = HashMap::new();
    for row in rows {
        let entry = known.entry(row.activity_id).or_default();
        entry.has_free_seats = row.has_free_seats;
        entry.activity.get_or_insert_with(|| TargetActivity {
            activity_id: row.activity_id,
            organisation_id: row.organisation_id,
            title: row.title.clone(),
            kind: row.kind,
            state: row.activity_state,
            schedule: Schedule {
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                registration_closes_at: row.registration_closes_at,
            },
            division_code: row.venue,
            form_version: row.asked_version,
        });
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
            row.of_activity,
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
        entry.registrations.push(Registration {
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
            form_version: row.form_version,
            answers_changed_at: row.answers_changed_at,
        });
        entry.earlier.push(Earlier {
            registration_id,
            same_activity: of_activity == row.activity_id,
            person_id,
            request_id: row.request_id.unwrap_or_default(),
            division_code,
            sent_hash: row.sent_hash,
            holds_seat: state != State::Cancelled,
        });
    }
    Ok(known)
}

/// An applicant who gets a seat: a row of `registrations` and its event.
#[derive(Clone, Debug)]
pub struct Admitted<'a> {
    registration: Registration,
    request: &'a Request,
    answers: Option<&'a [u8]>,
    rows: &'a [(String, String)],
    payload: Vec<u8>,
    traceparent: Option<&'a str>,
}

/// What to write for these applicants, who get the next seats in this order.
pub fn admission<'a>(
    activity: &TargetActivity,
    seats: Seats,
    applicants: impl Iterator<Item = &'a Applicant>,
    now: OffsetDateTime,
) -> Vec<Admitted<'a>> {
    let numbered = applicants.zip(seats.admitted + 1..);
    let admitted = numbered.map(|(applicant, ordinal)| Admitted {
        registration: activity.registration(applicant, ordinal, now),
        request: &applicant.request,
        answers: applicant.answers.as_deref(),
        rows: &applicant.rows,
        payload: activity.seat_taken(applicant.request.person_id),
        // Each event belongs to the trace of the call that asked for the seat.
        traceparent: applicant.traceparent.as_deref(),
    });
    admitted.collect()
}

/// Writes registrations, counters and events by one statement. The seats are locked. Returns the registrations that were inserted: all of
/// them, unless a row conflicted.
pub async fn admit(
    tx: &mut Tx,
    admitted: Vec<Admitted<'_>>,
    now: OffsetDateTime,
) -> Result<Vec<Registration>, sqlx::Error> {
    let rows = || admitted.iter().map(|a| &a.registration);
    let ids: Vec<Uuid> = rows().map(|r| r.registration_id).collect();
    let activities: Vec<Uuid> = rows().map(|r| r.activity_id).collect();
    let ordinals: Vec<i64> = rows().map(|r| r.ordinal).collect();
    let persons: Vec<Uuid> = rows().map(|r| r.person_id).collect();
    let numbers: Vec<String> = rows().map(|r| r.person_number.clone()).collect();
    let names: Vec<Option<Vec<u8>>> = rows().map(|r| r.person_name.clone()).collect();
    let requests = || admitted.iter().map(|a| a.request);
    let divisions: Vec<String> = requests().map(|r| r.division_code.clone()).collect();
    let request_ids: Vec<String> = requests().map(|r| r.request_id.clone()).collect();
    let event_ids: Vec<Uuid> = rows().map(|_| kit::chance::id(now)).collect();
    let payloads: Vec<&[u8]> = admitted.iter().map(|a| a.payload.as_slice()).collect();
    let traces: Vec<Option<&str>> = admitted.iter().map(|a| a.traceparent).collect();
    let versions: Vec<Option<i32>> = requests().map(|r| r.form_version).collect();
    let answers: Vec<Option<&[u8]>> = admitted.iter().map(|a| a.answers).collect();
    let hashes: Vec<Option<&[u8]>> = requests().map(|r| r.sent_hash.as_deref()).collect();
    let listed = admitted.iter().flat_map(|a| {
        let id = a.registration.registration_id;
        a.rows
            .iter()
            .map(move |(key, value)| (id, key.clone(), value.clone()))
    });
    let (mut of, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (id, key, value) in listed {
        of.push(id);
        keys.push(key);
        values.push(value);
    }
    // By the rules no row conflicts with an existing one. If one does, that person gets no seat and the others are not affected.
    let inserted = sqlx::query_scalar!(
        "with asked as (
             select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::bytea[], $7::text[], $8::text[],
                                  $9::uuid[], $10::bytea[], $11::text[], $14::integer[], $15::bytea[], $16::bytea[])
                 as asked (activity_id, registration_id, ordinal, person_id, person_number, person_name, division_code, request_id,
                           event_id, payload, traceparent, form_version, answers, sent_hash)
         ), admitted as (
             insert into registrations (registration_id, activity_id, ordinal, person_id, person_number, person_name,
                                        division_code, state, request_id, created_at, form_version, answers, sent_hash,
                                        answers_listed)
             select registration_id, activity_id, ordinal, person_id, person_number, person_name, division_code, 'registered',
                    nullif(request_id, ''), $12, form_version, answers, sent_hash, true
             from asked
             on conflict do nothing
             returning registration_id
         ), listed as (
             insert into registration_answers (registration_id, key, value, activity_id, ordinal)
             select each.registration_id, each.key, each.value, asked.activity_id, asked.ordinal
             from unnest($17::uuid[], $18::text[], $19::text[]) as each (registration_id, key, value)
             join admitted using (registration_id) join asked using (registration_id)
         ), counted as (
             update seats set taken = seats.taken + share.taken, admitted = seats.admitted + share.asked
             from (select activity_id, count(*) as asked, count(admitted.registration_id) as taken
                   from asked left join admitted using (registration_id)
                   group by activity_id) as share
             where seats.activity_id = share.activity_id
         ), told as (
             insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent)
             select event_id, 'Registration', registration_id, $13, payload, $12, traceparent
             from asked join admitted using (registration_id)
             order by activity_id, ordinal
         )
         select registration_id from admitted",
        &activities,
        &ids,
        &ordinals,
        &persons,
        &numbers,
        &names as &[Option<Vec<u8>>],
        &divisions,
        &request_ids,
        &event_ids,
        &payloads as &[&[u8]],
        &traces as &[Option<&str>],
        now,
        SeatTaken::NAME,
        &versions as &[Option<i32>],
        &answers as &[Option<&[u8]>],
        &hashes as &[Option<&[u8]>],
        &of,
        &keys,
        &values
    )
    .fetch_all(&mut **tx)
    .await?;
    tx.wake();
    let all = inserted.len() == admitted.len();
    let inserted: HashSet<Uuid> = inserted.into_iter().collect();
    let registrations = admitted.into_iter().map(|a| a.registration);
    Ok(registrations
        .filter(|r| all || inserted.contains(&r.registration_id))
        .collect())
}

impl TargetActivity {
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
            form_version: applicant.request.form_version,
            answers_changed_at: None,
        }
    }

    fn seat_taken(&self, person_id: Uuid) -> Vec<u8> {
        let event = SeatTaken {
            activity_id: self.activity_id.to_string(),
            organisation_id: self.organisation_id.to_string(),
            person_id: person_id.to_string(),
            division_code: self.division_code.clone(),
            kind: wire::activity::Kind::from(self.kind).into(),
        };
        event.encode_to_vec()
    }
}

//! The SQL that writes periods.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use super::{
    Change, Dated, Description, State,
    rules::{Written, together},
};

/// Writes the changes of a batch of events of a source into a generation: numbers of people, and a few statements for any number of events.
pub async fn write(
    conn: &mut PgConnection,
    generation: i32,
    source: &str,
    changes: Vec<Dated>,
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    // Before all else, and in one order: two sources may bring the same people at the same time.
    let people = numbers(&mut *conn, &people_of(&changes)).await?;
    let into = Into {
        generation,
        revision: next_revision(&mut *conn, generation, source).await?,
        people,
    };
    let (writes, described) = together(changes);
    for write in writes {
        end(&mut *conn, &into, &write.ended).await?;
        begin(&mut *conn, &into, &write.begun).await?;
        if let Some((activity_id, division, day)) = write.relocated {
            relocate(&mut *conn, &into, activity_id, division, day).await?;
        }
    }
    describe(conn, &into, &described).await
}

/// Where a batch is written.
struct Into {
    generation: i32,
    revision: i64,
    people: HashMap<Uuid, i32>,
}

fn people_of(changes: &[Dated]) -> Vec<Uuid> {
    let people: BTreeSet<Uuid> = changes
        .iter()
        .filter_map(|dated| match &dated.change {
            Change::Begin(begin) => begin.person_id,
            Change::Describe { person_id, .. } => Some(*person_id),
            Change::End { .. } | Change::Relocate { .. } => None,
        })
        .collect();
    people.into_iter().collect()
}

/// The numbers of these people, in order of id; those without one get one.
async fn numbers(
    conn: &mut PgConnection,
    people: &[Uuid],
) -> Result<HashMap<Uuid, i32>, sqlx::Error> {
    let mut known = known_numbers(&mut *conn, people).await?;
    let new: Vec<Uuid> = people
        .iter()
        .filter(|id| !known.contains_key(id))
        .copied()
        .collect();
    if !new.is_empty() {
        // Whom another source has numbered meanwhile keeps that number.
        sqlx::query!(
            "insert into person_numbers (person_id)
             select person_id from unnest($1::uuid[]) as person_id order by person_id
             on conflict do nothing",
            &new
        )
        .execute(&mut *conn)
        .await?;
        known.extend(known_numbers(conn, &new).await?);
    }
    Ok(known)
}

async fn known_numbers(
    conn: &mut PgConnection,
    people: &[Uuid],
) -> Result<HashMap<Uuid, i32>, sqlx::Error> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select person_id, number from person_numbers where person_id = any ($1)",
        people
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id, row.number))
        .collect())
}

/// The revision of this batch. Until the transaction ends no other of the same source gets one, so revisions become visible in order.
async fn next_revision(
    conn: &mut PgConnection,
    generation: i32,
    source: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into revisions (generation, source, revision) values ($1, $2, 1)
         on conflict (generation, source) do update set revision = revisions.revision + 1
         returning revision",
        generation,
        source
    )
    .fetch_one(conn)
    .await
}

async fn end(
    conn: &mut PgConnection,
    into: &Into,
    ended: &[(State, Uuid, Date)],
) -> Result<(), sqlx::Error> {
    if ended.is_empty() {
        return Ok(());
    }
    let states: Vec<i16> = ended.iter().map(|(state, ..)| state.code()).collect();
    let subjects: Vec<Uuid> = ended.iter().map(|(_, subject, _)| *subject).collect();
    let days: Vec<Date> = ended.iter().map(|(.., day)| *day).collect();
    // Where no such period goes on, the version before this one has counted its beginning; the repair finds that.
    sqlx::query!(
        "update periods p set ended = greatest(p.begun, batch.day), end_revision = $2
         from unnest($3::smallint[], $4::uuid[], $5::date[]) as batch (state, subject_id, day)
         where p.generation = $1 and p.state = batch.state and p.subject_id = batch.subject_id and p.ended is null",
        into.generation,
        into.revision,
        &states,
        &subjects,
        &days
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reserves numbers for so many periods of a state; returns the first.
async fn reserve(
    conn: &mut PgConnection,
    generation: i32,
    state: State,
    many: i32,
) -> Result<i32, sqlx::Error> {
    let next = sqlx::query_scalar!(
        "insert into period_counts (generation, state, next) values ($1, $2, $3)
         on conflict (generation, state) do update set next = period_counts.next + excluded.next
         returning next",
        generation,
        state.code(),
        many
    )
    .fetch_one(conn)
    .await?;
    Ok(next - many)
}

/// The columns of the periods of a batch.
#[derive(Default)]
struct Columns {
    states: Vec<i16>,
    numbers: Vec<i32>,
    subjects: Vec<Uuid>,
    people: Vec<Option<i32>>,
    begun: Vec<Date>,
    ended: Vec<Option<Date>>,
    organisations: Vec<Uuid>,
    divisions: Vec<i32>,
    categories: Vec<i16>,
    kinds: Vec<i16>,
    first: Vec<bool>,
    amounts: Vec<i32>,
    activities: Vec<Option<Uuid>>,
}

async fn begin(
    conn: &mut PgConnection,
    into: &Into,
    periods: &[Written],
) -> Result<(), sqlx::Error> {
    if periods.is_empty() {
        return Ok(());
    }
    let mut many: BTreeMap<State, i32> = BTreeMap::new();
    for period in periods {
        *many.entry(period.begin.state).or_default() += 1;
    }
    let mut next = BTreeMap::new();
    for (state, many) in many {
        let first = reserve(&mut *conn, into.generation, state, many).await?;
        next.insert(state, first);
    }
    let mut rows = Columns::default();
    for Written {
        begin,
        begun,
        ended,
    } in periods
    {
        let number = next.entry(begin.state).or_default();
        rows.states.push(begin.state.code());
        rows.numbers.push(*number);
        *number += 1;
        rows.subjects.push(begin.subject_id);
        rows.people
            .push(begin.person_id.and_then(|id| into.people.get(&id).copied()));
        rows.begun.push(*begun);
        rows.ended.push(*ended);
        rows.organisations.push(begin.organisation_id);
        rows.divisions.push(begin.division);
        rows.categories.push(begin.category);
        rows.kinds.push(begin.activity_kind);
        rows.first.push(begin.first);
        rows.amounts.push(begin.amount);
        rows.activities.push(begin.activity_id);
    }
    sqlx::query!(
        "insert into periods (generation, state, number, subject_id, person, begun, ended, organisation_id, division, category,
                              activity_kind, first, amount, activity_id)
         select $1, * from unnest($2::smallint[], $3::integer[], $4::uuid[], $5::integer[], $6::date[], $7::date[], $8::uuid[],
                                  $9::integer[], $10::smallint[], $11::smallint[], $12::boolean[], $13::integer[], $14::uuid[])",
        into.generation,
        &rows.states,
        &rows.numbers,
        &rows.subjects,
        &rows.people as &[Option<i32>],
        &rows.begun,
        &rows.ended as &[Option<Date>],
        &rows.organisations,
        &rows.divisions,
        &rows.categories,
        &rows.kinds,
        &rows.first,
        &rows.amounts,
        &rows.activities as &[Option<Uuid>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the periods of the seats of an activity that go on elsewhere, and begins the same ones in `division`.
async fn relocate(
    conn: &mut PgConnection,
    into: &Into,
    activity_id: Uuid,
    division: i32,
    day: Date,
) -> Result<(), sqlx::Error> {
    let moved = sqlx::query!(
        "update periods set ended = greatest(begun, $5), end_revision = $2
         where generation = $1 and activity_id = $3 and division <> $4 and ended is null
         returning number, subject_id, person, organisation_id, category, activity_kind, first, amount",
        into.generation,
        into.revision,
        activity_id,
        division,
        day
    )
    .fetch_all(&mut *conn)
    .await?;
    if moved.is_empty() {
        return Ok(());
    }
    let first = reserve(&mut *conn, into.generation, State::Seat, moved.len() as i32).await?;
    let mut seats: Vec<_> = moved.into_iter().collect();
    seats.sort_unstable_by_key(|seat| seat.number);
    let mut rows = Columns::default();
    for (number, seat) in (first..).zip(seats) {
        rows.numbers.push(number);
        rows.subjects.push(seat.subject_id);
        rows.people.push(seat.person);
        rows.organisations.push(seat.organisation_id);
        rows.categories.push(seat.category);
        rows.kinds.push(seat.activity_kind);
        rows.first.push(seat.first);
        rows.amounts.push(seat.amount);
    }
    sqlx::query!(
        "insert into periods (generation, state, number, subject_id, person, begun, organisation_id, division, category, activity_kind,
                              first, amount, activity_id)
         select $1, $2, number, subject_id, person, $3, organisation_id, $4, category, activity_kind, first, amount, $5
         from unnest($6::integer[], $7::uuid[], $8::integer[], $9::uuid[], $10::smallint[], $11::smallint[], $12::boolean[], $13::integer[])
              as seat (number, subject_id, person, organisation_id, category, activity_kind, first, amount)",
        into.generation,
        State::Seat.code(),
        day,
        division,
        activity_id,
        &rows.numbers,
        &rows.subjects,
        &rows.people as &[Option<i32>],
        &rows.organisations,
        &rows.categories,
        &rows.kinds,
        &rows.first,
        &rows.amounts
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn describe(
    conn: &mut PgConnection,
    into: &Into,
    described: &BTreeMap<Uuid, Description>,
) -> Result<(), sqlx::Error> {
    if described.is_empty() {
        return Ok(());
    }
    let (mut people, mut genders, mut years) = (Vec::new(), Vec::new(), Vec::new());
    for (id, description) in described {
        let Some(person) = into.people.get(id) else {
            continue;
        };
        people.push(*person);
        genders.push(description.gender);
        years.push(description.birth_year);
    }
    sqlx::query!(
        "insert into person_descriptions (generation, person, gender, birth_year, revision)
         select $1, person, gender, birth_year, $2
         from unnest($3::integer[], $4::smallint[], $5::smallint[]) as batch (person, gender, birth_year)
         on conflict (generation, person) do update
         set gender = excluded.gender, birth_year = excluded.birth_year, revision = excluded.revision
         where (person_descriptions.gender, person_descriptions.birth_year) is distinct from (excluded.gender, excluded.birth_year)",
        into.generation,
        into.revision,
        &people,
        &genders,
        &years
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::Begin, *};

    #[test]
    fn people_are_numbered_in_one_order() {
        let begin = |id: u128| Begin {
            state: State::Member,
            subject_id: Uuid::from_u128(100 + id),
            person_id: Some(Uuid::from_u128(id)),
            organisation_id: Uuid::nil(),
            division: 0,
            category: 0,
            activity_kind: 0,
            first: true,
            amount: 0,
            activity_id: None,
        };
        let changes: Vec<Dated> = [3, 1, 2, 1]
            .map(|id| Dated {
                day: Date::MIN,
                change: Change::Begin(begin(id)),
            })
            .into();
        assert_eq!(people_of(&changes), [1, 2, 3].map(Uuid::from_u128));
    }
}

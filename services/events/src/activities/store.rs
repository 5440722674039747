//! The SQL of activities.

use files::pictures::Published;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Activity, Content, Kind, Recorded, State, search};
use crate::schedule::Schedule;

/// A row of `activities` with its seats and the name of its organisation.
struct Row {
    activity_id: Uuid,
    organisation_id: Uuid,
    organisation_name: String,
    title: String,
    description: String,
    kind: Kind,
    state: State,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    registration_closes_at: Option<OffsetDateTime>,
    division_code: String,
    place: String,
    capacity: i32,
    seats_taken: i32,
    credit_minutes: i32,
    cancel_reason: String,
    form_version: Option<i32>,
    cover: Option<Json<Published>>,
    version: i64,
}

impl From<Row> for Activity {
    fn from(row: Row) -> Self {
        Self {
            activity_id: row.activity_id,
            organisation_id: row.organisation_id,
            organisation_name: row.organisation_name,
            content: Content {
                title: row.title,
                description: row.description,
                kind: row.kind,
                schedule: Schedule {
                    starts_at: row.starts_at,
                    ends_at: row.ends_at,
                    registration_closes_at: row.registration_closes_at,
                },
                division_code: row.division_code,
                place: row.place,
                capacity: row.capacity,
                credit_minutes: row.credit_minutes,
            },
            state: row.state,
            seats_taken: row.seats_taken,
            cancel_reason: row.cancel_reason,
            form_version: row.form_version,
            cover: row.cover,
            version: row.version,
        }
    }
}

/// Organisation and state of an activity, for access decisions.
pub async fn owner(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<(Uuid, State)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select organisation_id, state as "state: State" from activities where activity_id = $1"#,
        activity_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.organisation_id, row.state)))
}

/// The activity, not locked.
pub async fn activity(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<Activity>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select a.activity_id, a.organisation_id, coalesce(o.name, '') as "organisation_name!", a.title, a.description,
                  a.kind as "kind: Kind", a.state as "state: State", a.starts_at, a.ends_at, a.registration_closes_at,
                  a.division_code as "division_code!", a.place, s.capacity, s.taken as seats_taken, a.credit_minutes,
                  a.cancel_reason, a.form_version, a.cover as "cover: Json<Published>", a.version
           from activities a
           join seats s using (activity_id)
           left join access.organisations o using (organisation_id)
           where a.activity_id = $1"#,
        activity_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Activity::from))
}

/// Activities with these ids, in no order.
pub async fn several(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Activity>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select a.activity_id, a.organisation_id, coalesce(o.name, '') as "organisation_name!", a.title, a.description,
                  a.kind as "kind: Kind", a.state as "state: State", a.starts_at, a.ends_at, a.registration_closes_at,
                  a.division_code as "division_code!", a.place, s.capacity, s.taken as seats_taken, a.credit_minutes,
                  a.cancel_reason, a.form_version, a.cover as "cover: Json<Published>", a.version
           from activities a
           join seats s using (activity_id)
           left join access.organisations o using (organisation_id)
           where a.activity_id = any($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

/// Who has worked on an activity.
pub async fn editors(conn: &mut PgConnection, activity_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select unnest(editors) as \"editor!\" from activities where activity_id = $1",
        activity_id
    )
    .fetch_all(conn)
    .await
}

/// Enters that a person has worked on what a review of a draft decides on: its text, its form or its cover. The activity is locked.
pub async fn worked_on(
    conn: &mut PgConnection,
    activity: &Activity,
    person_id: Uuid,
) -> Result<(), sqlx::Error> {
    if activity.state == State::Draft {
        edited(conn, activity.activity_id, person_id).await?;
    }
    Ok(())
}

/// Enters that a person has worked on an activity. It is locked, or new.
pub async fn edited(
    conn: &mut PgConnection,
    activity_id: Uuid,
    person_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update activities set editors = editors || $2::uuid where activity_id = $1 and $2 <> all (editors)",
        activity_id,
        person_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks an activity: its seats, and with them everything that is decided under that lock, and the activity itself, which excludes check-ins.
/// Reads it afterwards by a separate statement, which sees everything that was committed before the locks were given.
pub async fn lock(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<Activity>, sqlx::Error> {
    let locked = sqlx::query_scalar!(
        "select 1 from seats where activity_id = $1 for update",
        activity_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    if locked.is_none() {
        return Ok(None);
    }
    sqlx::query!(
        "select from activities where activity_id = $1 for no key update",
        activity_id
    )
    .execute(&mut *conn)
    .await?;
    activity(conn, activity_id).await
}

/// Locks an activity without its seats, so that registrations go on, and reads it.
pub async fn lock_content(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<Activity>, sqlx::Error> {
    sqlx::query!(
        "select from activities where activity_id = $1 for no key update",
        activity_id
    )
    .execute(&mut *conn)
    .await?;
    activity(conn, activity_id).await
}

/// Takes a shared lock on an activity, which prevents changes until the transaction ends, and reads it.
pub async fn hold(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<Activity>, sqlx::Error> {
    sqlx::query!(
        "select from activities where activity_id = $1 for share",
        activity_id
    )
    .execute(&mut *conn)
    .await?;
    activity(conn, activity_id).await
}

/// Registrations and check-ins of a locked activity.
pub async fn recorded(conn: &mut PgConnection, activity_id: Uuid) -> Result<Recorded, sqlx::Error> {
    // Each of the three reads one row of an index. Ordinals increase with time.
    let row = sqlx::query!(
        r#"select (select created_at from registrations where activity_id = $1 order by ordinal desc limit 1) as last_registered_at,
                  (select min(checked_in_at) from registrations where activity_id = $1 and state = 'attended') as first,
                  (select max(checked_in_at) from registrations where activity_id = $1 and state = 'attended') as last"#,
        activity_id
    )
    .fetch_one(conn)
    .await?;
    Ok(Recorded {
        last_registered_at: row.last_registered_at,
        checked_in: row.first.zip(row.last),
    })
}

/// Inserts a draft and its seats. Returns whether it is new: a demo activity may exist already.
pub async fn insert_draft(
    conn: &mut PgConnection,
    activity_id: Uuid,
    organisation_id: Uuid,
    content: &Content,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let normalised = search::normalise(&content.title);
    let inserted = sqlx::query!(
        "with draft as (
             insert into activities (activity_id, organisation_id, title, title_search, search_keys, description, kind, state,
                                     starts_at, ends_at, registration_closes_at, division_code, place, credit_minutes, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $9, $10, $11, $12, $13, $15)
             on conflict (activity_id) do nothing
             returning activity_id
         )
         insert into seats (activity_id, capacity) select activity_id, $14 from draft",
        activity_id,
        organisation_id,
        content.title,
        normalised,
        &search::keys_of_activity(&normalised, content.schedule.ends_at),
        content.description,
        content.kind as Kind,
        content.schedule.starts_at,
        content.schedule.ends_at,
        content.schedule.registration_closes_at,
        content.division_code,
        content.place,
        content.credit_minutes,
        content.capacity,
        now
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Replaces the content. The activity is locked.
pub async fn update(
    conn: &mut PgConnection,
    activity_id: Uuid,
    content: &Content,
) -> Result<(), sqlx::Error> {
    let normalised = search::normalise(&content.title);
    sqlx::query!(
        "with seated as (
             update seats set capacity = $10 where activity_id = $1 and capacity <> $10
         )
         update activities
         set title = $2, title_search = $3, search_keys = $4, description = $5, starts_at = $6, ends_at = $7,
             registration_closes_at = $8, place = $9, credit_minutes = $11, division_code = $12, version = version + 1
         where activity_id = $1",
        activity_id,
        content.title,
        normalised,
        &search::keys_of_activity(&normalised, content.schedule.ends_at),
        content.description,
        content.schedule.starts_at,
        content.schedule.ends_at,
        content.schedule.registration_closes_at,
        content.place,
        content.capacity,
        content.credit_minutes,
        content.division_code
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Draft → published. The activity is locked.
pub async fn publish(
    conn: &mut PgConnection,
    activity_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update activities set state = 'published', published_at = $2, version = version + 1
         where activity_id = $1 and state = 'draft'",
        activity_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Published → cancelled. The activity is locked.
pub async fn cancel(
    conn: &mut PgConnection,
    activity_id: Uuid,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update activities set state = 'cancelled', cancel_reason = $2, cancelled_at = $3, version = version + 1
         where activity_id = $1 and state = 'published'",
        activity_id,
        reason,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The filter of the public list.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The present.
    pub now: OffsetDateTime,
    /// Those that end after this moment.
    pub ends_after: OffsetDateTime,
    /// Words that the title contains; empty: any title.
    pub query: String,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only those of this organisation.
    pub organisation_id: Option<Uuid>,
    /// The first digits of a division code; empty: everywhere and online.
    pub division_prefix: String,
}

/// Published activities, the earliest start first, those after `after`.
///
/// The activities that end after a moment are those in progress then and those that start later. Both halves are read from an index; a
/// condition on the end alone would scan all activities of the past year to find the first page.
///
/// To be called in a transaction: the statement is planned for each filter, because a generic plan would use none of the indexes.
pub async fn published(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    sqlx::query!("set local plan_cache_mode = force_custom_plan")
        .execute(&mut *conn)
        .await?;
    let parts = search::parts_of_query(&filter.query);
    let patterns = search::patterns_of_query(&filter.query);
    let months = match parts.is_empty() {
        true => Vec::new(),
        false => search::months_of_query(filter.ends_after, filter.now),
    };
    let moment = (filter.ends_after, Uuid::max());
    // An activity that starts at the moment is in progress. One bound for later starts: of two, the index would use the wrong one.
    let (later_start, later_id) = after.map_or(moment, |after| after.max(moment));
    let (after_start, after_id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"with going_on as materialized (
               select activity_id, starts_at from activities
               where state = 'published' and tstzrange(starts_at, ends_at) @> $1::timestamptz
                 and ($2::timestamptz is null or (starts_at, activity_id) > ($2, $3::uuid))
                 and ($4::text[] = '{}' or (search_keys @> $4 and title_search like all($5::text[])))
                 and ($12::text[] = '{}' or search_keys && $12)
                 and ($6::text is null or kind = $6)
                 and ($7::uuid is null or organisation_id = $7)
                 and ($8::text = '' or starts_with(division_code, $8))
           ), later as (
               select activity_id, starts_at from activities
               where state = 'published' and (starts_at, activity_id) > ($10::timestamptz, $11::uuid)
                 and ($4::text[] = '{}' or (search_keys @> $4 and title_search like all($5::text[])))
                 and ($12::text[] = '{}' or search_keys && $12)
                 and ($6::text is null or kind = $6)
                 and ($7::uuid is null or organisation_id = $7)
                 and ($8::text = '' or starts_with(division_code, $8))
               order by starts_at, activity_id
               limit $9
           ), page as (
               select * from going_on union all select * from later
               order by starts_at, activity_id
               limit $9
           )
           select a.activity_id, a.organisation_id, coalesce(o.name, '') as "organisation_name!", a.title, a.description,
                  a.kind as "kind: Kind", a.state as "state: State", a.starts_at, a.ends_at, a.registration_closes_at,
                  a.division_code as "division_code!", a.place, s.capacity, s.taken as seats_taken, a.credit_minutes,
                  a.cancel_reason, a.form_version, a.cover as "cover: Json<Published>", a.version
           from page
           join activities a using (activity_id)
           join seats s using (activity_id)
           left join access.organisations o using (organisation_id)
           order by a.starts_at, a.activity_id"#,
        filter.ends_after,
        after_start,
        after_id,
        &parts,
        &patterns,
        filter.kind as Option<Kind>,
        filter.organisation_id,
        filter.division_prefix,
        limit,
        later_start,
        later_id,
        &months
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

/// All activities of an organisation, the latest start first, those after `after`.
pub async fn of_organisation(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    state: Option<State>,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    let (after_start, after_id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"select a.activity_id, a.organisation_id, coalesce(o.name, '') as "organisation_name!", a.title, a.description,
                  a.kind as "kind: Kind", a.state as "state: State", a.starts_at, a.ends_at, a.registration_closes_at,
                  a.division_code as "division_code!", a.place, s.capacity, s.taken as seats_taken, a.credit_minutes,
                  a.cancel_reason, a.form_version, a.cover as "cover: Json<Published>", a.version
           from activities a
           join seats s using (activity_id)
           left join access.organisations o using (organisation_id)
           where a.organisation_id = $1
             and ($2::text is null or a.state = $2)
             and (a.starts_at, a.activity_id)
                 < (coalesce($3::timestamptz, 'infinity'), $4::uuid)
           order by a.starts_at desc, a.activity_id desc
           limit $5"#,
        organisation_id,
        state as Option<State>,
        after_start,
        after_id.unwrap_or(Uuid::max()),
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

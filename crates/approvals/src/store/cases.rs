//! The tables `approvals.cases` and `approvals.case_entries`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::words::{Standing, What};

/// A row of `approvals.cases`.
#[derive(Clone, Debug)]
pub struct Row {
    /// The id of what is decided.
    pub case_id: Uuid,
    /// Whose it is.
    pub organisation_id: Uuid,
    /// The version of the route.
    pub route_version: i32,
    /// Those who never decide.
    pub handed_in: Vec<Uuid>,
    /// Since when it has been in its step.
    pub step_since: OffsetDateTime,
    /// How many entries its history has.
    pub entries: i32,
}

/// A row of `approvals.case_entries`.
#[derive(Clone, Debug)]
pub struct Line {
    /// Of which case.
    pub case_id: Uuid,
    /// 1, 2, 3 …
    pub number: i32,
    /// What happened.
    pub what: What,
    /// The step that was decided, or 0.
    pub step: i16,
    /// Who did it.
    pub person_id: Uuid,
    /// The public number of that person.
    pub person_number: String,
    /// Whose place it was.
    pub seat_id: Uuid,
    /// Whether by escalation.
    pub escalated: bool,
    /// When.
    pub occurred_at: OffsetDateTime,
    /// Why.
    pub reason_sealed: Option<Vec<u8>>,
}

/// Cases with these ids, in no order.
pub async fn get(
    conn: &mut PgConnection,
    kind: &str,
    ids: &[Uuid],
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select case_id, organisation_id, route_version, handed_in, step_since, entries from approvals.cases
         where kind = $1 and case_id = any($2)",
        kind,
        ids
    )
    .fetch_all(conn)
    .await
}

/// Their histories, each oldest first. The rules keep one below 10,000 lines.
pub async fn entries(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"select case_id, number, what as "what: What", step, person_id, person_number, seat_id, escalated, occurred_at, reason_sealed
           from approvals.case_entries where case_id = any($1) order by case_id, number"#,
        ids
    )
    .fetch_all(conn)
    .await
}

/// The cases of an organisation that wait for a decision, the longest waiting first, behind `after`.
pub async fn waiting(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<(OffsetDateTime, Uuid)>, sqlx::Error> {
    let (since, id) = after.unzip();
    let rows = sqlx::query!(
        "select step_since, case_id from approvals.cases
         where kind = $1 and organisation_id = $2 and state = 'WAITING'
           and (step_since, case_id) > (coalesce($3, '-infinity'::timestamptz), coalesce($4, '00000000-0000-0000-0000-000000000000'::uuid))
         order by step_since, case_id limit $5",
        kind,
        organisation_id,
        since,
        id,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.step_since, row.case_id))
        .collect())
}

/// How many cases of an organisation wait for a decision, and how many of them have waited longer than their step has.
pub async fn queue(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    limits: &[(i16, OffsetDateTime)],
) -> Result<(i64, i64), sqlx::Error> {
    let (days, before): (Vec<i16>, Vec<OffsetDateTime>) = limits.iter().copied().unzip();
    let row = sqlx::query!(
        r#"select count(*) as "waiting!", count(*) filter (where c.step_since < l.before) as "overdue!"
           from approvals.cases c
           left join unnest($3::smallint[], $4::timestamptz[]) as l (days, before) on l.days = c.step_days
           where c.kind = $1 and c.organisation_id = $2 and c.state = 'WAITING'"#,
        kind,
        organisation_id,
        &days,
        &before
    )
    .fetch_one(conn)
    .await?;
    Ok((row.waiting, row.overdue))
}

/// Cases whose step began before the moment that belongs to its working days: organisation, version of the route and step, each once.
pub async fn overdue(
    conn: &mut PgConnection,
    kind: &str,
    limits: &[(i16, OffsetDateTime)],
) -> Result<Vec<(Uuid, i32, i16)>, sqlx::Error> {
    let (days, before): (Vec<i16>, Vec<OffsetDateTime>) = limits.iter().copied().unzip();
    let rows = sqlx::query!(
        "select distinct c.organisation_id, c.route_version, c.step
         from approvals.cases c
         join unnest($2::smallint[], $3::timestamptz[]) as l (days, before) on l.days = c.step_days and c.step_since < l.before
         where c.kind = $1 and c.state = 'WAITING'
         order by c.organisation_id, c.route_version, c.step",
        kind,
        &days,
        &before
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organisation_id, row.route_version, row.step))
        .collect())
}

/// A case as it stands after its latest entry, and that entry.
#[derive(Clone, Debug)]
pub struct Written {
    /// The case.
    pub row: Row,
    /// Where it stands now.
    pub standing: Standing,
    /// In which step.
    pub step: i16,
    /// The working days for it.
    pub step_days: i16,
    /// The entry that led there; its number is `row.entries`.
    pub line: Line,
}

/// Writes entries and what follows from them, with two statements. The cases are locked by what they are about; those with one entry are
/// new.
pub async fn write(
    conn: &mut PgConnection,
    kind: &str,
    written: &[Written],
) -> Result<(), sqlx::Error> {
    for new in written.iter().filter(|written| written.row.entries == 1) {
        sqlx::query!(
            "insert into approvals.cases (case_id, kind, organisation_id, route_version, handed_in, state, step, step_since, step_days,
                                          entries)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            new.row.case_id,
            kind,
            new.row.organisation_id,
            new.row.route_version,
            &new.row.handed_in,
            new.standing.as_str(),
            new.step,
            new.row.step_since,
            new.step_days
        )
        .execute(&mut *conn)
        .await?;
    }
    let ids: Vec<Uuid> = written.iter().map(|w| w.row.case_id).collect();
    let states: Vec<String> = written
        .iter()
        .map(|w| w.standing.as_str().to_owned())
        .collect();
    let steps: Vec<i16> = written.iter().map(|w| w.step).collect();
    let since: Vec<OffsetDateTime> = written.iter().map(|w| w.row.step_since).collect();
    let days: Vec<i16> = written.iter().map(|w| w.step_days).collect();
    let entries: Vec<i32> = written.iter().map(|w| w.row.entries).collect();
    let whats: Vec<String> = written
        .iter()
        .map(|w| w.line.what.as_str().to_owned())
        .collect();
    let decided: Vec<i16> = written.iter().map(|w| w.line.step).collect();
    let people: Vec<Uuid> = written.iter().map(|w| w.line.person_id).collect();
    let numbers: Vec<String> = written
        .iter()
        .map(|w| w.line.person_number.clone())
        .collect();
    let seats: Vec<Uuid> = written.iter().map(|w| w.line.seat_id).collect();
    let escalated: Vec<bool> = written.iter().map(|w| w.line.escalated).collect();
    let at: Vec<OffsetDateTime> = written.iter().map(|w| w.line.occurred_at).collect();
    let reasons: Vec<Option<Vec<u8>>> = written
        .iter()
        .map(|w| w.line.reason_sealed.clone())
        .collect();
    sqlx::query!(
        "insert into approvals.case_entries
             (case_id, number, what, step, person_id, person_number, seat_id, escalated, occurred_at, reason_sealed)
         select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::smallint[], $5::uuid[], $6::text[], $7::uuid[], $8::bool[],
                              $9::timestamptz[], $10::bytea[])",
        &ids,
        &entries,
        &whats,
        &decided,
        &people,
        &numbers,
        &seats,
        &escalated,
        &at,
        &reasons as &[Option<Vec<u8>>]
    )
    .execute(&mut *conn)
    .await?;
    let versions: Vec<i32> = written.iter().map(|w| w.row.route_version).collect();
    let handed_in: Vec<String> = written
        .iter()
        .map(|w| {
            let ids: Vec<String> = w.row.handed_in.iter().map(Uuid::to_string).collect();
            format!("{{{}}}", ids.join(","))
        })
        .collect();
    sqlx::query!(
        "update approvals.cases c
         set state = w.state, step = w.step, step_since = w.since, step_days = w.days, entries = w.entries,
             handed_in = w.handed_in::uuid[], route_version = w.route_version
         from unnest($1::uuid[], $2::text[], $3::smallint[], $4::timestamptz[], $5::smallint[], $6::integer[], $7::text[], $8::integer[])
             as w (case_id, state, step, since, days, entries, handed_in, route_version)
         where c.case_id = w.case_id",
        &ids,
        &states,
        &steps,
        &since,
        &days,
        &entries,
        &handed_in,
        &versions
    )
    .execute(conn)
    .await?;
    Ok(())
}

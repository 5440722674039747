//! The tables `memberships` and `membership_steps`.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Ground, State};
use crate::categories::Category;

/// A membership with what belongs to it.
#[derive(Debug)]
pub(crate) struct Record {
    pub membership_id: Uuid,
    pub organisation_id: Uuid,
    pub organisation_name: String,
    pub person_id: Uuid,
    pub person_number: String,
    pub member_number: String,
    pub category: Category,
    pub state: State,
    pub division_code: String,
    pub name_sealed: Vec<u8>,
    /// Whether the organisation may see the name.
    pub consent_stands: bool,
    pub joined_on: Date,
    pub version: i64,
}

/// Selects [`Record`]s; the argument says which ones.
macro_rules! records {
    ($which:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Record,
            // The compiler cannot tell which columns a join leaves without nulls: `!` says so.
            r#"select m.membership_id as "membership_id!", m.organisation_id as "organisation_id!",
                      o.name as "organisation_name!", m.person_id as "person_id!", m.person_number as "person_number!",
                      m.member_number as "member_number!", m.category as "category!: Category", m.state as "state!: State",
                      m.division_code as "division_code!", m.name_sealed as "name_sealed!",
                      c.withdrawn_at is null as "consent_stands!", m.joined_on as "joined_on!", m.version as "version!"
               from memberships m
               join organisations o on o.organisation_id = m.organisation_id
               join consents c on c.consent_id = m.consent_id "#
                + $which
            $(, $argument)*
        )
    };
}

/// One membership.
pub(crate) async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    records!("where m.membership_id = $1", id)
        .fetch_optional(conn)
        .await
}

/// The memberships of a person, newest first, behind `after`.
pub(super) async fn of_person(
    conn: &mut PgConnection,
    person_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    records!(
        "where m.person_id = $1 and m.membership_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by m.membership_id desc limit $3",
        person_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Which members of an organisation are wanted.
#[derive(Debug, Default)]
pub(crate) struct Filter<'a> {
    pub state: Option<State>,
    pub category: Option<Category>,
    pub who: Option<Who<'a>>,
}

/// What a member is looked up by.
#[derive(Debug)]
pub(crate) enum Who<'a> {
    MemberNumber(&'a str),
    PersonNumber(&'a str),
    /// The keyed hash of a name: only those who have not withdrawn the consent to share it.
    NameHash(&'a [u8]),
}

/// The members of an organisation by member number, behind `after`. In a transaction of its own.
pub(crate) async fn of_organisation(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    filter: &Filter<'_>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    // Each combination of filters has its index; a plan made once for all of them would use the wrong one for most.
    sqlx::query!("set local plan_cache_mode = force_custom_plan")
        .execute(&mut *conn)
        .await?;
    let (mut member_number, mut person_number, mut name_hash) = (None, None, None);
    match filter.who {
        Some(Who::MemberNumber(number)) => member_number = Some(number),
        Some(Who::PersonNumber(number)) => person_number = Some(number),
        Some(Who::NameHash(hash)) => name_hash = Some(hash),
        None => {}
    }
    records!(
        "where m.organisation_id = $1 and ($2::text is null or m.state = $2) and ($3::text is null or m.category = $3)
           and ($4::text is null or m.member_number = $4) and ($5::text is null or m.person_number = $5)
           and ($6::bytea is null or (m.name_hash = $6 and c.withdrawn_at is null))
           and ($7::text is null or m.member_number > $7)
         order by m.member_number limit $8",
        organisation_id,
        filter.state.map(State::as_str),
        filter.category.map(Category::as_str),
        member_number,
        person_number,
        name_hash,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// How many members of an organisation there are of a state and a category; whom a filter looks up is not asked.
pub(crate) async fn count(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    filter: &Filter<'_>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from memberships
           where organisation_id = $1 and ($2::text is null or state = $2) and ($3::text is null or category = $3)"#,
        organisation_id,
        filter.state.map(State::as_str),
        filter.category.map(Category::as_str)
    )
    .fetch_one(conn)
    .await
}

/// Those of `people` who are active or suspended members.
pub(crate) async fn members_among(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    people: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select person_id from memberships
         where person_id = any($2) and organisation_id = $1 and state in ('ACTIVE', 'SUSPENDED')",
        organisation_id,
        people
    )
    .fetch_all(conn)
    .await
}

/// A membership and what happened to it.
#[derive(Debug)]
pub(crate) struct Past {
    pub application_id: Uuid,
    pub membership_id: Uuid,
    pub person_id: Uuid,
    pub member_number: String,
    pub state: State,
    pub joined_on: Date,
    pub ended_at: Option<OffsetDateTime>,
    /// Whether it was suspended when it ended.
    pub ended_suspended: bool,
    /// The last suspension.
    pub suspended_at: Option<OffsetDateTime>,
    pub ground: Option<Ground>,
    pub reason_sealed: Option<Vec<u8>>,
}

/// What people are and were in an organisation, for each of them the newest first.
pub(super) async fn past(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    people: &[Uuid],
) -> Result<Vec<Past>, sqlx::Error> {
    sqlx::query_as!(
        Past,
        r#"select m.application_id as "application_id!", m.membership_id as "membership_id!", m.person_id as "person_id!",
                  m.member_number as "member_number!", m.state as "state!: State", m.joined_on as "joined_on!",
                  ended.occurred_at as "ended_at?", coalesce(ended.from_state = 'SUSPENDED', false) as "ended_suspended!",
                  suspended.occurred_at as "suspended_at?", suspended.ground as "ground?: Ground",
                  suspended.reason_sealed as "reason_sealed?"
           from memberships m
           left join lateral (
               select s.occurred_at, s.from_state from membership_steps s
               where s.membership_id = m.membership_id and s.to_state = 'RESIGNED' order by s.version desc limit 1
           ) as ended on true
           left join lateral (
               select s.occurred_at, s.ground, s.reason_sealed from membership_steps s
               where s.membership_id = m.membership_id and s.to_state = 'SUSPENDED' order by s.version desc limit 1
           ) as suspended on true
           where m.organisation_id = $1 and m.person_id = any($2)
           order by m.person_id, m.membership_id desc"#,
        organisation_id,
        people
    )
    .fetch_all(conn)
    .await
}

/// A membership that begins.
#[derive(Debug)]
pub(crate) struct Admission {
    pub membership_id: Uuid,
    pub organisation_id: Uuid,
    pub person_id: Uuid,
    pub person_number: String,
    pub application_id: Uuid,
    pub member_number: String,
    pub category: Category,
    pub division_code: String,
    pub consent_id: Uuid,
    pub name_sealed: Vec<u8>,
    pub name_hash: Vec<u8>,
    pub joined_on: Date,
}

/// Enters memberships, all of them in force, with one statement.
pub(crate) async fn admit(
    conn: &mut PgConnection,
    admissions: &[Admission],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if admissions.is_empty() {
        return Ok(());
    }
    fn column<T>(list: &[Admission], of: impl Fn(&Admission) -> T) -> Vec<T> {
        list.iter().map(of).collect()
    }
    sqlx::query!(
        "insert into memberships (membership_id, organisation_id, person_id, person_number, application_id, member_number, category,
                                  state, division_code, consent_id, name_sealed, name_hash, joined_on, created_at, changed_at)
         select m.membership_id, m.organisation_id, m.person_id, m.person_number, m.application_id, m.member_number, m.category,
                'ACTIVE', m.division_code, m.consent_id, m.name_sealed, m.name_hash, m.joined_on, $13, $13
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::uuid[],
                     $10::bytea[], $11::bytea[], $12::date[])
              as m (membership_id, organisation_id, person_id, person_number, application_id, member_number, category,
                    division_code, consent_id, name_sealed, name_hash, joined_on)",
        &column(admissions, |a| a.membership_id),
        &column(admissions, |a| a.organisation_id),
        &column(admissions, |a| a.person_id),
        &column(admissions, |a| a.person_number.clone()),
        &column(admissions, |a| a.application_id),
        &column(admissions, |a| a.member_number.clone()),
        &column(admissions, |a| a.category.as_str().to_owned()),
        &column(admissions, |a| a.division_code.clone()),
        &column(admissions, |a| a.consent_id),
        &column(admissions, |a| a.name_sealed.clone()),
        &column(admissions, |a| a.name_hash.clone()),
        &column(admissions, |a| a.joined_on),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The organisation and the person of a membership: they never change.
pub(super) async fn belongs_to(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(Uuid, Uuid)>, sqlx::Error> {
    let row = sqlx::query!(
        "select organisation_id, person_id from memberships where membership_id = $1",
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.organisation_id, row.person_id)))
}

/// Locks a membership and reads it as it is under the lock.
pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    sqlx::query!(
        "select from memberships where membership_id = $1 for update",
        id
    )
    .execute(&mut *conn)
    .await?;
    get(conn, id).await
}

/// A step of a membership that is locked.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub membership_id: Uuid,
    pub from: State,
    pub to: State,
    /// `member` or `staff`.
    pub side: &'static str,
    /// As in audit records.
    pub actor: &'a str,
    pub reason_sealed: Option<&'a [u8]>,
    pub ground: Option<Ground>,
}

/// Writes a step and its history; returns the new version.
pub(crate) async fn write_step(
    conn: &mut PgConnection,
    step: &Step<'_>,
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "with moved as (
             update memberships set state = $2, changed_at = $3, version = version + 1
             where membership_id = $1 returning membership_id, version
         )
         insert into membership_steps (membership_id, version, occurred_at, from_state, to_state, actor, actor_id, reason_sealed,
                                       ground)
         select membership_id, version, $3, $4, $2, $5, $6, $7, $8 from moved
         returning version",
        step.membership_id,
        step.to.as_str(),
        now,
        step.from.as_str(),
        step.side,
        step.actor,
        step.reason_sealed,
        step.ground.map(Ground::as_str)
    )
    .fetch_one(conn)
    .await
}

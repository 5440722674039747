//! All SQL of notices.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Category, Mail,
    rules::{Choice, Holder},
};

/// A notice as it is kept.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7.
    pub notice_id: Uuid,
    /// Whose.
    pub person_id: Uuid,
    /// A name of `templates.toml`.
    pub template: String,
    /// The values of its parameters, by name.
    pub params: Value,
    /// How many it stands for.
    pub count: i32,
    /// When it was told; of several, the last time.
    pub told_at: OffsetDateTime,
    /// When it was read.
    pub read_at: Option<OffsetDateTime>,
}

/// Remembers that an event is carried out; `false` if it was before.
pub async fn first_time(
    conn: &mut PgConnection,
    source: &str,
    event_id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into asked_notices (source, event_id, asked_at) values ($1, $2, $3) on conflict do nothing",
        source,
        event_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What goes into inboxes.
#[derive(Debug)]
pub struct NewNotices<'a> {
    /// A name of `templates.toml`.
    pub template: &'a str,
    /// The values of its parameters.
    pub params: &'a Value,
    /// By what it is counted together while it is unread.
    pub group_key: Option<&'a str>,
    /// How many it stands for.
    pub count: i32,
    /// When it was told.
    pub told_at: OffsetDateTime,
    /// Each with the id of the notice.
    pub people: &'a [(Uuid, Uuid)],
}

/// Puts a notice into inboxes, with one statement for all of them. Returns those that are new, as person and notice: an unread notice of the
/// same group is counted up instead. People who are not known here are left out.
pub async fn insert(
    conn: &mut PgConnection,
    new: &NewNotices<'_>,
    now: OffsetDateTime,
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let people: Vec<Uuid> = new.people.iter().map(|(person, _)| *person).collect();
    let ids: Vec<Uuid> = new.people.iter().map(|(_, notice)| *notice).collect();
    let rows = sqlx::query!(
        r#"insert into notices (notice_id, person_id, template, params, group_key, count, told_at, changed_at)
           select asked.notice_id, asked.person_id, $3, $4, $5, $6, $7, $8
           from unnest($1::uuid[], $2::uuid[]) as asked (person_id, notice_id)
           join persons using (person_id)
           order by asked.person_id
           on conflict (person_id, template, group_key) where read_at is null and group_key is not null
           do update set count = notices.count + excluded.count, params = excluded.params,
               told_at = greatest(notices.told_at, excluded.told_at), changed_at = excluded.changed_at
           returning person_id, notice_id, (xmax = 0) as "new!""#,
        &people,
        &ids,
        new.template,
        new.params,
        new.group_key,
        new.count,
        new.told_at,
        now
    )
    .fetch_all(conn)
    .await?;
    let new = rows.into_iter().filter(|row| row.new);
    Ok(new.map(|row| (row.person_id, row.notice_id)).collect())
}

/// The people whose roles reach an organisation, and from how far.
pub async fn holders(
    conn: &mut PgConnection,
    roles: &[String],
    organisation_id: Uuid,
) -> Result<Vec<Holder>, sqlx::Error> {
    sqlx::query_as!(
        Holder,
        r#"select g.person_id, length(held.path) as "depth!"
           from access.organisations wanted
           join access.organisations held on starts_with(wanted.path, held.path)
           join access.grants g on g.organisation_id = held.organisation_id
           where wanted.organisation_id = $2 and g.role = any($1)"#,
        roles,
        organisation_id
    )
    .fetch_all(conn)
    .await
}

/// The notices of a person, the newest first, behind `after`.
pub async fn list(
    conn: &mut PgConnection,
    person_id: Uuid,
    unread: bool,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let (told_at, notice_id) = after.unzip();
    sqlx::query_as!(
        Row,
        "select notice_id, person_id, template, params, count, told_at, read_at from notices
         where person_id = $1 and (read_at is null or not $2)
           and ($3::timestamptz is null or (told_at, notice_id) < ($3, $4::uuid))
         order by told_at desc, notice_id desc limit $5",
        person_id,
        unread,
        told_at,
        notice_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// How many are unread, counted up to 1,000.
pub async fn count_unread(conn: &mut PgConnection, person_id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "unread!" from (
               select from notices where person_id = $1 and read_at is null limit 1000) as unread"#,
        person_id
    )
    .fetch_one(conn)
    .await
}

/// The numbers of unread notices of those among these people whose inboxes were written to after a moment.
pub async fn changed(
    conn: &mut PgConnection,
    people: &[Uuid],
    after: OffsetDateTime,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select person_id,
                  (select count(*) from (select from notices n where n.person_id = changed.person_id and n.read_at is null
                                         limit 1000) as unread) as "unread!"
           from (select distinct person_id from notices where changed_at > $2 and person_id = any($1)) as changed"#,
        people,
        after
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id, row.unread))
        .collect())
}

/// Marks notices of a person as read. One that is counted up at this moment is passed over: there is something new in it.
pub async fn mark_read(
    conn: &mut PgConnection,
    person_id: Uuid,
    which: &Which<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (ids, until) = match which {
        Which::These(ids) => (Some(*ids), None),
        Which::Until(until) => (None, Some(*until)),
    };
    sqlx::query!(
        "update notices set read_at = $4, changed_at = $4
         where notice_id = any(array(
             select notice_id from notices
             where person_id = $1 and read_at is null and ($2::uuid[] is null or notice_id = any($2))
               and ($3::timestamptz is null or told_at <= $3)
             for update skip locked))",
        person_id,
        ids,
        until,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which notices are marked.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// Those with these ids.
    These(&'a [Uuid]),
    /// Those told up to this moment.
    Until(OffsetDateTime),
}

/// A notice that is unread, to be sent.
pub async fn unread(conn: &mut PgConnection, notice_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select notice_id, person_id, template, params, count, told_at, read_at from notices
         where notice_id = $1 and read_at is null",
        notice_id
    )
    .fetch_optional(conn)
    .await
}

/// The newest unread notices of a person of these templates, and how many there are, counted up to 1,000.
pub async fn unread_of(
    conn: &mut PgConnection,
    person_id: Uuid,
    templates: &[String],
    limit: i64,
) -> Result<(Vec<Row>, i64), sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select notice_id, person_id, template, params, count, told_at, read_at from notices
         where person_id = $1 and read_at is null and template = any($2)
         order by told_at desc, notice_id desc limit $3",
        person_id,
        templates,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let all = sqlx::query_scalar!(
        r#"select count(*) as "unread!" from (
               select from notices where person_id = $1 and read_at is null and template = any($2) limit 1000) as unread"#,
        person_id,
        templates
    )
    .fetch_one(conn)
    .await?;
    Ok((rows, all))
}

/// The choices that these people have made for a category.
pub async fn choices_for(
    conn: &mut PgConnection,
    people: &[Uuid],
    category: Category,
) -> Result<Vec<(Uuid, Choice)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select person_id, mail as "mail: Mail", sms from notice_choices where person_id = any($1) and category = $2"#,
        people,
        category.as_str()
    )
    .fetch_all(conn)
    .await?;
    let choice = |mail, sms| Choice { mail, sms };
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id, choice(row.mail, row.sms)))
        .collect())
}

/// All choices that a person has made.
pub async fn choices_of(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Vec<(Category, Choice)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select category as "category: Category", mail as "mail: Mail", sms from notice_choices where person_id = $1"#,
        person_id
    )
    .fetch_all(conn)
    .await?;
    let choice = |mail, sms| Choice { mail, sms };
    Ok(rows
        .into_iter()
        .map(|row| (row.category, choice(row.mail, row.sms)))
        .collect())
}

/// Keeps choices of a person.
pub async fn put_choices(
    conn: &mut PgConnection,
    person_id: Uuid,
    choices: &[(Category, Choice)],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let text = |text: &str| text.to_owned();
    let categories: Vec<String> = choices.iter().map(|(c, _)| text(c.as_str())).collect();
    let mails: Vec<String> = choices.iter().map(|(_, c)| text(c.mail.as_str())).collect();
    let sms: Vec<bool> = choices.iter().map(|(_, c)| c.sms).collect();
    sqlx::query!(
        "insert into notice_choices (person_id, category, mail, sms, changed_at)
         select $1, category, mail, sms, $5 from unnest($2::text[], $3::text[], $4::bool[]) as new (category, mail, sms)
         order by category
         on conflict (person_id, category) do update set mail = excluded.mail, sms = excluded.sms, changed_at = excluded.changed_at",
        person_id,
        &categories,
        &mails,
        &sms,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The account of a person with its addresses, still sealed, the oldest first.
pub async fn addresses(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select account_id, address_sealed from addresses join accounts using (account_id)
         where person_id = $1 order by addresses.created_at",
        person_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.account_id, row.address_sealed))
        .collect())
}

/// Whether a person works for an organisation.
pub async fn holds_role(conn: &mut PgConnection, person_id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(select from access.grants where person_id = $1) as "holds!""#,
        person_id
    )
    .fetch_one(conn)
    .await
}

/// Removes notices that were told before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from notices where told_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

/// Forgets events that were carried out before this moment.
pub async fn sweep_asked(
    conn: &mut PgConnection,
    before: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from asked_notices where asked_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

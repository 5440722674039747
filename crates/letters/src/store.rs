//! The tables `letters.letters` and `letters.refusals`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    source::{Belongs, Owner},
    state::State,
};

/// A letter as it is stored.
#[derive(Clone, Debug)]
pub struct Record {
    /// UUIDv7, also of its job.
    pub letter_id: Uuid,
    /// Who writes.
    pub organisation_id: Uuid,
    /// The activity, of a letter to registrants.
    pub activity_id: Option<Uuid>,
    /// Name of the organisation, or title of the activity.
    pub sender: String,
    /// Sealed.
    pub title_sealed: Vec<u8>,
    /// Sealed.
    pub body_sealed: Vec<u8>,
    /// Empty for all.
    pub groups: Vec<String>,
    /// Where it is in its life.
    pub state: State,
    /// One more with each change.
    pub version: i64,
    /// Who wrote it.
    pub author_number: String,
    /// When it was written first.
    pub created_at: OffsetDateTime,
    /// Who sent it.
    pub sender_number: Option<String>,
    /// When it was sent.
    pub sent_at: Option<OffsetDateTime>,
    /// When all had been told, or it was stopped.
    pub finished_at: Option<OffsetDateTime>,
    /// How many it was for when it was sent.
    pub recipients: i64,
    /// How many have been told.
    pub told: i64,
    /// How many want no letters.
    pub left_out: i64,
    /// Those up to here have been told.
    pub told_key: Option<String>,
}

impl Record {
    /// Whose people it is for.
    pub fn owner(&self) -> Owner {
        Owner {
            organisation_id: self.organisation_id,
            activity_id: self.activity_id,
        }
    }
}

/// Selects [`Record`]s; the argument says which ones.
macro_rules! records {
    ($which:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Record,
            r#"select l.letter_id, l.organisation_id, l.activity_id, l.sender, l.title_sealed, l.body_sealed, l.groups,
                      l.state as "state: State", l.version, l.author_number, l.created_at, l.sender_number, l.sent_at,
                      l.finished_at, l.recipients, l.told, l.left_out, l.told_key
               from letters.letters l "#
                + $which
            $(, $argument)*
        )
    };
}

/// One letter.
pub async fn find(conn: &mut PgConnection, letter_id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    records!("where l.letter_id = $1", letter_id)
        .fetch_optional(conn)
        .await
}

/// The same, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, letter_id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    records!("where l.letter_id = $1 for update", letter_id)
        .fetch_optional(conn)
        .await
}

/// The letters to these people, newest first, behind `after`.
pub async fn of_owner(
    conn: &mut PgConnection,
    owner_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    records!(
        "where l.owner_id = $1 and l.letter_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by l.letter_id desc limit $3",
        owner_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The letters that were sent to people who belong there, newest first, behind `after`; or the one of them with this id.
pub async fn sent_to(
    conn: &mut PgConnection,
    belongs: &[Belongs],
    one: Option<Uuid>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    let owners: Vec<Uuid> = belongs.iter().map(|one| one.owner_id).collect();
    let groups: Vec<String> = belongs.iter().map(|one| one.group.to_owned()).collect();
    records!(
        "where l.state <> 'DRAFT' and l.owner_id = any($1) and ($3::uuid is null or l.letter_id = $3)
           and exists (select from unnest($1::uuid[], $2::text[]) as b (owner_id, grp)
                       where b.owner_id = l.owner_id and (l.groups = '{}' or b.grp = any(l.groups)))
           and l.letter_id < coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by l.letter_id desc limit $5",
        &owners,
        &groups,
        one,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A letter that is written.
#[derive(Debug)]
pub struct NewLetter<'a> {
    /// UUIDv7.
    pub letter_id: Uuid,
    /// Whose people it is for.
    pub owner: Owner,
    /// Name of the organisation, or title of the activity.
    pub sender: &'a str,
    /// Sealed.
    pub title_sealed: &'a [u8],
    /// Sealed.
    pub body_sealed: &'a [u8],
    /// Empty for all.
    pub groups: &'a [String],
    /// Who writes it.
    pub author_id: Uuid,
    /// The public number of that person.
    pub author_number: &'a str,
}

/// Enters a draft.
pub async fn insert(
    conn: &mut PgConnection,
    new: &NewLetter<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into letters.letters (letter_id, organisation_id, activity_id, sender, title_sealed, body_sealed, groups, state,
                                      author_id, author_number, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'DRAFT', $8, $9, $10)",
        new.letter_id,
        new.owner.organisation_id,
        new.owner.activity_id,
        new.sender,
        new.title_sealed,
        new.body_sealed,
        new.groups,
        new.author_id,
        new.author_number,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks the letters to these people against others that are written or sent, and counts the drafts of a person among them.
pub async fn lock_owner(
    conn: &mut PgConnection,
    owner_id: Uuid,
    author_id: Uuid,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('letters:' || $1::uuid::text, 0)) as locked",
        owner_id
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from letters.letters where author_id = $1 and owner_id = $2 and state = 'DRAFT'"#,
        author_id,
        owner_id
    )
    .fetch_one(conn)
    .await
}

/// When letters were sent to these people, since a moment.
pub async fn sent_since(
    conn: &mut PgConnection,
    owner_id: Uuid,
    since: OffsetDateTime,
) -> Result<Vec<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select sent_at as "sent_at!" from letters.letters where owner_id = $1 and sent_at > $2"#,
        owner_id,
        since
    )
    .fetch_all(conn)
    .await
}

/// Changes what a draft says.
pub async fn rewrite(
    conn: &mut PgConnection,
    letter_id: Uuid,
    title_sealed: &[u8],
    body_sealed: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update letters.letters set title_sealed = $2, body_sealed = $3, version = version + 1 where letter_id = $1",
        letter_id,
        title_sealed,
        body_sealed
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A draft is gone.
pub async fn delete(conn: &mut PgConnection, letter_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from letters.letters where letter_id = $1 and state = 'DRAFT'",
        letter_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A draft is on its way.
pub async fn send(
    conn: &mut PgConnection,
    letter_id: Uuid,
    (sender_id, sender_number): (Uuid, &str),
    recipients: i64,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update letters.letters set state = 'SENDING', sender_id = $2, sender_number = $3, recipients = $4, sent_at = $5,
                version = version + 1
         where letter_id = $1",
        letter_id,
        sender_id,
        sender_number,
        recipients,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those up to this key have been told, or left out.
pub async fn told(
    conn: &mut PgConnection,
    letter_id: Uuid,
    key: &str,
    told: i64,
    left_out: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update letters.letters set told_key = $2, told = told + $3, left_out = left_out + $4, version = version + 1
         where letter_id = $1",
        letter_id,
        key,
        told,
        left_out
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All have been told, or it was stopped.
pub async fn finish(
    conn: &mut PgConnection,
    letter_id: Uuid,
    state: State,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update letters.letters set state = $2, finished_at = $3, version = version + 1 where letter_id = $1",
        letter_id,
        state.as_str(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of these people who want no letters of an organisation.
pub async fn refusing(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    people: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select person_id from letters.refusals where organisation_id = $1 and person_id = any($2)",
        organisation_id,
        people
    )
    .fetch_all(conn)
    .await
}

/// The organisations of which a person wants no letters.
pub async fn refused(conn: &mut PgConnection, person_id: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select organisation_id from letters.refusals where person_id = $1",
        person_id
    )
    .fetch_all(conn)
    .await
}

/// A person wants letters of an organisation, or not.
pub async fn choose(
    conn: &mut PgConnection,
    person_id: Uuid,
    organisation_id: Uuid,
    wanted: bool,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if wanted {
        sqlx::query!(
            "delete from letters.refusals where person_id = $1 and organisation_id = $2",
            person_id,
            organisation_id
        )
        .execute(conn)
        .await?;
    } else {
        sqlx::query!(
            "insert into letters.refusals (person_id, organisation_id, refused_at) values ($1, $2, $3)
             on conflict do nothing",
            person_id,
            organisation_id,
            now
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

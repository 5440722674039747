//! All SQL of the person registry.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The kind of document that exists so far.
pub const RESIDENT_ID: &str = "resident_id";

/// A person as the registry holds them, with the document they proved themselves with.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7.
    pub person_id: Uuid,
    /// The public number.
    pub person_number: String,
    /// GB/T 2260 or empty.
    pub division_code: String,
    /// The verified name, sealed for the person.
    pub name_sealed: Option<Vec<u8>>,
    /// When it was verified.
    pub verified_at: Option<OffsetDateTime>,
    /// The number, sealed for the person.
    pub number_sealed: Option<Vec<u8>>,
    /// Look-up hash of the number.
    pub number_hash: Option<Vec<u8>>,
    /// The name that waits for a guardian's consent, sealed for the person.
    pub pending_name_sealed: Option<Vec<u8>>,
    /// The number that goes with it.
    pub pending_number_sealed: Option<Vec<u8>>,
    /// Look-up hash of that.
    pub pending_number_hash: Option<Vec<u8>>,
    /// Moves with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl Row {
    /// Whether the verification waits for a guardian, or is suspended.
    pub fn waits(&self) -> bool {
        self.verified_at.is_none() && self.pending_name_sealed.is_some()
    }

    /// The name that the authority has confirmed, whether or not the person is verified now.
    pub fn known_name(&self) -> Option<&Vec<u8>> {
        self.name_sealed
            .as_ref()
            .or(self.pending_name_sealed.as_ref())
    }

    /// The number, likewise.
    pub fn known_number(&self) -> Option<&Vec<u8>> {
        self.pending_number_sealed
            .as_ref()
            .or(self.number_sealed.as_ref())
    }
}

/// Enters a person under this number; `false` if the number is taken.
pub async fn insert(
    conn: &mut PgConnection,
    person_id: Uuid,
    person_number: &str,
    division_code: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into persons (person_id, person_number, division_code, created_at, updated_at)
         values ($1, $2, $3, $4, $4)
         on conflict (person_number) do nothing",
        person_id,
        person_number,
        division_code,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One person.
pub async fn read(conn: &mut PgConnection, person_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    Ok(read_all(conn, &[person_id]).await?.pop())
}

/// Several persons, in no order.
pub async fn read_all(
    conn: &mut PgConnection,
    person_ids: &[Uuid],
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        // The compiler cannot tell which columns a join leaves without nulls: `!` and `?` say so.
        r#"select p.person_id as "person_id!", p.person_number as "person_number!", p.division_code as "division_code!", p.name_sealed, p.verified_at,
                  d.number_sealed as "number_sealed?", d.number_hash as "number_hash?",
                  w.name_sealed as "pending_name_sealed?", w.number_sealed as "pending_number_sealed?",
                  w.number_hash as "pending_number_hash?", p.version as "version!", p.updated_at as "updated_at!"
           from persons p left join documents d on d.person_id = p.person_id and d.kind = $2
           left join pending_verifications w on w.person_id = p.person_id
           where p.person_id = any($1)"#,
        person_ids,
        RESIDENT_ID
    )
    .fetch_all(conn)
    .await
}

/// One person, locked.
pub async fn lock(conn: &mut PgConnection, person_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query!(
        "select 1 as one from persons where person_id = $1 for update",
        person_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    // Read after the lock is held: the join of a locking read would still see the document as it was before.
    read(conn, person_id).await
}

/// Who has this public number, locked: the id, and whether they are verified.
pub async fn lock_by_number(
    conn: &mut PgConnection,
    number: &str,
) -> Result<Option<(Uuid, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select person_id, verified_at is not null as "verified!" from persons where person_number = $1 for update"#,
        number
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.person_id, row.verified)))
}

/// Who has this public number.
pub async fn by_number(conn: &mut PgConnection, number: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select person_id from persons where person_number = $1",
        number
    )
    .fetch_optional(conn)
    .await
}

/// Locks these persons in the order of their ids, so that two who lock the same ones do not wait for each other; their ids, and whether
/// they are verified.
pub async fn lock_all(
    conn: &mut PgConnection,
    person_ids: &[Uuid],
) -> Result<Vec<(Uuid, bool)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select person_id, verified_at is not null as "verified!" from persons where person_id = any($1)
           order by person_id for update"#,
        person_ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id, row.verified))
        .collect())
}

/// Locks a person by id; whether they are verified.
pub async fn lock_verified(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select verified_at is not null as "verified!" from persons where person_id = $1 for update"#,
        person_id
    )
    .fetch_optional(conn)
    .await
}

/// Moves a person to another division.
pub async fn set_division(
    conn: &mut PgConnection,
    person_id: Uuid,
    division_code: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update persons set division_code = $2, version = version + 1, updated_at = $3 where person_id = $1",
        person_id,
        division_code,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is written when a person is verified.
#[derive(Debug)]
pub struct Verified<'a> {
    /// UUIDv7.
    pub person_id: Uuid,
    /// The name, sealed for the person.
    pub name_sealed: &'a [u8],
    /// The number, sealed for the person.
    pub number_sealed: &'a [u8],
    /// Look-up hash of the number.
    pub number_hash: &'a [u8; 32],
    /// Version of the text the person agreed to.
    pub consent_text: &'a str,
    /// Now.
    pub at: OffsetDateTime,
}

/// What entering a verification came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// The person is verified for the first time.
    First,
    /// The person is verified again, with the document of then.
    Again,
    /// The number is another person's.
    Taken,
}

/// Enters the document and the name, and takes out what waited. Of two at the same time, the second waits for the first.
///
/// `described`: whether gender and year of birth are told with it; who was described once stays it.
pub async fn set_verified(
    conn: &mut PgConnection,
    verified: &Verified<'_>,
    described: bool,
) -> Result<Entered, sqlx::Error> {
    let entered = sqlx::query!(
        "insert into documents (person_id, kind, number_sealed, number_hash, consented_at, consent_text, verified_at)
         values ($1, $2, $3, $4, $5, $6, $5) on conflict (person_id, kind) do nothing",
        verified.person_id,
        RESIDENT_ID,
        verified.number_sealed,
        verified.number_hash,
        verified.at,
        verified.consent_text
    )
    .execute(&mut *conn)
    .await;
    let first = match entered {
        Ok(done) => done.rows_affected() == 1,
        Err(sqlx::Error::Database(refused))
            if refused.constraint() == Some("documents_number_is_unique") =>
        {
            return Ok(Entered::Taken);
        }
        Err(error) => return Err(error),
    };
    sqlx::query!(
        "update persons set name_sealed = $2, verified_at = $3, described = described or $4, version = version + 1, updated_at = $3
         where person_id = $1",
        verified.person_id,
        verified.name_sealed,
        verified.at,
        described
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from pending_verifications where person_id = $1",
        verified.person_id
    )
    .execute(conn)
    .await?;
    Ok(if first {
        Entered::First
    } else {
        Entered::Again
    })
}

/// Verified people whose gender and year of birth were not told yet, `limit` at most, locked; those locked by others are left out.
pub async fn lock_undescribed(
    conn: &mut PgConnection,
    limit: i64,
) -> Result<Vec<Undescribed>, sqlx::Error> {
    sqlx::query_as!(
        Undescribed,
        "select p.person_id, d.number_sealed
         from persons p join documents d on d.person_id = p.person_id and d.kind = $2
         where p.verified_at is not null and not p.described
         order by p.person_id limit $1
         for update of p skip locked",
        limit,
        RESIDENT_ID
    )
    .fetch_all(conn)
    .await
}

/// A verified person who was not described yet.
#[derive(Debug)]
pub struct Undescribed {
    /// The person.
    pub person_id: Uuid,
    /// The number, sealed for the person.
    pub number_sealed: Vec<u8>,
}

/// Notes that these people were described. What is known of them does not change, so their version stays.
pub async fn set_described(
    conn: &mut PgConnection,
    person_ids: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update persons set described = true where person_id = any($1)",
        person_ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps name and number of a person who waits for a guardian, in the place of what they gave before; `false` if the number is the
/// verified one of another person.
pub async fn set_pending(
    conn: &mut PgConnection,
    pending: &Verified<'_>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into pending_verifications (person_id, kind, name_sealed, number_sealed, number_hash, consented_at, consent_text)
         select $1, $2, $3, $4, $5, $6, $7
         where not exists (select 1 from documents where kind = $2 and number_hash = $5 and person_id <> $1)
         on conflict (person_id) do update set name_sealed = excluded.name_sealed, number_sealed = excluded.number_sealed,
             number_hash = excluded.number_hash, consented_at = excluded.consented_at, consent_text = excluded.consent_text",
        pending.person_id,
        RESIDENT_ID,
        pending.name_sealed,
        pending.number_sealed,
        pending.number_hash,
        pending.at,
        pending.consent_text
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update persons set version = version + 1, updated_at = $2 where person_id = $1",
        pending.person_id,
        pending.at
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// What waits for the guardian's consent: name, number, hash of the number, and the text that was agreed to.
pub async fn pending(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Option<Pending>, sqlx::Error> {
    sqlx::query_as!(
        Pending,
        "select name_sealed, number_sealed, number_hash, consent_text from pending_verifications where person_id = $1",
        person_id
    )
    .fetch_optional(conn)
    .await
}

/// A verification that waits.
#[derive(Debug)]
pub struct Pending {
    /// Sealed for the person.
    pub name_sealed: Vec<u8>,
    /// Sealed for the person.
    pub number_sealed: Vec<u8>,
    /// Look-up hash.
    pub number_hash: Vec<u8>,
    /// Version of the text the person agreed to.
    pub consent_text: String,
}

/// Suspends a verification: the name goes where it waits, the document stays the person's.
pub async fn suspend(
    conn: &mut PgConnection,
    person_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into pending_verifications (person_id, kind, name_sealed, number_sealed, number_hash, consented_at, consent_text)
         select p.person_id, d.kind, p.name_sealed, d.number_sealed, d.number_hash, d.consented_at, d.consent_text
         from persons p join documents d on d.person_id = p.person_id and d.kind = $2
         where p.person_id = $1 and p.name_sealed is not null",
        person_id,
        RESIDENT_ID
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update persons set name_sealed = null, verified_at = null, version = version + 1, updated_at = $2 where person_id = $1",
        person_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what has waited for a guardian since before this moment, and was never verified: no guardian has agreed that it is kept.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from pending_verifications w where consented_at < $1
         and not exists (select 1 from documents d where d.person_id = w.person_id and d.kind = w.kind)",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

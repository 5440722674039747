//! All SQL of the schema `files`.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Claimed, Error, Purpose};
use crate::store::Stored;

/// An upload as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub upload_id: Uuid,
    pub owner_id: Uuid,
    pub size_bytes: i64,
    pub content_type: Option<String>,
    pub content_hash: Option<Vec<u8>>,
    pub expires_at: OffsetDateTime,
    pub completed_at: Option<OffsetDateTime>,
    pub claimed_at: Option<OffsetDateTime>,
}

/// An upload that is begun.
pub(crate) struct New<'a> {
    pub upload_id: Uuid,
    pub owner_id: Uuid,
    pub purpose: &'a str,
    pub scope_id: Uuid,
    pub name_sealed: &'a [u8],
    pub size_bytes: i64,
    pub expires_at: OffsetDateTime,
}

/// What there is of a content that was checked.
pub(crate) struct Checked<'a> {
    pub content_type: &'a str,
    pub content_hash: &'a [u8],
    pub clean: &'a Stored,
    pub clean_type: &'a str,
}

/// Whether no other upload of this person is being begun at this moment: they count towards one limit. Those that are do not wait for
/// each other, which would take a connection each from everybody else.
pub(crate) async fn lock_owner(
    conn: &mut PgConnection,
    owner_id: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('files.owner:' || $1::text, 0)) as "locked!""#,
        owner_id.to_string()
    )
    .fetch_one(conn)
    .await
}

/// How many uploads a person has that no record has claimed, and their bytes. Those that are to be swept still count: they
/// are still there.
pub(crate) async fn unclaimed(
    conn: &mut PgConnection,
    owner_id: Uuid,
) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "count!", coalesce(sum(size_bytes), 0)::bigint as "bytes!" from files.uploads
           where owner_id = $1 and claimed_at is null"#,
        owner_id
    )
    .fetch_one(conn)
    .await?;
    Ok((row.count, row.bytes))
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    new: &New<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into files.uploads (upload_id, owner_id, purpose, scope_id, name_sealed, size_bytes, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.upload_id,
        new.owner_id,
        new.purpose,
        new.scope_id,
        new.name_sealed,
        new.size_bytes,
        now,
        new.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An upload of this owner for this purpose that has not expired, locked until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    upload_id: Uuid,
    (owner_id, purpose, scope_id): (Uuid, &str, Uuid),
    now: OffsetDateTime,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select upload_id, owner_id, size_bytes, content_type, content_hash, expires_at, completed_at, claimed_at
         from files.uploads
         where upload_id = $1 and owner_id = $2 and purpose = $3 and scope_id = $4
           and (claimed_at is not null or expires_at > $5)
         for update",
        upload_id,
        owner_id,
        purpose,
        scope_id,
        now
    )
    .fetch_optional(conn)
    .await
}

/// A part that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub number: i32,
    pub object: String,
    pub key_sealed: Vec<u8>,
    pub part_hash: Vec<u8>,
    pub part_bytes: i64,
}

impl Part {
    pub(crate) fn stored(&self) -> Stored {
        let mut sha256 = [0; 32];
        // The table holds hashes of this length alone.
        sha256.copy_from_slice(&self.part_hash);
        Stored {
            name: self.object.clone(),
            sealed_key: self.key_sealed.clone(),
            sha256,
            length: self.part_bytes.unsigned_abs(),
        }
    }
}

/// The parts that have arrived, in their order.
pub(crate) async fn parts(
    conn: &mut PgConnection,
    upload_id: Uuid,
) -> Result<Vec<Part>, sqlx::Error> {
    sqlx::query_as!(
        Part,
        "select number, object, key_sealed, part_hash, part_bytes from files.parts
         where upload_id = $1 order by number",
        upload_id
    )
    .fetch_all(conn)
    .await
}

/// Keeps a part in the place of an earlier one of this number.
pub(crate) async fn keep_part(
    conn: &mut PgConnection,
    upload_id: Uuid,
    number: i32,
    stored: &Stored,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let earlier = sqlx::query_scalar!(
        "delete from files.parts where upload_id = $1 and number = $2 returning object",
        upload_id,
        number
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(object) = earlier {
        unreferenced(conn, &object, now).await?;
    }
    sqlx::query!(
        "insert into files.parts (upload_id, number, object, key_sealed, part_hash, part_bytes)
         values ($1, $2, $3, $4, $5, $6)",
        upload_id,
        number,
        stored.name,
        stored.sealed_key,
        &stored.sha256[..],
        i64::try_from(stored.length).unwrap_or(i64::MAX)
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn complete(
    conn: &mut PgConnection,
    upload_id: Uuid,
    checked: &Checked<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update files.uploads set completed_at = $2, content_type = $3, content_hash = $4, clean_object = $5,
             clean_key_sealed = $6, clean_hash = $7, clean_bytes = $8, clean_type = $9
         where upload_id = $1",
        upload_id,
        now,
        checked.content_type,
        checked.content_hash,
        checked.clean.name,
        checked.clean.sealed_key,
        &checked.clean.sha256[..],
        i64::try_from(checked.clean.length).unwrap_or(i64::MAX),
        checked.clean_type
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that an object is to be deleted after `due_at`, unless [`refer`] takes it back. To be committed **before** an object
/// is written, with a time by which a record must refer to it.
pub async fn unreferenced(
    conn: &mut PgConnection,
    object: &str,
    due_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into files.unreferenced (object, due_at) values ($1, $2)
         on conflict (object) do update set due_at = excluded.due_at",
        object,
        due_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps an object to which the record of this transaction refers. `false`: it was too late, and the object may be gone.
pub async fn refer(conn: &mut PgConnection, object: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from files.unreferenced where object = $1 and not deleting",
        object
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Claims a complete upload for the record that this transaction writes. Only its owner can, for what it was uploaded for,
/// once. A sweep at the same moment waits, or has been first: then there is no such upload.
///
/// # Errors
///
/// The inner error says what is wrong with the upload.
pub async fn claim(
    conn: &mut PgConnection,
    upload_id: Uuid,
    owner_id: Uuid,
    purpose: &Purpose,
    scope_id: Uuid,
    now: OffsetDateTime,
) -> Result<Result<Claimed, Error>, sqlx::Error> {
    let of = (owner_id, purpose.name, scope_id);
    let Some(row) = lock(&mut *conn, upload_id, of, now).await? else {
        return Ok(Err(Error::NotFound));
    };
    if row.completed_at.is_none() {
        return Ok(Err(Error::NotComplete));
    }
    if row.claimed_at.is_some() {
        return Ok(Err(Error::NotFound));
    }
    sqlx::query!(
        "update files.uploads set claimed_at = $2 where upload_id = $1",
        upload_id,
        now
    )
    .execute(&mut *conn)
    .await?;
    let claimed = claimed(conn, upload_id).await?;
    Ok(claimed.ok_or(Error::NotFound))
}

/// Which of these uploads of a person for something are complete, and have not expired. Some of them may be claimed already.
pub async fn completed(
    conn: &mut PgConnection,
    uploads: &[Uuid],
    (owner_id, scope_id): (Uuid, Uuid),
    purpose: &Purpose,
    now: OffsetDateTime,
) -> Result<BTreeSet<Uuid>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select upload_id from files.uploads
         where upload_id = any($1) and owner_id = $2 and purpose = $3 and scope_id = $4
           and completed_at is not null and (claimed_at is not null or expires_at > $5)",
        uploads,
        owner_id,
        purpose.name,
        scope_id,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().collect())
}

/// An upload that a record is to claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The upload.
    pub upload_id: Uuid,
    /// Whose it has to be.
    pub owner_id: Uuid,
    /// What it has to be for.
    pub scope_id: Uuid,
}

/// Those of these uploads that can be claimed, locked until the transaction ends: what several people claim in one transaction, without
/// one of them failing the others.
pub async fn lock_waiting(
    conn: &mut PgConnection,
    asked: &[Asked],
    purpose: &Purpose,
    now: OffsetDateTime,
) -> Result<BTreeSet<Uuid>, sqlx::Error> {
    let uploads: Vec<Uuid> = asked.iter().map(|one| one.upload_id).collect();
    let owners: Vec<Uuid> = asked.iter().map(|one| one.owner_id).collect();
    let scopes: Vec<Uuid> = asked.iter().map(|one| one.scope_id).collect();
    let found = sqlx::query_scalar!(
        "select u.upload_id from files.uploads u
         where (u.upload_id, u.owner_id, u.scope_id) in (select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]))
           and u.purpose = $4 and u.completed_at is not null and u.claimed_at is null and u.expires_at > $5
         order by u.upload_id for update",
        &uploads,
        &owners,
        &scopes,
        purpose.name,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().collect())
}

/// Claims what [`lock_waiting`] has locked.
pub async fn claim_waiting(
    conn: &mut PgConnection,
    uploads: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update files.uploads set claimed_at = $2 where upload_id = any($1)",
        uploads,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A claimed file: the record that refers to it decides who may see it.
pub async fn claimed(
    conn: &mut PgConnection,
    upload_id: Uuid,
) -> Result<Option<Claimed>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select clean_object as "object!", clean_key_sealed as "key!", clean_hash as "hash!", clean_bytes as "bytes!",
                  clean_type as "clean_type!"
           from files.uploads where upload_id = $1 and claimed_at is not null"#,
        upload_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Claimed {
        upload_id,
        clean: Part {
            number: 1,
            object: row.object,
            key_sealed: row.key,
            part_hash: row.hash,
            part_bytes: row.bytes,
        }
        .stored(),
        clean_type: row.clean_type,
    }))
}

/// The sealed name and the type of a claimed file.
pub(crate) async fn original(
    conn: &mut PgConnection,
    upload_id: Uuid,
) -> Result<Option<(Vec<u8>, String)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select name_sealed, content_type as "content_type!" from files.uploads
           where upload_id = $1 and claimed_at is not null"#,
        upload_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.name_sealed, row.content_type)))
}

/// A claimed file with its sealed name.
pub(crate) struct Named {
    pub upload_id: Uuid,
    pub name_sealed: Vec<u8>,
    pub content_type: String,
    pub size_bytes: i64,
}

/// Those of these files that are claimed, in the order in which their uploads began.
pub(crate) async fn named(
    conn: &mut PgConnection,
    uploads: &[Uuid],
) -> Result<Vec<Named>, sqlx::Error> {
    sqlx::query_as!(
        Named,
        r#"select upload_id, name_sealed, content_type as "content_type!", size_bytes from files.uploads
           where upload_id = any($1) and claimed_at is not null order by upload_id"#,
        uploads
    )
    .fetch_all(conn)
    .await
}

/// Gives up files: because their record no longer refers to them, or their owner no longer wants them. Their objects are deleted after
/// `due_at`.
pub async fn release(
    conn: &mut PgConnection,
    uploads: &[Uuid],
    due_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into files.unreferenced (object, due_at)
         select object, $2::timestamptz from files.parts where upload_id = any($1)
         union all
         select clean_object, $2::timestamptz from files.uploads where upload_id = any($1) and clean_object is not null",
        uploads,
        due_at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from files.uploads where upload_id = any($1)",
        uploads
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets uploads that were not claimed in time, at most so many; how many there were. Those that are being claimed at
/// this moment are passed over.
pub(crate) async fn sweep(
    conn: &mut PgConnection,
    most: i64,
    now: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let old = sqlx::query_scalar!(
        "select upload_id from files.uploads where claimed_at is null and expires_at <= $1
         order by expires_at limit $2 for update skip locked",
        now,
        most
    )
    .fetch_all(&mut *conn)
    .await?;
    release(conn, &old, now).await?;
    Ok(old.len())
}

/// Objects that are due for deletion, at most so many. They are passed over for a while by everybody else, so that one that
/// cannot be deleted does not keep the others.
pub(crate) async fn due(
    conn: &mut PgConnection,
    most: i64,
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "with due as (select object from files.unreferenced where due_at <= $1
                      order by due_at limit $2 for update skip locked)
         update files.unreferenced as one set due_at = $3, deleting = true from due where one.object = due.object returning one.object",
        now,
        most,
        now + Duration::minutes(10)
    )
    .fetch_all(conn)
    .await
}

/// Forgets objects that were deleted.
pub(crate) async fn deleted(
    conn: &mut PgConnection,
    objects: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from files.unreferenced where object = any($1)",
        objects
    )
    .execute(conn)
    .await?;
    Ok(())
}

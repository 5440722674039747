//! The table `number_ranges`.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, rules};

/// Numbers that were allocated: `first` to `first + count - 1`, for this prefix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Allocated {
    pub prefix: String,
    pub first: i32,
    pub count: i32,
}

/// Gives an organisation its prefix and counter, unless it has them. The caller has locked or just made the organisation's row.
pub(crate) async fn open_range(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    code: &str,
) -> Result<(), Error> {
    if has_range(conn, organisation_id).await? {
        return Ok(());
    }
    if let Some(prefix) = rules::prefix_of_code(code)
        && claim(conn, organisation_id, &prefix).await?
    {
        return Ok(());
    }
    loop {
        let ordinal = sqlx::query_scalar!(r#"select nextval('made_up_prefixes') as "ordinal!""#)
            .fetch_one(&mut *conn)
            .await?;
        let prefix = rules::made_up_prefix(ordinal).ok_or(Error::PrefixesExhausted)?;
        // Taken is only what an import or an operator has put there; the sequence itself never repeats.
        if claim(conn, organisation_id, &prefix).await? {
            return Ok(());
        }
    }
}

async fn has_range(conn: &mut PgConnection, organisation_id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(select 1 from number_ranges where organisation_id = $1) as "has!""#,
        organisation_id
    )
    .fetch_one(conn)
    .await
}

async fn claim(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    prefix: &str,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into number_ranges (organisation_id, prefix) values ($1, $2) on conflict (prefix) do nothing",
        organisation_id,
        prefix
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Allocates the next `wanted` numbers, or as many as are left. Locks the counter until the transaction ends, so it is called late.
pub(crate) async fn allocate(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    wanted: i32,
) -> Result<Allocated, sqlx::Error> {
    let range = sqlx::query!(
        "select prefix, last from number_ranges where organisation_id = $1 for update",
        organisation_id
    )
    .fetch_one(&mut *conn)
    .await?;
    let count = wanted.min(rules::LAST - range.last);
    sqlx::query!(
        "update number_ranges set last = last + $2 where organisation_id = $1",
        organisation_id,
        count
    )
    .execute(conn)
    .await?;
    Ok(Allocated {
        prefix: range.prefix,
        first: range.last + 1,
        count,
    })
}

//! The table `ticket_keys`.

use signing::{NewKey, Store, StoredKey};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// The keys of tickets.
pub(super) struct TicketKeys;

#[async_trait::async_trait]
impl Store for TicketKeys {
    async fn keys(&self, conn: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error> {
        sqlx::query_as!(
            StoredKey,
            "select key_id as kid, private_key as private_sealed, signs_from from ticket_keys
             where retired_at is null order by created_at, signs_from nulls first, key_id"
        )
        .fetch_all(conn)
        .await
    }

    async fn insert(&self, conn: &mut PgConnection, key: &NewKey) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into ticket_keys (key_id, public_key, private_key, created_at, signs_from)
             values ($1, $2, $3, $4, $5)",
            key.kid,
            key.public.bytes(),
            key.private_sealed,
            key.created_at,
            key.signs_from
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn retire(
        &self,
        conn: &mut PgConnection,
        kid: &str,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update ticket_keys set retired_at = $2 where key_id = $1",
            kid,
            now
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

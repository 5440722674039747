//! The table `card_keys`.

use signing::{NewKey, Store, StoredKey};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// The keys of member cards.
pub(super) struct CardKeys;

#[async_trait::async_trait]
impl Store for CardKeys {
    async fn keys(&self, conn: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error> {
        sqlx::query_as!(
            StoredKey,
            "select kid, private_sealed, signs_from from card_keys
             where retired_at is null order by created_at, signs_from nulls first, kid"
        )
        .fetch_all(conn)
        .await
    }

    async fn insert(&self, conn: &mut PgConnection, key: &NewKey) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into card_keys (kid, public_key, private_sealed, created_at, signs_from)
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
            "update card_keys set retired_at = $2 where kid = $1",
            kid,
            now
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

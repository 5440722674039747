//! The table `signing_keys`.

use signing::{Kind, NewKey, Store, StoredKey};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// The keys of this kind.
pub(super) struct SigningKeys(pub(super) Kind);

#[async_trait::async_trait]
impl Store for SigningKeys {
    async fn keys(&self, conn: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error> {
        sqlx::query_as!(
            StoredKey,
            "select kid, private_sealed, activated_at as signs_from from signing_keys
             where algorithm = $1 and retired_at is null order by created_at, activated_at nulls first, kid",
            self.0.algorithm()
        )
        .fetch_all(conn)
        .await
    }

    async fn insert(&self, conn: &mut PgConnection, key: &NewKey) -> Result<(), sqlx::Error> {
        let public_jwk = serde_json::to_string(&key.public.jwk(&key.kid))
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query!(
            "insert into signing_keys (kid, algorithm, state, public_jwk, private_sealed, created_at, activated_at)
             values ($1, $2, 'current', $3, $4, $5, $6)",
            key.kid,
            self.0.algorithm(),
            public_jwk,
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
            "update signing_keys set state = 'retired', retired_at = $2 where kid = $1",
            kid,
            now
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// The public parts of all keys that are not retired, as they are published.
pub async fn published(conn: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select public_jwk from signing_keys where retired_at is null order by algorithm, created_at"
    )
    .fetch_all(conn)
    .await
}

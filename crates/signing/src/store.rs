//! Where a service keeps its keys.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::jwk::PublicKey;

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its id, under which the private part is sealed.
    pub kid: String,
    /// The private part, sealed.
    pub private_sealed: Vec<u8>,
    /// When it begins to sign; `None`: when it was made.
    pub signs_from: Option<OffsetDateTime>,
}

/// A key that is to be stored.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its id, under which the private part is sealed.
    pub kid: String,
    /// The public part.
    pub public: PublicKey,
    /// The private part, sealed.
    pub private_sealed: Vec<u8>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it begins to sign.
    pub signs_from: OffsetDateTime,
}

/// The table of one keyring.
#[async_trait::async_trait]
pub trait Store: Send + Sync + 'static {
    /// The keys that are not retired, the oldest first; of keys made at the same moment, the one that signs first.
    async fn keys(&self, conn: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error>;

    /// Enters a new key.
    async fn insert(&self, conn: &mut PgConnection, key: &NewKey) -> Result<(), sqlx::Error>;

    /// From now on the key neither signs nor verifies, and it is not published.
    async fn retire(
        &self,
        conn: &mut PgConnection,
        kid: &str,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error>;
}

/// Lets one replica at a time change the keys of this purpose, until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection, purpose: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(purpose)
        .execute(conn)
        .await?;
    Ok(())
}

//! Making a device known.

use kit::{crypto::Keys, errors::Result};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{MOST, Met, secret_hash, store};
use crate::secrets::random_secret;

/// Makes the device known to the account and gives it a new secret, in the transaction of the sign-in. Says what it was to the account
/// before.
pub(crate) async fn remember(
    conn: &mut PgConnection,
    keys: &Keys,
    account_id: Uuid,
    present: Option<&[u8; 32]>,
    now: OffsetDateTime,
) -> Result<(String, Met)> {
    let secret = random_secret()?;
    let hash = secret_hash(keys, &secret);
    if let Some(present) = present {
        store::rotate(conn, present, &hash, now).await?;
    }
    let met = store::remember(conn, account_id, &hash, now).await?;
    store::keep_at_most(conn, account_id, MOST).await?;
    Ok((secret, met))
}

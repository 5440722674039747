//! All SQL of deliveries.

use kit::crypto::{CryptoError, Keys};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Content, Delivery, Kind,
    rules::{LEASE, Next},
};

const RECIPIENT: &str = "identity.delivery.recipient";
const BODY: &str = "identity.delivery.body";

/// Leaves a message for the worker, in the transaction of what causes it. The same idempotency key again changes nothing.
pub async fn enqueue(
    conn: &mut PgConnection,
    keys: &Keys,
    delivery: &Delivery,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let context = delivery.delivery_id.as_bytes();
    let body =
        serde_json::to_vec(&delivery.content).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(
        "insert into deliveries (delivery_id, kind, recipient_sealed, body_sealed, idempotency_key, next_at, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $6)
         on conflict (idempotency_key) do nothing",
        delivery.delivery_id,
        delivery.kind.as_str(),
        keys.seal(RECIPIENT, context, delivery.recipient.as_bytes()),
        keys.seal(BODY, context, &body),
        delivery.idempotency_key,
        now,
        delivery.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A message that this worker may send now.
#[derive(Debug)]
pub struct Claimed {
    /// UUIDv7.
    pub delivery_id: Uuid,
    /// Which try this is, from 1. Also the fence: who reports for an older try is too late.
    pub attempts: i32,
    /// Of no use after this.
    pub expires_at: OffsetDateTime,
    kind: String,
    recipient_sealed: Option<Vec<u8>>,
    body_sealed: Option<Vec<u8>>,
    idempotency_key: String,
}

/// Why a stored message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Under a key that is gone, or altered.
    #[error("it does not open: {0}")]
    Sealed(#[from] CryptoError),
    /// Not what was put in.
    #[error("its content is malformed")]
    Content,
}

impl Claimed {
    /// Its kind, as it is stored.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The message itself.
    pub fn read(&self, keys: &Keys) -> Result<Delivery, Unreadable> {
        let context = self.delivery_id.as_bytes();
        let open = |purpose, sealed: &Option<Vec<u8>>| {
            let sealed = sealed.as_deref().ok_or(Unreadable::Content)?;
            Ok::<_, Unreadable>(keys.open(purpose, context, sealed)?)
        };
        let recipient = String::from_utf8(open(RECIPIENT, &self.recipient_sealed)?)
            .map_err(|_| Unreadable::Content)?;
        let content: Content = serde_json::from_slice(&open(BODY, &self.body_sealed)?)
            .map_err(|_| Unreadable::Content)?;
        Ok(Delivery {
            delivery_id: self.delivery_id,
            kind: Kind::parse(&self.kind).ok_or(Unreadable::Content)?,
            recipient,
            content,
            idempotency_key: self.idempotency_key.clone(),
            expires_at: self.expires_at,
        })
    }
}

/// Claims messages that are due, those included whose worker has not reported within its lease. Other workers pass over them.
pub async fn claim(
    conn: &mut PgConnection,
    most: i64,
    now: OffsetDateTime,
) -> Result<Vec<Claimed>, sqlx::Error> {
    sqlx::query_as!(
        Claimed,
        "update deliveries set state = 'sending', attempts = attempts + 1, next_at = $2
         where delivery_id = any(array(
             select delivery_id from deliveries
             where state in ('queued', 'sending') and next_at <= $1
             order by next_at limit $3 for update skip locked))
         returning delivery_id, attempts, expires_at, kind, recipient_sealed, body_sealed, idempotency_key",
        now,
        now + LEASE,
        most
    )
    .fetch_all(conn)
    .await
}

/// Records how a try ended. `false` if another worker has taken over meanwhile.
pub async fn finish(
    conn: &mut PgConnection,
    delivery_id: Uuid,
    attempts: i32,
    next: &Next,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = match next {
        Next::Sent => {
            sqlx::query!(
                "update deliveries set state = 'sent', finished_at = $3, last_error = '', recipient_sealed = null, body_sealed = null
                 where delivery_id = $1 and attempts = $2 and state = 'sending'",
                delivery_id,
                attempts,
                now
            )
            .execute(conn)
            .await?
        }
        Next::Again(at, error) => {
            sqlx::query!(
                "update deliveries set state = 'queued', next_at = $3, last_error = $4
                 where delivery_id = $1 and attempts = $2 and state = 'sending'",
                delivery_id,
                attempts,
                at,
                error
            )
            .execute(conn)
            .await?
        }
        Next::Dead(error) => {
            sqlx::query!(
                "update deliveries set state = 'dead', finished_at = $3, last_error = $4
                 where delivery_id = $1 and attempts = $2 and state = 'sending'",
                delivery_id,
                attempts,
                now,
                error
            )
            .execute(conn)
            .await?
        }
    };
    Ok(done.rows_affected() == 1)
}

/// When the next message is due, if any is waiting.
pub async fn next_due(conn: &mut PgConnection) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!("select min(next_at) from deliveries where state in ('queued', 'sending')")
        .fetch_one(conn)
        .await
}

/// Messages of one kind that have not been sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsent {
    /// Are to be sent, counted up to 100,000.
    pub waiting: i64,
    /// Seconds that the oldest of them has waited.
    pub age: f64,
    /// Were given up.
    pub dead: i64,
}

/// How many messages of a kind wait and since when, and how many were given up and not yet swept away.
pub async fn unsent(
    conn: &mut PgConnection,
    kind: Kind,
    now: OffsetDateTime,
) -> Result<Unsent, sqlx::Error> {
    sqlx::query_as!(
        Unsent,
        r#"select count(*) as "waiting!",
                  coalesce(greatest(extract(epoch from $2::timestamptz - min(created_at)), 0), 0)::float8 as "age!",
                  (select count(*) from deliveries where state = 'dead' and kind = $1) as "dead!"
           from (select created_at from deliveries where state in ('queued', 'sending') and kind = $1
                 order by next_at limit 100000) as waiting"#,
        kind.as_str(),
        now
    )
    .fetch_one(conn)
    .await
}

/// Removes what was finished before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from deliveries where state in ('sent', 'dead') and finished_at < $1",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

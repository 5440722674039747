//! Deliveries as jobs: what is sealed, and how it is read again.

use jobs::{Claimed, NewJob};
use kit::crypto::{CryptoError, Keys};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Content, Delivery, Kind};

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
    let payload = join(
        &keys.seal(RECIPIENT, context, delivery.recipient.as_bytes()),
        &keys.seal(BODY, context, &body),
    );
    let job = NewJob {
        job_id: delivery.delivery_id,
        kind: delivery.kind.as_str(),
        payload: &payload,
        idempotency_key: &delivery.idempotency_key,
        expires_at: Some(delivery.expires_at),
    };
    jobs::enqueue(conn, &job, now).await?;
    Ok(())
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

/// The message of a job.
pub fn read(job: &Claimed, keys: &Keys) -> Result<Delivery, Unreadable> {
    let context = job.job_id.as_bytes();
    let (recipient, body) =
        split(job.payload.as_deref().unwrap_or_default()).ok_or(Unreadable::Content)?;
    let recipient = String::from_utf8(keys.open(RECIPIENT, context, recipient)?)
        .map_err(|_| Unreadable::Content)?;
    let content: Content = serde_json::from_slice(&keys.open(BODY, context, body)?)
        .map_err(|_| Unreadable::Content)?;
    Ok(Delivery {
        delivery_id: job.job_id,
        kind: Kind::parse(&job.kind).ok_or(Unreadable::Content)?,
        recipient,
        content,
        idempotency_key: job.idempotency_key.clone(),
        expires_at: job.expires_at.ok_or(Unreadable::Content)?,
    })
}

/// Two sealed values as one: the length of the first in four bytes, the first, the second. `adopt` does the same in SQL.
fn join(first: &[u8], second: &[u8]) -> Vec<u8> {
    // Addresses are shorter than 4 GiB.
    let length = u32::try_from(first.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), first, second].concat()
}

fn split(joined: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = joined.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_comes_apart_and_what_is_damaged_does_not() {
        let joined = join(b"first", b"second");
        assert_eq!(split(&joined), Some((&b"first"[..], &b"second"[..])));
        for damaged in [&b""[..], b"\0\0\0", b"\0\0\0\x05firs", b"\xff\xff\xff\xff"] {
            assert_eq!(split(damaged), None);
        }
    }
}

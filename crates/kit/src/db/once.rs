//! Idempotent requests (AIP-155). A request with a `request_id` stores its response in the transaction that executes
//! it. A repeated request gets that response; a concurrent one waits at the unique key until the first has committed
//! (and gets its response) or rolled back (and is executed itself).

use std::time::Duration;

use proto_platform::reasons;
use sqlx::PgConnection;

use super::Db;
use crate::{crypto::Keys, errors::Problem};

const HASH_PURPOSE: &str = "kit.idempotency.request";
const SEAL_PURPOSE: &str = "kit.idempotency.response";
/// The contract limits request ids to 64 characters; a key must be limited in any case.
const MAX_REQUEST_ID_BYTES: usize = 256;
/// How long a response is kept.
const KEPT_HOURS: i32 = 48;

/// A request with an id.
#[derive(Debug)]
pub(crate) struct Remembered {
    caller: String,
    method: String,
    request_id: String,
    keys: Keys,
}

impl Remembered {
    /// A request by its caller, the full name of its message, and its id.
    pub(crate) fn new(
        caller: String,
        method: String,
        request_id: &str,
        keys: Keys,
    ) -> Result<Self, Problem> {
        if request_id.len() > MAX_REQUEST_ID_BYTES {
            return Err(Problem::invalid(
                "request_id",
                "Too long; use at most 64 characters.",
            ));
        }
        Ok(Self {
            caller,
            method,
            request_id: request_id.to_owned(),
            keys,
        })
    }

    /// The stored response to this request; `None` if this transaction has to execute it. Waits while a concurrent one
    /// executes it. `request` is the encoded message: the same id with another one is `REQUEST_ID_REUSED`.
    pub(crate) async fn claim<R: prost::Message + Default>(
        &self,
        conn: &mut PgConnection,
        request: &[u8],
    ) -> Result<Option<R>, Problem> {
        let hash = self.keys.keyed_hash(HASH_PURPOSE, request);
        if self.enter(&mut *conn, &hash).await? {
            return Ok(None);
        }
        let (first_hash, sealed) = self.first(conn).await?;
        // The duration of the comparison reveals nothing: both are keyed hashes.
        if first_hash != hash {
            return Err(Problem::of(&reasons::REQUEST_ID_REUSED));
        }
        let answer = sealed.ok_or_else(|| {
            Problem::internal(anyhow::anyhow!(
                "a request was committed without its answer"
            ))
        })?;
        let encoded = self
            .keys
            .open(SEAL_PURPOSE, &self.context(), &answer)
            .map_err(Problem::internal)?;
        Ok(Some(
            R::decode(encoded.as_slice()).map_err(Problem::internal)?,
        ))
    }

    /// Stores the response.
    pub(crate) async fn answer<R: prost::Message>(
        &self,
        conn: &mut PgConnection,
        answer: &R,
    ) -> Result<(), sqlx::Error> {
        let sealed = self
            .keys
            .seal(SEAL_PURPOSE, &self.context(), &answer.encode_to_vec());
        sqlx::query!(
            "update idempotency.requests set response = $4 where caller = $1 and method = $2 and request_id = $3",
            self.caller,
            self.method,
            self.request_id,
            sealed
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Whether this transaction has to execute the request.
    async fn enter(&self, conn: &mut PgConnection, hash: &[u8; 32]) -> Result<bool, sqlx::Error> {
        let inserted = sqlx::query!(
            "insert into idempotency.requests (caller, method, request_id, request_hash) values ($1, $2, $3, $4)
             on conflict do nothing",
            self.caller,
            self.method,
            self.request_id,
            hash
        )
        .execute(conn)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    async fn first(&self, conn: &mut PgConnection) -> Result<(Vec<u8>, Option<Vec<u8>>), Problem> {
        let row = sqlx::query!(
            "select request_hash, response from idempotency.requests where caller = $1 and method = $2 and request_id = $3",
            self.caller,
            self.method,
            self.request_id
        )
        .fetch_optional(conn)
        .await?;
        // The sweeper may have just deleted it.
        row.map(|row| (row.request_hash, row.response))
            .ok_or_else(|| Problem::of(&reasons::CONFLICT))
    }

    fn context(&self) -> Vec<u8> {
        // None of the three contains NUL: PostgreSQL does not store it in text.
        [self.caller.as_str(), &self.method, &self.request_id]
            .join("\0")
            .into_bytes()
    }
}

/// Deletes responses older than two days, a thousand at a time; returns how many.
pub async fn sweep(db: &Db) -> Result<u64, sqlx::Error> {
    let mut swept = 0;
    loop {
        let done = sqlx::query!(
            "delete from idempotency.requests where ctid = any(array(
                 select ctid from idempotency.requests where created_at < now() - make_interval(hours => $1)
                 order by created_at limit 1000 for update skip locked))",
            KEPT_HOURS
        )
        .execute(&mut *db.read().await?)
        .await?
        .rows_affected();
        swept += done;
        if done < 1_000 {
            return Ok(swept);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

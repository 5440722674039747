//! Opening a session.

use kit::{crypto::Keys, errors::Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    end::{end_oldest, end_one},
    method::Method,
    opened::Opened,
    rules, store,
};
use crate::{
    devices,
    secrets::{random_secret, secret_hash},
    throttles::Visitor,
};

/// Opens a session for an account in the caller's transaction, and makes the device known to it. The session that the browser has had so far
/// ends: its cookie is replaced, so nothing could end it any more.
pub(crate) async fn open(
    conn: &mut PgConnection,
    keys: &Keys,
    visitor: &Visitor,
    account_id: Uuid,
    method: Method,
) -> Result<Opened> {
    let now = visitor.now;
    let secret = random_secret()?;
    let row = store::Row {
        session_id: kit::chance::id(now),
        device: rules::device(visitor.source.user_agent.as_deref().unwrap_or_default()),
        origin: rules::shortened(visitor.source.address),
        created_at: now,
        last_used_at: now,
        expires_at: now + rules::ABSOLUTE,
    };
    store::insert(conn, &row, account_id, &secret_hash(&secret), method).await?;
    end_oldest(conn, account_id, now).await?;
    if let Some((owner, session_id)) = visitor.present {
        end_one(conn, owner, session_id, now).await?;
    }
    let present = visitor.device_secret.as_ref();
    let (device, met) = devices::remember(conn, keys, account_id, present, now).await?;
    Ok(Opened {
        row,
        secret,
        device,
        met,
        opened_at: now,
    })
}

//! Opening a session.

use kit::errors::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{method::Method, opened::Opened, rules, store};
use crate::{
    Identity,
    secrets::{random_secret, secret_hash},
    throttles::Visitor,
};

impl Identity {
    /// Opens a session for an account in the caller's transaction, and makes the device known to it.
    pub(crate) async fn open_session(
        &self,
        conn: &mut PgConnection,
        visitor: &Visitor,
        account_id: Uuid,
        method: Method,
    ) -> Result<Opened> {
        let now = self.clock.now();
        let secret = random_secret()?;
        let origin = visitor.caller.origin();
        let row = store::Row {
            session_id: Uuid::now_v7(),
            device: rules::device(
                origin
                    .and_then(|o| o.user_agent.as_deref())
                    .unwrap_or_default(),
            ),
            origin: rules::shortened(origin.and_then(|o| o.address)),
            created_at: now,
            last_used_at: now,
            expires_at: now + rules::ABSOLUTE,
        };
        store::insert(conn, &row, account_id, &secret_hash(&secret), method).await?;
        store::keep_at_most(conn, account_id, rules::MOST, now).await?;
        let device = self
            .remember_device(conn, account_id, visitor.device_secret.as_ref(), now)
            .await?;
        Ok(Opened {
            row,
            secret,
            device,
            opened_at: now,
        })
    }
}

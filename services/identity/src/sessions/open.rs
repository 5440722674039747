//! Opening a session.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::errors::{Problem, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Method, Opened, rules, secret_hash, store};
use crate::{Identity, throttles::Visitor};

/// 256 random bits in base64url, 43 characters.
pub fn random_secret() -> Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)
        .map_err(|_| Problem::internal(anyhow::anyhow!("the system gives no random bytes")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

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

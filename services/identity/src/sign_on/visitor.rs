//! Who is signed in at the browser that a site has sent here, and how they act.

use kit::{
    Call,
    access::{Caller, PersonCaller},
    errors::Result,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::demand::{rules::SignedIn, store};
use crate::{
    secrets::secret_hash,
    sessions::{self, rules},
};

/// A person at a browser.
pub struct Visitor {
    /// For the audit trail, and for what is done as them.
    pub person: PersonCaller,
    /// Their session.
    pub session_id: Uuid,
    /// Since when.
    pub signed_in: SignedIn,
}

impl Visitor {
    /// The person behind the secret of a session; `None` without one, and if the session has ended. Notes the use of the session.
    pub async fn of<T>(
        call: &Call<T>,
        conn: &mut PgConnection,
        secret: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Self>> {
        if secret.is_empty() {
            return Ok(None);
        }
        let Some(live) = sessions::store::resolve(conn, &secret_hash(secret), now).await? else {
            return Ok(None);
        };
        let Some(signed_in) = store::signed_in(conn, live.session_id).await? else {
            return Ok(None);
        };
        if live.last_used_at <= now - rules::TOUCH {
            let origin = rules::shortened(call.origin().address);
            sessions::store::touch(conn, live.session_id, &origin, now).await?;
        }
        Ok(Some(Self {
            person: PersonCaller {
                person_id: live.person_id,
                account_id: live.account_id,
                session_id: Some(live.session_id),
                person_number: live.person_number,
                name: None,
                verified: live.name_sealed.is_some(),
                grants: Vec::new(),
                origin: call.origin().clone(),
                subject_check: Default::default(),
            },
            session_id: live.session_id,
            signed_in,
        }))
    }

    /// As the actor of the audit trail.
    pub fn caller(&self) -> Caller {
        Caller::Person(self.person.clone())
    }
}

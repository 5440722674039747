//! OAuth clients that do not prove themselves.

use kit::{
    access::{Caller, Origin},
    audit,
    errors::Result,
};
use uuid::Uuid;

use super::{
    Counter, origin_of,
    rules::{self, Refused},
    store, too_many,
};
use crate::Identity;

const TOKEN: &str = "cast.identity.v1.SignOn/IssueToken";

impl Identity {
    /// Counts and records that somebody failed to prove to be this client (`None`: unknown), or refuses them for a moment. Only wrong
    /// secrets come here, so a stranger who tries them never keeps the society's own system out, even from the same address.
    pub(crate) async fn client_failed(
        &self,
        client_id: Option<Uuid>,
        origin: &Origin,
    ) -> Result<()> {
        let now = self.clock.now();
        let subject = client_id.map_or("client:unknown".to_owned(), |id| format!("client:{id}"));
        let name = format!("client\0{subject}\0{}", origin_of(Some(origin)));
        let counter = [Counter::new(&self.keys, rules::CLIENT, &name)];
        let mut tx = self.db.begin().await?;
        match store::admit(&mut tx, &counter, false, now).await? {
            // What is refused during a pause is not recorded each time: the trail is not to be filled from outside.
            Err(Refused::Wait(wait)) => return Err(too_many(wait)),
            Err(Refused::Work(_)) | Ok(()) => {}
        }
        let caller = Caller::Anonymous(origin.clone());
        audit::record(&mut tx, &caller, TOKEN, &subject, "invalid_client", now).await?;
        tx.commit().await?;
        Ok(())
    }
}

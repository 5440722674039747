//! OAuth clients that do not prove themselves.

use kit::{Call, access::Caller, errors::Result};
use uuid::Uuid;

use super::{
    Counter, Throttles, origin_of,
    rules::{self, Refused},
    store, too_many,
};

impl Throttles {
    /// Counts and records that a visitor failed to prove to be this client (`None`: unknown), or refuses them for a moment. Only wrong
    /// secrets come here, so a stranger who tries them never keeps the society's own system out, even from the same address.
    pub(crate) async fn client_failed<T>(
        &self,
        call: &Call<T>,
        client_id: Option<Uuid>,
    ) -> Result<()> {
        let subject = client_id.map_or("client:unknown".to_owned(), |id| format!("client:{id}"));
        let name = format!("client\0{subject}\0{}", origin_of(call.origin()));
        let counter = [Counter::new(&self.keys, rules::CLIENT, &name)];
        let mut tx = call.begin(&self.db).await?;
        match store::admit(&mut tx, &counter, false, call.now).await? {
            // What is refused during a pause is not recorded each time: the trail is not to be filled from outside.
            Err(Refused::Wait(wait)) => return Err(too_many(wait)),
            Err(Refused::Work(_)) | Ok(()) => {}
        }
        let visitor = Caller::Anonymous(call.origin().clone());
        tx.audit_for(&visitor, &subject, "invalid_client").await?;
        tx.commit(()).await
    }
}

//! Requests of sites that are kept while a person signs in and decides.

use kit::{access::Origin, errors::Result};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    Counter, Throttles, origin_of,
    rules::{self, Refused},
    store, too_many,
};

impl Throttles {
    /// Counts a request that is about to be kept for the origin that makes it, or refuses it for a moment; returns the key by which
    /// [`Self::demand_answered`] takes it back. Neither the site nor a person is counted: a stranger could use up what is theirs.
    pub(crate) async fn demand_kept(
        &self,
        conn: &mut PgConnection,
        origin: &Origin,
        now: OffsetDateTime,
    ) -> Result<[u8; 32]> {
        let name = format!("demands\0{}", origin_of(origin));
        let counter = Counter::new(&self.keys, rules::DEMANDS, &name);
        match store::admit(conn, &[counter], false, now).await? {
            Err(Refused::Wait(wait)) => Err(too_many(wait)),
            Err(Refused::Work(_)) | Ok(()) => Ok(counter.key),
        }
    }

    /// The request has been answered and is gone.
    pub(crate) async fn demand_answered(
        &self,
        conn: &mut PgConnection,
        key: [u8; 32],
        now: OffsetDateTime,
    ) -> Result<()> {
        let counter = Counter {
            key,
            policy: rules::DEMANDS,
        };
        Ok(store::forgive(conn, &[counter], now).await?)
    }
}

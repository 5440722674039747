//! Booking an attempt.

use kit::errors::Result;

use super::{Throttle, store};
use crate::{Identity, sessions::SessionError};

impl Identity {
    /// Books an attempt in a transaction of its own, or refuses it with the time to wait.
    pub(crate) async fn book(&self, throttles: &[Throttle]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        match store::book(&mut tx, throttles, self.clock.now()).await? {
            Ok(()) => Ok(tx.commit().await?),
            Err(wait) => Err(SessionError::TooMany { wait }.into()),
        }
    }
}

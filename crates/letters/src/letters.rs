//! The letters of a service.

use std::{fmt, sync::Arc};

use jobs::WakeUp;
use kit::{clock::Clock, crypto::Keys, db::Db, sealed::SealedColumn};

use crate::source::Source;

/// What a letter is called.
pub(crate) const TITLE: SealedColumn = SealedColumn::new("letters.title");
/// What it says.
pub(crate) const BODY: SealedColumn = SealedColumn::new("letters.body");

/// Letters: their methods and their worker. Cheap to clone.
#[derive(Clone)]
pub struct Letters {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) wake_up: WakeUp,
}

impl Letters {
    /// To these people. `keys` seal what is written.
    pub fn new(db: Db, keys: Keys, clock: Clock, source: Arc<dyn Source>) -> Self {
        Self {
            db,
            keys,
            clock,
            source,
            wake_up: WakeUp::default(),
        }
    }
}

impl fmt::Debug for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letters")
            .field("permission", &self.source.permission())
            .finish_non_exhaustive()
    }
}

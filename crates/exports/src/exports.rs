//! The exports of one list of a service.

use std::{fmt, sync::Arc};

use jobs::WakeUp;
use kit::{clock::Clock, crypto::Keys, db::Db, sealed::SealedColumn};

use crate::{source::Source, vault::Vault};

/// Why a person exports, in their words.
pub(crate) const PURPOSE: SealedColumn = SealedColumn::new("exports.purpose");

/// Exports: their methods, their worker and their sweeper. Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    pub(crate) vault: Vault,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) wake_up: WakeUp,
}

impl Exports {
    /// Of this list. `keys` seal the words of the requester and the keys of the files.
    pub fn new(
        db: Db,
        keys: Keys,
        clock: Clock,
        files: files::Store,
        source: Arc<dyn Source>,
    ) -> Self {
        Self {
            db,
            keys,
            clock,
            vault: Vault::new(files),
            source,
            wake_up: WakeUp::default(),
        }
    }
}

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exports")
            .field("kind", &self.source.kind())
            .finish_non_exhaustive()
    }
}

//! What all methods of the service `Applications` have at hand.

use kit::{clock::Clock, crypto::Keys, db::Db};

/// Applications: of the caller, and to organisations that the caller reviews for.
#[derive(Clone, Debug)]
pub struct Applications {
    pub(super) db: Db,
    pub(super) keys: Keys,
    pub(super) clock: Clock,
}

impl Applications {
    /// Over this database; `keys` seal names, forms, reasons, page tokens and remembered answers.
    pub fn new(db: Db, keys: Keys, clock: Clock) -> Self {
        Self { db, keys, clock }
    }
}

//! What all methods of the service `Memberships` have at hand.

use std::sync::Arc;

use kit::{clock::Clock, crypto::Keys, db::Db};

use crate::cards::Cards;

/// Memberships: of the caller, and of organisations whose members the caller may read or manage.
#[derive(Clone, Debug)]
pub struct Memberships {
    pub(super) db: Db,
    pub(super) keys: Keys,
    pub(super) clock: Clock,
    pub(super) cards: Arc<Cards>,
}

impl Memberships {
    /// Over this database; `keys` seal names, reasons, page tokens and remembered answers, `cards` sign.
    pub fn new(db: Db, keys: Keys, clock: Clock, cards: Arc<Cards>) -> Self {
        Self {
            db,
            keys,
            clock,
            cards,
        }
    }
}

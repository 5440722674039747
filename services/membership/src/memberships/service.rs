//! What the methods of the service `Memberships` need.

use std::sync::Arc;

use kit::{crypto::Keys, db::Db};

use crate::cards::Cards;

/// Memberships: of the caller, and of organisations whose members the caller may read or manage.
#[derive(Clone, Debug)]
pub struct Memberships {
    pub(crate) db: Db,
    /// For sealed names and reasons.
    pub(crate) keys: Keys,
    /// For the signatures of cards.
    pub(crate) cards: Arc<Cards>,
}

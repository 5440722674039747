//! What the methods of the service `Applications` need.

use ::files::uploads::Uploads;
use kit::{crypto::Keys, db::Db};

/// Applications: of the caller, and to organisations that the caller reviews for.
#[derive(Clone, Debug)]
pub struct Applications {
    pub(crate) db: Db,
    /// For sealed names, forms and reasons.
    pub(crate) keys: Keys,
    /// Files that answers name.
    pub(crate) files: Uploads,
}

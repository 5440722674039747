//! How the rooms read: whose numbers, and in one snapshot.

use kit::{
    access::Caller,
    errors::{Problem, Result},
};
use proto::reasons;
use sqlx::PgConnection;

use crate::scope::Scope;

/// The permission that every question needs.
pub(crate) const PERMISSION: &str = "cockpit.read";

/// Numbers and their freshness are read in one snapshot, or they would not belong together.
pub const READ: &str = "begin isolation level repeatable read read only";

/// What the caller may see; `PERMISSION_DENIED` if that is nothing.
pub async fn reach(conn: &mut PgConnection, caller: &Caller) -> Result<Scope> {
    let paths = caller.reach(conn, PERMISSION).await?;
    Scope::of(paths)
        .ok_or_else(|| Problem::of(&reasons::PERMISSION_DENIED).with("permission", PERMISSION))
}

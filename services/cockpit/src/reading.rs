//! How the modules read: whose numbers, and in one snapshot.

use kit::{
    Call,
    errors::{Problem, Result},
};
use proto::reasons;
use sqlx::PgConnection;

use crate::scope::Scope;

/// The permission that the contract asks for in every method; what open screens are checked by.
pub(crate) const PERMISSION: &str = "cockpit.read";

/// Numbers and their freshness are read in one snapshot, or they would not belong together.
pub const READ: &str = "begin isolation level repeatable read read only";

/// What the caller may see; `PERMISSION_DENIED` if that is nothing.
pub async fn reach<T>(conn: &mut PgConnection, call: &Call<T>) -> Result<Scope> {
    let paths = call.reach(conn).await?;
    Scope::of(paths)
        .ok_or_else(|| Problem::of(&reasons::PERMISSION_DENIED).with("permission", PERMISSION))
}

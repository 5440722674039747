//! Reading numbers: the caller's scope, and one snapshot.

use kit::{
    Call,
    errors::{Problem, Result},
};
use proto_cockpit::reasons;
use sqlx::PgConnection;

use crate::scope::Scope;

/// The permission that the contract asks for in every method; open streams are checked for it as well.
pub(crate) const PERMISSION: &str = "cockpit.read";

/// Numbers and their freshness are read in one snapshot, so that they are of the same state.
pub const READ: &str = "begin isolation level repeatable read read only";

/// The scope of the caller; `PERMISSION_DENIED` if it is empty.
pub async fn reach<T>(conn: &mut PgConnection, call: &Call<T>) -> Result<Scope> {
    let paths = call.reach(conn).await?;
    Scope::of(paths)
        .ok_or_else(|| Problem::of(&reasons::PERMISSION_DENIED).with("permission", PERMISSION))
}

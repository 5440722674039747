//! What the layers know of a call, and whether its method has asked for the caller's right.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use prost_reflect::DynamicMessage;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::attached::Attached;
use crate::{
    access::{Caller, Method, Origin, Reach},
    crypto::Keys,
    errors::{Problem, Result},
};

/// A call as the layers hand it on.
#[derive(Debug)]
pub(crate) struct Received {
    pub(super) method: Arc<Method>,
    pub(super) origin: Origin,
    pub(super) now: OffsetDateTime,
    /// The message, and its encoding.
    pub(super) message: DynamicMessage,
    pub(super) encoded: Bytes,
    pub(super) keys: Keys,
    /// Where the permission is held that reaches the organisation which the request names.
    pub(super) reach: Option<Reach>,
    /// Set once it is clear that the caller's permission reaches what the method is about.
    pub(super) allowed: AtomicBool,
    /// What is sent along with the answer.
    pub(super) attached: Attached,
}

impl Received {
    /// Whether the method has yet to ask for its caller's right: then it may neither commit nor answer.
    pub(super) fn unasked(&self) -> bool {
        self.method.on.is_for_the_method() && !self.allowed.load(Ordering::Relaxed)
    }

    pub(super) fn allow(&self) {
        self.allowed.store(true, Ordering::Relaxed);
    }

    pub(super) async fn require(
        &self,
        caller: &Caller,
        conn: &mut PgConnection,
        organisation_id: Uuid,
    ) -> Result<Reach> {
        let permission = self.permission()?;
        let reach = caller.require(conn, permission, organisation_id).await?;
        self.allow();
        Ok(reach)
    }

    pub(super) async fn held(
        &self,
        caller: &Caller,
        conn: &mut PgConnection,
        organisation_id: Uuid,
    ) -> Result<Option<Reach>> {
        let permission = self.permission()?;
        let reach = caller.held(conn, permission, organisation_id).await?;
        if reach.is_some() {
            self.allow();
        }
        Ok(reach)
    }

    pub(super) async fn reach(
        &self,
        caller: &Caller,
        conn: &mut PgConnection,
    ) -> Result<Vec<String>> {
        let paths = caller.reach(conn, self.permission()?).await?;
        self.allow();
        Ok(paths)
    }

    /// The permission that the contract asks for.
    fn permission(&self) -> Result<&'static str> {
        self.method.permission().ok_or_else(|| {
            Problem::internal(anyhow::anyhow!("{} asks for no permission", self.method))
        })
    }
}

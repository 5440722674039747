//! The transaction of a method that changes something.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use prost::Message;
use prost_reflect::ReflectMessage as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::received::Received;
use crate::{
    access::{Caller, Reach},
    audit,
    db::{Remembered, Tx},
    errors::{Problem, Result},
};

/// A transaction that knows its call. Dereferences to [`Tx`], and so to the connection: `store::insert(&mut tx, …)`. Dropped without
/// [`commit`](Self::commit), it is rolled back.
#[derive(Debug)]
pub struct Write {
    tx: Tx,
    caller: Caller,
    received: Arc<Received>,
    remembered: Option<Remembered>,
}

impl Write {
    pub(super) fn new(tx: Tx, caller: Caller, received: Arc<Received>) -> Self {
        Self {
            tx,
            caller,
            received,
            remembered: None,
        }
    }

    /// [`Call::require`](super::Call::require) in this transaction.
    pub async fn require(&mut self, organisation_id: Uuid) -> Result<Reach> {
        let conn: &mut PgConnection = &mut self.tx;
        self.received
            .require(&self.caller, conn, organisation_id)
            .await
    }

    /// Where the caller's permission, the one that the contract asks for, is held that reaches this organisation; `None` if nowhere. Instead
    /// of [`require`](Self::require) in methods with `on: "looked_up"` whose records are hidden from those who may not act on them: they
    /// answer `NOT_FOUND`, as if there were no such record.
    pub async fn held_on(&mut self, organisation_id: Uuid) -> Result<Option<Reach>> {
        let conn: &mut PgConnection = &mut self.tx;
        self.received
            .held(&self.caller, conn, organisation_id)
            .await
    }

    /// The answer, if this request was answered before (AIP-155): to be returned. The caller's rights must have been checked, because a
    /// replay is for those alone who still hold them, and nothing may be locked yet: the same request at the same time is waited for here.
    ///
    /// The key is the caller, the method and the `request_id`; the same id with another content is `REQUEST_ID_REUSED`. Without one every
    /// request is a new one.
    pub async fn replayed<R: Message + Default>(&mut self) -> Result<Option<R>> {
        let Received {
            method,
            message,
            encoded,
            keys,
            ..
        } = &*self.received;
        let descriptor = message.descriptor();
        let request_id = descriptor
            .get_field_by_name("request_id")
            .map(|field| message.get_field(&field).into_owned());
        let request_id = request_id.as_ref().and_then(|id| id.as_str());
        let Some(request_id) = request_id.filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        let remembered = Remembered::new(
            self.caller.actor(),
            method.input.full_name().to_owned(),
            request_id,
            keys.clone(),
        )?;
        let answer = remembered.claim(&mut self.tx, encoded).await?;
        self.remembered = Some(remembered);
        Ok(answer)
    }

    /// Leaves an audit record: who did what to whom, when and from where, with the outcome `ok`.
    ///
    /// `subject`: what it was done to, as `kind:<id>`; never a name or a number of a document.
    pub async fn audit(&mut self, subject: &str) -> Result<()> {
        self.audit_as(subject, "ok").await
    }

    /// The same with another outcome: the code of the reason for a refusal.
    pub async fn audit_as(&mut self, subject: &str, outcome: &str) -> Result<()> {
        let caller = self.caller.clone();
        self.audit_for(&caller, subject, outcome).await
    }

    /// The same of an actor for whom the caller speaks: `internal` methods are called by a service on behalf of the client that it has
    /// found, or of a visitor.
    pub async fn audit_for(&mut self, actor: &Caller, subject: &str, outcome: &str) -> Result<()> {
        let Received { method, now, .. } = &*self.received;
        let action = method.to_string();
        audit::record(&mut self.tx, actor, &action, subject, outcome, *now).await?;
        Ok(())
    }

    /// Stores the answer for a replay, commits, and gives it back. Refuses to if the method has not asked for the caller's right: then
    /// nothing is changed.
    pub async fn commit<R: Message>(mut self, answer: R) -> Result<R> {
        if self.received.unasked() {
            return Err(Problem::internal(anyhow::anyhow!(
                "{} would commit without asking whether its caller may",
                self.received.method
            )));
        }
        if let Some(remembered) = &self.remembered {
            remembered.answer(&mut self.tx, &answer).await?;
        }
        self.tx.commit().await?;
        Ok(answer)
    }
}

impl Deref for Write {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}

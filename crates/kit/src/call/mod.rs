//! A call, as a method gets it: who calls, what they ask, and everything a method does with that in the same way.
//!
//! ```ignore
//! async fn update_organisation(&self, call: Call<UpdateOrganisationRequest>) -> Result<Organisation> {
//!     let mut tx = call.begin(&self.db).await?;
//!     let mut organisation = …lock…;                        // `on: "organisation_id"`: the layer has checked the right
//!     if let Some(answer) = tx.replayed().await? {
//!         return Ok(answer);
//!     }
//!     …rules, store…
//!     tx.audit(&format!("organisation:{id}")).await?;
//!     tx.publish(&event, call.now).await?;
//!     tx.commit(answer).await
//! }
//! ```
//!
//! The order is always the same: rights, replay, work, audit, commit. Rights come first because a replayed answer, too, is for those alone who
//! still hold them.

mod attached;
pub(crate) mod layer;
mod metadata;
mod received;
mod refusal;
mod stream;
mod write;

use std::sync::Arc;

use prost_reflect::ReflectMessage as _;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use time::OffsetDateTime;
use tonic::metadata::MetadataMap;
use uuid::Uuid;

use crate::{
    access::{Caller, Origin, Reach, Rule},
    db::Db,
    errors::{Problem, Result},
    paging::Page,
};

pub(crate) use received::Received;
pub use stream::{Answers, Streamed};
pub use write::Write;

/// A call that the layers have let through.
#[derive(Clone, Debug)]
pub struct Call<T> {
    /// Who calls.
    pub caller: Caller,
    /// What they ask, read and checked as the contract says.
    pub message: T,
    /// The moment at which it was let through.
    pub now: OffsetDateTime,
    /// As it was sent along with the message.
    metadata: Arc<MetadataMap>,
    received: Arc<Received>,
}

impl<T> Call<T> {
    /// The call behind a request that has come through the layers.
    #[doc(hidden)]
    pub fn of(request: tonic::Request<T>) -> Result<Self> {
        let (metadata, extensions, message) = request.into_parts();
        let received = extensions.get::<Arc<Received>>().cloned();
        let caller = extensions.get::<Caller>().cloned();
        let (Some(received), Some(caller)) = (received, caller) else {
            return Err(Problem::internal(anyhow::anyhow!(
                "a method was called without the layers in front of it"
            )));
        };
        Ok(Self {
            caller,
            message,
            now: received.now,
            metadata: Arc::new(metadata),
            received,
        })
    }

    /// The call without its message, and the message: for methods that take it to pieces.
    pub fn split(self) -> (Call<()>, T) {
        let call = Call {
            caller: self.caller,
            message: (),
            now: self.now,
            metadata: self.metadata,
            received: self.received,
        };
        (call, self.message)
    }

    /// Where the call came from; of a service's call, whom it speaks for.
    pub fn origin(&self) -> &Origin {
        &self.received.origin
    }

    /// When the gateway received the request: what has to be in time is in time by this, however long a busy service let it wait. At most
    /// two minutes before `now`, and `now` for a call that did not come through the gateway.
    pub fn received_at(&self) -> OffsetDateTime {
        self.received.origin.received_at(self.now)
    }

    /// Passes if the caller's permission, the one that the contract asks for, reaches this organisation, and says from where. For methods
    /// with `on: "looked_up"`; to be called before anything about the record is revealed.
    pub async fn require(&self, conn: &mut PgConnection, organisation_id: Uuid) -> Result<Reach> {
        self.received
            .require(&self.caller, conn, organisation_id)
            .await
    }

    /// The paths below which the caller's permission holds, see [`Caller::reach`]. For methods with `on: "reach"`.
    pub async fn reach(&self, conn: &mut PgConnection) -> Result<Vec<String>> {
        self.received.reach(&self.caller, conn).await
    }

    /// Where the permission is held that reaches the organisation which the request names. For methods whose `on` is a field.
    pub fn held(&self) -> Result<Reach> {
        self.received.reach.ok_or_else(|| {
            Problem::internal(anyhow::anyhow!(
                "{} names no organisation",
                self.received.method
            ))
        })
    }

    /// Begins the transaction of a method that changes something.
    pub async fn begin(&self, db: &Db) -> Result<Write> {
        Ok(Write::new(
            db.begin().await?,
            self.caller.clone(),
            Arc::clone(&self.received),
        ))
    }

    /// Keeps an audit record of a read that discloses personal data, before anything is disclosed. `subject` as in [`Write::audit`].
    pub async fn audit_read(&self, db: &Db, subject: &str) -> Result<()> {
        let action = self.received.method.to_string();
        db.trail()
            .keep(&self.caller, &action, subject, "ok", self.now)
            .await
    }

    /// The page that is asked for: `page_size` and `page_token` of the request. A token is good for the same request by the same caller
    /// alone, pages apart; of a public list, for anybody's.
    pub fn page<K: Serialize + DeserializeOwned>(&self) -> Result<Page<K>> {
        let Received {
            method,
            message,
            keys,
            ..
        } = &*self.received;
        let (mut filter, descriptor) = (message.clone(), message.descriptor());
        let mut take = |name| {
            let field = descriptor.get_field_by_name(name)?;
            let value = filter.get_field(&field).into_owned();
            filter.clear_field(&field);
            Some(value)
        };
        let (size, token) = (take("page_size"), take("page_token"));
        let owner = match method.rule {
            Rule::Public => String::new(),
            _ => self.caller.actor(),
        };
        Page::of(
            size.and_then(|size| size.as_i32()).unwrap_or_default(),
            token
                .as_ref()
                .and_then(prost_reflect::Value::as_str)
                .unwrap_or_default(),
            &[
                method.to_string().as_bytes(),
                owner.as_bytes(),
                &prost_reflect::prost::Message::encode_to_vec(&filter),
            ],
            keys,
        )
    }
}

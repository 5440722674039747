//! Consents: which organisation may see which data of a person, and for what (PIPL art. 23).
//!
//! A consent is given when an application is submitted and can be withdrawn at any time. From that moment neither name nor form
//! is shown to the organisation; the membership itself stays. Organisations above it never see more than the first character of a name.

pub(crate) mod audience;
mod rpc;
pub(crate) mod rules;
pub(crate) mod store;

use time::OffsetDateTime;
use uuid::Uuid;

pub use rpc::Consents;

/// A consent.
#[derive(Debug)]
pub(crate) struct Consent {
    pub consent_id: Uuid,
    pub organisation_id: Uuid,
    pub organisation_name: String,
    /// The text that was agreed to.
    pub purpose: String,
    /// `name`, `form`.
    pub fields: Vec<String>,
    pub given_at: OffsetDateTime,
    /// `None` while it stands.
    pub withdrawn_at: Option<OffsetDateTime>,
}

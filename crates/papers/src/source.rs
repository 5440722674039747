//! What a service says about its records.

use kit::errors::{Problem, Result};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    facts::Fact,
    kind::{Kind, Reason},
};

/// A record that papers are about, as it is now.
#[derive(Debug)]
pub struct Record {
    /// Whom it is about.
    pub person_id: Uuid,
    /// Who issues papers about it.
    pub organisation_id: Uuid,
    /// The organisation's code: numbers begin with it.
    pub organisation_code: String,
    /// The name of the organisation.
    pub issuer: String,
    /// The verified name of the person; `None` if the record has none, then it is that of the caller.
    pub holder: Option<String>,
    /// What the template's words name, except `organisation`, in the order in which a verification shows it.
    pub facts: Vec<(&'static str, Fact)>,
    /// Whether it holds.
    pub standing: Standing,
}

/// Whether a record holds what a paper about it says.
#[derive(Debug)]
pub enum Standing {
    /// It does.
    Holds,
    /// It never did, so far: no paper is issued, for this reason.
    NotYet(Box<Problem>),
    /// It did, and does not now.
    Revoked {
        /// Why.
        reason: Reason,
        /// Since when.
        since: OffsetDateTime,
        /// Why no paper is issued.
        refusal: Box<Problem>,
    },
}

/// The records of a service that papers are about.
#[async_trait::async_trait]
pub trait Source: Send + Sync + 'static {
    /// What its papers certify.
    fn kind(&self) -> Kind;

    /// Id and version of the template for new papers.
    fn template(&self) -> (&'static str, i32);

    /// The permission of staff who may see that a paper was issued.
    fn permission(&self) -> &'static str;

    /// A record; under a lock that excludes changes of it if it is wanted, until the transaction ends.
    async fn record(
        &self,
        conn: &mut PgConnection,
        record_id: Uuid,
        lock: bool,
    ) -> Result<Option<Record>>;
}

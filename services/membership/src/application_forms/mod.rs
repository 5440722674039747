//! What an organisation asks its applicants beyond the basic part: a form that it designs, in numbered versions that never change.
//!
//! * [`rules`]: who publishes, and whether answers may be lost.
//! * [`rpc`]: the service.
//!
//! Staff write one draft together; a person who has not worked on it publishes it as the next version. The row of the draft stays when the
//! draft is gone, so that its version goes on: an etag never stands for two drafts.

mod rpc;
pub(crate) mod rules;
mod store;

use forms::{Flaw, Form};
use kit::{
    db::Db,
    errors::{Problem, Result},
};
use proto_membership::reasons;
use sqlx::PgConnection;
use uuid::Uuid;

/// The service.
#[derive(Clone, Debug)]
pub struct ApplicationForms {
    pub(crate) db: Db,
}

/// Why something cannot be done with the form of an organisation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Error {
    /// It cannot be asked.
    #[error("the definition has {} flaws", .0.len())]
    Invalid(Vec<Flaw>),
    /// There is no draft.
    #[error("there is no draft")]
    NoDraft,
    /// The publisher has worked on the draft.
    #[error("an editor cannot publish")]
    FourEyes,
    /// Answers of so many open applications can be lost.
    #[error("answers of {0} applications can be lost")]
    Loses(i64),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(flaws) => {
                flaws
                    .into_iter()
                    .fold(Problem::of(&reasons::FORM_INVALID), |problem, flaw| {
                        problem.field(format!("definition.{}", flaw.path), (flaw.en, flaw.zh))
                    })
            }
            Error::NoDraft => Problem::of(&reasons::FORM_DRAFT_MISSING),
            Error::FourEyes => Problem::of(&reasons::FORM_FOUR_EYES),
            Error::Loses(applications) => {
                Problem::of(&reasons::FORM_LOSES_ANSWERS).with("applications", applications)
            }
        }
    }
}

/// A form that was stored: it was checked before.
fn stored(definition: &str) -> Result<Form> {
    let json = serde_json::from_str(definition).map_err(Problem::internal)?;
    forms::check(&json).map_err(|flaws| {
        let places: Vec<String> = flaws.into_iter().map(|flaw| flaw.path).collect();
        Problem::internal(anyhow::anyhow!("a stored form has flaws at {places:?}"))
    })
}

/// The form that asks nothing.
fn nothing() -> Result<Form> {
    stored(r#"{"pages":[]}"#)
}

/// The number of the version that an organisation publishes now, and the form.
pub(crate) async fn published(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<Option<(i32, Form)>> {
    match store::current(conn, organisation_id).await? {
        Some(version) => Ok(Some((version.number, stored(&version.definition)?))),
        None => Ok(None),
    }
}

/// One version of the form; the form that asks nothing for none.
pub(crate) async fn version(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    number: Option<i32>,
) -> Result<Form> {
    let Some(number) = number else {
        return nothing();
    };
    let version = store::version(conn, organisation_id, number).await?;
    let version = version.ok_or_else(|| {
        Problem::internal(anyhow::anyhow!("version {number} of a form is not stored"))
    })?;
    stored(&version.definition)
}

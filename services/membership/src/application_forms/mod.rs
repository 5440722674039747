//! What an organisation asks its applicants beyond the basic part: a form that it designs, in numbered versions that never change.
//!
//! * [`rules`]: whether answers may be lost.
//! * [`rpc`]: the service.
//!
//! How forms are drafted and published is the crate `form-versions`; the tables are this module's own.

mod rpc;
pub(crate) mod rules;
mod store;

use form_versions::desk;
use forms::Form;
use kit::{
    db::Db,
    errors::{Problem, Result},
};
use proto_membership::reasons;
use sqlx::PgConnection;
use uuid::Uuid;

pub(crate) use self::store::Tables;

/// The service.
#[derive(Clone, Debug)]
pub struct ApplicationForms {
    pub(crate) db: Db,
}

/// Why something cannot be done with the form of an organisation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Error {
    /// Answers of so many open applications can be lost.
    #[error("answers of {0} applications can be lost")]
    Loses(i64),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Loses(applications) => {
                Problem::of(&reasons::FORM_LOSES_ANSWERS).with("applications", applications)
            }
        }
    }
}

/// The number of the version that an organisation publishes now, and the form.
pub(crate) async fn published(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<Option<(i32, Form)>> {
    desk::current(&Tables, conn, organisation_id).await
}

/// One version of the form; the form that asks nothing for none.
pub(crate) async fn version(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    number: Option<i32>,
) -> Result<Form> {
    let Some(number) = number else {
        return form_versions::wire::nothing();
    };
    let form = desk::version(&Tables, conn, organisation_id, number).await?;
    form.ok_or_else(|| {
        Problem::internal(anyhow::anyhow!("version {number} of a form is not stored"))
    })
}

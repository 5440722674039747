//! What an applicant answers to the organisation's own form: kept as it was typed until it is submitted, then evaluated.

use form_versions::answers;
use forms::{Bound, Form, ReferenceKind};
use kit::{
    crypto::Keys,
    errors::{Problem, Result},
    sealed::SealedColumn,
};
use prost_types::Struct;
use reference::disciplines;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Error, files::FILES};
use crate::{divisions, organisations};

pub(super) use form_versions::answers::{Answers, carried, kept};

/// Answers as JSON, bound to the application.
pub(super) const ANSWERS: SealedColumn = SealedColumn::new("membership.answers");

/// The most KiB of answers as JSON.
const LARGEST: usize = 256;

/// The sealed form of answers; `None` for none.
pub(super) fn seal(keys: &Keys, application_id: Uuid, answers: &Answers) -> Option<Vec<u8>> {
    answers::seal(ANSWERS, keys, application_id, answers)
}

/// Opens what [`seal`] made.
pub(super) fn open(keys: &Keys, application_id: Uuid, sealed: Option<&[u8]>) -> Result<Answers> {
    answers::open(ANSWERS, keys, application_id, sealed)
}

/// Answers as they are sent, if they are not too many.
pub(super) fn given(sent: Struct) -> Result<Answers> {
    answers::given(sent, LARGEST)
}

/// The person who submits, and when.
pub(super) struct Submitter<'a> {
    pub application_id: Uuid,
    pub person_name: &'a str,
    pub person_number: &'a str,
    /// As the basic part of the application says.
    pub workplace: &'a str,
    pub now: OffsetDateTime,
}

/// The answers as they are submitted: in normal form, without those to hidden fields, with bound ones as the platform knows them; or what
/// is missing or wrong.
pub(super) async fn submitted(
    conn: &mut PgConnection,
    form: &Form,
    given: Answers,
    by: &Submitter<'_>,
) -> Result<Answers> {
    let today = answers::day(by.now)?;
    let bound = Bound {
        person_name: Some(by.person_name.to_owned()),
        person_number: Some(by.person_number.to_owned()),
        workplace: Some(by.workplace.to_owned()),
    };
    let evaluation = form.evaluate(given, today, &bound);
    let references = evaluation.references();
    let mut dangling = FILES.missing(conn, &references, by.application_id).await?;
    for reference in references {
        let exists = match reference.kind {
            ReferenceKind::Division => divisions::store::in_use(conn, &reference.value).await?,
            ReferenceKind::Discipline => disciplines::of(&reference.value).is_some(),
            ReferenceKind::Organisation => {
                let id = reference.value.parse().map_err(Problem::internal)?;
                organisations::store::accepts(conn, id).await?.is_some()
            }
            // People are known to identity alone: here only the check character tells.
            ReferenceKind::Person => true,
            // See above.
            ReferenceKind::File => true,
        };
        if !exists {
            dangling.push(reference);
        }
    }
    let findings = answers::findings(&evaluation, dangling);
    if findings.is_empty() {
        Ok(evaluation.into_answers())
    } else {
        Err(Error::Unanswered(findings).into())
    }
}

//! What an applicant answers to the organisation's own form: kept as it was typed until it is submitted, then evaluated.

use forms::{Bound, Code, Day, Finding, Form, ReferenceKind};
use kit::{
    clock::business_date,
    crypto::Keys,
    errors::{Problem, Result},
    sealed::SealedColumn,
};
use prost_types::Struct;
use proto_forms::json;
use proto_membership::reasons;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Error;
use crate::{divisions, organisations};

/// Answers as JSON, bound to the application.
const ANSWERS: SealedColumn = SealedColumn::new("membership.answers");

/// The most bytes of answers as JSON.
const LARGEST: usize = 256 * 1024;

/// Answers by the keys of their fields.
pub(super) type Answers = Map<String, Value>;

/// The sealed form of answers; `None` for none.
pub(super) fn seal(keys: &Keys, application_id: Uuid, answers: &Answers) -> Option<Vec<u8>> {
    if answers.is_empty() {
        return None;
    }
    let text = Value::Object(answers.clone()).to_string();
    Some(ANSWERS.seal(keys, application_id, &text))
}

/// Opens what [`seal`] made.
pub(super) fn open(keys: &Keys, application_id: Uuid, sealed: Option<&[u8]>) -> Result<Answers> {
    let Some(sealed) = sealed else {
        return Ok(Answers::new());
    };
    let text = ANSWERS.open(keys, application_id, sealed)?;
    // The error would quote the text.
    serde_json::from_str(&text)
        .map_err(|_| Problem::internal(anyhow::anyhow!("sealed answers are no JSON")))
}

/// Answers as they are sent, if they are not too many.
pub(super) fn given(sent: Struct) -> Result<Answers> {
    let answers = json::object(sent);
    let length = serde_json::to_vec(&answers)
        .map_err(Problem::internal)?
        .len();
    if length > LARGEST {
        return Err(Problem::invalid(
            "answers",
            (
                "Larger than 256 KiB; shorten the longest answers.",
                "填写的内容超过 256 KiB，请精简后再保存。",
            ),
        ));
    }
    Ok(answers)
}

/// Answers of a draft to this form, as they were typed.
pub(super) fn kept(form: &Form, answers: Answers) -> Result<Answers> {
    form.keep(answers).map_err(|findings| {
        findings.iter().fold(
            Problem::of(&reasons::FORM_VERSION_FOREIGN),
            |problem, finding| problem.field(format!("answers.{}", finding.path), finding.words()),
        )
    })
}

/// Answers of another version, as far as this form has a place for them.
pub(super) fn carried(form: &Form, answers: Answers) -> Result<Answers> {
    kept(form, form.carry(answers).0)
}

/// The person who submits, and when.
pub(super) struct Submitter<'a> {
    pub person_name: &'a str,
    pub person_number: &'a str,
    pub now: OffsetDateTime,
}

/// The answers as they are submitted: in normal form, without those to hidden fields, with bound ones as the platform knows them; or what
/// is missing or wrong.
pub(super) async fn submitted(
    conn: &mut PgConnection,
    form: &Form,
    answers: Answers,
    by: &Submitter<'_>,
) -> Result<Answers> {
    let today = business_date(by.now);
    let today = Day::of(today.year(), today.month().into(), today.day())
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("today is no day")))?;
    let bound = Bound {
        person_name: Some(by.person_name.to_owned()),
        person_number: Some(by.person_number.to_owned()),
    };
    let evaluation = form.evaluate(answers, today, &bound);
    let mut findings = evaluation.findings().to_vec();
    for reference in evaluation.references() {
        let exists = match reference.kind {
            ReferenceKind::Division => divisions::store::in_use(conn, &reference.value).await?,
            ReferenceKind::Organisation => {
                let id = reference.value.parse().map_err(Problem::internal)?;
                organisations::store::accepts(conn, id).await?.is_some()
            }
            // People are known to identity alone: here only the check character tells.
            ReferenceKind::Person => true,
        };
        if !exists {
            findings.push(Finding {
                path: reference.path,
                code: Code::BadNumber,
                limit: String::new(),
            });
        }
    }
    if findings.is_empty() {
        Ok(evaluation.into_answers())
    } else {
        Err(Error::Unanswered(findings).into())
    }
}

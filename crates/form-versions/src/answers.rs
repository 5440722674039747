//! What people answer to a version of a form. Answers are sealed as one text beside what they belong to.

use forms::{Code, Day, Evaluation, Finding, Form, Reference};
use kit::{
    clock::business_date,
    crypto::Keys,
    errors::{Problem, Result},
    sealed::SealedColumn,
};
use prost_types::Struct;
use proto_forms::{
    json,
    reasons::{self, Reason},
};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

/// Answers by the keys of their fields.
pub type Answers = Map<String, Value>;

/// The sealed form of answers, bound to the row of this id; `None` for none.
pub fn seal(column: SealedColumn, keys: &Keys, row: Uuid, answers: &Answers) -> Option<Vec<u8>> {
    if answers.is_empty() {
        return None;
    }
    let text = Value::Object(answers.clone()).to_string();
    Some(column.seal(keys, row, &text))
}

/// Opens what [`seal`] made.
pub fn open(
    column: SealedColumn,
    keys: &Keys,
    row: Uuid,
    sealed: Option<&[u8]>,
) -> Result<Answers> {
    let Some(sealed) = sealed else {
        return Ok(Answers::new());
    };
    let text = column.open(keys, row, sealed)?;
    // The error would quote the text.
    serde_json::from_str(&text)
        .map_err(|_| Problem::internal(anyhow::anyhow!("sealed answers are no JSON")))
}

/// Answers as they are sent, if they have at most so many KiB as JSON.
pub fn given(sent: Struct, most_kib: usize) -> Result<Answers> {
    let answers = json::object(sent);
    let length = serde_json::to_vec(&answers)
        .map_err(Problem::internal)?
        .len();
    if length > most_kib * 1024 {
        return Err(Problem::invalid(
            "answers",
            (
                format!("Larger than {most_kib} KiB; shorten the longest answers."),
                format!("填写的内容超过 {most_kib} KiB，请精简后再提交。"),
            ),
        ));
    }
    Ok(answers)
}

/// Answers of a draft to this form, as they were typed.
pub fn kept(form: &Form, answers: Answers) -> Result<Answers> {
    let kept = form.keep(answers);
    kept.map_err(|findings| refused(&reasons::FORM_VERSION_FOREIGN, &findings))
}

/// Answers of another version, as far as this form has a place for them.
pub fn carried(form: &Form, answers: Answers) -> Result<Answers> {
    kept(form, form.carry(answers).0)
}

/// The day in China on which answers are handed in.
pub fn day(now: OffsetDateTime) -> Result<Day> {
    let today = business_date(now);
    Day::of(today.year(), today.month().into(), today.day())
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("today is no day")))
}

/// What is missing or wrong: what the evaluation found, and the references for which there is nothing.
pub fn findings(evaluation: &Evaluation<'_>, dangling: Vec<Reference>) -> Vec<Finding> {
    let dangling = dangling.into_iter().map(|reference| Finding {
        path: reference.path,
        code: Code::BadNumber,
        limit: String::new(),
    });
    evaluation
        .findings()
        .iter()
        .cloned()
        .chain(dangling)
        .collect()
}

/// The refusal of answers, with what to do at each.
pub fn refused(reason: &'static Reason, findings: &[Finding]) -> Problem {
    findings
        .iter()
        .fold(Problem::of(reason), |problem, finding| {
            problem.field(format!("answers.{}", finding.path), finding.words())
        })
}

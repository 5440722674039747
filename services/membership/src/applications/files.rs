//! Which files belong to an application: those that its answers name. An upload is claimed when a draft that names it is saved, so that it
//! does not expire before the application is submitted; a file that is no longer named is deleted.
//!
//! The application is locked by the caller, so two who save at once do so one after the other.

use std::collections::BTreeSet;

use ::files::uploads::{self, Kind, Purpose, Uploads};
use form_versions::answers::Answers;
use forms::{Form, ReferenceKind};
use kit::errors::{Problem, Result};
use proto_forms::v1 as shared;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::store::{files as store, records::Record};

/// What is uploaded.
pub(crate) static PURPOSE: Purpose = Purpose {
    name: "application_file",
    max_bytes: 10 * 1024 * 1024,
    kinds: &[Kind::Pdf, Kind::Png, Kind::Jpeg, Kind::Webp],
};

/// The most files of an application.
const MOST: usize = 10;

/// How long the content of a file that is no longer named stays, for those who are reading it at the moment.
const READ_TO_THE_END: Duration = Duration::minutes(10);

/// The application whose answers are saved, and by whom: its applicant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    pub application_id: Uuid,
    pub organisation_id: Uuid,
    pub person_id: Uuid,
    /// Whether it had answers before: without any it has no files.
    pub answered: bool,
}

/// Claims the uploads that answers name, and gives up those that they no longer name. Answers of a draft are as they were typed: what is no
/// id is told when they are submitted.
pub(crate) async fn keep(
    conn: &mut PgConnection,
    form: &Form,
    answers: &Answers,
    of: Owner,
    now: OffsetDateTime,
) -> Result<()> {
    let mut named = BTreeSet::new();
    let mut places = Vec::new();
    for (path, id) in form.uploads(answers) {
        if let Ok(id) = id.parse::<Uuid>()
            && named.insert(id)
        {
            places.push((path, id));
        }
    }
    if named.len() > MOST {
        return Err(Problem::invalid(
            "answers",
            (
                format!("More than {MOST} files; take some away."),
                format!("一份申请最多附 {MOST} 个文件，请减少后再保存。"),
            ),
        ));
    }
    if named.is_empty() && !of.answered {
        return Ok(());
    }
    let attached = store::of(conn, of.application_id).await?;
    let mut new = Vec::new();
    for (path, id) in places {
        if attached.contains(&id) {
            continue;
        }
        let (owner, scope) = (of.person_id, of.organisation_id);
        let claimed = uploads::claim(conn, id, owner, &PURPOSE, scope, now).await?;
        claimed.map_err(|error| unclaimed(error, &path))?;
        new.push(id);
    }
    let gone: Vec<Uuid> = attached.difference(&named).copied().collect();
    if !gone.is_empty() {
        uploads::release(conn, &gone, now + READ_TO_THE_END).await?;
        store::detach(conn, &gone).await?;
    }
    if !new.is_empty() {
        store::attach(conn, of.application_id, &new, now).await?;
    }
    Ok(())
}

fn unclaimed(error: uploads::Error, path: &str) -> Problem {
    match error {
        uploads::Error::NotFound => Problem::invalid(
            format!("answers.{path}"),
            (
                "No upload of yours that waits for this; choose the file again.",
                "没有您可用的上传文件，请重新选择文件。",
            ),
        ),
        other => other.into(),
    }
}

/// The references among these that name no file of the application.
pub(crate) async fn missing(
    conn: &mut PgConnection,
    references: &[forms::Reference],
    application_id: Uuid,
) -> Result<Vec<forms::Reference>, sqlx::Error> {
    let mut missing = references.to_vec();
    missing.retain(|reference| reference.kind == ReferenceKind::File);
    if missing.is_empty() {
        return Ok(missing);
    }
    let attached = store::of(conn, application_id).await?;
    missing.retain(|file| {
        let id = file.value.parse::<Uuid>();
        id.is_err() || id.is_ok_and(|id| !attached.contains(&id))
    });
    Ok(missing)
}

/// The files of an application, as those see them whom its answers are shown.
pub(crate) async fn described(
    conn: &mut PgConnection,
    files: &Uploads,
    record: &Record,
) -> Result<Vec<shared::AnswerFile>> {
    if record.answers_sealed.is_none() {
        return Ok(Vec::new());
    }
    let ids = store::of(conn, record.application_id).await?;
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let described = files.described(conn, &ids).await?;
    let shown = described.into_iter().map(|file| shared::AnswerFile {
        upload_id: file.upload_id.to_string(),
        name: file.name,
        content_type: file.content_type,
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
    });
    Ok(shown.collect())
}

/// Whether this file belongs to the application.
pub(crate) async fn has(
    conn: &mut PgConnection,
    application_id: Uuid,
    upload_id: Uuid,
) -> Result<bool, sqlx::Error> {
    Ok(store::of(conn, application_id).await?.contains(&upload_id))
}

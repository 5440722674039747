//! Which files belong to an application: those that its answers name (`crates/attachments`). An upload is claimed when a draft that names it
//! is saved, so that it does not expire before the application is submitted; a file that is no longer named is deleted.

use ::files::uploads::{Purpose, Uploads};
use attachments::Attachments;
use kit::errors::Result;
use proto_forms::v1 as shared;
use sqlx::PgConnection;

use super::store::{files::ApplicationFiles, records::Record};

/// What is uploaded.
pub(crate) static PURPOSE: Purpose = attachments::purpose("application_file");

/// The files of applications.
pub(crate) const FILES: Attachments = Attachments {
    purpose: &PURPOSE,
    table: &ApplicationFiles,
};

/// The files of an application, as those see them whom its answers are shown.
pub(crate) async fn described(
    conn: &mut PgConnection,
    files: &Uploads,
    record: &Record,
) -> Result<Vec<shared::AnswerFile>> {
    if record.answers_sealed.is_none() {
        return Ok(Vec::new());
    }
    FILES.described(conn, files, record.application_id).await
}

//! What was answered, as it is shown.

use form_versions::{Tables, answers, desk};
use kit::{
    errors::Result,
    wire::{etag, timestamp},
};
use proto_events::v1 as wire;
use proto_forms::{json, v1 as shared};
use sqlx::PgConnection;

use super::{ANSWERS, RegistrationForms, store};
use crate::{registration_files::FILES, registrations::Registration};

impl RegistrationForms {
    /// What was answered, as it is shown.
    pub(super) async fn answers(
        &self,
        conn: &mut PgConnection,
        registration: &Registration,
        withheld: bool,
    ) -> Result<wire::RegistrationAnswers> {
        let Some(version) = registration.form_version else {
            return Ok(wire::RegistrationAnswers {
                form: Some(shared::FormVersion::default()),
                withheld,
                ..Default::default()
            });
        };
        let (activity_id, row) = (registration.activity_id, registration.registration_id);
        let form = desk::published(&Tables, conn, activity_id, version, None).await?;
        let mut told = wire::RegistrationAnswers {
            form: form.form,
            withheld,
            ..Default::default()
        };
        if !withheld {
            let held = store::answers(conn, row).await?;
            let answers = answers::open(ANSWERS, &self.keys, row, held.answers.as_deref())?;
            told.etag = etag(held.version);
            told.changed_at = held.changed_at.map(timestamp);
            if held.answers.is_some() {
                told.files = FILES.described(conn, &self.files, row).await?;
            }
            told.answers = Some(json::message(answers));
        }
        Ok(told)
    }
}

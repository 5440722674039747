//! The service `ApplicationForms`.

use form_versions::{Held, desk};
use kit::{
    Call,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_forms::v1 as shared;
use proto_membership::{reasons, v1 as wire};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    ApplicationForms, rules,
    store::{self, Tables},
};
use crate::{contract, organisations};

impl contract::ApplicationForms for ApplicationForms {
    async fn get_application_form(
        &self,
        call: Call<wire::GetApplicationFormRequest>,
    ) -> Result<wire::PublishedApplicationForm> {
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let (number, since) = (call.message.version, call.message.since_version);
        let mut conn = self.db.read().await?;
        known(&mut conn, organisation_id).await?;
        let form = desk::published(&Tables, &mut conn, organisation_id, number, since).await?;
        Ok(published(form))
    }

    async fn get_application_form_draft(
        &self,
        call: Call<wire::GetApplicationFormDraftRequest>,
    ) -> Result<wire::ApplicationFormDraft> {
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
        let mut conn = self.db.read().await?;
        known(&mut conn, organisation_id).await?;
        let held = desk::held(&Tables, &mut conn, organisation_id).await?;
        drafted(&mut conn, organisation_id, &held, person_id).await
    }

    async fn save_application_form_draft(
        &self,
        call: Call<wire::SaveApplicationFormDraftRequest>,
    ) -> Result<wire::ApplicationFormDraft> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let (definition, etag) = (request.definition, &request.etag);
        let held = desk::save(
            &Tables,
            &mut tx,
            organisation_id,
            definition,
            etag,
            person,
            call.now,
        )
        .await?;
        let answer = drafted(&mut tx, organisation_id, &held, person.person_id).await?;
        tx.audit(&subject(organisation_id)).await?;
        tx.commit(answer).await
    }

    async fn discard_application_form_draft(
        &self,
        call: Call<wire::DiscardApplicationFormDraftRequest>,
    ) -> Result<wire::ApplicationFormDraft> {
        let (call, request) = call.split();
        let person_id = call.caller.person()?.person_id;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let held =
            desk::discard(&Tables, &mut tx, organisation_id, &request.etag, call.now).await?;
        let answer = drafted(&mut tx, organisation_id, &held, person_id).await?;
        tx.audit(&subject(organisation_id)).await?;
        tx.commit(answer).await
    }

    async fn publish_application_form(
        &self,
        call: Call<wire::PublishApplicationFormRequest>,
    ) -> Result<wire::PublishedApplicationForm> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        known(&mut tx, organisation_id).await?;
        let ready = desk::ready(
            &Tables,
            &mut tx,
            organisation_id,
            &request.etag,
            person,
            call.now,
        )
        .await?;
        let open = store::open_applications(&mut tx, organisation_id).await?;
        rules::may_lose(&ready.changes, open, request.accept_loss)?;
        let form = ready
            .publish(&Tables, &mut tx, organisation_id, person)
            .await?;
        tx.audit(&subject(organisation_id)).await?;
        tx.commit(published(form)).await
    }
}

fn subject(organisation_id: Uuid) -> String {
    format!("organisation:{organisation_id}")
}

async fn known(conn: &mut PgConnection, organisation_id: Uuid) -> Result<()> {
    let organisation = organisations::store::accepts(conn, organisation_id).await?;
    organisation
        .map(drop)
        .ok_or_else(|| Problem::of(&reasons::NOT_FOUND))
}

fn published(published: shared::PublishedForm) -> wire::PublishedApplicationForm {
    wire::PublishedApplicationForm {
        form: published.form,
        changes: published.changes,
    }
}

async fn drafted(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    held: &Held,
    reader: Uuid,
) -> Result<wire::ApplicationFormDraft> {
    let open = store::open_applications(conn, organisation_id).await?;
    let draft = held.to_wire(reader)?;
    Ok(wire::ApplicationFormDraft {
        definition: draft.definition,
        exists: draft.exists,
        publishable: draft.publishable,
        editor_numbers: draft.editor_numbers,
        saved_at: draft.saved_at,
        published_version: draft.published_version,
        changes: draft.changes,
        open_applications: i32::try_from(open).unwrap_or(i32::MAX),
        etag: draft.etag,
    })
}

//! The methods of `cast.events.v1.RegistrationForms`.

use form_versions::{Tables, desk};
use kit::{
    Call,
    access::Reach,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_events::v1 as wire;
use proto_forms::v1 as shared;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{RegistrationForms, changing, store};
use crate::{
    activities::{
        self, Activity, ActivityError,
        rpc::{require_for_activity, visible},
    },
    content_routes, contract,
    registrations::{self, RegistrationError},
};

impl contract::RegistrationForms for RegistrationForms {
    async fn get_registration_form(
        &self,
        call: Call<wire::GetRegistrationFormRequest>,
    ) -> Result<shared::PublishedForm> {
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut conn = self.db.read().await?;
        visible(&call, &mut conn, activity_id).await?;
        desk::published(&Tables, &mut conn, activity_id, call.message.version, None).await
    }

    async fn get_registration_form_draft(
        &self,
        call: Call<wire::GetRegistrationFormDraftRequest>,
    ) -> Result<shared::FormDraft> {
        let person_id = call.caller.person()?.person_id;
        let activity_id = parse_id("activity_id", &call.message.activity_id)?;
        let mut conn = self.db.read().await?;
        require_for_activity(&call, &mut conn, activity_id).await?;
        let held = desk::held(&Tables, &mut conn, activity_id).await?;
        held.to_wire(person_id)
    }

    async fn save_registration_form_draft(
        &self,
        call: Call<wire::SaveRegistrationFormDraftRequest>,
    ) -> Result<shared::FormDraft> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let activity = held(&mut tx, activity_id, call.now).await?;
        activities::store::worked_on(&mut tx, &activity, person.person_id).await?;
        let (definition, etag) = (request.definition, &request.etag);
        let held = desk::save(
            &Tables,
            &mut tx,
            activity_id,
            definition,
            etag,
            person,
            call.now,
        )
        .await?;
        tx.audit(&subject(activity_id)).await?;
        tx.commit(held.to_wire(person.person_id)?).await
    }

    async fn discard_registration_form_draft(
        &self,
        call: Call<wire::DiscardRegistrationFormDraftRequest>,
    ) -> Result<shared::FormDraft> {
        let (call, request) = call.split();
        let person_id = call.caller.person()?.person_id;
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // Whatever the state of the activity: what no person can publish any more can still be put away.
        let held = desk::discard(&Tables, &mut tx, activity_id, &request.etag, call.now).await?;
        tx.audit(&subject(activity_id)).await?;
        tx.commit(held.to_wire(person_id)?).await
    }

    async fn publish_registration_form(
        &self,
        call: Call<wire::PublishRegistrationFormRequest>,
    ) -> Result<shared::PublishedForm> {
        let (call, request) = call.split();
        let person = call.caller.person()?;
        let activity_id = parse_id("activity_id", &request.activity_id)?;
        let mut tx = call.begin(&self.db).await?;
        require_for_activity(&call, &mut tx, activity_id).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        // Its seats are locked as well: those who were admitted before have answered the version before.
        let activity = activities::store::lock(&mut tx, activity_id).await?;
        let activity = activity.ok_or(ActivityError::NotFound)?;
        activities::rules::change_form(&activity, call.now)?;
        content_routes::not_in_review(&mut tx, activity_id).await?;
        let etag = &request.etag;
        let ready = desk::ready(&Tables, &mut tx, activity_id, etag, person, call.now).await?;
        let asked = ready.asks()?.then_some(ready.number());
        let form = ready.publish(&Tables, &mut tx, activity_id, person).await?;
        store::ask(&mut tx, activity_id, asked).await?;
        let (title, by) = (&activity.content.title, person.person_id);
        let told = content_routes::changed(&mut tx, activity_id, title, by).await?;
        tx.notify(told.as_slice(), call.now).await?;
        tx.audit(&subject(activity_id)).await?;
        tx.commit(form).await
    }

    async fn get_registration_answers(
        &self,
        call: Call<wire::GetRegistrationAnswersRequest>,
    ) -> Result<wire::RegistrationAnswers> {
        let registration_id = parse_id("registration_id", &call.message.registration_id)?;
        let mut tx = call.begin(&self.db).await?;
        let registration = registrations::store::registration(&mut tx, registration_id)
            .await?
            .ok_or(RegistrationError::NotFound)?;
        let details =
            registrations::store::activity_details(&mut tx, registration.activity_id).await?;
        let reach = tx.held_on(details.organisation_id).await?;
        let withheld = match reach {
            // As if there were no such registration.
            None => return Err(RegistrationError::NotFound.into()),
            Some(Reach::There) => false,
            Some(Reach::FromAbove) => true,
        };
        let answers = self.answers(&mut tx, &registration, withheld).await?;
        tx.audit(&format!("registration:{registration_id}")).await?;
        tx.commit(answers).await
    }

    async fn get_my_registration_answers(
        &self,
        call: Call<wire::GetMyRegistrationAnswersRequest>,
    ) -> Result<wire::RegistrationAnswers> {
        let person_id = call.caller.person()?.person_id;
        let registration_id = parse_id("registration_id", &call.message.registration_id)?;
        let mut conn = self.db.read().await?;
        let found = registrations::store::registration(&mut conn, registration_id).await?;
        let own = found
            .filter(|found| found.person_id == person_id)
            .ok_or(RegistrationError::NotFound)?;
        self.answers(&mut conn, &own, false).await
    }

    async fn update_my_registration_answers(
        &self,
        call: Call<wire::UpdateMyRegistrationAnswersRequest>,
    ) -> Result<wire::RegistrationAnswers> {
        changing::change(self, call).await
    }
}

/// An activity whose form may be changed; nothing changes it until the transaction ends.
async fn held(
    conn: &mut PgConnection,
    activity_id: Uuid,
    now: time::OffsetDateTime,
) -> Result<Activity, Problem> {
    let activity = activities::store::lock_content(conn, activity_id).await?;
    let activity = activity.ok_or(ActivityError::NotFound)?;
    activities::rules::change_form(&activity, now)?;
    content_routes::not_in_review(conn, activity_id).await?;
    Ok(activity)
}

fn subject(activity_id: Uuid) -> String {
    format!("activity:{activity_id}")
}

//! A registrant changes what they answered.

use attachments::Owner;
use form_versions::{Tables, answers, desk, listing::Rows as _};
use kit::{
    Call,
    errors::{Problem, Result},
    wire::{expect_version, parse_id},
};
use proto_events::{reasons, v1 as wire};

use super::{
    ANSWERS, RegistrationForms,
    evaluating::{Seat, Through, evaluate},
    listed::ListedAnswers,
    store::{self, Held},
    submitting::LARGEST,
};
use crate::{
    activities::{self, ActivityError, State},
    registration_files::FILES,
    registrations::{self, RegistrationError, rules},
};

/// The answers to the version with which the person registered, in the place of those before. The registration is locked meanwhile: who
/// cancels or changes it at the same time waits.
pub(super) async fn change(
    forms: &RegistrationForms,
    call: Call<wire::UpdateMyRegistrationAnswersRequest>,
) -> Result<wire::RegistrationAnswers> {
    let (call, request) = call.split();
    let person = call.caller.person()?;
    let registration_id = parse_id("registration_id", &request.registration_id)?;
    let given = answers::given(request.answers.unwrap_or_default(), LARGEST)?;
    let mut tx = call.begin(&forms.db).await?;
    let not_found = || Problem::from(RegistrationError::NotFound);
    let found = registrations::store::registration(&mut tx, registration_id).await?;
    let own = found.filter(|found| found.person_id == person.person_id);
    let own = own.ok_or_else(not_found)?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let state = registrations::store::lock(&mut tx, registration_id).await?;
    let activity = activities::store::activity(&mut tx, own.activity_id).await?;
    let (state, activity) = state.zip(activity).ok_or_else(not_found)?;
    if activity.state == State::Cancelled {
        return Err(ActivityError::Cancelled.into());
    }
    let closes_at = activity.content.schedule.closes_at();
    let version = rules::change_answers(state, own.form_version, closes_at, call.received_at())?;
    let before = store::answers(&mut tx, registration_id).await?;
    expect_version(&request.etag, before.version)?;
    let form = desk::version(&Tables, &mut tx, own.activity_id, version).await?;
    let form = form.ok_or_else(not_found)?;
    let seat = Seat {
        activity_id: own.activity_id,
        registration_id,
        person,
    };
    let from = Through::Transaction(&mut tx);
    let answers = evaluate(from, &form, given, &call, &seat).await?;
    let answers =
        answers.map_err(|found| answers::refused(&reasons::REGISTRATION_INCOMPLETE, &found))?;
    let owner = Owner {
        record_id: registration_id,
        scope_id: own.activity_id,
        person_id: person.person_id,
        answered: before.answers.is_some(),
    };
    FILES
        .keep(&mut tx, &form, &answers, owner, call.now)
        .await?;
    let after = Held {
        answers: answers::seal(ANSWERS, &forms.keys, registration_id, &answers),
        version: before.version + 1,
        changed_at: Some(call.now),
    };
    store::change(&mut tx, registration_id, &after).await?;
    let rows = form.rows(&answers).into_iter();
    let rows = rows.map(|(key, value)| (registration_id, key, value));
    let ids = [registration_id];
    ListedAnswers.list(&mut tx, &ids, rows.collect()).await?;
    tx.audit(&format!("registration:{registration_id}")).await?;
    let told = forms.answers(&mut tx, &own, false).await?;
    tx.commit(told).await
}

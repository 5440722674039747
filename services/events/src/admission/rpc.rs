//! The method `CreateRegistration`.

use kit::{Call, crypto::Keys, db::Db, errors::Result, wire::parse_id};
use proto_events::v1 as wire;
use reference::divisions;
use secrecy::ExposeSecret as _;

use super::{Admission, Applicant, rules};
use crate::{
    activities::rpc::Audience,
    registration_forms::{
        Forms, Seat,
        submitting::{Outcome, submit},
    },
    registrations::{PERSON_NAME, wire::registration},
};

/// Registers a person for an activity. The registration stores its request id permanently, so replays need no other record. Answers to the
/// activity's form are evaluated before the request waits for its turn.
pub(crate) async fn create(
    admission: &Admission,
    (forms, db, keys): (&Forms, &Db, &Keys),
    call: Call<wire::CreateRegistrationRequest>,
) -> Result<wire::Registration> {
    let (call, mut request) = call.split();
    let person = call.caller.person()?;
    let activity_id = parse_id("activity_id", &request.activity_id)?;
    divisions::check("division_code", &request.division_code)?;
    let registration_id = kit::chance::id(call.now);
    let seat = Seat {
        activity_id,
        registration_id,
        person,
    };
    let submitted = match submit((forms, db, keys), &call, &mut request, &seat).await? {
        Outcome::Submitted(submitted) => submitted,
        Outcome::Replay(before) => return registration(keys, *before, Audience::Person),
    };
    let name = person.name.as_ref();
    let applicant = Applicant {
        request: rules::Request {
            registration_id,
            person_id: person.person_id,
            request_id: request.request_id,
            division_code: request.division_code,
            form_version: submitted.form_version,
            sent_hash: submitted.sent_hash,
            files_wait: true,
        },
        person_number: person.person_number.clone(),
        person_name: name.map(|name| PERSON_NAME.seal(keys, registration_id, name.expose_secret())),
        answers: submitted.answers,
        files: submitted.files.iter().map(|file| file.upload_id).collect(),
        rows: submitted.rows,
        traceparent: eventlog::current_traceparent(),
    };
    let admitted = admission.admit(activity_id, applicant).await?;
    registration(keys, admitted, Audience::Person)
}

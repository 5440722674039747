//! What is stored encrypted, each under its own purpose and bound to the row it belongs to.

use kit::{crypto::Keys, errors::Problem};
use prost::Message as _;
use proto::cast::membership::v1::ApplicationForm;
use uuid::Uuid;

use crate::{applications::form::Form, memberships::rules::fold_name};

const FORM: &str = "membership.form";
const NAME: &str = "membership.name";
const REASON: &str = "membership.reason";

/// The form of an application, bound to the application.
pub(crate) fn seal_form(keys: &Keys, application_id: Uuid, form: Form) -> Vec<u8> {
    keys.seal(
        FORM,
        application_id.as_bytes(),
        &ApplicationForm::from(form).encode_to_vec(),
    )
}

/// Opens what [`seal_form`] made.
pub(crate) fn open_form(keys: &Keys, application_id: Uuid, sealed: &[u8]) -> Result<Form, Problem> {
    let encoded = keys
        .open(FORM, application_id.as_bytes(), sealed)
        .map_err(Problem::internal)?;
    Ok(ApplicationForm::decode(encoded.as_slice())
        .map_err(Problem::internal)?
        .into())
}

/// A verified real name, bound to the person: application and membership can share the sealed form.
pub(crate) fn seal_name(keys: &Keys, person_id: Uuid, name: &str) -> Vec<u8> {
    keys.seal(NAME, person_id.as_bytes(), name.as_bytes())
}

/// Opens what [`seal_name`] made.
pub(crate) fn open_name(keys: &Keys, person_id: Uuid, sealed: &[u8]) -> Result<String, Problem> {
    text(
        keys.open(NAME, person_id.as_bytes(), sealed)
            .map_err(Problem::internal)?,
    )
}

/// What a name is found by within one organisation.
pub(crate) fn name_hash(keys: &Keys, organisation_id: Uuid, name: &str) -> Vec<u8> {
    let value = [organisation_id.as_bytes(), fold_name(name).as_bytes()].concat();
    keys.keyed_hash(NAME, &value).to_vec()
}

/// A reason that staff gave, bound to the application or membership.
pub(crate) fn seal_reason(keys: &Keys, subject_id: Uuid, reason: &str) -> Vec<u8> {
    keys.seal(REASON, subject_id.as_bytes(), reason.as_bytes())
}

/// Opens what [`seal_reason`] made.
pub(crate) fn open_reason(keys: &Keys, subject_id: Uuid, sealed: &[u8]) -> Result<String, Problem> {
    text(
        keys.open(REASON, subject_id.as_bytes(), sealed)
            .map_err(Problem::internal)?,
    )
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(Problem::internal)
}

//! Answers that come with a request for a seat.

use attachments::Named;
use form_versions::answers::{self, Answers};
use forms::Finding;
use kit::{
    Call,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
};
use proto_events::{reasons, v1 as wire};
use proto_forms::reasons::FORM_VERSION_FOREIGN;
use serde_json::Value;
use uuid::Uuid;

use super::{
    ANSWERS, Forms,
    evaluating::{Seat, Through, evaluate},
    store,
};
use crate::{
    activities::{ActivityError, State},
    registrations::{self, Registration},
};

/// The most KiB of answers as JSON: thousands of them may wait for a seat.
pub(super) const LARGEST: usize = 16;

/// What seals the hash of answers apart from other hashes.
const SENT: &str = "events.registration-answers.sent";

/// Complete answers to a version of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submitted {
    /// The version; `None`: the request answers none.
    pub form_version: Option<i32>,
    /// In normal form, sealed; `None` for none.
    pub answers: Option<Vec<u8>>,
    /// Of the answers as they were sent.
    pub sent_hash: Option<Vec<u8>>,
    /// The rows by which the list is filtered.
    pub rows: Vec<(String, String)>,
    /// The files that they name: complete uploads of this person for this activity.
    pub files: Vec<Named>,
}

/// What came of the answers of a request.
#[derive(Debug)]
pub enum Outcome {
    /// They are complete.
    Submitted(Submitted),
    /// They would be refused today, but the same request has made this registration before.
    Replay(Box<Registration>),
}

/// Evaluates the answers of a request. Without a version there is nothing to do: the admission refuses if something is asked.
pub async fn submit(
    (forms, db, keys): (&Forms, &Db, &Keys),
    call: &Call<()>,
    request: &mut wire::CreateRegistrationRequest,
    seat: &Seat<'_>,
) -> Result<Outcome> {
    let sent = request.answers.take().unwrap_or_default();
    if request.form_version == 0 {
        return if sent.fields.is_empty() {
            Ok(Outcome::Submitted(Submitted::default()))
        } else {
            Err(Problem::of(&FORM_VERSION_FOREIGN))
        };
    }
    let given = answers::given(sent, LARGEST)?;
    let hash = hash(keys, request.form_version, &given);
    let found = match forms
        .version(db, seat.activity_id, request.form_version)
        .await?
    {
        None => Vec::new(),
        Some(form) => match evaluate(Through::Pool(db), &form, given, call, seat).await? {
            Ok(answers) => {
                return Ok(Outcome::Submitted(Submitted {
                    form_version: Some(request.form_version),
                    answers: answers::seal(ANSWERS, keys, seat.registration_id, &answers),
                    sent_hash: Some(hash),
                    files: attachments::named(&form, &answers)?,
                    rows: form.rows(&answers),
                }));
            }
            Err(found) => found,
        },
    };
    match made_before(db, request, seat, &hash).await? {
        Some(registration) => Ok(Outcome::Replay(Box::new(registration))),
        None => Err(refusal(db, request.form_version, seat.activity_id, &found).await?),
    }
}

/// What the same request has made before: it is answered as it was then, whatever day it is by now.
async fn made_before(
    db: &Db,
    request: &wire::CreateRegistrationRequest,
    seat: &Seat<'_>,
    hash: &[u8],
) -> Result<Option<Registration>> {
    if request.request_id.is_empty() {
        return Ok(None);
    }
    let mut conn = db.read().await?;
    let person_id = seat.person.person_id;
    let before = registrations::store::by_request(
        &mut conn,
        seat.activity_id,
        person_id,
        &request.request_id,
    )
    .await?;
    let same = before.filter(|before| {
        before.sent_hash.as_deref() == Some(hash) && before.division_code == request.division_code
    });
    match same {
        Some(same) => {
            Ok(registrations::store::registration(&mut conn, same.registration_id).await?)
        }
        None => Ok(None),
    }
}

/// Why answers to this version are refused. Of a draft activity there is nothing to be known.
async fn refusal(
    db: &Db,
    form_version: i32,
    activity_id: Uuid,
    found: &[Finding],
) -> Result<Problem> {
    let asked = store::asked(&mut *db.read().await?, activity_id).await?;
    Ok(match asked {
        None | Some((State::Draft, _)) => ActivityError::NotFound.into(),
        Some((State::Cancelled, _)) => ActivityError::Cancelled.into(),
        Some((State::Published, Some(asked))) if asked == form_version => {
            answers::refused(&reasons::REGISTRATION_INCOMPLETE, found)
        }
        Some((State::Published, _)) => Problem::of(&FORM_VERSION_FOREIGN),
    })
}

fn hash(keys: &Keys, form_version: i32, given: &Answers) -> Vec<u8> {
    let sent = Value::Object(given.clone()).to_string();
    let mut bytes = form_version.to_be_bytes().to_vec();
    bytes.extend_from_slice(sent.as_bytes());
    keys.keyed_hash(SENT, &bytes).to_vec()
}

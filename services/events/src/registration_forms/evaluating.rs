//! Answers beside the form, for this person and this day.

use form_versions::answers::{self, Answers};
use forms::{Bound, Finding, Form, Reference, ReferenceKind};
use kit::{Call, access::PersonCaller, db::Db, errors::Result};
use reference::{disciplines, divisions};
use secrecy::ExposeSecret as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store;
use crate::registration_files::FILES;

/// Who asks for which seat.
#[derive(Debug)]
pub struct Seat<'a> {
    /// The activity.
    pub activity_id: Uuid,
    /// The id that the registration gets.
    pub registration_id: Uuid,
    /// The person.
    pub person: &'a PersonCaller,
}

/// By which connection something is looked up: a rush waits for none unless its answers refer to something.
pub(super) enum Through<'a> {
    /// One of the pool, if there is something to look up.
    Pool(&'a Db),
    /// The one of the transaction.
    Transaction(&'a mut PgConnection),
}

/// The answers in normal form, or what is wrong with them.
pub(super) async fn evaluate(
    from: Through<'_>,
    form: &Form,
    given: Answers,
    call: &Call<()>,
    seat: &Seat<'_>,
) -> Result<Result<Answers, Vec<Finding>>> {
    let day = answers::day(call.received_at())?;
    let evaluation = form.evaluate(given, day, &bound(seat.person));
    let references = evaluation.references();
    let mut dangling = unknown(&references);
    let looked_up = [ReferenceKind::Organisation, ReferenceKind::File];
    if references.iter().any(|one| looked_up.contains(&one.kind)) {
        let mut pooled;
        let conn: &mut PgConnection = match from {
            Through::Transaction(conn) => conn,
            Through::Pool(db) => {
                pooled = db.read().await?;
                &mut pooled
            }
        };
        dangling.extend(no_organisations(conn, &references).await?);
        let of = (seat.person.person_id, seat.activity_id);
        dangling.extend(FILES.unready(conn, &references, of, call.now).await?);
    }
    let found = answers::findings(&evaluation, dangling);
    Ok(if found.is_empty() {
        Ok(evaluation.into_answers())
    } else {
        Err(found)
    })
}

/// What the platform fills in.
fn bound(person: &PersonCaller) -> Bound {
    let name = person.name.as_ref().filter(|_| person.verified);
    Bound {
        person_name: name.map(|name| name.expose_secret().to_owned()),
        person_number: Some(person.person_number.clone()),
        // No service knows where a registrant works: forms of activities are refused that ask to fill it in.
        workplace: None,
    }
}

/// References that are known to be wrong without looking anything up. People are known to identity alone: of their numbers only the check
/// character tells.
fn unknown(references: &[Reference]) -> Vec<Reference> {
    let wrong = references.iter().filter(|reference| match reference.kind {
        ReferenceKind::Division => divisions::check("answers", &reference.value).is_err(),
        ReferenceKind::Discipline => disciplines::of(&reference.value).is_none(),
        ReferenceKind::Organisation | ReferenceKind::Person | ReferenceKind::File => false,
    });
    wrong.cloned().collect()
}

/// References to organisations that there are not.
async fn no_organisations(
    conn: &mut PgConnection,
    references: &[Reference],
) -> Result<Vec<Reference>> {
    let organisations = references
        .iter()
        .filter(|reference| reference.kind == ReferenceKind::Organisation);
    let organisations: Vec<&Reference> = organisations.collect();
    if organisations.is_empty() {
        return Ok(Vec::new());
    }
    let id = |reference: &Reference| reference.value.parse::<Uuid>().ok();
    let ids: Vec<Uuid> = organisations.iter().filter_map(|one| id(one)).collect();
    let names = store::organisations(conn, &ids).await?;
    let missing = organisations
        .into_iter()
        .filter(|one| id(one).is_none_or(|id| !names.contains_key(&id)));
    Ok(missing.cloned().collect())
}

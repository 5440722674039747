//! The files that come with requests: claimed in the transaction that takes the seats. Where no request names a file, no statement is sent.

use std::collections::{BTreeSet, HashMap};

use files::uploads::{self, Asked};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{applicant::Applicant, store::Seats};
use crate::{
    registration_files::{PURPOSE, store},
    registrations::Registration,
};

/// The files that can be claimed, locked; of those activities alone whose seats are locked, so that no other batch claims them.
pub(super) async fn lock(
    conn: &mut PgConnection,
    requested: &[(Uuid, &Applicant)],
    seats: &HashMap<Uuid, Seats>,
    now: OffsetDateTime,
) -> Result<BTreeSet<Uuid>, sqlx::Error> {
    let requested = requested.iter();
    let requested = requested.filter(|(activity_id, _)| seats.contains_key(activity_id));
    let asked = requested.flat_map(|(activity_id, applicant)| {
        applicant.files.iter().map(|upload_id| Asked {
            upload_id: *upload_id,
            owner_id: applicant.request.person_id,
            scope_id: *activity_id,
        })
    });
    let asked: Vec<Asked> = asked.collect();
    if asked.is_empty() {
        return Ok(BTreeSet::new());
    }
    uploads::lock_waiting(conn, &asked, &PURPOSE, now).await
}

/// Claims the files of those who were admitted.
pub(super) async fn claim(
    conn: &mut PgConnection,
    requested: &[(Uuid, &Applicant)],
    admitted: &[Registration],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let admitted: BTreeSet<Uuid> = admitted.iter().map(|one| one.registration_id).collect();
    let applicants = requested.iter().map(|(_, applicant)| *applicant);
    let applicants = applicants.filter(|one| admitted.contains(&one.request.registration_id));
    let each: Vec<(Uuid, Uuid)> = applicants
        .flat_map(|one| {
            let registration_id = one.request.registration_id;
            one.files.iter().map(move |file| (*file, registration_id))
        })
        .collect();
    if each.is_empty() {
        return Ok(());
    }
    let files: Vec<Uuid> = each.iter().map(|(file, _)| *file).collect();
    uploads::claim_waiting(conn, &files, now).await?;
    store::attach_all(conn, &each, now).await
}

//! Whether the person who asked for a file may have it: asked when it is made and again whenever it is handed over.

use kit::{
    access::{Caller, PersonCaller, Reach},
    errors::Result,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::Record;

/// The requester as a caller without a call: for rights and audit records of what happens later.
pub fn requester(record: &Record) -> Caller {
    Caller::Person(PersonCaller {
        person_id: record.requester_id,
        // Nothing here is about an account or a session.
        account_id: Uuid::nil(),
        session_id: None,
        person_number: record.requester_number.clone(),
        name: None,
        verified: false,
        grants: Vec::new(),
        origin: Default::default(),
        subject_check: Default::default(),
    })
}

/// Where the requester holds the permission now; `None` if nowhere.
pub async fn held(
    conn: &mut PgConnection,
    record: &Record,
    permission: &'static str,
) -> Result<Option<Reach>> {
    let caller = requester(record);
    Ok(caller
        .held(conn, permission, record.organisation_id)
        .await?)
}

/// Whether a file may still be handed to a person whose permission is held there. One that shows what only the
/// organisation itself may see is not for those above it.
pub fn still_for(whole: Option<bool>, held: Option<Reach>) -> bool {
    match held {
        Some(Reach::There) => true,
        Some(Reach::FromAbove) => whole == Some(false),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_above_by_now_does_not_get_what_was_made_for_the_organisation() {
        for whole in [Some(true), Some(false), None] {
            assert!(still_for(whole, Some(Reach::There)));
            assert!(!still_for(whole, None));
            assert_eq!(
                still_for(whole, Some(Reach::FromAbove)),
                whole == Some(false)
            );
        }
    }
}

//! Entering a person and their account.

use eventlog::NewEvent;
use kit::{db::Tx, errors::Result};
use proto_identity::v1::PersonRegistered;

use super::{
    AccountError,
    store::{self, NewAccount},
};
use crate::persons;

/// Enters a person and their account; the caller commits.
pub(crate) async fn register(tx: &mut Tx, new: &NewAccount<'_>) -> Result<()> {
    loop {
        let number = persons::rules::person_number(kit::chance::number(0..persons::rules::NUMBERS));
        let (person_id, division_code) = (new.person_id, new.division_code);
        // Of 9·10¹⁴ numbers, the one just drawn is taken about never; then the next one is not.
        if persons::store::insert(tx, person_id, &number, division_code, new.created_at).await? {
            break;
        }
    }
    if !store::insert_account(tx, new).await? {
        return Err(AccountError::AddressInUse.into());
    }
    let registered = PersonRegistered {
        division_code: new.division_code.to_owned(),
    };
    let event = NewEvent::of("Person", new.person_id, &registered);
    Ok(tx.publish(&event, new.created_at).await?)
}

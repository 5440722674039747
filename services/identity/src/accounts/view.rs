//! What an account shows to its owner.

use kit::{
    crypto::Keys,
    errors::{Problem, Result},
    wire,
};
use proto_identity::v1::Account;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::{self, View};
use crate::{
    credentials::addresses::Address,
    sealing::{ADDRESS, DISPLAY_NAME},
};

pub(super) async fn view(conn: &mut PgConnection, account_id: Uuid) -> Result<View> {
    let view = store::view(conn, account_id).await?;
    // Tokens and foreign keys name accounts that exist, and accounts do not vanish.
    view.ok_or_else(|| Problem::internal(anyhow::anyhow!("an account without row")))
}

pub(super) fn addresses(keys: &Keys, view: &View) -> Result<Vec<Address>> {
    view.addresses_sealed
        .iter()
        .map(|sealed| {
            let text = ADDRESS.open(keys, view.account_id, sealed)?;
            Address::parse(&text).map_err(Problem::internal)
        })
        .collect()
}

pub(super) fn display_name(keys: &Keys, view: &View) -> Result<String> {
    let sealed = &view.display_name_sealed;
    DISPLAY_NAME.open(keys, view.account_id, sealed)
}

pub(super) fn account(keys: &Keys, view: &View) -> Result<Account> {
    let addresses = addresses(keys, view)?;
    Ok(Account {
        account_id: view.account_id.to_string(),
        person_id: view.person_id.to_string(),
        person_number: view.person_number.clone(),
        display_name: display_name(keys, view)?,
        masked_addresses: addresses.iter().map(Address::masked).collect(),
        verified: view.verified,
        created_at: Some(wire::timestamp(view.created_at)),
    })
}

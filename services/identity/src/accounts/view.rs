//! What an account shows to its owner.

use kit::{
    errors::{Problem, Result},
    wire,
};
use proto::cast::identity::v1::Account;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::{self, View};
use crate::{Identity, credentials::addresses::Address};

impl Identity {
    pub(super) async fn view(&self, conn: &mut PgConnection, account_id: Uuid) -> Result<View> {
        let view = store::view(conn, account_id).await?;
        // Tokens and foreign keys name accounts that exist, and accounts do not vanish.
        view.ok_or_else(|| Problem::internal(anyhow::anyhow!("an account without row")))
    }

    pub(super) fn addresses(&self, view: &View) -> Result<Vec<Address>> {
        view.addresses_sealed
            .iter()
            .map(|sealed| {
                let text = self.open_text("identity.address", view.account_id, sealed)?;
                Address::parse(&text).map_err(Problem::internal)
            })
            .collect()
    }

    pub(super) fn account(&self, view: &View) -> Result<Account> {
        Ok(Account {
            account_id: view.account_id.to_string(),
            person_id: view.person_id.to_string(),
            person_number: view.person_number.clone(),
            display_name: self.open_text(
                "identity.display_name",
                view.account_id,
                &view.display_name_sealed,
            )?,
            masked_addresses: self.addresses(view)?.iter().map(Address::masked).collect(),
            verified: view.verified,
            created_at: Some(wire::timestamp(view.created_at)),
        })
    }
}

//! The service `Divisions`.

use kit::{Call, db::Db, errors::Result};
use proto_membership::v1::{Division, ListDivisionsRequest, ListDivisionsResponse};

use super::store;
use crate::contract;

/// Administrative divisions, open to everybody.
#[derive(Clone, Debug)]
pub struct Divisions {
    pub(crate) db: Db,
}

impl contract::Divisions for Divisions {
    async fn list_divisions(
        &self,
        call: Call<ListDivisionsRequest>,
    ) -> Result<ListDivisionsResponse> {
        let parent = Some(call.message.parent_code.as_str()).filter(|code| !code.is_empty());
        let mut conn = self.db.read().await?;
        let divisions = store::below(&mut conn, parent).await?;
        if let (true, Some(code)) = (divisions.is_empty(), parent)
            && !store::known(&mut conn, code).await?
        {
            return Err(reference::divisions::unknown("parent_code"));
        }
        Ok(ListDivisionsResponse {
            divisions: divisions.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<super::Division> for Division {
    fn from(division: super::Division) -> Self {
        Self {
            code: division.code,
            name: division.name,
            level: division.level.to_wire(),
            parent_code: division.parent_code.unwrap_or_default(),
        }
    }
}

//! The sites that a person has agreed to disclose something to: what they are, and how it ends.

use kit::{Call, access, errors::Result, wire};
use proto_identity::v1::{
    ConnectedSite, DisconnectSiteRequest, DisconnectSiteResponse, ListConnectedSitesRequest,
    ListConnectedSitesResponse,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{families, rpc::SignOn, store};
use crate::clients::rules::OFFLINE_ACCESS;

impl SignOn {
    pub(super) async fn connected_sites(
        &self,
        call: Call<ListConnectedSitesRequest>,
    ) -> Result<ListConnectedSitesResponse> {
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<(OffsetDateTime, Uuid)>()?;
        let mut conn = self.db.read().await?;
        let rows = store::connected(&mut conn, person_id, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |row| (row.given_at, row.client_id));
        let ids: Vec<Uuid> = rows.iter().map(|row| row.organisation_id).collect();
        let organisations = access::organisations(&mut conn, &ids).await?;
        let name_of = |id: Uuid| {
            let found = organisations.iter().find(|o| o.organisation_id == id);
            found.map(|o| o.name.clone()).unwrap_or_default()
        };
        let sites = rows
            .into_iter()
            .map(|row| ConnectedSite {
                client_id: row.client_id.to_string(),
                client_name: row.name,
                organisation_name: name_of(row.organisation_id),
                offline: row.scopes.iter().any(|scope| scope == OFFLINE_ACCESS),
                scopes: row.scopes,
                given_at: Some(wire::timestamp(row.given_at)),
            })
            .collect();
        Ok(ListConnectedSitesResponse {
            sites,
            next_page_token,
        })
    }

    pub(super) async fn disconnect(
        &self,
        call: Call<DisconnectSiteRequest>,
    ) -> Result<DisconnectSiteResponse> {
        let person_id = call.caller.person()?.person_id;
        let client_id = wire::parse_id("client_id", &call.message.client_id)?;
        let mut tx = call.begin(&self.db).await?;
        let consents = store::withdraw(&mut tx, person_id, client_id).await?;
        let ended = families::store::end_at_site(&mut tx, person_id, client_id, call.now).await?;
        if consents + ended > 0 {
            tx.audit(&format!("client:{client_id}")).await?;
        }
        tx.commit(DisconnectSiteResponse {}).await
    }
}

//! The methods of `cast.events.v1.ContentRoutes`.

use approvals::Desk;
use kit::{Call, errors::Result};
use proto_approvals::v1 as wire;

use crate::contract;

/// Serves `cast.events.v1.ContentRoutes`.
#[derive(Clone, Debug)]
pub struct ContentRoutes {
    /// Does what they ask.
    pub desk: Desk,
}

impl contract::ContentRoutes for ContentRoutes {
    async fn get_content_route(
        &self,
        call: Call<wire::GetRouteRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.get(call).await
    }

    async fn save_content_route_draft(
        &self,
        call: Call<wire::SaveRouteDraftRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.save(call).await
    }

    async fn discard_content_route_draft(
        &self,
        call: Call<wire::DiscardRouteDraftRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.discard(call).await
    }

    async fn publish_content_route(
        &self,
        call: Call<wire::PublishRouteRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.publish(call).await
    }

    async fn list_content_delegations(
        &self,
        call: Call<wire::ListDelegationsRequest>,
    ) -> Result<wire::ListDelegationsResponse> {
        self.desk.delegations(call).await
    }

    async fn create_content_delegation(
        &self,
        call: Call<wire::CreateDelegationRequest>,
    ) -> Result<wire::Delegation> {
        self.desk.delegate(call).await
    }

    async fn end_content_delegation(
        &self,
        call: Call<wire::EndDelegationRequest>,
    ) -> Result<wire::ListDelegationsResponse> {
        self.desk.end(call).await
    }
}

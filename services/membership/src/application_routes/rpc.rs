//! The service `ApplicationRoutes`.

use kit::{Call, errors::Result};
use proto_approvals::v1 as wire;

use super::ApplicationRoutes;
use crate::contract;

impl contract::ApplicationRoutes for ApplicationRoutes {
    async fn get_application_route(
        &self,
        call: Call<wire::GetRouteRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.get(call).await
    }

    async fn save_application_route_draft(
        &self,
        call: Call<wire::SaveRouteDraftRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.save(call).await
    }

    async fn discard_application_route_draft(
        &self,
        call: Call<wire::DiscardRouteDraftRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.discard(call).await
    }

    async fn publish_application_route(
        &self,
        call: Call<wire::PublishRouteRequest>,
    ) -> Result<wire::RouteSettings> {
        self.desk.publish(call).await
    }

    async fn list_application_delegations(
        &self,
        call: Call<wire::ListDelegationsRequest>,
    ) -> Result<wire::ListDelegationsResponse> {
        self.desk.delegations(call).await
    }

    async fn create_application_delegation(
        &self,
        call: Call<wire::CreateDelegationRequest>,
    ) -> Result<wire::Delegation> {
        self.desk.delegate(call).await
    }

    async fn end_application_delegation(
        &self,
        call: Call<wire::EndDelegationRequest>,
    ) -> Result<wire::ListDelegationsResponse> {
        self.desk.end(call).await
    }
}

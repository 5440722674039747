//! The service `Memberships`: one line a method; what each does stands in [`read`](super::read) and [`change`](super::change).

use kit::access::caller;
use proto::cast::membership::v1::{self as wire, memberships_server};
use tonic::{Request, Response, Status};

use super::{
    Ground, Memberships, State,
    change::{Change, MANAGE},
};

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl memberships_server::Memberships for Memberships {
    async fn list_my_memberships(
        &self,
        request: Request<wire::ListMyMembershipsRequest>,
    ) -> Answer<wire::ListMyMembershipsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.list_mine(&caller, request.into_inner()).await?,
        ))
    }

    async fn get_membership(
        &self,
        request: Request<wire::GetMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        Ok(Response::new(
            self.get(&caller, request.into_inner()).await?,
        ))
    }

    async fn list_memberships(
        &self,
        request: Request<wire::ListMembershipsRequest>,
    ) -> Answer<wire::ListMembershipsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.list(&caller, request.into_inner()).await?,
        ))
    }

    async fn search_memberships(
        &self,
        request: Request<wire::SearchMembershipsRequest>,
    ) -> Answer<wire::ListMembershipsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.search(&caller, request.into_inner()).await?,
        ))
    }

    async fn get_membership_card(
        &self,
        request: Request<wire::GetMembershipCardRequest>,
    ) -> Answer<wire::MembershipCard> {
        let caller = caller(&request);
        Ok(Response::new(
            self.card(&caller, request.into_inner()).await?,
        ))
    }

    async fn suspend_membership(
        &self,
        request: Request<wire::SuspendMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        let request = request.into_inner();
        let change = Change {
            method: "SuspendMembership",
            membership_id: &request.membership_id,
            etag: &request.etag,
            reason: Some(&request.reason),
            ground: Ground::from_wire(request.ground),
            request_id: &request.request_id,
            permission: Some(MANAGE),
            rule: State::suspend,
        };
        Ok(Response::new(self.change(&caller, change, &request).await?))
    }

    async fn reinstate_membership(
        &self,
        request: Request<wire::ReinstateMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        let request = request.into_inner();
        let change = Change {
            method: "ReinstateMembership",
            membership_id: &request.membership_id,
            etag: &request.etag,
            reason: None,
            ground: None,
            request_id: &request.request_id,
            permission: Some(MANAGE),
            rule: State::reinstate,
        };
        Ok(Response::new(self.change(&caller, change, &request).await?))
    }

    async fn resign_membership(
        &self,
        request: Request<wire::ResignMembershipRequest>,
    ) -> Answer<wire::Membership> {
        let caller = caller(&request);
        let request = request.into_inner();
        let change = Change {
            method: "ResignMembership",
            membership_id: &request.membership_id,
            etag: "",
            reason: None,
            ground: None,
            request_id: &request.request_id,
            permission: None,
            rule: State::resign,
        };
        Ok(Response::new(self.change(&caller, change, &request).await?))
    }
}

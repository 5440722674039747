//! The service `Applications`: one line a method; what each does stands in [`apply`](super::apply), [`review`](super::review),
//! [`batch`](super::batch) and [`read`](super::read).

use kit::access::caller;
use proto::cast::membership::v1::{self as wire, applications_server};
use tonic::{Request, Response, Status};

use super::{Applications, review::Review, rules::Action};

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl applications_server::Applications for Applications {
    async fn create_application(
        &self,
        request: Request<wire::CreateApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        Ok(Response::new(
            self.create(&caller, request.into_inner()).await?,
        ))
    }

    async fn update_application(
        &self,
        request: Request<wire::UpdateApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        Ok(Response::new(
            self.update(&caller, request.into_inner()).await?,
        ))
    }

    async fn submit_application(
        &self,
        request: Request<wire::SubmitApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        Ok(Response::new(
            self.submit(&caller, request.into_inner()).await?,
        ))
    }

    async fn withdraw_application(
        &self,
        request: Request<wire::WithdrawApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        Ok(Response::new(
            self.withdraw(&caller, request.into_inner()).await?,
        ))
    }

    async fn get_application(
        &self,
        request: Request<wire::GetApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        Ok(Response::new(
            self.get(&caller, request.into_inner()).await?,
        ))
    }

    async fn list_application_history(
        &self,
        request: Request<wire::ListApplicationHistoryRequest>,
    ) -> Answer<wire::ListApplicationHistoryResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.history(&caller, request.into_inner()).await?,
        ))
    }

    async fn list_my_applications(
        &self,
        request: Request<wire::ListMyApplicationsRequest>,
    ) -> Answer<wire::ListMyApplicationsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.list_mine(&caller, request.into_inner()).await?,
        ))
    }

    async fn list_applications(
        &self,
        request: Request<wire::ListApplicationsRequest>,
    ) -> Answer<wire::ListApplicationsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.list(&caller, request.into_inner()).await?,
        ))
    }

    async fn pass_first_review(
        &self,
        request: Request<wire::PassFirstReviewRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        let request = request.into_inner();
        let review = Review {
            action: Action::PassFirstReview,
            application_id: &request.application_id,
            etag: &request.etag,
            reason: None,
            request_id: &request.request_id,
        };
        Ok(Response::new(self.review(&caller, review, &request).await?))
    }

    async fn return_application(
        &self,
        request: Request<wire::ReturnApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        let request = request.into_inner();
        let review = Review {
            action: Action::Return,
            application_id: &request.application_id,
            etag: &request.etag,
            reason: Some(&request.reason),
            request_id: &request.request_id,
        };
        Ok(Response::new(self.review(&caller, review, &request).await?))
    }

    async fn approve_application(
        &self,
        request: Request<wire::ApproveApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        let request = request.into_inner();
        let review = Review {
            action: Action::Approve,
            application_id: &request.application_id,
            etag: &request.etag,
            reason: None,
            request_id: &request.request_id,
        };
        Ok(Response::new(self.review(&caller, review, &request).await?))
    }

    async fn reject_application(
        &self,
        request: Request<wire::RejectApplicationRequest>,
    ) -> Answer<wire::Application> {
        let caller = caller(&request);
        let request = request.into_inner();
        let review = Review {
            action: Action::Reject,
            application_id: &request.application_id,
            etag: &request.etag,
            reason: Some(&request.reason),
            request_id: &request.request_id,
        };
        Ok(Response::new(self.review(&caller, review, &request).await?))
    }

    async fn batch_decide_applications(
        &self,
        request: Request<wire::BatchDecideApplicationsRequest>,
    ) -> Answer<wire::BatchDecideApplicationsResponse> {
        let caller = caller(&request);
        Ok(Response::new(
            self.batch_decide(&caller, request.into_inner()).await?,
        ))
    }
}

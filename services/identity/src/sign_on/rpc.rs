//! The methods of sign-on.

use kit::{access::KeySource as _, errors::Problem};
use proto::cast::identity::v1::{
    CheckAuthorizationRequest, CheckAuthorizationResponse, CreateAuthorizationRequest,
    CreateAuthorizationResponse, GetKeySetRequest, GetKeySetResponse, GetUserInfoRequest,
    GetUserInfoResponse, IssueTokenRequest, IssueTokenResponse, sign_on_server::SignOn,
};
use tonic::{Request, Response, Status};

use crate::{Identity, keys::Published};

#[tonic::async_trait]
impl SignOn for Identity {
    async fn create_authorization(
        &self,
        request: Request<CreateAuthorizationRequest>,
    ) -> Result<Response<CreateAuthorizationResponse>, Status> {
        Ok(self.create_authorization(request).await?)
    }

    async fn check_authorization(
        &self,
        request: Request<CheckAuthorizationRequest>,
    ) -> Result<Response<CheckAuthorizationResponse>, Status> {
        Ok(self.check_authorization(request).await?)
    }

    async fn issue_token(
        &self,
        request: Request<IssueTokenRequest>,
    ) -> Result<Response<IssueTokenResponse>, Status> {
        Ok(self.issue_token(request).await?)
    }

    async fn get_user_info(
        &self,
        request: Request<GetUserInfoRequest>,
    ) -> Result<Response<GetUserInfoResponse>, Status> {
        Ok(self.get_user_info(request).await?)
    }

    async fn get_key_set(
        &self,
        _: Request<GetKeySetRequest>,
    ) -> Result<Response<GetKeySetResponse>, Status> {
        let key_set_json = Published(self.db.clone())
            .key_set()
            .await
            .map_err(Problem::internal)?;
        Ok(Response::new(GetKeySetResponse { key_set_json }))
    }
}

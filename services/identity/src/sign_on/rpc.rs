//! The methods of sign-on.

use kit::{
    Call,
    access::KeySource as _,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
};
use proto_identity::v1::{
    Authorization, AuthorizationAnswer, BeginAuthorizationRequest, BeginDeviceSignInRequest,
    BeginDeviceSignInResponse, CheckAuthorizationRequest, CheckAuthorizationResponse,
    CreateAuthorizationRequest, CreateAuthorizationResponse, DecideAuthorizationRequest,
    DecideAuthorizationResponse, DecideDeviceSignInRequest, DecideDeviceSignInResponse,
    DeviceSignIn, DisconnectSiteRequest, DisconnectSiteResponse, EndSessionRequest,
    EndSessionResponse, FindDeviceSignInRequest, GetAuthorizationRequest, GetKeySetRequest,
    GetKeySetResponse, GetUserInfoRequest, GetUserInfoResponse, IntrospectTokenRequest,
    IntrospectTokenResponse, IssueTokenRequest, IssueTokenResponse, ListConnectedSitesRequest,
    ListConnectedSitesResponse, PushAuthorizationRequest, PushAuthorizationResponse,
    ResumeAuthorizationRequest, RevokeTokenRequest, RevokeTokenResponse,
};

use super::client_authentication::ClientAuthentication;
use crate::{
    contract,
    keys::{Published, Signing},
    persons::Registry,
    throttles::Throttles,
};

/// What stands behind the OpenID Connect endpoints.
pub struct SignOn {
    /// Where codes, consents and clients are.
    pub db: Db,
    /// Of sealed names.
    pub keys: Keys,
    /// The platform's public URL: issuer of every token.
    pub issuer: String,
    /// Signs tokens.
    pub signing: Signing,
    /// Opens what is kept of persons.
    pub registry: Registry,
    /// Slows down those who guess.
    pub throttles: Throttles,
    /// Whom clients prove themselves to.
    pub clients: ClientAuthentication,
}

impl contract::SignOn for SignOn {
    async fn create_authorization(
        &self,
        call: Call<CreateAuthorizationRequest>,
    ) -> Result<CreateAuthorizationResponse> {
        self.authorize(call).await
    }

    async fn check_authorization(
        &self,
        call: Call<CheckAuthorizationRequest>,
    ) -> Result<CheckAuthorizationResponse> {
        self.check(call).await
    }

    async fn get_authorization(
        &self,
        call: Call<GetAuthorizationRequest>,
    ) -> Result<Authorization> {
        self.get(call).await
    }

    async fn decide_authorization(
        &self,
        call: Call<DecideAuthorizationRequest>,
    ) -> Result<DecideAuthorizationResponse> {
        self.decide(call).await
    }

    async fn begin_authorization(
        &self,
        call: Call<BeginAuthorizationRequest>,
    ) -> Result<AuthorizationAnswer> {
        self.begin(call).await
    }

    async fn resume_authorization(
        &self,
        call: Call<ResumeAuthorizationRequest>,
    ) -> Result<AuthorizationAnswer> {
        self.resume(call).await
    }

    async fn list_connected_sites(
        &self,
        call: Call<ListConnectedSitesRequest>,
    ) -> Result<ListConnectedSitesResponse> {
        self.connected_sites(call).await
    }

    async fn disconnect_site(
        &self,
        call: Call<DisconnectSiteRequest>,
    ) -> Result<DisconnectSiteResponse> {
        self.disconnect(call).await
    }

    async fn push_authorization(
        &self,
        call: Call<PushAuthorizationRequest>,
    ) -> Result<PushAuthorizationResponse> {
        self.push(call).await
    }

    async fn begin_device_sign_in(
        &self,
        call: Call<BeginDeviceSignInRequest>,
    ) -> Result<BeginDeviceSignInResponse> {
        self.begin_device(call).await
    }

    async fn find_device_sign_in(
        &self,
        call: Call<FindDeviceSignInRequest>,
    ) -> Result<DeviceSignIn> {
        self.find_device(call).await
    }

    async fn decide_device_sign_in(
        &self,
        call: Call<DecideDeviceSignInRequest>,
    ) -> Result<DecideDeviceSignInResponse> {
        self.decide_device(call).await
    }

    async fn revoke_token(&self, call: Call<RevokeTokenRequest>) -> Result<RevokeTokenResponse> {
        self.revoke(call).await
    }

    async fn introspect_token(
        &self,
        call: Call<IntrospectTokenRequest>,
    ) -> Result<IntrospectTokenResponse> {
        self.introspect(call).await
    }

    async fn end_session(&self, call: Call<EndSessionRequest>) -> Result<EndSessionResponse> {
        self.sign_out(call).await
    }

    async fn issue_token(&self, call: Call<IssueTokenRequest>) -> Result<IssueTokenResponse> {
        let issued = self.issue(&call).await?;
        Ok(issued.unwrap_or_else(|error| IssueTokenResponse {
            error: error.code.to_owned(),
            error_description: error.words.to_owned(),
            ..IssueTokenResponse::default()
        }))
    }

    async fn get_user_info(&self, call: Call<GetUserInfoRequest>) -> Result<GetUserInfoResponse> {
        self.user_info(call).await
    }

    async fn get_key_set(&self, _: Call<GetKeySetRequest>) -> Result<GetKeySetResponse> {
        let key_set_json = Published(self.db.clone())
            .key_set()
            .await
            .map_err(Problem::internal)?;
        Ok(GetKeySetResponse { key_set_json })
    }
}

//! The methods of sign-on.

use kit::{
    Call,
    access::KeySource as _,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
};
use proto_identity::v1::{
    CheckAuthorizationRequest, CheckAuthorizationResponse, CreateAuthorizationRequest,
    CreateAuthorizationResponse, GetKeySetRequest, GetKeySetResponse, GetUserInfoRequest,
    GetUserInfoResponse, IssueTokenRequest, IssueTokenResponse,
};

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

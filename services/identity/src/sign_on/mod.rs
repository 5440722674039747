//! Single sign-on: what stands behind the gateway's OpenID Connect endpoints. Authorization code with PKCE (S256), refresh tokens, and
//! client_credentials for the systems of societies.
//!
//! What a site asks for is kept as a [`demand`] until the person has signed in and decided. What it gets is a family of tokens
//! ([`families`]) that ends with the session. Tokens for sites have the audience `<issuer>/userinfo` and open nothing but that; our services
//! refuse them.

pub mod authorize;
mod begin;
pub mod client_authentication;
pub mod connected;
pub mod demand;
pub mod device;
mod end_session;
mod error;
pub mod exchange;
pub mod families;
pub mod possession;
pub mod pushed;
mod refresh;
pub mod request_object;
pub mod rpc;
pub mod rules;
pub mod spent;
pub mod store;
pub mod subjects;
mod token_state;
pub mod tokens;
pub mod userinfo;
mod visitor;

use proto_identity::v1::AuthorizationParameters;

pub use error::OAuthError;
pub use rpc::SignOn;

impl From<AuthorizationParameters> for rules::Parameters {
    fn from(p: AuthorizationParameters) -> Self {
        Self {
            client_id: p.client_id,
            redirect_uri: p.redirect_uri,
            response_type: p.response_type,
            scope: p.scope,
            state: p.state,
            nonce: p.nonce,
            code_challenge: p.code_challenge,
            code_challenge_method: p.code_challenge_method,
            max_age: p.max_age,
            response_mode: p.response_mode,
        }
    }
}

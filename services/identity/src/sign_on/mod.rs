//! Single sign-on: what stands behind the gateway's OpenID Connect endpoints. Authorization code with PKCE (S256, for every client), and
//! client_credentials for the systems of societies.
//!
//! Tokens for sites have the audience `<issuer>/userinfo` and open nothing but that; our services refuse them.

pub mod authorize;
pub mod exchange;
pub mod rpc;
pub mod rules;
pub mod store;
pub mod tokens;
pub mod userinfo;

use proto::cast::identity::v1::AuthorizationParameters;

/// An error of OAuth 2.0 or OpenID Connect: code and words, exactly as the specifications name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {words}")]
pub struct OAuthError {
    /// E.g. `invalid_grant`.
    pub code: &'static str,
    /// For the developer of the site, in English (ASCII, RFC 6749 section 5.2).
    pub words: &'static str,
}

impl OAuthError {
    /// This code with these words.
    pub const fn new(code: &'static str, words: &'static str) -> Self {
        Self { code, words }
    }
}

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

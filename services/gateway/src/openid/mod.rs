//! The OpenID Provider: third-party sites sign scientists in, systems of societies get tokens.
//!
//! OpenID Connect Core 1.0, Discovery 1.0, RFC 6749 with RFC 7636 (PKCE, S256 only), RFC 8414, RFC 9207. Identity makes
//! the decisions (`SignOn`); this module maps them to HTTP.

pub mod authorize;
pub mod token;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderName, header};
use proto::cast::identity::v1::GetKeySetRequest;
use serde_json::{Value, json};

use crate::gateway::Gateway;

/// Browser apps of other sites call these endpoints, which use no cookie.
const ANY_SITE: (HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

/// Metadata of the provider (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).
pub fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "userinfo_endpoint": format!("{issuer}/oauth2/userinfo"),
        "jwks_uri": format!("{issuer}/oauth2/jwks.json"),
        "service_documentation": format!("{issuer}/api"),
        "scopes_supported": ["openid", "profile", "person_number"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "name", "person_number"],
        "ui_locales_supported": ["zh-CN", "en"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    })
}

/// `GET /.well-known/openid-configuration` and `GET /.well-known/oauth-authorization-server`.
pub async fn discovery(State(gateway): State<Gateway>) -> impl IntoResponse {
    let cache = (header::CACHE_CONTROL, "public, max-age=3600");
    ([ANY_SITE, cache], Json(metadata(&gateway.issuer)))
}

/// `GET /oauth2/jwks.json`.
pub async fn key_set(State(gateway): State<Gateway>) -> Response {
    match gateway.sign_on().get_key_set(GetKeySetRequest {}).await {
        Ok(keys) => {
            // Shorter than the time between announcing a new key and signing with it.
            let cache = (header::CACHE_CONTROL, "public, max-age=300");
            let kind = (header::CONTENT_TYPE, "application/jwk-set+json");
            ([ANY_SITE, cache, kind], keys.into_inner().key_set_json).into_response()
        }
        Err(status) => gateway.problem(&status),
    }
}

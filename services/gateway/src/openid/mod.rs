//! The OpenID Provider: third-party sites sign scientists in, systems of societies get tokens.
//!
//! OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated and Back-Channel Logout 1.0, OAuth 2.0 Form Post Response Mode, RFC 6749 with
//! RFC 7636 (PKCE, S256 only), RFC 7009, RFC 7523, RFC 7662, RFC 8252, RFC 8414, RFC 8628, RFC 9101, RFC 9126, RFC 9207, RFC 9449. Identity makes the decisions (`SignOn`); this module maps
//! them to HTTP.

mod algorithms;
mod authorize;
mod client_form;
mod cors;
mod device;
mod form_post;
mod logout;
mod parameters;
mod pushed;
mod repost;
mod token;
mod token_state;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use http::header;
use proto::cast::identity::v1::GetKeySetRequest;
use serde_json::{Value, json};

use self::algorithms::ALGORITHMS;
use crate::gateway::Gateway;

/// OAuth forms are small.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// All endpoints.
pub fn routes() -> Router<Gateway> {
    let userinfo = get(token::userinfo).post(token::userinfo);
    let authorizing = get(authorize::endpoint).post(authorize::endpoint);
    let signing_out = get(logout::endpoint).post(logout::endpoint);
    Router::new()
        .route(authorize::PATH, authorizing)
        .route(
            "/oauth2/authorize/{authorization_id}",
            get(authorize::resume),
        )
        .route(logout::PATH, signing_out)
        .route("/oauth2/logout/confirm", post(logout::confirm))
        .route("/oauth2/introspect", post(token_state::introspect))
        .route("/oauth2/token", for_apps(post(token::token)))
        .route("/oauth2/par", for_apps(post(pushed::push)))
        .route(
            "/oauth2/device_authorization",
            for_apps(post(device::begin)),
        )
        .route("/oauth2/revoke", for_apps(post(token_state::revoke)))
        .route("/oauth2/userinfo", for_apps(userinfo))
        .route("/oauth2/jwks.json", for_apps(get(key_set)))
        .route(
            "/.well-known/openid-configuration",
            for_apps(get(discovery)),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            for_apps(get(discovery)),
        )
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
}

/// An endpoint that browser apps of other sites call.
fn for_apps(methods: MethodRouter<Gateway>) -> MethodRouter<Gateway> {
    methods
        .options(cors::preflight)
        .layer(from_fn(cors::open_to_all))
}

/// Metadata of the provider (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).
pub fn metadata(issuer: &str) -> Value {
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ];
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "userinfo_endpoint": format!("{issuer}/oauth2/userinfo"),
        "pushed_authorization_request_endpoint": format!("{issuer}/oauth2/par"),
        "device_authorization_endpoint": format!("{issuer}/oauth2/device_authorization"),
        "revocation_endpoint": format!("{issuer}/oauth2/revoke"),
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "end_session_endpoint": format!("{issuer}/oauth2/logout"),
        "jwks_uri": format!("{issuer}/oauth2/jwks.json"),
        "service_documentation": format!("{issuer}/api"),
        "scopes_supported": ["openid", "profile", "person_number", "email", "phone", "memberships", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code"
        ],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "acr_values_supported": ["urn:cast:acr:one-factor"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": &methods[..3],
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "require_pushed_authorization_requests": false,
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid", "name", "preferred_username",
            "updated_at", "person_number", "email", "email_verified", "phone_number", "phone_number_verified",
            "memberships"
        ],
        "ui_locales_supported": ["zh-CN", "en"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": ALGORITHMS,
        "require_signed_request_object": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    })
}

/// `GET /.well-known/openid-configuration` and `GET /.well-known/oauth-authorization-server`.
pub async fn discovery(State(gateway): State<Gateway>) -> impl IntoResponse {
    let cache = (header::CACHE_CONTROL, "public, max-age=3600");
    ([cache], Json(metadata(&gateway.issuer)))
}

/// `GET /oauth2/jwks.json`.
pub async fn key_set(State(gateway): State<Gateway>) -> Response {
    match gateway.sign_on().get_key_set(GetKeySetRequest {}).await {
        Ok(keys) => {
            // Shorter than the time between announcing a new key and signing with it.
            let cache = (header::CACHE_CONTROL, "public, max-age=300");
            let kind = (header::CONTENT_TYPE, "application/jwk-set+json");
            ([cache, kind], keys.into_inner().key_set_json).into_response()
        }
        Err(status) => gateway.problem(&status),
    }
}

//! The revocation endpoint (RFC 7009) and the introspection endpoint (RFC 7662).

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use proto::cast::identity::v1::{IntrospectTokenRequest, RevokeTokenRequest};
use tonic::Code;

use super::client_form::{Form, refused};
use crate::gateway::Gateway;

/// `POST /oauth2/revoke`.
pub async fn revoke(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    let mut form = match Form::read(&headers, &body) {
        Ok(form) => form,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let mut call = tonic::Request::new(RevokeTokenRequest {
        token: form.take("token"),
        client_id: form.client_id,
        client_secret: form.client_secret,
        client_assertion: form.client_assertion,
    });
    gateway.authenticate(&headers, call.metadata_mut());
    match gateway.sign_on().revoke_token(call).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            if answer.error.is_empty() {
                return (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response();
            }
            refused(&answer.error, &answer.error_description, &headers)
        }
        // A field violates its limits: a client error in terms of RFC 6749.
        Err(status) if status.code() == Code::InvalidArgument => {
            refused("invalid_request", "a parameter is too long", &headers)
        }
        Err(status) => gateway.problem(&status),
    }
}

/// `POST /oauth2/introspect`.
pub async fn introspect(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut form = match Form::read(&headers, &body) {
        Ok(form) => form,
        Err((error, description)) => return refused(error, description, &headers),
    };
    let mut call = tonic::Request::new(IntrospectTokenRequest {
        token: form.take("token"),
        client_id: form.client_id,
        client_secret: form.client_secret,
        client_assertion: form.client_assertion,
    });
    gateway.authenticate(&headers, call.metadata_mut());
    match gateway.sign_on().introspect_token(call).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            if !answer.error.is_empty() {
                return refused(&answer.error, &answer.error_description, &headers);
            }
            let kind = (header::CONTENT_TYPE, "application/json");
            let cache = (header::CACHE_CONTROL, "no-store");
            ([kind, cache], answer.claims_json).into_response()
        }
        Err(status) if status.code() == Code::InvalidArgument => {
            refused("invalid_request", "a parameter is too long", &headers)
        }
        Err(status) => gateway.problem(&status),
    }
}
